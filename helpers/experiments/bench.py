"""Speed and memory, measured: `make bench` writes data/results/bench.json and prints the table.

Whatever is compared is run in turns in one process, on the same batches, weights and threads; the medians of the rounds
are compared. A ratio is the other's seconds over ours: above 1 we are faster.
"""

import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
import transformers
from transformers import DataCollatorForLanguageModeling, PrinterCallback, Trainer, TrainingArguments

from helpers import tinytown
from helpers.models.tokenizers import build_tokenizer, word_id_range
from helpers.objectives.masked_lm import masked_lm_batch
from helpers.objectives.padding import pad_rows
from helpers.training.batches import Chunks
from helpers.training.loop import FAMILIES, family_of, fresh_model, start
from helpers.training.optimizer import optimizer_for
from helpers.training.recipe import Recipe, learning_rate, precision_here
from helpers.training.step import train_step

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "data" / "results" / "bench.json"
ROUNDS = 5


def seconds(work, *arguments) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - start


def in_turns(rivals: dict, *, rounds: int = ROUNDS) -> dict[str, float]:
    """Median wall time of each function, called in turns.

    >>> sorted(in_turns({"ours": int, "theirs": float}, rounds=1))
    ['ours', 'theirs']
    """
    times = [{name: seconds(work) for name, work in rivals.items()} for _ in range(rounds)]
    return {name: statistics.median(row[name] for row in times) for name in rivals}


def compared(name: str, rivals: dict, *, amount: int, unit: str) -> dict:
    """One row of the table: ours against theirs on the same amount of work."""
    median = in_turns(rivals)
    return {
        "what": name,
        "ours": round(amount / median["ours"]),
        "theirs": round(amount / median["theirs"]),
        "unit": unit,
        "ratio": round(median["theirs"] / median["ours"], 3),
    }


# ---- training: our loop against transformers' Trainer


def training(name: str, *, steps: int = 100, documents: int = 16_384) -> dict:
    """Words a second of our training steps and of `Trainer`'s, from the same weights on the same batches."""
    recipe = Recipe(name, steps=steps, chunk_documents=documents)
    batches = Chunks(recipe, family_of(name), fresh_model(recipe, tinytown)[1], tinytown)[0][:steps]
    rivals = {"ours": our_loop(recipe, batches, tinytown), "theirs": trainer_loop(recipe, batches, tinytown)}
    return compared(f"training {name}, Trainer", rivals, amount=sum(int(b["words"]) for b in batches), unit="words/s")


def our_loop(recipe, batches, language):
    """A function that makes our own training steps over the batches."""
    _, objective, model, _ = start(recipe, language)
    optimizer, losses = optimizer_for(model, recipe), torch.nn.Module.__call__

    def work():
        for step, batch in enumerate(batches):
            rate = learning_rate(recipe, step)
            train_step(objective, optimizer, [batch], losses=losses, rate=rate, clip=recipe.clip)

    return work


def trainer_loop(recipe, batches, language):
    """A function that makes the same steps with Trainer: same optimiser, clipping, precision; no logging, no saving."""
    model, _ = fresh_model(recipe, language)
    model.config.use_cache = False  # of keys and values, which training has no use for
    arguments = TrainingArguments(
        tempfile.gettempdir(),
        per_device_train_batch_size=1,
        max_steps=len(batches),
        max_grad_norm=recipe.clip,
        bf16=precision_here(recipe) == "bf16",
        logging_strategy="no",
        save_strategy="no",
        disable_tqdm=True,
        report_to="none",
        remove_unused_columns=False,
        lr_scheduler_type="cosine",
        use_cpu=True,
    )
    rows = [{name: value for name, value in batch.items() if name != "words"} for batch in batches]
    made = Trainer(
        model,
        arguments,
        train_dataset=rows,
        data_collator=lambda batch: batch[0],
        optimizers=(optimizer_for(model, recipe), None),
    )
    made.remove_callback(PrinterCallback)
    return made.train


# ---- masking: our builder against transformers' collator


