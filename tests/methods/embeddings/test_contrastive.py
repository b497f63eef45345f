"""The contrastive loss is the library's and by hand; training lowers it; vectors do not depend on their batch."""

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import losses as library
from transformers import AutoModel

from helpers.experiments.embeddings import runs
from helpers.methods.embeddings import contrastive
from helpers.models import DATA, load_course
from helpers.models.course import quiet
from helpers.training.finetuning import FineTuning


def test_the_contrastive_loss_is_the_one_of_sentence_transformers():
    first, second = (torch.randn(7, 16, generator=torch.Generator().manual_seed(seed)) for seed in (0, 1))
    theirs = library.MultipleNegativesRankingLoss(None, scale=20.0).compute_loss_from_embeddings([first, second], None)
    torch.testing.assert_close(contrastive.info_nce(first, second), theirs)


def test_the_contrastive_loss_by_hand_is_invariant_to_length_and_log_b_without_information():
    first, second = (torch.randn(5, 4, generator=torch.Generator().manual_seed(seed)) for seed in (2, 3))
    slow = []
    for i in range(5):
        scores = [float(torch.cosine_similarity(first[i], b, dim=0)) / 0.1 for b in second]
        slow.append(np.log(sum(np.exp(scores))) - scores[i])
    assert float(contrastive.info_nce(first, second, temperature=0.1)) == pytest.approx(np.mean(slow), abs=1e-4)
    torch.testing.assert_close(contrastive.info_nce(3 * first, second), contrastive.info_nce(first, second))
    assert float(contrastive.info_nce(torch.ones(8, 3), torch.ones(8, 3))) == pytest.approx(np.log(8))


@pytest.mark.parametrize(
    "bad, message",
    [(dict(temperature=0.0), "temperature 0.0 must be above 0"), (dict(count=1), "pass two or more pairs")],
)
def test_a_loss_that_cannot_be_is_refused(bad, message):
    count, options = bad.pop("count", 3), dict(bad)
    with pytest.raises(ValueError, match=message):
        contrastive.info_nce(torch.ones(count, 2), torch.ones(count, 2), **options)


@pytest.mark.parametrize("how", ["first", "mean", "last"])
def test_training_on_pairs_lowers_the_loss_and_leaves_the_given_body_alone(small, pairs, how):
    body, tokenizer = small
    before = {name: weight.clone() for name, weight in body.state_dict().items()}
    recipe = FineTuning(steps=15, batch_size=8, learning_rate=3e-3)
    trained, losses = contrastive.train(body, tokenizer, pairs, how=how, seed=0, recipe=recipe)
    assert np.mean(losses[-4:]) < np.mean(losses[:4])
    assert all(torch.equal(weight, before[name]) for name, weight in body.state_dict().items())
    held = [contrastive.held_out_loss(model, tokenizer, pairs, how=how, batch_size=8) for model in (trained, body)]
    assert held[0] < held[1]


def test_vectors_do_not_depend_on_their_batch_and_have_length_1(small, pairs):
    texts = [text for pair in pairs for text in pair]
    together = contrastive.embed(*small, texts, how="mean", batch_size=5)
    alone = torch.cat([contrastive.embed(*small, [text], how="mean") for text in texts])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)
    torch.testing.assert_close(together.norm(dim=1), torch.ones(len(texts)))


@pytest.mark.parametrize("texts", [[], ["the cat .", " "]])
def test_empty_texts_are_refused(small, texts):
    with pytest.raises(ValueError, match="pass a list of 1 or more|leave empty ones out"):
        contrastive.embed(*small, texts, how="mean")


def test_vectors_of_course_bert_are_those_of_sentence_transformers(pairs):
    with quiet():
        theirs = SentenceTransformer(str(DATA / "models" / "course-bert"), device="cpu")
    texts = [one for one, _ in pairs]
    found = contrastive.embed(*runs.stack("encoder"), texts, how="mean").numpy()
    expected = theirs.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    np.testing.assert_allclose(found, expected, atol=1e-5)


TEXTS = ["the cat sat on the mat .", "it rained ."]


def test_words_that_no_text_held_are_embedded_and_named(capsys):
    body, tok = load_course("course-bert", model_class=AutoModel)
    assert contrastive.embed(body, tok, ["東京", "大阪"], how="mean").shape == (2, body.config.hidden_size)
    assert capsys.readouterr().out == "not words of Tinytown: 東京, 大阪\n"


def test_the_tokenizer_s_padding_side_changes_nothing():
    body, tok = load_course("course-bert", model_class=AutoModel)
    right = contrastive.embed(body, tok, TEXTS, how="first")
    tok.padding_side = "left"
    assert torch.equal(contrastive.embed(body, tok, TEXTS, how="first"), right)


@pytest.mark.parametrize(("name", "message"), [("course-t5", "has two stacks; pass one"), ("course-gpt", "never read")])
def test_another_model_or_tokenizer_is_refused(name, message):
    model, _ = load_course(name)
    with pytest.raises(ValueError, match=message):
        contrastive.embed(model, load_course("course-bert")[1], TEXTS, how="mean")
