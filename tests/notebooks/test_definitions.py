"""Where a definition stands in a notebook and in helpers, the two are one text: their syntax trees are compared.

Left aside are docstrings, comments, type annotations, and the helper's refusals of bad arguments (`if ...: raise`, and
calls of functions that are called check or stand in a module of checks). A name counts by what it is, however it was
imported: `nn.Linear` is `torch.nn.Linear`, and a helper's constant is its value.
"""

import ast
import copy
import functools
import importlib
import inspect
import types

import pytest
import torch
from books import PATHS, ROOT, SOLUTION, code_cells, markdown_cells, read, source

# notebook: {definition: the module of helpers that holds it too}
TAUGHT = {
    "00": {
        "acting_parts": "transformer.parameters",
        "sinusoids": "transformer.positions",
        "attend": "exercises.by_hand",
        "forward_step": "exercises.by_hand",
        "forward_pass": "exercises.by_hand",
    },
    "01": {
        "scaled_dot_product_attention": "transformer.attention",
        "causal": "transformer.masks",
        "Block": "transformer.attention",
        "moved": "exercises.attention_masks",
        "position_ids": "exercises.attention_masks",
        "gpt_logits": "exercises.attention_masks",
    },
    "02": {
        "mask_tokens": "objectives.masked_lm",
        "one_gap_losses": "methods.pseudo_likelihood",
        "masked_lm_loss": "exercises.masked_lm",
        "joint_of": "exercises.masked_lm",
        "pll": "exercises.masked_lm",
        "fill_in_turn": "exercises.masked_lm",
    },
    "03": {
        "write_pair": "exercises.next_sentence",
        "make_pairs": "exercises.next_sentence",
        "follows": "exercises.next_sentence",
        "elsewhere": "exercises.next_sentence",
        "topic_features": "methods.pair_classifiers",
    },
    "04": {
        "next_token_loss": "exercises.causal_lm",
        "keep_top_k": "methods.decoding",
        "keep_top_p": "methods.decoding",
        "decoding_probs": "methods.decoding",
        "cached_logits": "methods.decoding",
        "render": "models.chat_template",
    },
    "05": {
        "cloze_scores": "exercises.pet",
        "calibrate": "exercises.pet",
        "pet_loss": "exercises.pet",
        "pet_train": "exercises.pet",
    },
    "06": {
        "share_of_way": "exercises.task_suitability",
        "last_real": "exercises.task_suitability",
        "in_order": "exercises.task_suitability",
        "tag_labels": "exercises.task_suitability",
        "tag_head": "exercises.task_suitability",
        "entity_f1": "exercises.task_suitability",
        "measured": "exercises.task_suitability",
    },
    "07": {
        "cross_attention": "exercises.encoder_decoder",
        "shift_right": "exercises.encoder_decoder",
        "corrupt": "objectives.span_corruption",
        "noised": "exercises.encoder_decoder",
        "damage": "methods.hidden_sources",
        "prefix_mask": "exercises.encoder_decoder",
        "fill_gaps": "exercises.encoder_decoder",
    },
    "08": {
        "mean_pool": "exercises.sentence_embeddings",
        "strangers_cosine": "exercises.sentence_embeddings",
        "info_nce": "methods.embeddings.contrastive",
        "recall_at": "exercises.sentence_embeddings",
        "graded_loss": "methods.embeddings.graded",
        "seconds": "experiments.tasks.costs",
        "search": "exercises.sentence_embeddings",
    },
    "09": {
        "matrix_parameters": "exercises.variants",
        "text_bound": "exercises.variants",
        "soft_target_loss": "experiments.variants.distilling",
        "kept": "exercises.variants",
        "write": "exercises.variants",
    },
    "10": {
        "counts": "exercises.claims_tested",
        "outcome": "exercises.claims_tested",
        "what_changed": "exercises.claims_tested",
    },
}
PAIRS = [(number, name, module) for number, found in TAUGHT.items() for name, module in found.items()]
# What a helper does besides, for cases that its notebook shows or never meets.
ADDED = {
    "scaled_dot_product_attention": "if mask is not None:\n"
    "    weights = weights.masked_fill(~mask.any(-1, keepdim=True), 0.0)",
    "keep_top_k": "k = min(int(k), logits.shape[-1])",
}
# One name and the same arguments, but another purpose: the helper's is cut short, for recorded rows.
NAMESAKES = {"fingerprint"}
DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


@functools.cache
def notebook_tree(number):
    """The code of a notebook in one piece, without its magics, then that of its folded solutions, parsed."""
    book = read(next(path for path in PATHS if path.stem.startswith(number)))
    solutions = [SOLUTION.search(source(cell)) for cell in markdown_cells(book)]
    texts = [*map(source, code_cells(book)), *(found[1] for found in solutions if found)]
    lines = "\n".join(texts).split("\n")
    return ast.parse("\n".join("pass" if line.startswith(("%", "!")) else line for line in lines))


def definitions(tree):
    """The definitions of a text by name; one that is left to the reader does not count."""
    return {node.name: node for node in tree.body if isinstance(node, DEFINITIONS) and not is_exercise(node)}


@functools.cache
def imported(number):
    """What the import statements of a notebook bring: {name: object}."""
    names, tree = {}, notebook_tree(number)
    imports = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    exec(compile(ast.Module(imports, []), "imports", "exec"), names)
    return names


def is_exercise(node):
    """Whether a body is still to be written: `...` or `raise NotImplementedError` after its docstring."""
    body = [ast.unparse(line) for line in node.body if not is_docstring(line)]
    return body in ([], ["..."], ["raise NotImplementedError"])


