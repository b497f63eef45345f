"""Why the table of tasks looks as it does: single causes, each changed alone and recorded with seeds.

The rows stand in data/results/suitability.jsonl. `swap` exchanges the body under a classifier,
`notes` trains the drug-interaction classifier, `cues` and `order` move what must be known to the left or the right,
`gaps` fills and completes code, `budget` repeats cells of the table with more steps; `textbook` compares the table
with what is usually printed. Of a family with several models the first one is asked.
"""

from helpers.experiments.results import Record
from helpers.models import DATA

RECORD = Record(DATA / "results" / "suitability.jsonl", "python -m helpers.experiments.suitability")
