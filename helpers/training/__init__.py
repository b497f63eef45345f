"""Pretraining of the course's models from scratch: `python -m helpers.training course-bert --seed 0`.

`recipe` what to train · `encoder`, `decoder`, `t5`, `bart` one family each, `encoder_decoder` what the last two share ·
`stream` fresh documents as batches · `training` the loop · `watch` what happens beside it · `snapshots` checkpoints and
export · `log` the record of a run.
Nothing is imported until it is asked for.
"""
