"""The search index: one document for each subject, numbered so that reading in order of numbers is the order of
results.

A number holds the place of the kind in :data:`KIND_ORDER`, then the day (newest first, unknown last), then a count,
and in its last bit whether only some readers may read the document. The full-text index gives matches in order of
their numbers, so a page of results, a kind and a span of days are each a range of numbers, and no page has to sort
what it does not show; and matches are counted by kind without a look at any document that everybody may read.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain, count
from typing import TYPE_CHECKING, TypeVar

from embers.access.audience import EVERYBODY
from embers.inflection import stem
from embers.language import readings, search_keys, skeleton
from embers.spelling import name_keys
from embers.vocabulary.loader import load_vocabulary

if TYPE_CHECKING:
    from embers.projections.database import CaseDatabase

_Value = TypeVar("_Value", str, int)
#: Columns that are searched: ``label`` and ``body`` are words as written, one part of the record a line (``parts``,
#: beside them, says which); ``folded`` holds their script-crossing keys, ``place`` the names of the place with theirs,
#: ``marks`` codes to filter by, ``named`` the keys of the record's own names (:mod:`embers.spelling`).
TEXT_COLUMNS = ("label", "body", "folded", "place", "marks", "named")
#: What people look for first, first; kinds not named here follow in alphabetical order.
KIND_ORDER = (
    *("place", "incident", "person", "unit", "organisation", "party", "site", "interview", "item", "source"),
    *("scene", "report", "charge", "total", "proposition", "finding"),
)
WORD = re.compile(r"[\w’'ʼ-]+")
#: A number without so many of its last bits is the place of its kind.
KIND_BITS = 54
#: A number without so many of its last bits is the day of a kind, as ``search_day`` has it.
COUNT_BITS = 32
DAY_BITS = KIND_BITS - COUNT_BITS
#: The bit of a number that says: not for every reader.
RESTRICTED = 1
_DAYS = (1 << DAY_BITS) - 1
#: Values bound in one statement; SQLite allows 32,766.
_BATCH = 5000
_NOT_MARK = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a document: the predicate it comes from and its words."""

    field: str
    words: str


@dataclass(frozen=True, slots=True)
class Document:
    """What is indexed for one subject; ``box`` is (south, north, west, east) in microdegrees.

    ``day`` (such as 2020-10-17, or empty) is what results of a kind are ordered by; ``places`` are names of its place;
    ``marks`` are pairs of a field and a code to filter by; ``names`` are what the subject itself is called. Where a
    subject reads differently to different classes of readers, each has a document of its own.
    """

    subject: str
    kind: str
    label: str
    parts: tuple[Part, ...]
    day: str = ""
    places: tuple[str, ...] = ()
    marks: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()
    box: tuple[int, int, int, int] | None = None
    seen_by: int = EVERYBODY


@cache
def kinds_in_order() -> tuple[str, ...]:
    """Return every kind of subject in the order of results."""
    return tuple(dict.fromkeys([*KIND_ORDER, *sorted(load_vocabulary().kinds)]))


def kind_range(kind: str) -> tuple[int, int]:
    """Return the first and last number of documents of a kind; an unknown kind has its own, empty, range."""
    known = kinds_in_order()
    place = known.index(kind) if kind in known else len(known)
    return place << KIND_BITS, (place + 1 << KIND_BITS) - 1


def kind_at(place: int) -> str:
    """Return the kind of documents whose numbers begin so; one word for all that a newer vocabulary may know."""
    known = kinds_in_order()
    return known[place] if place < len(known) else "other"


def day_range(kind: str, first: str, last: str) -> tuple[int, int]:
    """Return the numbers of documents of a kind from one day to another, both included; days are YYYY[-MM[-DD]]."""
    start, _ = kind_range(kind)
    newest = start | _DAYS - _day_number(last, ending=True) << COUNT_BITS
    oldest = start | _DAYS - _day_number(first) << COUNT_BITS
    return newest, oldest | (1 << COUNT_BITS) - 1


