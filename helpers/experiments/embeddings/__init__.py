"""One vector for a whole text, and what it is good for: similarity and search, each beside its exact optimum.

The rows stand in data/results/embeddings.jsonl. `twins` draws pairs of texts about the same facts,
`exact` knows the best possible answers, `contrastive` trains bi-encoders, `cross_encoder` reads two texts at once,
`retrieval` ranks a collection, `geometry` measures how the vectors lie, `runs` puts a model to all of it.
"""

from helpers.experiments.results import Record
from helpers.models import DATA

RECORD = Record(DATA / "results" / "embeddings.jsonl", "python -m helpers.experiments.embeddings")
