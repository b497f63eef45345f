"""The house: twelve rooms, imports that lead upwards only, no circles, no imports hidden in functions."""

import ast
import functools
import subprocess
import sys

import pytest
from books import ROOT

from helpers.setup.layout import ROOMS

HELPERS = ROOT / "helpers"
FILES = sorted(path for path in HELPERS.rglob("*.py") if path != HELPERS / "__init__.py")


def module_of(path):
    """The dotted name of a file below helpers; a package goes by its own name."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in FILES}


def statements(text):
    """Each import of a source text with whether it stands inside a function."""

    def walk(node, inside):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import | ast.ImportFrom):
                yield child, inside
            yield from walk(child, inside or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef))

    yield from walk(ast.parse(text), False)


def targets(node, package):
    """Dotted names that an import statement may load; `package` resolves relative imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    up = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    base = ".".join([*up, *filter(None, [node.module])])
    return [base, *(f"{base}.{alias.name}" for alias in node.names)]


def imported(text, *, package):
    """The names under `helpers.` that a source text imports, anywhere in it."""
    found = (name for node, _ in statements(text) for name in targets(node, package))
    return {name for name in found if name.startswith("helpers.")}


def wrong_way(text, *, package, room):
    """Imports that lead down the list of rooms, or out of it, in words."""
    for there in sorted({name.split(".")[1] for name in imported(text, package=package)}):
        if there not in ROOMS:
            yield f"helpers.{there} is no room"
        elif ROOMS.index(there) > ROOMS.index(room):
            yield f"{room} may not import helpers.{there}, which stands below it"


def package_of(path):
    return ".".join(path.parent.relative_to(ROOT).parts)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HELPERS)))
def test_a_room_imports_only_from_rooms_above(path):
    room = path.relative_to(HELPERS).parts[0]
    assert room in ROOMS, f"{path.name} stands in no room: put it into one of {', '.join(ROOMS)}"
    assert list(wrong_way(path.read_text(encoding="utf-8"), package=package_of(path), room=room)) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HELPERS)))
def test_no_import_hides_in_a_function(path):
    hidden = [node.lineno for node, inside in statements(path.read_text(encoding="utf-8")) if inside]
    assert hidden == [], f"lines {hidden}: write the import at the top of the module"


@functools.cache
def arrows():
    """Each module and the modules that it imports; a package's own file does not count for what stands inside it."""
    found = {}
    for name, path in MODULES.items():
        names = imported(path.read_text(encoding="utf-8"), package=package_of(path))
        found[name] = {there for there in names if there in MODULES and there != name}
    return found


def circle(graph):
    """A list of modules that import each other in a ring, or an empty one."""
    done, path = set(), []

    def visit(name):
        if name in path:
            return path[path.index(name) :]
        if name in done:
            return []
        path.append(name)
        for there in sorted(graph.get(name, ())):
            if ring := visit(there):
                return ring
        done.add(path.pop())
        return []

    return next(filter(None, map(visit, sorted(graph))), [])


def test_no_circle_of_modules():
    inside = {name: {t for t in there if not name.startswith(f"{t}.")} for name, there in arrows().items()}
    assert circle(inside) == []


def test_a_circle_is_found():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


@pytest.mark.parametrize(
    "text",
    [
        "import helpers.figures.plots",
        "from helpers.figures import plots",
        "from helpers.figures.plots import heatmap",
        "from ..figures import plots",
        "from ..figures.plots import heatmap",
        "def f():\n    from helpers.figures import plots as p",
        "from helpers.utils import x",
    ],
)
def test_an_import_the_wrong_way_is_found(text):
    assert len(list(wrong_way(text, package="helpers.objectives", room="objectives"))) == 1


def test_imports_from_above_and_of_neighbours_pass():
    text = "from helpers import tinytown\nfrom .masked_lm import x\nfrom . import y\nimport torch, helpersmith"
    assert list(wrong_way(text, package="helpers.objectives", room="objectives")) == []


def test_an_import_in_a_function_is_found():
    assert [inside for _, inside in statements("import a\ndef f():\n    import b")] == [False, True]


def test_the_setup_room_runs_before_anything_is_installed():
    allowed = {*sys.stdlib_module_names, "helpers"}
    for path in (HELPERS / "setup").glob("*.py"):
        names = {
            name.split(".")[0] for node, _ in statements(path.read_text()) for name in targets(node, "helpers.setup")
        }
        assert names <= allowed, f"{path.name} needs {names - allowed}"


def test_the_package_itself_imports_nothing_but_the_comparison_of_versions():
    nodes = [node for node, _ in statements((HELPERS / "__init__.py").read_text(encoding="utf-8"))]
    assert [name for node in nodes for name in targets(node, "helpers")] == [
        "sys",
        "helpers.setup",
        "helpers.setup.versions",
    ]


def ruff(*arguments):
    return subprocess.run([sys.executable, "-m", "ruff", *arguments, "."], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("arguments", [("check",), ("format", "--check")], ids=" ".join)
def test_ruff_is_content(arguments):
    done = ruff(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
