"""Why the table of tasks looks as it does: single causes, each changed alone and measured with seeds.

`encoder_vs_decoder` exchanges the body under a classifier, `clinical_notes` trains the drug-interaction classifier,
`left_right_context` and `question_order` move what must be known to the left or the right, `more_steps` repeats cells
of the table with more steps; `code_infilling` fills and completes code; `textbook` compares the table with what is
usually printed. Of a family with several models the first one is asked. `grid` is the experiment.
"""
