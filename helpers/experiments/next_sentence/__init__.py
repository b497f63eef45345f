"""Three tasks about pairs of sentences, what solves them, and what the first token knows: recorded by a command.

The rows stand in data/results/next_sentence.jsonl; `tasks` and `probes` hold the parts.
"""
