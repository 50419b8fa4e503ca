"""What a case holds about one thing, in lines for a terminal: values in words, what they rest on, who signed them."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from embers.case_view import EntryInfo, Ground, Held
from embers.custody.time_bracket import Bracket
from embers.incidents.reading import is_claim
from embers.projections.trace import Trace, TracedAssertion
from embers.web.wording import Name, day_words, kind_label, label, names, referred, show

#: Where values begin; a longer label pushes its value to the next line.
_COLUMN = 24
_NARROWEST = 60


def heading(kind: str, name: Name) -> str:
    """Return the first line about a thing: its kind, what it is called, and its id."""
    return f"{kind_label(kind)} {name.text}" + ("" if name.text == name.id else f"\n{name.id}")


def told(
    held: Iterable[Held],
    known: Mapping[str, Name],
    entries: Mapping[str, EntryInfo],
    brackets: Mapping[str, Bracket],
) -> Iterator[str]:
    """Yield lines about assertions; those of one entry on the same grounds stand together, above what they rest on."""
    bounds = {bracket.words() for bracket in brackets.values()}
    shown = groupby(held, lambda one: (one.entry, one.grounds))
    for (entry, grounds), members in shown:
        yield ""
        for one in members:
            yield from _value(one, known)
        if grounds:
            yield from _indented(f"rests on {_grounds(grounds, known)}")
        if info := entries.get(entry):
            yield from _indented(signed(info))
        if len(bounds) > 1 and entry in brackets:
            yield from _indented(brackets[entry].words())
    if len(bounds) == 1:
        yield f"\nTime of every entry: {bounds.pop()}."


def signed(info: EntryInfo) -> str:
    """Return who signed an entry, where it stands, and when its device says it was."""
    clock = "" if info.clock != "unsynced" else ", by a clock nobody compared"
    return f"entry {info.seq}, signed by {info.by[:20]} as {info.role}, claimed {info.claimed_at}{clock}"


def value_in_words(one: Held, known: Mapping[str, Name]) -> str:
    """Return the value of an assertion; a claim names its claimant, the day its figure is of, and its number."""
    words = show(one, known).text
    if is_claim(one):
        claimant = known.get(one.value["claimant"])
        words += f", says {claimant.text if claimant else one.value['claimant']}"
        if as_of := one.value.get("as_of"):
            words += f", as of {day_words(str(as_of))}"
        if ref := one.value.get("ref"):
            words += f" ({ref})"
    marks = [] if one.live else [one.status]
    marks += ["disputed"] if one.disputed else []
    return words + (f"  [{', '.join(marks)}]" if marks else "")


def _value(one: Held, known: Mapping[str, Name]) -> Iterator[str]:
    title = label(one.predicate)
    first = f"  {title}".ljust(_COLUMN)
    if len(first) > _COLUMN:
        yield first
        first = " " * _COLUMN
    yield from _wrapped(value_in_words(one, known) or "-", first, " " * _COLUMN)


def _grounds(grounds: Sequence[Ground], known: Mapping[str, Name]) -> str:
    """Return sources by their codes, items by their titles with the pinpoint in them."""
    told_of = []
    for ground in grounds:
        name = known[ground.target]
        told_of.append(f"{name.code or name.label} {ground.locator}".strip())
    return "; ".join(told_of)


def _indented(text: str) -> list[str]:
    return _wrapped(text, " " * 6, " " * 8)


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    """Cut a text into lines of the terminal; ids and codes stay whole."""
    return textwrap.wrap(
        text,
        _width(),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _width() -> int:
    return max(_NARROWEST, min(shutil.get_terminal_size().columns, 120))


def clipped(text: str, room: int) -> str:
    """Return a text in one line of at most ``room`` characters, with a mark where it was cut."""
    line = " ".join(text.split())
    return line if len(line) <= room else line[: room - 1].rstrip() + "…"


def results(rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    """Yield search results (kind, what it is called, id), grouped by kind in the order of the best of each."""
    order = list(dict.fromkeys(kind for kind, _, _ in rows))
    for kind in order:
        members = [(text, id) for of, text, id in rows if of == kind]
        yield f"{kind_label(kind)} ({len(members)})"
        for text, id in members:
            yield f"  {clipped(text, _width() - 2)}"
            yield f"      {id}"


def walk(found: Trace, alias: str) -> Iterator[str]:
    """Yield the lines of a walk both ways; ``alias`` is the database the names are read from."""
    known = names(alias, referred(step.held for step in found.down))
    yield f"{kind_label(found.kind)} {found.start}"
    yield from _wrapped(found.label, "  ", "  ")
    if found.down:
        yield "\nDown, to the evidence:"
    for step in found.down:
        yield ""
        yield from _step(step, known)
    if found.kind != "sentence":
        count = len(found.up)
        yield f"\nUp, to the report: {count} {'sentence' if count == 1 else 'sentences'}"
    for sentence in found.up:
        yield f"  {sentence.number}  ({sentence.id})"
        yield f"      {clipped(sentence.text, _width() - 6)}"


def _step(step: TracedAssertion, known: Mapping[str, Name]) -> Iterator[str]:
    yield from _value(step.held, known)
    yield from _indented(f"assertion {step.held.id}, {step.held.status}")
    yield from _indented(f"{signed(step.entry)}, in log {step.entry.log}")
    for ground in step.grounds:
        yield from _indented(f"rests on {known[ground.record.id].text} {ground.locator}".rstrip())
        for thing in ground.objects:
            value = thing.value
            yield f"        object {value['sha256']},"
            yield f"          {value['size']} bytes, {value['role']}"
        for event in ground.custody:
            yield from _indented(f"  custody: {event.value['step']}: {event.value['detail']}")
