"""The vendored typefaces and which letters they have.

Nothing in a report may vanish because a face lacks a letter: text the faces cannot set, and characters
that steer the direction of text unseen (a known way to disguise words), are printed as ``[U+1F600]``.
"""

from __future__ import annotations

import json
import unicodedata
from functools import lru_cache
from pathlib import Path

from embers.errors import ReportError

#: Set of Unicode categories that continue the letter before them.
_MARKS = frozenset({"Mn", "Me", "Mc"})
#: Joiners and single-letter direction marks shape words of Persian, Arabic and Indic scripts; they are kept.
_KEPT = frozenset("\u200b\u200c\u200d\u200e\u200f\u00ad\u2060")
#: A "word" longer than this gets places where a line may end.
LONGEST_WORD = 30
_PIECE = 12


def font_folder() -> Path:
    """Return the folder of the vendored faces; refuse an installation without them."""
    folder = Path(__file__).parent / "fonts"
    if not (folder / "fonts.toml").is_file():
        raise ReportError(
            "fonts-missing",
            f"The typefaces are missing from {folder}.",
            "Install Embers again, or run tools/vendor_fonts.py in a source tree.",
        )
    return folder


def settable(text: str) -> str:
    """Return ``text`` as the faces can set it: blanks for control blanks, ``[U+XXXX]`` for the rest."""
    return " ".join(_settable_word(word) for word in _blanks(text).split(" "))


def visible(text: str) -> str:
    """Return ``text`` with control and direction-steering characters shown as ``[U+202E]``.

    For screens, which have faces for every script: only what is unseen by nature is replaced.
    """
    text = _blanks(text)
    return text if text.isprintable() else "".join(_name(c) if _hidden(c) else c for c in text)


def breakable(text: str) -> str:
    """Return ``text`` with zero-width spaces in words too long for any line."""
    if len(text) <= LONGEST_WORD:
        return text
    return " ".join(
        word
        if len(word) <= LONGEST_WORD
        else "\u200b".join(word[at : at + _PIECE] for at in range(0, len(word), _PIECE))
        for word in text.split(" ")
    )


def _blanks(text: str) -> str:
    return text.replace("\r\n", " ").translate({9: " ", 10: " ", 13: " ", 0x2028: " ", 0x2029: " "})


@lru_cache(maxsize=65536)
def _settable_word(word: str) -> str:
    if word.isascii() and word.isprintable():
        return word
    return "".join(_settable_cluster(cluster) for cluster in _clusters(word))


def _clusters(word: str) -> list[str]:
    clusters: list[str] = []
    for character in word:
        if clusters and unicodedata.category(character) in _MARKS:
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


def _settable_cluster(cluster: str) -> str:
    if cluster in _KEPT:
        return cluster
    if not _hidden(cluster[0]) and any(_covers(face, cluster) for face in _coverage()):
        return cluster
    return "".join("" if 0xFE00 <= ord(c) <= 0xFE0F else _settable_character(c) for c in cluster)


def _settable_character(character: str) -> str:
    alone = not _hidden(character) and unicodedata.category(character) not in _MARKS
    if alone and any(_covers(face, character) for face in _coverage()):
        return character
    return _name(character)


def _name(character: str) -> str:
    return f"[U+{ord(character):04X}]"


def _hidden(character: str) -> bool:
    if character in _KEPT or character.isprintable() or character == " ":
        return False
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"}


def _covers(face: tuple[tuple[int, int], ...], cluster: str) -> bool:
    return all(any(first <= ord(c) <= last for first, last in face) for c in cluster)


@lru_cache(maxsize=1)
def _coverage() -> tuple[tuple[tuple[int, int], ...], ...]:
    stored = json.loads((font_folder() / "coverage.json").read_text("utf-8"))
    # Upright regular faces decide; bold and italic of a family have the same letters (a test compares them).
    regular = sorted(name for name in stored if name.endswith("-Regular"))
    return tuple(tuple((first, last) for first, last in stored[name] if last >= 0x20) for name in regular)
