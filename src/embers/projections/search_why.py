"""Why a record was found: the part, the words round the match, and the spelling that matched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from embers.language import fold, plain_case, script_of
from embers.projections.search import Found
from embers.projections.search_index import WORD, asked_keys, keys_of
from embers.projections.search_query import Query, Term

#: Letters shown on either side of a match.
_AROUND = 60
#: Reasons given for one record.
_MOST = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """One match: ``field`` is a predicate (empty for the name of the record), ``script`` an ISO 15924 code."""

    field: str
    before: str
    matched: str
    after: str
    asked: str
    script: str

    @property
    def other_spelling(self) -> bool:
        """Tell whether what stands there is written otherwise than what was asked for."""
        return fold(self.asked) not in fold(self.matched) or script_of(self.matched) != script_of(self.asked)


def reasons(found: Found, query: Query) -> tuple[Reason, ...]:
    """Return for each word of the search the first part it was found in, in the order of the search."""
    chosen: dict[tuple[str, str, str], Reason] = {}
    for term in query.terms:
        reason = next(_matches(found, term), None)
        if reason:
            chosen.setdefault((reason.field, reason.before, reason.matched), reason)
    return tuple(chosen.values())[:_MOST]


def _matches(found: Found, term: Term) -> Iterator[Reason]:
    """Yield where a term matches: as written anywhere first, since that is quick to see, then by its keys."""
    parts = (("", found.label), *found.parts)
    plain = plain_case(term.text)
    for by_key in (False, True):
        keys = set(asked_keys(term.text)) if by_key and not term.phrase else set()
        for field, words in parts:
            if by_key or plain in plain_case(words):
                span = _place(words, term, keys, plain)
                if span:
                    start, end = span
                    yield _reason(field, words, start, end, term)


def _place(words: str, term: Term, keys: set[str], plain: str) -> tuple[int, int] | None:
    if term.phrase:
        start = plain_case(words).find(plain)
        return (start, start + len(plain)) if start >= 0 else None
    for word in WORD.finditer(words):
        if _same(plain_case(word[0]), plain, beginning=term.beginning):
            return word.span()
        if keys and any(
            _same(own, key, beginning=term.beginning and len(key) > 2)
            for own in keys_of(word[0])
            for key in keys
        ):
            return word.span()
    return None


def _same(word: str, asked: str, *, beginning: bool) -> bool:
    return word.startswith(asked) if beginning else word == asked or asked in word.split("-")


def _reason(field: str, words: str, start: int, end: int, term: Term) -> Reason:
    left, right = max(0, start - _AROUND), min(len(words), end + _AROUND)
    if left:
        left = words.find(" ", left, start) + 1 or left
    if right < len(words):
        right = max(words.rfind(" ", end, right), end)
    return Reason(
        field,
        ("… " if left else "") + words[left:start],
        words[start:end],
        words[end:right] + (" …" if right < len(words) else ""),
        term.text,
        script_of(words[start:end]),
    )
