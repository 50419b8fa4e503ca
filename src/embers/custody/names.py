"""File names as they come, and as they may be written on any computer."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

#: Longest file name written, in bytes of UTF-8; most file systems allow 255.
LONGEST = 150
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)
#: Joiners belong to the spelling of Persian, Kurdish and Indic words.
_JOINERS = "\u200c\u200d"
#: Separators, shell and Windows specials, and the percent sign, which BagIt tools read differently.
_UNSAFE = re.compile(r'[/\\:*?"<>|%\x00-\x1f\x7f]')


def recorded_name(name: str) -> tuple[str, list[str]]:
    """Return a name as the journal may hold it, with a warning for everything that had to be written out.

    Bytes that are not UTF-8 appear as ``\\xNN``; control and direction characters, which can make a name look
    like another one, as ``\\uNNNN``. Nothing is dropped.
    """
    if name.isascii() and name.isprintable():  # nearly every name, and there may be a hundred thousand
        return name, []
    warnings = []
    if any("\ud800" <= letter <= "\udfff" for letter in name):
        warnings.append("The file name is not valid UTF-8; its bytes are written as \\xNN.")
    if any(_hidden(letter) for letter in name):
        warnings.append("The file name holds control or direction characters; they are written as \\uNNNN.")
    return unicodedata.normalize("NFC", "".join(_shown(letter) for letter in name)), warnings


def distinct_names(names: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Return :func:`recorded_name` of each of several different names, so that no two of them are recorded alike.

    Names can differ and be recorded alike: composed and decomposed letters, or a line break beside the letters
    ``\\u000a``. Those are written out letter by letter, and a warning says so.
    """
    shown = [recorded_name(name) for name in names]
    while len({name for name, _ in shown}) < len(shown):
        times = Counter(name for name, _ in shown)
        for place, (name, warnings) in enumerate(shown):
            if times[name] > 1 and (exact := _exact(names[place])) != name:
                said = "Another file has a name that looks the same; it is written out as \\u{NNNN}."
                shown[place] = (exact, [*warnings, said])
    return shown


def _exact(name: str) -> str:
    """Write a name in ASCII so that different names stay different."""
    return "".join(
        letter if letter.isascii() and letter.isprintable() and letter != "\\" else _written_out(letter)
        for letter in name
    )


def _written_out(letter: str) -> str:
    return f"\\x{ord(letter) - 0xDC00:02x}" if "\udc80" <= letter <= "\udcff" else f"\\u{{{ord(letter):x}}}"


def _shown(letter: str) -> str:
    if "\udc80" <= letter <= "\udcff":  # a byte Python could not decode (PEP 383)
        return f"\\x{ord(letter) - 0xDC00:02x}"
    if _hidden(letter) or "\ud800" <= letter <= "\udfff":
        return f"\\u{ord(letter):04x}"
    return letter


def _hidden(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cf") and letter not in _JOINERS


def portable_name(name: str) -> str:
    """Return a file name that is safe on every common system and inside a package, close to the given one."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    clean = _UNSAFE.sub("_", recorded_name(last)[0]).strip(". ")
    clean = unicodedata.normalize("NFC", clean) or "unnamed"
    if _RESERVED.match(clean):
        clean = f"_{clean}"
    stem, dot, ending = clean.rpartition(".")
    if not dot or len(ending.encode()) > 16:
        stem, dot, ending = clean, "", ""
    room = LONGEST - len(f"{dot}{ending}".encode())
    while len(stem.encode()) > room:
        stem = stem[:-1]
    return f"{stem.rstrip('. ')}{dot}{ending}"
