"""What is usually printed about tasks and architectures, beside what was measured, and the rule that compares the two.

The rule, fixed before the numbers and the same for every claim from C26 to C37:
1. A score becomes the share of the distance from chance to the exact optimum, on the same texts, seed by seed. Chance
   is mostly the most frequent training answer, unread (each task's `chance`).
2. A printed word stands for a band of that scale (`BANDS`); it agrees when the whole 95 % interval over the seeds lies
   in its band. "worse" compares with the encoder: it agrees when the encoder's lead, paired by seed, is above 0 for
   certain, and does not when the lead is certainly below `SMALL`. "can" is at least adequate. "cannot natively" is
   "cannot", judged before any fine-tuning; all other words are judged after it.
3. A claim holds when all of its words agree, does not hold when none does, and holds with a caveat otherwise; while a
   word is open (its interval crosses the end of a band), so is a claim that hangs on it.
C34 and C37 tell of wiring and usage; they give no score to a family, and step 3 alone is applied to their checks, each
right or wrong. C35 is judged by the table's rows of the best encoder-decoder that writes; C36, of fresh heads, has its
own experiment.
"""

from __future__ import annotations

import pandas as pd

from helpers.evaluation.intervals import interval, paired
from helpers.experiments.tasks import CELL, table

END = float("inf")
BANDS = {"excellent": (0.9, END), "adequate": (0.5, 0.9), "limited": (0.1, 0.5), "cannot": (-END, 0.1)}
STRICT = {"excellent": (0.95, END), "adequate": (0.8, 0.95), "limited": (0.2, 0.8), "cannot": (-END, 0.2)}
WORSE = "worse"  # than the encoder, seed by seed
NATIVELY = "cannot natively"  # before any fine-tuning
CAN, LEAST = "can", "adequate"  # to be able to do a task is to do it at least so well
SMALL = 0.05  # of the distance from chance to the optimum: a lead that is as good as none
PRINTED = {  # task: (claim, family -> word)
    "classification": ("C26", {"encoder": "excellent", "decoder": WORSE}),
    "entities": ("C27", {"encoder": "excellent"}),
    "questions": ("C28", {"encoder": "excellent"}),
    "similarity": ("C29", {"encoder": "excellent", "decoder": "adequate"}),
    "generation": ("C30", {"encoder": NATIVELY, "decoder": "excellent"}),
    "code": ("C31", {"encoder": "cannot", "decoder": CAN, "encoder-decoder": "cannot"}),  # "decoder only"
    "summarisation": ("C32", {"encoder": "cannot", "decoder": CAN}),
    "translation": ("C32", {"encoder": "cannot", "decoder": CAN}),
    "zero-shot": ("C33", {"encoder": "limited", "decoder": "excellent"}),
}
VERDICTS = {"agrees": "✓", "better than claimed": "▲", "worse than claimed": "▼", "open": "?", "no claim": "–"}
BORROWED = "with a decoder"  # a method of the encoder that is an encoder-decoder, and not the encoder alone
IN_PAIRS = {"C32": ("summarisation", "translation")}  # told of the encoder as a part of two stacks: it can
SHARE = ("share", "share_low", "share_high")
HOLDS, CAVEAT, FAILS, OPEN = "holds", "holds with a caveat", "does not hold here", "open"


