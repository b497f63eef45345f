"""Nine tasks from Tinytown, three families of models under one budget, and the table that everybody prints, measured.

`TASKS` holds the tasks; `families` says how each family does each of them; `runs.fine_tune` does one cell live;
`python -m helpers.tasks` records all of them in data/results/tasks.jsonl, and `table` reads what was recorded.
"""

_MODULES = {
    "classification": "text_classification",
    "entities": "token_classification",
    "questions": "question_answering",
    "similarity": "similarity",
    "generation": "generation",
    "code": "code_completion",
    "summarisation": "summarisation",
    "translation": "translation",
    "zero-shot": "zero_shot",
}
__all__ = ["TASKS"]


def __getattr__(name: str):
    """Import the tasks when they are first asked for."""
    if name != "TASKS":
        raise AttributeError(f"helpers.tasks has no {name!r}; it offers TASKS")
    from importlib import import_module

    tasks = {task: import_module(f"{__name__}.{module}").TASK for task, module in _MODULES.items()}
    globals()["TASKS"] = tasks
    return tasks
