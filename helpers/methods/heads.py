"""A head on top of a pretrained model: for a class, a number, a tag a word, or the two ends of a span.

All are transformers' own classes. Where the class vector comes from differs by family, as is usual in the field: the
encoder's pooled [CLS], the decoder's last token, for BART and T5 the last token of the decoder that has been
given the text as well. Tags and spans stand on each token's state.

Source: Devlin et al. 2019, "BERT", section 4; Radford et al. 2018, "Improving Language Understanding by Generative
Pre-Training", section 3.3 (two texts in one line with a delimiter between them); Lewis et al. 2020, "BART", section 3.
"""

from __future__ import annotations

import torch
from transformers.modeling_outputs import TokenClassifierOutput

from helpers.evaluation import in_batches
from helpers.methods.fine_tuned import BATCH, fresh, tuned
from helpers.models.tokenizers import END_OF_TEXT
from helpers.objectives.padding import IGNORE_INDEX
from helpers.tasks.task import check_training
from helpers.training.finetuning import text_batches

CLASSES = {
    "classes": "AutoModelForSequenceClassification",
    "pair": "AutoModelForSequenceClassification",
    "tags": "AutoModelForTokenClassification",
    "span": "AutoModelForQuestionAnswering",
}
LONGEST_SPAN = 4  # words


def head(task, name: str, train, *, seed: int, recipe, watch=None):
    """Fine-tune a course model with a fresh head for a task: a Predictor."""
    check_training(task, train)
    options = {"num_labels": len(task.labels) or (1 if task.form == "pair" else 2)}
    if task.labels:
        options |= {"id2label": dict(enumerate(task.labels)), "label2id": {t: i for i, t in enumerate(task.labels)}}
    if task.form == "tags" and name == "course-bart":
        model, tokenizer = decoder_tagger(*fresh(name, "BartModel", seed=seed), labels=len(task.labels), seed=seed)
    else:
        model, tokenizer = fresh(name, CLASSES[task.form], seed=seed, **options)
    return tune_head(task, model, tokenizer, train, seed=seed, recipe=recipe, watch=watch)


class DecoderTagger(torch.nn.Module):
    """BART with a tag for each state of its decoder, for which transformers has no class.

    Source: Lewis et al. 2020, "BART", section 3.2.
    """

    def __init__(self, body, labels: int):
        super().__init__()
        self.body, self.config = body, body.config
        self.classifier = torch.nn.Linear(body.config.d_model, labels)

    def forward(self, labels=None, **batch):
        batch = {name: value for name, value in batch.items() if name in ("input_ids", "attention_mask")}
        states = self.body(**batch, decoder_input_ids=batch["input_ids"]).last_hidden_state
        logits = self.classifier(states)  # (batch, position, labels)
        loss = None if labels is None else torch.nn.functional.cross_entropy(logits.transpose(1, 2), labels)
        return TokenClassifierOutput(loss=loss, logits=logits)


