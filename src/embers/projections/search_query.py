"""What a person types into the search box, read into words, phrases and filters.

Words without a sign are words. ``"two words"`` is a phrase, ``shell*`` a beginning. Filters are a name, a colon and
a value without a blank (or in quotes): kind, party, place, code, date (a day, a month, a year, or two with ``..``
between). Anything else with a colon in it is only words, so no text can break a search or reach into the index's
own language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from embers.errors import ProjectionError
from embers.language import lower, search_keys
from embers.projections.search_index import (
    WORD,
    asked_keys,
    day_range,
    keys_of,
    kind_range,
    kinds_in_order,
)

MAX_QUERY = 400
#: Letters that tell the language of a phrase: then I is the capital of ı. Words match in any casing by their keys.
_AZERBAIJANI = frozenset("İıƏəĞğ")
FILTERS = ("kind", "party", "place", "code", "date")
_TOKEN = re.compile(r'(?:(?P<name>[a-z]+):)?(?:"(?P<phrase>[^"]*)"|(?P<bare>[^\s"]+))')
#: A day, a month or a year.
DAY = re.compile(r"\d{4}(-\d\d){0,2}\Z", re.ASCII)
#: Kinds whose documents have a day.
_DATED = ("incident", "source")


@dataclass(frozen=True, slots=True)
class Term:
    """One word or phrase; ``beginning`` finds longer words too, ``column`` narrows it to one column of the index.

    ``keys``: it is looked for by these keys of names and by nothing else.
    """

    text: str
    phrase: bool = False
    beginning: bool = False
    column: str = ""
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A search as it was understood."""

    terms: tuple[Term, ...] = ()
    kinds: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    first: str = ""
    last: str = ""
    box: tuple[int, int, int, int] | None = None

    @property
    def empty(self) -> bool:
        """Tell whether nothing is asked for."""
        return not (self.terms or self.kinds or self.parties or self.first or self.last or self.box)

    def ranges(self) -> list[tuple[int, int]]:
        """Return the ranges of document numbers that may hold results, in the order of results."""
        kinds = sorted(self.kinds, key=lambda kind: kind_range(kind)[0])
        if self.first or self.last:
            dated = [kind for kind in kinds or _DATED if kind in _DATED]
            return sorted(day_range(kind, self.first or "0000", self.last or "8000") for kind in dated)
        if kinds:
            return [kind_range(kind) for kind in kinds]
        return [(0, 2**62)]


def read_query(
    text: str, *, kinds: tuple[str, ...] = (), box: tuple[int, int, int, int] | None = None
) -> Query:
    """Read a search; an overlong one, and one that asks for nothing, is refused."""
    if len(text) > MAX_QUERY:
        raise ProjectionError("query", f"The search is longer than {MAX_QUERY} characters.", "Shorten it.")
    found: dict[str, list[str]] = {name: [] for name in FILTERS}
    terms: list[Term] = []
    for token in _TOKEN.finditer(text):
        name, phrase, bare = token["name"], token["phrase"], token["bare"]
        value = phrase if phrase is not None else bare
        if name in found and WORD.search(value):
            found[name].append(value)
        else:
            whole = f"{name} {value}" if name else value
            terms += _words(whole, phrase=phrase is not None and not name)
    if terms and not terms[-1].phrase and text.rstrip().endswith(terms[-1].text):
        terms[-1] = Term(terms[-1].text, beginning=True)
    terms += [Term(word, column="place") for value in found["place"] for word in WORD.findall(value)]
    terms += [Term(value, phrase=True, column="label") for value in found["code"]]
    first, last = _dates(found["date"])
    query = Query(tuple(terms), (*kinds, *_kinds(found["kind"])), tuple(found["party"]), first, last, box)
    if query.empty:
        raise ProjectionError("query", "The search is empty.", "Type at least one word.")
    return query


def _words(text: str, *, phrase: bool) -> Iterator[Term]:
    if phrase:
        if any(letter.isalnum() for letter in text):
            yield Term(lower(text, "az") if _AZERBAIJANI & set(text) else text, phrase=True)
        return
    for found in WORD.finditer(text):
        if any(letter.isalnum() for letter in found[0]):
            yield Term(found[0], beginning=text[found.end() : found.end() + 1] == "*")


def _kinds(given: list[str]) -> list[str]:
    known = kinds_in_order()
    for kind in given:
        if kind not in known:
            raise ProjectionError(
                "query", f"kind:{kind} names no kind of record.", f"Kinds are: {', '.join(known)}."
            )
    return given


def _dates(given: list[str]) -> tuple[str, str]:
    if not given:
        return "", ""
    first, dots, last = given[-1].partition("..")
    if not dots:
        last = first
    if any(day and not DAY.match(day) for day in (first, last)) or not (first or last):
        raise ProjectionError(
            "query",
            f"date:{given[-1]} is no day and no span of days.",
            "Write date:2020-10-17, date:2020-10, or date:2020-10..2020-11.",
        )
    return first, last


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to find a term: a text, which may be several words in a row, in any of some columns of the index."""

    columns: tuple[str, ...]
    text: str
    beginning: bool


def alternatives(term: Term) -> list[Alternative]:
    """Return the ways to find a term: as it is written, and by each of its script-crossing keys."""
    if term.keys:
        return [Alternative(("named",), key, beginning=term.beginning) for key in term.keys]
    if term.phrase:
        return [Alternative((term.column,) if term.column else ("label", "body"), term.text, beginning=False)]
    long = term.beginning and len(term.text) > 2
    written = (term.column,) if term.column else ("label", "body", "place")
    # Folding shortens ("qqqq" has the key "g"); a very short beginning would find everything.
    folded = (term.column,) if term.column else ("folded", "place")
    own, plain = keys_of(term.text), search_keys(term.text)
    as_written = term.text.lower()
    if as_written in own:
        # A word that is its own key is looked for once, in every column: looking twice costs twice.
        written = tuple(dict.fromkeys((*written, *folded)))
    found = [Alternative(written, term.text, beginning=long)]
    found += [
        Alternative(folded, key, beginning=long and len(key) > 2 and key in plain)
        for key in own
        if key != as_written
    ]
    # A stem is no beginning: what begins like it is another word. Another reading of a beginning would find what nobody
    # means: it has to be the whole word.
    return found + [
        Alternative(folded, key, beginning=False) for key in asked_keys(term.text) if key not in own
    ]
