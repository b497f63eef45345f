"""Who tries to tell whether one sentence follows another: word counts with and without sides, and a model's own head.

A classifier of pairs is a function from pairs, (A, B, label) with texts, to probabilities (pairs, 2): follows, or not.
"""

from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from helpers.models.checks import require_model, require_text, require_tokenizer
from helpers.objectives.next_sentence import IS_NEXT
from helpers.tasks.sentence_pairs import labels_of
from helpers.training.finetuning import class_probs, text_batches
from helpers.transformer.checks import finite, listed, shown


def topic_features(pair) -> list[str]:
    """Words that meet in a pair, without saying which text each is from: the same for (A, B) and (B, A).

    >>> sorted(topic_features(("a b", "c", 0))) == sorted(topic_features(("c", "a b", 0)))
    True
    """
    check_pair(pair)
    first, second = set(pair[0].split()), set(pair[1].split())
    met = [" & ".join(sorted((a, b))) for a in first for b in second]
    return [*(first | second), *met, f"shared {len(first & second)}"]


def sided_features(pair) -> list[str]:
    """The words of A, the words of B, and who meets whom, told apart by side; the order inside a text is lost."""
    check_pair(pair)
    first, second = set(pair[0].split()), set(pair[1].split())
    met = [f"{a} > {b}" for a in first for b in second]
    return [*(f"A {word}" for word in first), *(f"B {word}" for word in second), *met, f"shared {len(first & second)}"]


def bag_of_words(examples, *, features):
    """A logistic regression on word features, fitted to pairs: a function from pairs to probabilities (pairs, 2)."""
    if not callable(features):
        raise TypeError(f"features cannot be {shown(features)}; pass topic_features or sided_features")
    for example in listed(examples, "examples", of="pairs (A, B, label)"):
        check_pair(example, parts=3)
    if len(set(labels_of(examples))) < 2:
        raise ValueError("all examples have one label; a classifier needs pairs that follow and pairs that do not")
    hashed = HashingVectorizer(analyzer=features, n_features=2**18, norm=None, alternate_sign=False, binary=True)
    model = make_pipeline(hashed, LogisticRegression(C=0.3, solver="liblinear"))
    model.fit(list(examples), labels_of(examples))
    return lambda pairs: model.predict_proba(list(pairs))


def head_probs(model, tokenizer):
    """A next-sentence classifier as a function from pairs to probabilities (pairs, 2)."""
    require_model(model)
    require_tokenizer(tokenizer, model)
    return lambda pairs: class_probs(model, list(pairs), collate=text_batches(tokenizer)).numpy()


def says_next(probs) -> float:
    """Share of pairs that are called consecutive."""
    probs = finite(probs, "probs", dims=2)
    if probs.shape[1] != 2 or not len(probs):
        raise ValueError(f"probs have shape {probs.shape}; pass two columns, follows and not, for at least one pair")
    return float((probs[:, IS_NEXT] > 0.5).mean())


def check_pair(pair, *, parts: int = 2) -> None:
    """Refuse what is not (A, B, ...) with two texts."""
    found = listed(pair, "a pair", least=parts, of="parts")
    for text in found[:2]:
        require_text(text, "a text of a pair")
