"""Three tasks about pairs of sentences, what solves them, and what the first token knows: recorded by a command.

`python -m helpers.pair_tasks` writes data/results/next_sentence.jsonl; `tasks` and `probes` hold the parts.
"""
