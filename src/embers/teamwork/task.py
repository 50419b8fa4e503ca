"""Tasks: who asked whom to do what about which record, by when, and whether it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from embers.case_view import EntryInfo, Held, Record

GIVEN, DONE, REOPENED = "task-given", "task-done", "task-reopened"


@dataclass(frozen=True, slots=True)
class Task:
    """One task as it stands. Times are claimed times (ISO, UTC); ``due`` is a day or empty; ids are subject ids."""

    id: str
    about: str
    to: str
    by: str
    word: str
    text: str
    due: str
    given_at: str
    done_at: str
    done_by: str
    done_text: str

    @property
    def done(self) -> bool:
        """Tell whether somebody said it is done and nobody opened it again."""
        return bool(self.done_at)


def task_of(record: Record, entries: Mapping[str, EntryInfo], persons: Mapping[str, str]) -> Task | None:
    """Read a task; ``persons`` gives the person of each signing key. A record that says of no task gives nothing.

    Given twice on devices that did not know of each other, the later one in the common order counts.
    """
    given = record.live(GIVEN)
    if not given:
        return None
    last = given[-1]
    done = record.live(DONE)
    newest: Held | None = done[-1] if done else None
    ended = entries[newest.entry] if newest else None
    return Task(
        id=record.id,
        about=str(last.value["about"]),
        to=str(last.value["to"]),
        by=persons.get(entries[last.entry].by, ""),
        word=str(last.value["word"]),
        text=str(last.value.get("text", "")),
        due=str(last.value.get("due", "")),
        given_at=entries[last.entry].claimed_at,
        done_at=ended.claimed_at if ended else "",
        done_by=persons.get(ended.by, "") if ended else "",
        done_text=str(newest.value.get("text", "")) if newest else "",
    )
