"""The README's figure: one gap, read from the left by GPT and from both sides by BERT.

Drawn from the shipped models and exact inference, so it is drawn again whenever the models are trained again.
"""

from pathlib import Path

import torch

from helpers import tinytown
from helpers.figures.plots import new_figure, style_of
from helpers.models import load_course

SENTENCE = "the patient was prescribed {} for anticoagulation ."
OUT = Path(__file__).resolve().parents[2] / "data" / "cover.png"


def left_only(sentence: str = SENTENCE) -> tuple[dict[str, float], dict[str, float]]:
    """Probabilities of the missing word given the words before it: course-gpt's and the exact ones."""
    prefix = sentence.split("{}")[0].split()
    model, tokenizer = load_course("course-gpt")
    with torch.no_grad():
        logits = model(**tokenizer(" ".join(prefix), return_tensors="pt")).logits[0, -1]  # (vocab,)
    return by_word(logits, tokenizer), tinytown.next_token_probs(prefix)


def both_sides(sentence: str = SENTENCE) -> tuple[dict[str, float], dict[str, float]]:
    """Probabilities of the missing word given all the others: course-bert's and the exact ones."""
    model, tokenizer = load_course("course-bert")
    encoded = tokenizer(sentence.format(tokenizer.mask_token), return_tensors="pt")
    place = encoded["input_ids"][0].tolist().index(tokenizer.mask_token_id)
    with torch.no_grad():
        logits = model(**encoded).prediction_logits[0, place]  # (vocab,)
    return by_word(logits, tokenizer), tinytown.cloze_probs([None if w == "{}" else w for w in sentence.split()])[0]


def by_word(logits, tokenizer) -> dict[str, float]:
    """A softmax over the vocabulary as a dict from word to probability."""
    return dict(zip(tokenizer.convert_ids_to_tokens(range(len(logits))), logits.softmax(-1).tolist()))


def figure():
    """The two panels, the same words in both, those that fit the whole sentence first."""
    gpt, filtering = left_only()
    bert, smoothing = both_sides()
    words = sorted(filtering, key=lambda word: (-smoothing.get(word, 0), word))[:8]
    drawn, axes = new_figure(2, width=4.6, height=2.9)
    panels = (
        ("decoder", "course-gpt reads the left side: filtering", gpt, filtering),
        ("encoder", "course-bert reads both sides: smoothing", bert, smoothing),
    )
    for axis, (family, title, model, exact) in zip(axes[0], panels):
        axis.barh(
            range(len(words)),
            [model.get(word, 0) for word in words],
            color=style_of(family).colour,
            label="trained model",
        )
        for row, word in enumerate(words):
            axis.plot(
                [exact.get(word, 0)] * 2,
                [row - 0.45, row + 0.45],
                color="black",
                ls="--",
                lw=1.6,
                label="" if row else "best possible",
            )
        axis.set_yticks(range(len(words)), labels=words)
        axis.invert_yaxis()
        axis.set(xlim=(0, 1), xlabel="probability", title=title)
        axis.legend(loc="lower right", frameon=False)
    drawn.suptitle(SENTENCE.format("____"))
    return drawn


if __name__ == "__main__":
    OUT.parent.mkdir(parents=True, exist_ok=True)
    figure().savefig(OUT, dpi=130)
    print(OUT.relative_to(OUT.parents[2]))
