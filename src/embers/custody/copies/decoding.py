"""Which encoding a text is in: said by its first bytes, shown by them all, or guessed and called a guess."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from itertools import pairwise

from embers.custody.copies.made import Unreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Encodings a reader may choose where ours is a guess; all of them are met in the region's files.
CHOICES = (
    "utf-8",
    "windows-1251",
    "koi8-r",
    "cp866",
    "windows-1252",
    "windows-1254",
    "windows-1256",
    "utf-16",
)
_GUESSED = ("windows-1251", "koi8-r", "cp866", "windows-1252", "windows-1256")
#: Letters that are frequent where a text is read rightly; sums of their share choose between encodings.
_FREQUENT = frozenset("оеаинтсрвлкмдпуэіңөүətnaeisrlodъыьяبتالمنوري ")
_LATIN_ENDS = "\u0250"
_LOOKED_AT = 200_000


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, its encoding, and how that is known: ``mark``, ``valid``, ``guess`` or ``chosen``."""

    text: str
    encoding: str
    how: str


def decode(data: bytes, chosen: str = "") -> Decoded:
    """Return a text. A byte no encoding explains becomes the replacement character, so that it is seen."""
    if chosen:
        if chosen not in CHOICES:
            raise Unreadable("encoding", chosen)
        return Decoded(data.decode(chosen, "replace"), chosen, "chosen")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return Decoded(data.decode(encoding, "replace"), encoding.removesuffix("-sig"), "mark")
    try:
        return Decoded(data.decode("utf-8"), "utf-8", "valid")
    except UnicodeDecodeError:
        encoding = _guess(data[:_LOOKED_AT])
        return Decoded(data.decode(encoding, "replace"), encoding, "guess")


def _guess(data: bytes) -> str:
    zeros = data.count(0)
    if zeros > len(data) // 4:
        return "utf-16-le" if data[1::2].count(0) >= data[0::2].count(0) else "utf-16-be"
    return max(_GUESSED, key=lambda encoding: _likeness(data.decode(encoding, "replace")))


def _likeness(text: str) -> int:
    """Return how much a text looks read rightly.

    Frequent letters count for it; signs no text holds, and words of two scripts, count against it.
    """
    strange = sum(
        character == "\N{REPLACEMENT CHARACTER}" or "\x80" <= character < "\xa0" for character in text
    )
    mixed = sum(
        one.isalpha() and two.isalpha() and (one < _LATIN_ENDS) is not (two < _LATIN_ENDS)
        for one, two in pairwise(text)
    )
    return sum(character in _FREQUENT for character in text) - 20 * strange - 5 * mixed