def _day_number(day: str, *, ending: bool = False) -> int:
    """Return a number that orders days; a month or a year counts as its first day, or as its last."""
    found = re.match(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", day, re.ASCII)
    if not found:
        return 0
    year, month, date = found.groups()
    open_end = (12, 31) if ending else (0, 0)
    return int(year) << 9 | int(month or open_end[0]) << 5 | int(date or open_end[1])


def folded_words(text: str) -> str:
    """Return the folded keys of every word, each once."""
    words = dict.fromkeys(WORD.findall(text))
    return " ".join(dict.fromkeys(chain.from_iterable(map(keys_of, words))))


@lru_cache(maxsize=65536)
def keys_of(word: str) -> tuple[str, ...]:
    """Return the script-crossing keys of one word that are not empty."""
    found = [*search_keys(word)]
    if (root := stem(word)) != word:
        found.append(skeleton(root))
    return tuple(dict.fromkeys(key for key in found if key))


def asked_keys(word: str) -> tuple[str, ...]:
    """Return the keys to look for when a word is asked for, in every way it may be read."""
    return tuple(dict.fromkeys(chain.from_iterable(map(keys_of, readings(word)))))


def mark(field: str, code: str) -> str:
    """Return the one word that stands for a code of a field in the index."""
    return "x" + field + _NOT_MARK.sub("x", code).lower()


def index(
    database: CaseDatabase, subjects: Sequence[str], documents: Sequence[Document], *, fresh: bool = False
) -> None:
    """Put documents into the search tables in place of all that was there about these subjects.

    ``fresh``: nothing was there.
    """
    gone = [] if fresh else _held(database, subjects)
    database.engine.index.remove(database, [number for number, _ in gone])
    numbered = _numbered(database, documents)
    database.engine.index.store(database, numbered)
    _count_days(database, gone, [(number, document.seen_by) for number, document in numbered])


def _held(database: CaseDatabase, subjects: Sequence[str]) -> list[tuple[int, int]]:
    """Return the numbers and masks of the documents about subjects."""
    found: list[tuple[int, int]] = []
    for batch, marks in in_statements(subjects):
        found += database.rows(f"SELECT id, seen_by FROM search_subject WHERE subject IN ({marks})", batch)
    return found


def _count_days(
    database: CaseDatabase, gone: Sequence[tuple[int, int]], come: Sequence[tuple[int, int]]
) -> None:
    """Bring up to date how many documents of each kind and day there are for each mask."""
    change = Counter((number >> COUNT_BITS, seen_by) for number, seen_by in come)
    change.subtract((number >> COUNT_BITS, seen_by) for number, seen_by in gone)
    with database.connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO search_day(day, seen_by, many) VALUES (%s, %s, %s) "
            "ON CONFLICT (day, seen_by) DO UPDATE SET many = search_day.many + excluded.many",
            [(day, seen_by, many) for (day, seen_by), many in sorted(change.items()) if many],
        )
        fewer = [key for key, many in change.items() if many < 0]
        cursor.executemany("DELETE FROM search_day WHERE day = %s AND seen_by = %s AND many = 0", fewer)


def in_statements(values: Sequence[_Value]) -> Iterator[tuple[Sequence[_Value], str]]:
    """Cut values into lists that fit one statement each, with their placeholders."""
    for start in range(0, len(values), _BATCH):
        batch = values[start : start + _BATCH]
        yield batch, ",".join(["%s"] * len(batch))


def _numbered(database: CaseDatabase, documents: Iterable[Document]) -> list[tuple[int, Document]]:
    """Give every document its number, ascending."""
    groups: dict[int, list[Document]] = defaultdict(list)
    for document in documents:
        day = _DAYS - _day_number(document.day)
        groups[kind_range(document.kind)[0] | day << COUNT_BITS].append(document)
    numbered: list[tuple[int, Document]] = []
    with database.connection.cursor() as cursor:
        for first in sorted(groups):
            cursor.execute(
                "SELECT coalesce(max(id), %s) FROM search_subject WHERE id BETWEEN %s AND %s",
                [first, first, first | (1 << COUNT_BITS) - 1],
            )
            following = (cursor.fetchone()[0] | RESTRICTED) + 1
            for number, document in zip(count(following, RESTRICTED + 1), groups[first], strict=False):
                hidden = 0 if document.seen_by == EVERYBODY else RESTRICTED
                numbered.append((number | hidden, document))
    return numbered


def fields_of(document: Document) -> str:
    """Return the predicates that the lines of the body come from, in their order."""
    return " ".join(part.field for part in document.parts)


def text_columns(document: Document) -> tuple[str, str, str, str, str, str]:
    """Return the texts of a document, in order of :data:`TEXT_COLUMNS`."""
    body = "\n".join(" ".join(part.words.split()) for part in document.parts)
    places = " ".join(document.places)
    return (
        document.label,
        body,
        folded_words(f"{document.label} {body}"),
        f"{places} {folded_words(places)}" if places else "",
        " ".join(mark(*pair) for pair in document.marks),
        name_keys(document.names, person=document.kind == "person"),
    )
