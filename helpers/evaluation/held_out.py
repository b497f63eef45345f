"""The examples that measures are taken on, held out and drawn by seed: different texts, each of them once."""

import torch

from helpers import tinytown
from helpers.evaluation.drawing import a_batch, a_sequence, checked, drawn
from helpers.models.checks import name_of, require_model
from helpers.transformer.checks import whole

PATIENCE = 500  # documents in a row without a new text before there are taken to be no more


@drawn
def held_out_documents(count: int, seed: int = 0, language=None) -> tuple:
    """Test documents, no text twice, the same ones for every measure with this seed."""
    whole(count, "count", least=1)
    return tuple(tinytown.distinct_documents(count, split="test", seed=[seed, 500], language=language))


@checked
def documents_of(scene: str, *, count: int, seed: int, language, split="test", longest=1, key=None) -> tuple:
    """Documents of one scene with at least ``longest`` sentences, no two alike, fewer where there are not so many.

    key: what two documents may not share, by default their words.
    Raises ValueError for a language without the scene, or a scene without such documents.
    """
    if scene not in [s.name for s in language.scenes]:
        raise ValueError(f"{language.name} has no scene {scene!r}; leave language out, or give one that has it")
    whole(count, "count", least=1)
    source = tinytown.only(scene) if language is tinytown.training_language() else language
    found, number, vain = {}, 0, 0
    while len(found) < count and vain < PATIENCE:
        block, before = max(count, 20), len(found)
        for document in tinytown.documents(block, split=split, seed=[seed, 600, number], language=source):
            if document.scene == scene and len(document.sentences) >= longest:
                found.setdefault(key(document) if key else document.tokens, document)
        number, vain = number + 1, 0 if len(found) > before else vain + block
    if not found:
        raise ValueError(f"no document of the scene {scene!r} was found with {longest} sentences; ask for fewer")
    return tuple(found.values())[:count]


@checked
def gather(count: int, keep, *, split: str, seed, block: int = 2000, language=None) -> tuple:
    """The first ``count`` documents that ``keep`` accepts, drawn in blocks with seeds [*seed, 0], [*seed, 1], ..."""
    found, number = [], 0
    while len(found) < count:
        drawn = tinytown.documents(block, split=split, seed=[*seed, number], language=language)
        found += filter(keep, drawn)
        number += 1
    return tuple(found[:count])


def predictions(model, encoded):
    """Log-probabilities (batch, position, vocab) of a padded batch; the model's own forward pass, no gradients.

    Raises ValueError when the model answers with something that is not a number.
    """
    require_model(model)
    a_batch(encoded, "encoded")
    device = next((weight.device for weight in parameters(model)), "cpu")
    with torch.no_grad():
        output = model(**{name: value.to(device) for name, value in encoded.items()})
    scores = (output.logits if "logits" in output else output.prediction_logits).float().log_softmax(-1).cpu()
    return require_numbers(model, scores)


def parameters(model):
    """The weights of a model; none of a function in its place."""
    return model.parameters() if isinstance(model, torch.nn.Module) else ()


def require_numbers(model, scores):
    """Scores without NaN."""
    if torch.isnan(scores).any():
        raise ValueError(f"{name_of(model)} answers NaN: a weight of it is no number; load it again, or train it again")
    return scores


def in_batches(items, size: int = 64):
    """Cut a sequence into lists of at most ``size`` items.

    >>> in_batches("abcde", 2)
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    whole(size, "size", least=1)
    a_sequence(items, "items")
    return [list(items[start : start + size]) for start in range(0, len(items), size)]