def decoder_tagger(body, tokenizer, *, labels: int, seed: int):
    """BART under fresh tags: (model, tokenizer)."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return DecoderTagger(body, labels).eval(), tokenizer


def tune_head(task, model, tokenizer, train, *, seed: int, recipe, watch=None):
    """Fine-tune a model that has the right head already: a Predictor."""
    collate = COLLATES[task.form](task, tokenizer, model.config)
    how = {"seed": seed, "recipe": recipe, "watch": watch}
    return tuned(model, tokenizer, train, collate=collate, answer=answers(task), **how)


def answers(task):
    """How a model with a head answers the examples of a task: (model, tokenizer, examples, seed) -> list."""

    def answer(model, tokenizer, examples, seed=0):
        collate, found = COLLATES[task.form](task, tokenizer, model.config), []
        for batch in in_batches(examples, BATCH):
            encoded = collate(batch)
            inputs = {k: v for k, v in encoded.items() if k not in ("labels", "start_positions", "end_positions")}
            with torch.no_grad():
                output = model(**inputs)
            found += READERS[task.form](task, batch, output, encoded)
        return found

    return answer


def with_end(tokenizer, config, text: str) -> str:
    """A text that ends in the end mark where the model is an encoder-decoder, whose heads look for it."""
    if not getattr(config, "is_encoder_decoder", False):
        return text
    end = tokenizer.convert_ids_to_tokens(config.eos_token_id)
    return text if tokenizer(text)["input_ids"][-1] == config.eos_token_id else f"{text} {end}"


def class_batches(task, tokenizer, config):
    """Texts with the number of their label."""
    collate, number = text_batches(tokenizer), {label: i for i, label in enumerate(task.labels)}
    return lambda examples: collate(
        [(with_end(tokenizer, config, e.source), number.get(e.target, IGNORE_INDEX)) for e in examples]
    )


def pair_batches(task, tokenizer, config):
    """Two texts with a number: with segment ids for the encoder, in one line with a mark between for the others."""
    collate = text_batches(tokenizer)
    if "token_type_ids" in tokenizer.model_input_names and not getattr(config, "is_encoder_decoder", False):
        return lambda examples: collate([(e.source, e.second, float(e.target)) for e in examples])
    between = "[SEP]" if getattr(config, "is_encoder_decoder", False) else END_OF_TEXT
    return lambda examples: collate(
        [(with_end(tokenizer, config, f"{e.source} {between} {e.second}"), float(e.target)) for e in examples]
    )


def tag_batches(task, tokenizer, config):
    """Texts with the number of each word's tag, -100 at the marks and the padding."""
    number = {label: i for i, label in enumerate(task.labels)}

    def collate(examples):
        encoded = tokenizer([e.source for e in examples], padding=True, padding_side="right", return_tensors="pt")
        labels = torch.full_like(encoded["input_ids"], IGNORE_INDEX)
        for row, example in enumerate(examples):
            places = text_places(encoded, row)
            if len(places) != len(example.target or ()):
                raise ValueError(
                    f"{len(places)} tokens and {len(example.target or ())} tags in {example.source!r}; "
                    "give one tag for each word, and words that the tokenizer keeps whole"
                )
            labels[row, places] = torch.tensor([number[tag] for tag in example.target])
        return {**encoded, "labels": labels}

    return collate


def text_places(encoded, row: int, *, text: int = 0) -> list[int]:
    """Where the words of one text (0 or 1 of a pair) stand in a row of a batch."""
    return [place for place, side in enumerate(encoded.sequence_ids(row)) if side == text]


def span_batches(task, tokenizer, config):
    """Question and passage in that order, with the places of the answer's first and last word."""

    def collate(examples):
        sides = [e.source for e in examples], [e.second for e in examples]
        encoded = tokenizer(*sides, padding=True, padding_side="right", return_tensors="pt")
        on = [0 if len(e.source) > len(e.second) else 1 for e in examples]  # the passage is the longer text
        places = [text_places(encoded, row, text=side) for row, side in enumerate(on)]
        starts = [place[e.span[0]] for place, e in zip(places, examples)]
        ends = [place[e.span[1]] for place, e in zip(places, examples)]
        return Places({**encoded, "start_positions": torch.tensor(starts), "end_positions": torch.tensor(ends)}, places)

    return collate


class Places(dict):
    """A batch that remembers where the words of each passage stand."""

    def __init__(self, batch, places):
        super().__init__(batch)
        self.places = places


def read_classes(task, examples, output, encoded):
    return [task.labels[i] for i in output.logits.argmax(-1).tolist()]


def read_numbers(task, examples, output, encoded):
    return output.logits[:, 0].tolist()


def read_tags(task, examples, output, encoded):
    best, asked = output.logits.argmax(-1), encoded["labels"] != IGNORE_INDEX
    return [tuple(task.labels[i] for i in row[where].tolist()) for row, where in zip(best, asked)]


def read_spans(task, examples, output, encoded):
    return [
        best_span(example, start[places], end[places])
        for example, places, start, end in zip(examples, encoded.places, output.start_logits, output.end_logits)
    ]


def best_span(example, start, end) -> str:
    """The words of the span with the highest sum of start and end score, at most `LONGEST_SPAN` words long.

    Shapes: start, end (words of the passage,).
    """
    words = max(example.source, example.second, key=len).split()
    total = start[:, None] + end[None, :]
    forwards = torch.ones_like(total, dtype=torch.bool).triu()
    allowed = forwards & ~forwards.triu(LONGEST_SPAN)
    first, last = divmod(int(total.masked_fill(~allowed, -torch.inf).argmax()), len(words))
    return " ".join(words[first : last + 1])


COLLATES = {"classes": class_batches, "pair": pair_batches, "tags": tag_batches, "span": span_batches}
READERS = {"classes": read_classes, "pair": read_numbers, "tags": read_tags, "span": read_spans}
