"""Who said a value, when, on what basis: shown on demand beside every value on a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from embers.case_view import EntryInfo, Held, Record
from embers.vocabulary.loader import load_vocabulary
from embers.web.shell import Desk
from embers.web.wording import Name, Shown, label, names, referred, show


@dataclass(frozen=True, slots=True)
class GroundRow:
    """One basis: the item or source, and the pinpoint in it."""

    name: Name
    kind: str
    locator: str


@dataclass(frozen=True, slots=True)
class Said:
    """One assertion as pages show it."""

    held: Held
    label: str
    shown: Shown
    grounds: tuple[GroundRow, ...]
    entry: EntryInfo | None

    @property
    def id(self) -> str:
        """The assertion's id."""
        return self.held.id

    @property
    def by_short(self) -> str:
        """The first characters of the signing key's id."""
        return self.entry.by[:12] if self.entry else ""

    @property
    def sources(self) -> tuple[GroundRow, ...]:
        """The grounds that are sources."""
        return tuple(ground for ground in self.grounds if ground.kind == "source")


@dataclass(frozen=True, slots=True)
class Field:
    """One predicate of a subject with every live assertion; several values of a ``one`` are contested."""

    predicate: str
    label: str
    said: tuple[Said, ...]
    contested: bool


def explain(open_desk: Desk, held: Iterable[Held], *, reveal: bool = False) -> dict[str, Said]:
    """Return assertions by id with names and entries, in two queries however many there are.

    ``reveal`` shows what is confidential in words: only for pages on which a record is worked with.
    """
    wanted = list(held)
    known = names(open_desk.alias, referred(wanted))
    entries = open_desk.view.entries(entry.entry for entry in wanted)
    return {entry.id: _said(entry, known, entries, reveal=reveal) for entry in wanted}


def _said(held: Held, known: Mapping[str, Name], entries: Mapping[str, EntryInfo], *, reveal: bool) -> Said:
    grounds = tuple(
        GroundRow(known[ground.target], ground.target.partition(":")[0], ground.locator)
        for ground in held.grounds
    )
    return Said(
        held, label(held.predicate), show(held, known, reveal=reveal), grounds, entries.get(held.entry)
    )


def fields(record: Record, said: Mapping[str, Said], predicates: Sequence[str]) -> list[Field]:
    """Return the named predicates of a record that have live values, in the order given."""
    found = []
    for predicate in predicates:
        live = [said[held.id] for held in record.live(predicate)]
        if live:
            contested = record.one(predicate).contested and _single(predicate)
            found.append(Field(predicate, live[0].label, tuple(live), contested))
    return found


def _single(predicate: str) -> bool:
    found = load_vocabulary().predicates.get(predicate)
    return found is not None and found.cardinality == "one"