def is_docstring(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


class Plain(ast.NodeTransformer):
    """A definition without what is left aside, each known name replaced by what it stands for."""

    def __init__(self, names):
        self.names = names

    def generic_visit(self, node):
        for field in ("returns", "annotation"):
            if hasattr(node, field):
                setattr(node, field, None)
        if hasattr(node, "body") and isinstance(node.body, list):
            node.body = [line for line in node.body if not is_docstring(line) and not self.only_refuses(line)]
        return super().generic_visit(node)

    def only_refuses(self, line):
        """Whether a statement does nothing but refuse bad arguments."""
        if isinstance(line, ast.For):
            return all(map(self.only_refuses, line.body))
        if isinstance(line, ast.If):
            return not line.orelse and len(line.body) == 1 and isinstance(line.body[0], ast.Raise)
        return isinstance(line, (ast.Expr, ast.Assign)) and self.checks(line.value)

    def checks(self, call):
        """Whether a call goes to a function that is called check, or stands in a module of checks."""
        if not isinstance(call, ast.Call):
            return False
        found = self.object(call.func)
        name = getattr(found, "__name__", "").lstrip("_")
        module = getattr(found, "__module__", None) or ""
        return name.startswith("check") or module.endswith((".checks", ".arguments"))

    def visit_JoinedStr(self, node):
        """A constant in an f-string is part of its text."""
        node = super().generic_visit(node)
        node.values = [v.value if isinstance(getattr(v, "value", None), ast.Constant) else v for v in node.values]
        words = [getattr(value, "value", None) for value in node.values]
        return ast.Constant("".join(words)) if all(isinstance(word, str) for word in words) else node

    def visit_Attribute(self, node):
        known = self.named(node)
        return known or super().generic_visit(node)

    def visit_Name(self, node):
        return self.named(node) or node

    def object(self, node):
        """What a dotted name stands for in its module, None where that holds no such name."""
        first, *rest = ast.unparse(node).split(".")
        if first not in self.names or not all(part.isidentifier() for part in rest):
            return None
        return functools.reduce(getattr, rest, self.names[first])

    def named(self, node):
        """The name or value of an object that a module or an import holds, None for anything else."""
        found = self.object(node)
        if isinstance(found, (int, float, str, tuple)):
            return ast.parse(repr(found), mode="eval").body
        known = isinstance(found, (type, types.ModuleType)) or callable(found)
        return ast.Name(getattr(found, "__name__", ast.unparse(node)), ast.Load()) if known else None


def bound(definition):
    """The names that a definition gives to its own arguments and variables."""
    nodes = list(ast.walk(definition))
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return stored | {node.arg for node in nodes if isinstance(node, ast.arg)}


def plain(node, names):
    names = {name: found for name, found in names.items() if name not in bound(node)}
    return ast.unparse(ast.fix_missing_locations(Plain(names).visit(node)))


def in_notebook(number, name):
    return plain(copy.deepcopy(definitions(notebook_tree(number))[name]), imported(number))


def in_helpers(module, name):
    module = importlib.import_module(f"helpers.{module}")
    node = definitions(ast.parse(inspect.getsource(module)))[name]
    node.body = [line for line in node.body if ast.unparse(line) != ADDED.get(name)]
    return plain(node, vars(module))


@pytest.mark.parametrize(("number", "name", "module"), PAIRS, ids=lambda value: value)
def test_a_definition_is_the_same_in_the_notebook_and_in_helpers(number, name, module):
    assert in_notebook(number, name) == in_helpers(module, name)


def arguments(node):
    return sorted(inner.arg for inner in ast.walk(getattr(node, "args", node)) if isinstance(inner, ast.arg))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_definition_with_a_helpers_name_and_arguments_is_compared(path):
    number = path.stem[:2]
    here = definitions(notebook_tree(number))
    listed = {*TAUGHT.get(number, {}), *NAMESAKES}
    written = {name: node for name, node in here.items() if name not in listed}
    for module in sorted((ROOT / "helpers").rglob("*.py")):
        there = definitions(ast.parse(module.read_text(encoding="utf-8")))
        same = [name for name in written.keys() & there.keys() if arguments(written[name]) == arguments(there[name])]
        assert same == [], f"{module.relative_to(ROOT)} defines {same} too: list them in TAUGHT, or rename one"


IN_HELPERS = '''
def area(width: int, height: int = 2) -> float:
    """Return the product."""
    check_sides(width)
    for side in (width, height):
        if side < 0:
            raise ValueError(side)
    return nn.functional.relu(width * height) * RATE  # never below 0
'''


@pytest.mark.parametrize(
    ("code", "same"),
    [
        ("def area(width, height=2):\n    return torch.nn.functional.relu(width * height) * 0.5", True),
        ("def area(width, height=2):\n    return relu(width * height) * 0.5", True),
        ("def area(width, height=2):\n    return relu(width + height) * 0.5", False),
        ("def area(width, height=3):\n    return relu(width * height) * 0.5", False),
        ("def area(height, width=2):\n    return relu(width * height) * 0.5", False),
        ("def area(width, height=2):\n    return relu(width * height) * 0.6", False),
        ("def area(width, height=2):\n    width = 1\n    return relu(width * height) * 0.5", False),
    ],
)
def test_what_counts_as_the_same(code, same):
    def check_sides(width):
        """Stand for a check of a helper's."""

    relu = torch.nn.functional.relu
    names = {"torch": torch, "nn": torch.nn, "relu": relu, "RATE": 0.5, "check_sides": check_sides}
    found, expected = (plain(ast.parse(text).body[0], names) for text in (code, IN_HELPERS))
    assert (found == expected) == same
