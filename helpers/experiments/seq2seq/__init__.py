"""Text to text, measured: encoder-decoders and a decoder at translation and summarisation, and a cut in running text.

`musts`: what course-t5 and course-bart reach after fine-tuning, cross-attention beside gold links (`alignment`).
`sizes`: translation by the number of training pairs, for every way of `arms`, a prefix-LM (`prefix_lm`) among them.
`cut`: running text split into an encoder's half and a decoder's half, exactly and in small models (`split_models`).
`python -m helpers.experiments.seq2seq` records all of it in data/results/seq2seq.jsonl.
"""
