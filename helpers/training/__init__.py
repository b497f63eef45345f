"""Pretraining of the course's models from scratch, `python -m helpers.training course-bert`, and fine-tuning.

`recipe` what to train · `bert`, `gpt`, `t5`, `bart` one family each, `encoder_decoder` what the last two share ·
`batches` fresh documents as batches · `step` one update, `loop` all of them · `schedule`, `optimizer` how far and where
to · `monitor` what happens beside it · `checkpoints`, `log`, `rows` what is kept · `finetuning` a new question.
"""
