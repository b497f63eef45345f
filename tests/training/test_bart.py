"""course-bart: the whole text is asked for, from a text whose sentences are shuffled and whose spans are hidden."""

from tiny_runs import chunks, first_batch, recipe


def test_what_is_asked_for_is_a_document_and_what_is_read_a_damaged_one():
    tokenizer = chunks(recipe("course-bart"))[1]
    batch = first_batch("course-bart")[1]
    mask, special = tokenizer.mask_token_id, set(tokenizer.all_special_ids)
    damaged = 0
    for source, target in zip(batch["input_ids"].tolist(), batch["labels"].tolist()):
        words = [i for i in target if i not in special and i != -100]
        shown = [i for i in source if i not in special]
        assert tokenizer.convert_ids_to_tokens(words)[-1] == "." and set(shown) <= set(words)
        damaged += mask in source or shown != words
    assert damaged > len(batch["labels"]) / 2