def judge(word: str, found, bands=BANDS) -> str:
    """The verdict on a word, by an interval (mean, low, high): of the share, or for "worse" of the encoder's lead.

    >>> judge("excellent", (0.95, 0.92, 0.98)), judge("adequate", (0.95, 0.92, 0.98)), judge("cannot", (0.2, 0.0, 0.4))
    ('agrees', 'better than claimed', 'open')
    >>> judge("worse", (0.2, 0.19, 0.21)), judge("worse", (0.01, -0.02, 0.04)), judge("worse", (0.01, -0.2, 0.2))
    ('agrees', 'better than claimed', 'open')

    Raises ValueError for a word without a band.
    """
    _, low, high = found
    if word == WORSE:
        return "agrees" if low > 0 else "better than claimed" if high < SMALL else "open"
    if word == NATIVELY:
        return judge("cannot", found, bands)
    if word == CAN:
        return at_least(LEAST, tuple(found), bands)
    if word not in bands:
        raise ValueError(
            f"{word!r} stands for no band of the scale; choose one of {', '.join((*bands, WORSE, CAN, NATIVELY))}"
        )
    bottom, top = bands[word]
    if low >= top:
        return "better than claimed"
    if high < bottom:
        return "worse than claimed"
    return "agrees" if bottom <= low and high < top else "open"


def alone(rows: pd.DataFrame) -> pd.DataFrame:
    """Each family's best method on validation that borrows no decoder; `rows` as `tasks.table.table` gives them."""
    return rows[rows["method"] != BORROWED].drop_duplicates(["task", "family"]).reset_index(drop=True)


def judged(cells: pd.DataFrame, runs: pd.DataFrame, bands=BANDS) -> pd.DataFrame:
    """The cells (one for each task and family) with the printed `word`, "" for none, and the `verdict` on it.

    `runs` as `tasks.table.runs` gives them: "worse" is judged seed by seed, on the same examples. Where the word is
    "cannot natively", the shares become those before any fine-tuning.
    """
    words = [PRINTED[cell.task][1].get(cell.family, "") for cell in cells.itertuples()]
    cells = pd.DataFrame(
        [_before(cell, runs) if word == NATIVELY else cell for word, (_, cell) in zip(words, cells.iterrows())]
    )
    verdicts = [_verdict(word, cell, cells, runs, bands) for word, (_, cell) in zip(words, cells.iterrows())]
    return cells.assign(word=words, verdict=verdicts)


def _before(cell, runs: pd.DataFrame):
    """A row of the table with the shares that its method has before any fine-tuning."""
    zero = table.zero_steps(**{name: cell[name] for name in CELL}).set_index("seed")["score"]
    ends = runs_of(cell, runs).set_index("seed").loc[zero.index]
    found = interval((zero - ends["chance"]) / (ends["optimum"] - ends["chance"]))
    return pd.concat([cell.drop([*SHARE, "doubts"]), pd.Series((*found, ()), [*SHARE, "doubts"])])


def _verdict(word, cell, cells, runs, bands) -> str:
    if not word:
        return "no claim"
    if word != WORSE:
        return judge(word, cell[list(SHARE)], bands)
    encoder = cells[(cells["task"] == cell["task"]) & (cells["family"] == "encoder")]
    if encoder.empty:
        return "open"
    return judge(word, lead_of(encoder.iloc[0], cell, runs))


def lead_of(encoder, cell, runs: pd.DataFrame) -> tuple[float, float, float]:
    """How far the encoder's row is ahead of another, (mean, low, high) of the share, seed by seed."""
    return paired(runs_of(encoder, runs), runs_of(cell, runs), "share")


def runs_of(cell, runs: pd.DataFrame) -> pd.DataFrame:
    """The runs of one row of the table."""
    return runs[(runs[list(CELL)] == cell[list(CELL)]).all(axis=1)]


def verdict(cells) -> str:
    """The verdict on a claim from the verdicts on its words (or, where it has no words, True or False for each check).

    >>> verdict(["agrees", "agrees"]), verdict(["agrees", "worse than claimed"]), verdict(["better than claimed"])
    ('holds', 'holds with a caveat', 'does not hold here')
    >>> verdict(["agrees", "open"]), verdict([True, True])
    ('open', 'holds')

    Raises ValueError for no cell, or a word that `judge` does not give.
    """
    words = [{True: "agrees", False: "worse than claimed"}.get(cell, cell) for cell in cells]
    if not words or (unknown := [word for word in words if word not in VERDICTS or word == "no claim"]):
        raise ValueError(f"{unknown[0]!r} is no verdict on a word" if words else "a claim needs at least one cell")
    right = words.count("agrees")
    if right == len(words):
        return HOLDS
    if "open" in words:  # decided only where the open words cannot change it: one is right and one wrong already
        return CAVEAT if right and right + words.count("open") < len(words) else OPEN
    return CAVEAT if right else FAILS


