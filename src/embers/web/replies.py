"""Right of reply: who was asked before anything is published, what came back or did not, and what that changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from embers.case_view import Record
from embers.surroundings import utc_text
from embers.web.grounds import Said
from embers.web.shell import Desk
from embers.web.wording import Name, names

LETTER, OUTCOME = "reply-letter", "reply-outcome"


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer or a silence, with the item or source that holds the answer if there is one."""

    said: Said
    answer: Name | None


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter: to whom, what came of it, and whether the day named in it has passed with nothing recorded."""

    said: Said
    to: Name
    outcomes: tuple[Outcome, ...]
    late: bool


@dataclass(frozen=True, slots=True)
class Replies:
    """The letters of an incident, and outcomes of letters that are not shown to this reader or were taken back."""

    letters: tuple[Letter, ...]
    others: tuple[Outcome, ...]


def replies(at: Desk, record: Record, said: Mapping[str, Said]) -> Replies:
    """Return the letters about an incident with what came of each, in the order they were recorded."""
    letters, outcomes = record.live(LETTER), record.live(OUTCOME)
    named = [str(held.value["to"]) for held in letters]
    named += [str(held.value["answer"]) for held in outcomes if "answer" in held.value]
    known = names(at.alias, named)
    told = [Outcome(said[held.id], known.get(str(held.value.get("answer", "")))) for held in outcomes]
    today = utc_text(at.folder.surroundings.clock.now())[:10]
    shown = {held.id for held in letters}
    return Replies(
        tuple(_letter(said[held.id], known[str(held.value["to"])], told, today=today) for held in letters),
        tuple(one for one in told if one.said.held.value["letter"] not in shown),
    )


def _letter(said: Said, to: Name, told: list[Outcome], *, today: str) -> Letter:
    own = tuple(one for one in told if one.said.held.value["letter"] == said.id)
    due = str(said.held.value.get("due", ""))
    # A day is compared as text; a month or year is over when its last day is.
    late = not own and bool(due) and due + "~" < today
    return Letter(said, to, own, late)
