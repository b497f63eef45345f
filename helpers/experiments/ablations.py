"""One change at a time: small course-berts that differ in how words are hidden, or in whether they learn pairs.

`python -m helpers.experiments.ablations` trains every arm with several seeds and writes one line for each to
data/results/ablations.jsonl. What is there is skipped, a killed run is taken up where it stopped. Every arm has the
same size, steps and batches; losses are measured alike for all, with 15 % of the words hidden behind [MASK].
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor, as_completed

import torch

from helpers import evaluation, tinytown
from helpers.experiments import results
from helpers.experiments.results import interval
from helpers.models import DATA
from helpers.training import log
from helpers.training.loop import pretrain
from helpers.training.monitor import Places
from helpers.training.recipe import Recipe, plain

RESULTS = DATA / "results" / "ablations.jsonl"
MODELS = DATA / "models" / ".checkpoints" / "ablations"
SEEDS = (0, 1, 2)
SIZE = {
    "d_model": 64,
    "layers": 3,
    "heads": 4,
    "feed_forward": 256,
    "steps": 2_000,
    "warmup_steps": 200,
    "first_mask_rate": 0.15,
    "log_every": 250,
    "checkpoint_every": 500,
}
CHANGES = {
    "base": {},
    "mask-only": {"mix": (1.0, 0.0, 0.0)},
    "random-only": {"mix": (0.0, 1.0, 0.0)},
    "keep-only": {"mix": (0.0, 0.0, 1.0)},
    **{f"rate-{rate:02d}": {"mask_rate": rate / 100, "first_mask_rate": rate / 100} for rate in (5, 30, 40, 60, 80)},
    "static": {"corpus_chunks": 2, "static_masks": True},
    "dynamic": {"corpus_chunks": 2},
    "without-nsp": {"pair_share": 0.0},
}
GROUPS = {  # what is compared with what: the name in the figure -> the arm
    "mix": {"80/10/10": "base", "100/0/0": "mask-only", "0/100/0": "random-only", "0/0/100": "keep-only"},
    "rate": {"5%": "rate-05", "15%": "base", "30%": "rate-30", "40%": "rate-40", "60%": "rate-60", "80%": "rate-80"},
    "corpus": {"endless": "base", "dynamic": "dynamic", "static": "static"},
    "nsp": {"with": "base", "without": "without-nsp"},
}


def recipe_of(arm, seed):
    """The recipe of one arm: the small size and the one change.

    >>> recipe_of("mask-only", 0).mix
    (1.0, 0.0, 0.0)

    Raises ValueError for an unknown arm, listing the known ones.
    """
    if arm not in CHANGES:
        raise ValueError(f"no arm is named {arm!r}; choose from {', '.join(CHANGES)}")
    return Recipe("course-bert", seed=seed, **{**SIZE, **CHANGES[arm]})


def load(arm, seed):
    """One trained arm: (model, tokenizer); training is made up for when it is not there yet."""
    folder = MODELS / f"{arm}-{seed}"
    places = Places(checkpoints=folder, record=folder / "record.jsonl", model=folder / "model")
    return pretrain(recipe_of(arm, seed), places, language=tinytown, quiet=True)


def measure(arm, seed):
    """Train one arm if need be, and measure it: the row of the results."""
    torch.set_num_threads(1)
    model, tokenizer = load(arm, seed)
    _, steps = log.read(MODELS / f"{arm}-{seed}" / "record.jsonl")
    return {
        "arm": arm,
        "seed": seed,
        "excess": evaluation.masked_excess(model, tokenizer)["excess"],
        "next_sentence": evaluation.next_sentence(model, tokenizer)["accuracy"],
        **evaluation.unmasked_guesses(model, tokenizer),
        "curve": [[line["step"], line["validation"]] for line in steps],
        "words": steps[-1]["words"],
        "minutes": round(steps[-1]["seconds"] / 60, 1),
        "recipe": plain(recipe_of(arm, seed)),
        "command": f"python -m helpers.experiments.ablations --arms {arm} --seeds {seed}",
    }


def recorded():
    """All recorded rows that were made with the present recipes."""
    there = [row for row in results.read(RESULTS) if row["arm"] in CHANGES]
    return [row for row in there if row["recipe"] == plain(recipe_of(row["arm"], row["seed"]))]


def rows(group):
    """The recorded rows of one comparison, `arm` being the name it has there, in the comparison's order.

    Raises ValueError for an unknown comparison; FileNotFoundError when an arm has not been recorded.
    """
    if group not in GROUPS:
        raise ValueError(f"no comparison is named {group!r}; choose from {', '.join(GROUPS)}")
    there = recorded()
    found = [{**row, "arm": name} for name, arm in GROUPS[group].items() for row in there if row["arm"] == arm]
    missing = GROUPS[group].keys() - {row["arm"] for row in found}
    if missing:
        raise FileNotFoundError(
            f"{RESULTS} lacks {', '.join(sorted(missing))}; `python -m helpers.experiments.ablations` makes it"
        )
    return found


def summary(group, key):
    """Mean and 95 % interval over the seeds of one measure: {name: (mean, low, high)}."""
    found = rows(group)
    return {name: interval([row[key] for row in found if row["arm"] == name]) for name in GROUPS[group]}


def main(arguments=None):
    """Train and measure what is not recorded yet, several arms at a time."""
    made = argparse.ArgumentParser(prog="python -m helpers.experiments.ablations", description=__doc__.splitlines()[0])
    made.add_argument("--arms", nargs="+", default=list(CHANGES), choices=list(CHANGES), metavar="ARM")
    made.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS))
    made.add_argument("--workers", type=int, default=os.cpu_count(), help="arms trained at a time, a thread each")
    options = made.parse_args(arguments)
    done = {(row["arm"], row["seed"]) for row in recorded()}
    todo = [(arm, seed) for seed in options.seeds for arm in options.arms if (arm, seed) not in done]
    print(f"{len(done)} recorded, {len(todo)} to do")
    for number, row in enumerate(_measured(todo, options.workers), start=1):
        results.write(RESULTS, [*results.read(RESULTS), row])
        name = f"{row['arm']} seed {row['seed']}"
        print(f"{number} of {len(todo)}: {name}: {row['excess']:.3f} nats above the floor", flush=True)


def _measured(todo, workers):
    if workers == 1:
        yield from (measure(*each) for each in todo)
        return
    with ProcessPoolExecutor(max_workers=workers) as pool:
        for future in as_completed([pool.submit(measure, *each) for each in todo]):
            yield future.result()


if __name__ == "__main__":
    main()