def masking(*, rows: int = 64, batches: int = 200) -> dict:
    """Words a second that are padded and masked 80/10/10, from lists of token ids to a batch of tensors."""
    tokenizer = build_tokenizer(tinytown.vocabulary())
    ids = [tokenizer(document.text)["input_ids"] for document in tinytown.documents(rows)]
    theirs = DataCollatorForLanguageModeling(tokenizer)
    how = {
        "generator": torch.Generator().manual_seed(0),
        "mask_id": tokenizer.mask_token_id,
        "word_ids": word_id_range(tokenizer),
    }

    def build():
        for _ in range(batches):
            masked_lm_batch(pad_rows(ids, pad_id=tokenizer.pad_token_id), tokenizer.all_special_ids, **how)

    def collate():
        for _ in range(batches):
            theirs([{"input_ids": row} for row in ids])

    words = batches * sum(map(len, ids))
    return compared(
        "masking, DataCollatorForLanguageModeling", {"ours": build, "theirs": collate}, amount=words, unit="tokens/s"
    )


# ---- Tinytown


def inference(*, count: int = 100) -> list[dict]:
    """Milliseconds a document for sampling, for its probability, and for all causal or all single-gap distributions."""
    texts = [document.tokens for document in tinytown.documents(count, split="test")]
    jobs = {
        "sampling": lambda: tinytown.documents(count, seed=1),
        "log_prob": lambda: list(map(tinytown.log_prob, texts)),
        "all causal losses": lambda: list(map(tinytown.causal_losses, texts)),
        "all single-gap losses": lambda: list(map(tinytown.single_gap_losses, texts)),
    }
    median = in_turns(jobs)
    length = round(sum(map(len, texts)) / count, 1)
    return [
        {"what": f"tinytown, {name}", "milliseconds": round(1e3 * median[name] / count, 2), "mean_tokens": length}
        for name in jobs
    ]


# ---- notebooks, each in a process of its own

NOTEBOOK = """import resource, sys, nbclient, nbformat
book = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(book, timeout=900, resources={"metadata": {"path": "notebooks"}}).execute()
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024))"""


def last_line(script: str, *arguments: str) -> str:
    """What a script prints last.

    Raises RuntimeError with its own words when it fails.
    """
    done = subprocess.run([sys.executable, "-c", script, *arguments], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"could not measure {arguments[0]}: {done.stderr.strip()[-800:]}")
    return done.stdout.split()[-1]


def notebook(path) -> list[dict]:
    """Wall time of a notebook and the peak memory of its kernel."""
    start = time.perf_counter()
    peak = int(last_line(NOTEBOOK, str(path)))
    seconds = round(time.perf_counter() - start, 1)
    return [{"what": f"notebook {path.stem}", "seconds": seconds, "peak_gigabytes": round(peak / 1e9, 2)}]


def machine() -> dict:
    """What it was measured on; the threads stand in each row, since a row may be measured alone."""
    return {
        "processor": platform.machine(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }


def show(row: dict) -> str:
    """One line of the table.

    >>> show({"what": "masking", "ours": 20, "theirs": 10, "unit": "tokens/s", "ratio": 2.0})
    'masking                                          ours 20, theirs 10, unit tokens/s, ratio 2.0'
    """
    return f"{row['what']:<48} " + ", ".join(f"{name} {value}" for name, value in row.items() if name != "what")


def jobs() -> dict:
    """All measurements: what the names of their rows begin with -> a function that gives the rows."""
    books = sorted((ROOT / "notebooks").glob("*.ipynb"))
    return {
        **{f"training {name}": lambda name=name: [training(name)] for name in FAMILIES},
        "masking": lambda: [masking()],
        "tinytown": inference,
        **{f"notebook {path.stem}": lambda path=path: notebook(path) for path in books},
    }


def main(only=()) -> None:
    """Measure everything, or what is named (`notebook 05`, `tinytown`); print each row, then write the file.

    Rows that are not measured anew stay; those of notebooks that are no longer there go.
    """
    all_jobs = jobs()
    chosen = {name: job for name, job in all_jobs.items() if not only or any(map(name.startswith, only))}
    rows = json.loads(OUT.read_text(encoding="utf-8"))["rows"] if OUT.exists() else []
    for name, job in chosen.items():
        found = [{**row, "threads": torch.get_num_threads()} for row in job()]
        print(*map(show, found), sep="\n", flush=True)
        rows = [row for row in rows if not row["what"].startswith(name)] + found
    order = list(all_jobs)
    rows = [row for name in order for row in rows if row["what"].startswith(name)]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(
        json.dumps({"command": "make bench", "machine": machine(), "rows": rows}, indent=1) + "\n", encoding="utf-8"
    )
