"""How many labels does it take? Six ways to learn a restaurant review's verdict from 0 to 256 labelled reviews.

The rows stand in data/results/few_shot.jsonl; `reviews`, `bayes`, `in_context`, `methods` and
`records` hold the parts.
"""