def at_least(word: str, share, bands=BANDS) -> str:
    """The verdict on "at least" a word: a better score than its band's agrees, too.

    >>> at_least("adequate", (0.95, 0.92, 0.98)), at_least("adequate", (0.3, 0.2, 0.4))
    ('agrees', 'worse than claimed')
    """
    return "agrees" if share[1] >= bands[word][0] else judge(word, share, bands)


def claims(rows: pd.DataFrame, runs: pd.DataFrame, bands=BANDS) -> pd.DataFrame:
    """The table's claims: claim, words (task, family, verdict on each told word), verdict; C26 to C33 and C35.

    rows, runs: as `tasks.table.table()` and `tasks.table.runs()` give them.
    """
    cells = judged(alone(rows), runs, bands)
    told = cells[cells["word"] != ""]
    words = [(PRINTED[cell.task][0], cell.task, cell.family, cell.verdict) for cell in told.itertuples()]
    for claim, asked in IN_PAIRS.items():
        borrowed = rows[(rows["method"] == BORROWED) & rows["task"].isin(asked)]
        words += [(claim, cell["task"], BORROWED, judge(CAN, _share(cell), bands)) for _, cell in borrowed.iterrows()]
    writers = rows[(rows["family"] == "encoder-decoder") & (rows["method"] == "text")].drop_duplicates("task")
    words += [("C35", cell["task"], "text", judge(CAN, _share(cell), bands)) for _, cell in writers.iterrows()]
    found = pd.DataFrame(words, columns=["claim", "task", "family", "word's verdict"])
    grouped = found.groupby("claim")["word's verdict"]
    return found.assign(verdict=found["claim"].map(grouped.apply(lambda each: verdict(list(each)))))


def words_of(claim: str, rows: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """A claim word by word: printed and measured share of each family, the verdict on the word, what is doubtful.

    Families of which nothing is told have a dash, as has the share after fine-tuning beside a word told of before; for
    "worse" the encoder's lead is measured.
    """
    tasks_ = [task for task, (told, _) in PRINTED.items() if told == claim]
    best = alone(rows[rows["task"].isin(tasks_)])
    cells = judged(best, runs)
    first = {cell["task"]: cell for _, cell in cells[cells["family"] == "encoder"].iterrows()}
    found = []
    for _, cell in cells.iterrows():
        lead = cell["word"] == WORSE and cell["task"] in first
        share = lead_of(first[cell["task"]], cell, runs) if lead else _share(cell)
        found.append(_told(cell, cell["word"] or "–", share, cell["verdict"], lead=lead))
    native = (cells["word"] == NATIVELY).to_numpy()
    found += [_told(cell, "–", _share(cell), "no claim") for _, cell in best[native].iterrows()]
    borrowed = rows[(rows["method"] == BORROWED) & rows["task"].isin(IN_PAIRS.get(claim, ()))]
    for _, cell in borrowed.iterrows():
        found.append(_told(cell, CAN, _share(cell), judge(CAN, _share(cell))))
    return pd.DataFrame(found).set_index(["task", "family", "method"])


def _told(cell, word: str, share, verdict: str, *, lead: bool = False) -> dict:
    measured = "{:.2f} ({:.2f} to {:.2f})".format(*(round(value, 2) + 0.0 for value in share))
    return {
        **{name: cell[name] for name in ("task", "family", "method")},
        "printed": word,
        "measured": f"behind by {measured}" if lead else measured,
        "verdict": verdict,
        "doubts": ", ".join(cell["doubts"]),
    }


def _share(cell) -> tuple[float, float, float]:
    return tuple(cell[list(SHARE)])
