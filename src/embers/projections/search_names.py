"""Records by their names, the nearest first: other scripts, other schemes, endings, initials, a letter astray.

Where :mod:`embers.projections.search` lists everything that holds some words, this finds what somebody means by a
name. Each step asks the index for few keys and takes few candidates, so that a search costs the same in a case of a
hundred names and of a million; the candidates' keys, which lie beside their words, are then compared with what was
typed. It reads through the same views as every search: what a reader may not know of is no candidate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from embers.projections.database import CaseDatabase
from embers.projections.search import Found, first_documents, page
from embers.projections.search_query import Query, Term, read_query
from embers.spelling import (
    FAR,
    INITIAL,
    WHOLE,
    WHOLE_FRAME,
    WORD_FRAME,
    AskedName,
    AskedWord,
    KnownName,
    as_typed,
    fit,
    known_names,
    name_keys,
    one_letter,
    read_name,
    roughly,
    written,
)

__all__ = ["NEAR", "Named", "asked_name", "by_name_first", "named", "nearest_name"]

#: Up to here a name is offered where somebody chooses a record without being shown how it differs.
NEAR = 0.25

#: Candidates one step takes, in the order of their numbers.
_TAKEN = 240
#: Names compared letter by letter, those most alike at a glance.
_COMPARED = 400
#: Records compared as they are written, for each one asked for: the nearest by sound.
_WRITTEN = 5
#: With so many times the records asked for that bear the very name, nothing looser is looked for.
_ENOUGH = 3
#: Letters of a name; what is longer tells about a record.
_LONGEST = 120
#: Words of a name that are looked for; a longer text is no name.
_WORDS = 6
#: A beginning shorter than this would find everything.
_BEGINNING = 3


@dataclass(frozen=True, slots=True)
class Named:
    """A record and how far its name is from what was typed: 0 the same, less than :data:`~embers.spelling.FAR`."""

    found: Found
    apart: float


def asked_name(query: Query) -> str:
    """Return the name a search may mean: its words without filters; nothing for a phrase, a place or a code."""
    if query.parties or query.first or query.last or query.box:
        return ""
    if any(term.phrase or term.column for term in query.terms) or not 0 < len(query.terms) <= _WORDS:
        return ""
    return " ".join(term.text for term in query.terms)


def named(database: CaseDatabase, text: str, *, kinds: tuple[str, ...] = (), limit: int = 10) -> list[Named]:
    """Return the records whose names are nearest to a text, the nearest first; none for a text that is no name."""
    asked = read_name(text)
    if not asked.words or len(asked.words) > _WORDS:
        return []
    candidates: dict[int, Found] = {}
    names: dict[KnownName, list[int]] = defaultdict(list)
    rough: dict[KnownName, int] = {}
    with database.engine.index.seeking(database):
        for step in _steps(asked):
            if not all(term.keys for term in step):
                continue  # it would find nothing
            for found, keys in first_documents(database, Query(step, kinds), limit=_TAKEN):
                if found.number not in candidates:
                    candidates[found.number] = found
                    for name in known_names(keys):
                        names[name].append(found.number)
                        if name not in rough:
                            rough[name] = roughly(asked, name)
            if sum(len(names[name]) for name, far in rough.items() if far < 0) >= _ENOUGH * limit:
                break
    fits: dict[int, float] = {}
    for name in sorted(rough, key=lambda one: (rough[one], one.wholes))[:_COMPARED]:
        apart = fit(asked, name)
        for number in names[name]:
            fits[number] = min(apart, fits.get(number, FAR))
    # One letter is near to every short name: then only the very name is meant.
    furthest = FAR if len(asked.compared[0]) > 1 else NEAR / 2
    near = sorted((apart, number) for number, apart in fits.items() if apart < furthest)
    ranked = []
    for apart, number in near[: _WRITTEN * limit]:
        found = candidates[number]
        ranked.append((written(asked, _names(found), apart, person=found.kind == "person"), number))
    return [Named(candidates[number], fits[number]) for _, number in sorted(ranked)[:limit]]


def by_name_first(
    database: CaseDatabase, text: str, *, kinds: tuple[str, ...] = (), limit: int
) -> list[Found]:
    """Return records whose names are near to a text, then those that hold its words; refuse as a search does."""
    query = read_query(text, kinds=kinds)
    words = asked_name(query)
    near = named(database, words, kinds=query.kinds, limit=limit) if words else []
    found = {one.found.subject: one.found for one in near if one.apart < NEAR}
    if len(found) < limit:
        for one in page(database, query, limit=limit).found:
            found.setdefault(one.subject, one)
    return list(found.values())[:limit]


def nearest_name(text: str, found: Found) -> str:
    """Return the name of a record that is nearest to a text; among those that sound alike, to how it is typed."""
    asked, person = read_name(text), found.kind == "person"

    def apart(name: str) -> tuple[float, float]:
        known = known_names(name_keys([name], person=person))
        near = min((fit(asked, one) for one in known), default=1.0)
        return written(asked, [name], near, person=person), as_typed(text, name)

    return min(_names(found), key=apart)


def _names(found: Found) -> Iterable[str]:
    """Return what a record is called, as it is written: parts of its label, and its own words that are no text."""
    told = dict.fromkeys((*found.label.split(" / "), *(words for _, words in found.parts)))
    return [name for name in told if len(name) <= _LONGEST] or [found.label[:_LONGEST]]


def _steps(asked: AskedName) -> Iterator[tuple[Term, ...]]:
    """Yield what to ask the index for, from the surest to the loosest."""
    yield (_term(WHOLE, asked.wholes),)
    full = [word for word in asked.words if not word.initial]
    if not full:
        return
    initials = [_term(INITIAL, (*word.keys, *word.frames)) for word in asked.words if word.initial]
    if len(asked.words) > 1:
        yield (*(_term("", word.keys) for word in full), *initials)
    yield (_term(WHOLE_FRAME, asked.frames),)
    yield (_term(WHOLE, one_letter(asked.wholes[0])),)
    if len(full) > 1 or initials:
        yield (*(_loose(word) for word in full), *initials)
    if len(full) > 1:
        for left_out in range(len(full)):
            rest = [word for at, word in enumerate(full) if at != left_out]
            yield (*(_term("", word.keys) for word in rest), *initials)
    else:
        yield (_term("", full[0].keys),)
        yield (_term(WORD_FRAME, full[0].frames),)
    last = asked.wholes[0]
    if len(last) >= _BEGINNING:
        yield (replace(_term(WHOLE, (last,)), beginning=True),)


def _loose(word: AskedWord) -> Term:
    keys = (*word.keys, *(WORD_FRAME + frame for frame in word.frames), *one_letter(word.keys[0]))
    return _term("", keys)


def _term(sign: str, keys: tuple[str, ...]) -> Term:
    return Term("", keys=tuple(sign + key for key in keys))
