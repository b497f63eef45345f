"""Everything that determines a training run, in one frozen record."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace

import torch

from helpers.training.schedule import share_of_peak

CURRICULUM = ("phase_chunks", "phase_chunk", "phase_scene", "phase_share", "phase_sentences")
# What is hidden in the texts of the phase, eighth by eighth of it: a fact (a label of a list), a word that follows from
# one (an item), either; all of it in short texts. In the last eighth texts are whole, and chance hides as everywhere.
LESSONS = ("fact", "fact", "fact", "fact", "follower", "follower", "either", "whole")
# What may change when a run resumes: what is recorded, never what is learned.
MAY_CHANGE = ("log_every", "checkpoint_every", "evaluation_points", "validation_documents")
# What a recipe says nothing about while the first of them stands at its default.
OPTIONAL = (
    ("batches",),
    CURRICULUM,
    ("scored_rate",),
    ("mask_copies",),
    ("random_share",),
    ("next_sentence_loss",),
)


@dataclass(frozen=True)
class Recipe:
    """Sizes, data, optimiser and schedule of one course model; equal recipes on one machine give equal weights.

    >>> Recipe("course-gpt").d_model
    128
    """

    name: str
    seed: int = 0
    # model
    d_model: int = 128
    layers: int = 4
    heads: int = 4
    feed_forward: int = 512
    positions: int = 128
    # data
    batch_tokens: int = 3_840  # positions in a batch, about 170 documents; a number with many divisors
    chunk_documents: int = 4_096  # documents sampled, sorted by length and shuffled together
    mask_rate: float = 0.15  # encoder, T5: share of words to predict, from chunk `mask_rate_chunks` on
    first_mask_rate: float = 0.5  # encoder, T5: the share in the first chunk; it falls in a straight line
    mask_rate_chunks: int = 400  # encoder, T5: about two thirds of a run
    mix: tuple[float, float, float] = (0.8, 0.1, 0.1)  # encoder: chosen tokens that become [MASK], a random word, stay
    corpus_chunks: int = 0  # read these first chunks over and over; 0: every document is new
    static_masks: bool = False  # encoder: with a corpus, hide the same words each time a document is read
    mask_copies: int = 1  # encoder, static masks: so many copies of the corpus, each with other words hidden
    scored_rate: float = 0.0  # encoder: share of words to predict where more are hidden; 0: all that are hidden
    pair_share: float = 0.5  # encoder: share of documents read as a pair for next sentence prediction
    random_share: float = 0.5  # encoder: share of the pairs whose second part is another document's
    next_sentence_loss: bool = True  # encoder: ask whether the second part of a pair follows
    # curriculum phase: many texts of one scene, most of them short ones with one word hidden by choice (LESSONS)
    phase_chunks: int = 0  # 0: no phase
    phase_chunk: int = 330  # the first of them
    phase_scene: str = "list"
    phase_share: float = 0.75  # so many of their documents are of the scene
    phase_sentences: int = 5  # each is cut after three to so many sentences
    # optimiser
    steps: int = 14_000
    batches: int = 1  # batches averaged in each step, over all processes
    peak_learning_rate: float = 2.5e-3
    warmup_steps: int = 500
    weight_decay: float = 0.05  # on matrices only
    betas: tuple[float, float] = (0.9, 0.98)
    clip: float = 1.0
    precision: str = "bf16"  # of matrix products, where the machine has it; weights, attention and loss stay in fp32
    # record
    validation_documents: int = 128
    log_every: int = 100
    checkpoint_every: int = 500
    evaluation_points: int = 48

    def __post_init__(self):
        if self.precision not in ("bf16", "fp32"):
            raise ValueError(f"precision {self.precision!r} is unknown; choose 'bf16' or 'fp32'")
        if self.steps < 1 or self.batch_tokens < self.positions:
            raise ValueError(
                f"steps {self.steps} must be positive and batch_tokens {self.batch_tokens} at least {self.positions}"
            )
        if self.batches < 1:
            raise ValueError(f"batches {self.batches} must be at least 1; a step averages so many")
        if not 0 <= self.phase_share <= 1:
            raise ValueError(f"phase_share {self.phase_share} must be a share from 0 to 1")
        if self.mask_copies < 1 or (self.mask_copies > 1 and not (self.static_masks and self.corpus_chunks)):
            raise ValueError(
                f"mask_copies {self.mask_copies} must be at least 1, and more need a corpus with static masks:"
                " corpus_chunks=2, static_masks=True"
            )
        if not 0 <= self.random_share <= 1 or not 0 <= self.scored_rate <= self.mask_rate:
            raise ValueError(
                f"random_share {self.random_share} must be a share from 0 to 1, and scored_rate {self.scored_rate} lie"
                f" between 0, which scores all hidden words, and mask_rate {self.mask_rate}"
            )
        if min(self.phase_chunk, self.phase_chunks) < 0 or self.phase_sentences < 3:
            raise ValueError(
                f"phase_chunk {self.phase_chunk} and phase_chunks {self.phase_chunks} may not be negative, and"
                f" phase_sentences {self.phase_sentences} not below 3; phase_chunks 0 means no phase"
            )

    def to_dict(self) -> dict:
        """The recipe as a dict that survives JSON unchanged.

        >>> Recipe("course-gpt").to_dict()["betas"], "phase_chunk" in Recipe("course-gpt").to_dict()
        ([0.9, 0.98], False)
        """
        defaults = {field.name: field.default for field in fields(self)}
        unsaid = {name for names in OPTIONAL if getattr(self, names[0]) == defaults[names[0]] for name in names}
        values = {name: value for name, value in asdict(self).items() if name not in unsaid}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    @classmethod
    def from_dict(cls, values: dict) -> Recipe:
        """The recipe that `to_dict` wrote down.

        >>> Recipe.from_dict(Recipe("course-gpt", seed=3).to_dict()) == Recipe("course-gpt", seed=3)
        True
        """
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


OPTIONS = tuple(f for f in fields(Recipe) if f.name != "name" and f.type in ("int", "float", "str"))


def command_of(recipe, *, threads, fork=None) -> str:
    """The command that trains a model by this recipe: every option that differs from its default.

    fork: the checkpoints of another run, or None.

    >>> command_of(Recipe("course-gpt", seed=3, steps=100), threads=1)
    'python -m helpers.training course-gpt --threads 1 --seed 3 --steps 100'
    """
    asked = {option.name: getattr(recipe, option.name) for option in OPTIONS}
    words = [f"--{o.name.replace('_', '-')} {asked[o.name]}" for o in OPTIONS if asked[o.name] != o.default]
    words += [f"--fork {fork}"] if fork else []
    return " ".join(["python -m helpers.training", recipe.name, f"--threads {threads}", *words])


def learning_rate(recipe, step):
    """Linear warm-up to the peak, then a cosine to zero; `step` counts from 0.

    >>> recipe = Recipe("course-gpt", steps=110, warmup_steps=10, peak_learning_rate=1.0)
    >>> [round(learning_rate(recipe, step), 2) for step in (0, 9, 60, 109)]
    [0.1, 1.0, 0.5, 0.0]

    Source: Loshchilov and Hutter 2017, "SGDR", equation 5, without restarts, and with a warm-up.
    """
    warmup = min(recipe.warmup_steps, recipe.steps // 2)
    return recipe.peak_learning_rate * share_of_peak("cosine", step, warmup=warmup, steps=recipe.steps)


def at_chunk(recipe, chunk):
    """The recipe with the mask rate of this chunk: many words hidden at first, `mask_rate` in the end.

    >>> recipe = Recipe("course-bert", first_mask_rate=0.5, mask_rate=0.1, mask_rate_chunks=4)
    >>> [round(at_chunk(recipe, chunk).mask_rate, 2) for chunk in (0, 1, 2, 4, 9)]
    [0.5, 0.4, 0.3, 0.1, 0.1]

    Source: Yang, Zhang and Zhao 2023, "Learning Better Masking for Better Language Model Pre-training", masking ratio
    decay; Wettig et al. 2023, "Should You Mask 15% in Masked Language Modeling?", for the gain from a high rate.
    """
    left = max(0.0, 1 - chunk / recipe.mask_rate_chunks)
    return replace(recipe, mask_rate=recipe.mask_rate + left * (recipe.first_mask_rate - recipe.mask_rate))


def phase_lesson(recipe, chunk) -> str | None:
    """The lesson of a chunk of the curriculum phase: which word is hidden by choice; None outside the phase.

    >>> recipe = Recipe("course-bert", phase_chunk=7, phase_chunks=8)
    >>> [phase_lesson(recipe, chunk) for chunk in (6, 7, 10, 11, 13, 14, 15)]
    [None, 'fact', 'fact', 'follower', 'either', 'whole', None]
    """
    inside = recipe.phase_chunk <= chunk < recipe.phase_chunk + recipe.phase_chunks
    return LESSONS[(chunk - recipe.phase_chunk) * len(LESSONS) // recipe.phase_chunks] if inside else None


def phase_documents(recipe, chunk) -> int:
    """How many documents of a chunk are of one scene alone: none outside the curriculum phase.

    >>> recipe = Recipe("course-bert", phase_chunk=7, phase_chunks=2)
    >>> [phase_documents(recipe, chunk) for chunk in (6, 7, 8, 9)]
    [0, 3072, 3072, 0]

    Source: Bengio et al. 2009, "Curriculum learning"; Devlin et al. 2019, appendix A.2, for short texts first.
    """
    return 0 if phase_lesson(recipe, chunk) is None else round(recipe.phase_share * recipe.chunk_documents)


def precision_here(recipe):
    """What this machine makes of the recipe's precision: "fp32" on a processor that can only imitate bf16, slowly.

    >>> precision_here(Recipe("course-gpt", precision="fp32"))
    'fp32'
    """
    able = getattr(torch.cpu, "get_capabilities", dict)()
    native = torch.cuda.is_available() or any(has for name, has in able.items() if name.endswith("bf16"))
    return recipe.precision if native else "fp32"


def evaluation_steps(recipe):
    """Steps at which the evaluations are made: half of them evenly spaced on a logarithmic scale, half evenly.

    >>> sorted(evaluation_steps(Recipe("course-gpt", steps=1_000, evaluation_points=8)))
    [10, 46, 215, 250, 500, 750, 1000]
    """
    first, last, points = min(10, recipe.steps), recipe.steps, max(2, recipe.evaluation_points // 2)
    found = {round(first * (last / first) ** (point / (points - 1))) for point in range(points)}
    return found | {round(last * point / points) for point in range(1, points + 1)}
