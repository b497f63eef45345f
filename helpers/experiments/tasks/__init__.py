"""The table of nine tasks: every method of every family, fine-tuned and scored beside chance and the exact optimum.

`families` says who does what how, `runs` fine-tunes one cell, `grid` is the experiment, `table` reads its rows, `live`
repeats one cell.
"""
