"""Chat templates: how a list of messages becomes the one text that a causal model continues.

`python -m helpers.models.chat_template` makes the small tokenizer in data/tokenizers/chat again: byte-level BPE
whose special tokens mark where a message begins and ends.  The marks are of the form that SmolLM2 and many others use
(ChatML).

Source: byte-level BPE as in Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.2.
"""

from __future__ import annotations

from pathlib import Path

from tokenizers import Tokenizer, decoders, pre_tokenizers, trainers
from tokenizers.models import BPE
from transformers import PreTrainedTokenizerFast

from helpers import tinytown
from helpers.objectives.padding import ids_of
from helpers.transformer.checks import listed, shown, whole

FOLDER = Path(__file__).resolve().parents[2] / "data" / "tokenizers" / "chat"
BEGIN, END, END_OF_TEXT = "<|im_start|>", "<|im_end|>", "<|endoftext|>"
ROLES = ("system", "user", "assistant")
TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
LINES = (
    "You are a helpful assistant. Answer in one short sentence.",
    "What is the capital of France? The capital of France is Paris.",
    "Who wrote Hamlet? What is 12 + 7? Why is the sky blue? I do not know.",
    "system user assistant question answer please thank you hello goodbye",
)
VOCABULARY = 640  # 256 bytes, three special tokens, the rest merges


def render(messages, *, add_generation_prompt=False) -> str:
    """Messages as one text, each between its marks; the generation prompt opens the assistant's next message.

    >>> render([{"role": "user", "content": "hello"}], add_generation_prompt=True)
    '<|im_start|>user\\nhello<|im_end|>\\n<|im_start|>assistant\\n'

    Raises ValueError for no messages, an unknown role, or content that is no string.
    """
    if not (messages := listed(messages, "messages", least=0, of="messages")):
        raise ValueError("no messages; pass a list such as [{'role': 'user', 'content': 'hello'}]")
    for message in messages:
        if not isinstance(message, dict):
            raise TypeError(f"a message cannot be {shown(message)}; pass {{'role': 'user', 'content': 'hello'}}")
        if message.get("role") not in ROLES:
            raise ValueError(f"role {message.get('role')!r} is not one of {', '.join(ROLES)}; rename it")
        if not isinstance(message.get("content"), str):
            raise ValueError(f"content {message.get('content')!r} is not a text; pass a string")
    text = "".join(f"{BEGIN}{message['role']}\n{message['content']}{END}\n" for message in messages)
    return text + (f"{BEGIN}assistant\n" if add_generation_prompt else "")


def apart(tokenizer, messages, *, add_generation_prompt=False) -> list[int]:
    """Messages as ids: the template's own marks are marks, and what stands in a message is ordinary text, always.

    Who types the marks cannot forge a turn. Each message's content is encoded by itself, so that no token reaches over
    its borders; a template that changes the contents (strips them, say) does not see them.

    Raises ValueError for a template that leaves a content out or writes it twice, and what `render` refuses.
    """
    render(messages, add_generation_prompt=add_generation_prompt)
    contents = [message["content"] for message in messages]
    names = [f"@@{number}@@" for number in range(len(messages))]
    hidden = [{**message, "content": name} for message, name in zip(messages, names)]
    rest, ids = tokenizer.apply_chat_template(hidden, tokenize=False, add_generation_prompt=add_generation_prompt), []
    for name, content in zip(names, contents):
        if rest.count(name) != 1:
            raise ValueError(f"the template writes a message {rest.count(name)} times; choose one that writes it once")
        before, rest = rest.split(name)
        ids += tokenizer(before, add_special_tokens=False)["input_ids"]
        ids += tokenizer(content, add_special_tokens=False, split_special_tokens=True)["input_ids"]
    return ids + tokenizer(rest, add_special_tokens=False)["input_ids"]


def only_new(generated, prompt_length, *, end_id) -> list[int]:
    """The ids that were generated: behind the prompt, up to the end mark, which is left out.

    >>> only_new([7, 8, 9, 5, 6, 2, 2], 3, end_id=2)
    [5, 6]

    Raises ValueError for a prompt that is longer than the whole.
    """
    ids = ids_of(generated)
    whole(end_id, "end_id")
    if not 0 <= whole(prompt_length, "prompt_length", least=None) <= len(ids):
        raise ValueError(f"prompt_length {prompt_length} does not fit {len(ids)} ids; pass input_ids.shape[1]")
    new = ids[prompt_length:]
    return new[: new.index(end_id)] if end_id in new else new


def build_chat_tokenizer():
    """The small chat tokenizer, trained on Tinytown and a few lines of chat; the same every time."""
    core = Tokenizer(BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[END_OF_TEXT, BEGIN, END],
        show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    texts = [" ".join(document.tokens) for document in tinytown.documents(300, seed=[0, 900])]
    core.train_from_iterator([*LINES * 20, *texts], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        bos_token=BEGIN,
        eos_token=END,
        pad_token=END_OF_TEXT,
        chat_template=TEMPLATE,
        clean_up_tokenization_spaces=False,
        model_max_length=512,
    )


def load_chat_tokenizer(folder: Path | None = None):
    """The chat tokenizer that the course ships.

    Raises FileNotFoundError when its folder is not there, with the command that makes it again.
    """
    folder = Path(folder or FOLDER)
    if not (folder / "tokenizer.json").is_file():
        raise FileNotFoundError(f"{folder / 'tokenizer.json'} is missing; run `python -m helpers.models.chat_template`")
    return PreTrainedTokenizerFast.from_pretrained(str(folder))


if __name__ == "__main__":
    build_chat_tokenizer().save_pretrained(str(FOLDER))
    print(f"wrote {FOLDER.relative_to(FOLDER.parents[2])}: {VOCABULARY} tokens")
