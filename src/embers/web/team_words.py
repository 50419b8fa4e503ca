"""Words of tasks, reviews and gaps, read from the vocabulary."""

from __future__ import annotations

from embers.web.wording import code_label


def gap_label(gap: str) -> str:
    """Return what is missing, in words."""
    return code_label("gap", gap)


def review_label(state: str) -> str:
    """Return the state of a review, in words."""
    return code_label("review-state", state)


def task_label(word: str) -> str:
    """Return what a task asks for, in words."""
    return code_label("task-word", word)
