"""Canonical JSON: RFC 8785, restricted so that the standard library writes it exactly.

Restrictions: no floats, whole numbers below 2**53 in size, ASCII object keys, text in NFC without lone
surrogates. Under them sorting keys by code point equals sorting by UTF-16 unit, and there is no number
formatting to get wrong; see ``docs/decisions/0002-canonical-json-without-floats.md``.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

from embers.errors import JournalError

#: Deepest nesting of lists and objects; deeper input is a mistake or an attack.
MAX_DEPTH = 32
#: Integers of this size and above are not exact in every JSON reader (RFC 8785, section 3.2.2.3).
INTEGER_LIMIT = 2**53

Json = Any
_SURROGATE = re.compile("[\ud800-\udfff]")


def check(value: Json, path: str = "$", depth: int = 0) -> None:
    """Raise :class:`JournalError` naming the place of anything the restricted form does not allow."""
    if depth > MAX_DEPTH:
        raise _wrong(path, f"is nested deeper than {MAX_DEPTH} levels")
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        _check_text(value, path)
    elif isinstance(value, int):
        if abs(value) >= INTEGER_LIMIT:
            raise _wrong(path, "is a whole number of 2**53 or more")
    elif isinstance(value, list):
        for place, part in enumerate(value):
            check(part, f"{path}[{place}]", depth + 1)
    elif isinstance(value, dict):
        for key, part in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise _wrong(path, f"has the key {key!r}, which is not ASCII text")
            check(part, f"{path}.{key}", depth + 1)
    else:
        raise _wrong(path, f"is of the type {type(value).__name__}, which journals do not hold")


def _check_text(text: str, path: str) -> None:
    if text.isascii():
        return
    if _SURROGATE.search(text):
        raise _wrong(path, "holds a lone surrogate")
    if not unicodedata.is_normalized("NFC", text):
        raise _wrong(path, "is not in Unicode form NFC")


def _wrong(path: str, problem: str) -> JournalError:
    return JournalError(
        "canonical", f"The value at {path} {problem}.", "Write it as text, or in smaller parts."
    )


_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def encode(value: Json) -> bytes:
    """Return the canonical bytes of a value; raise :class:`JournalError` if it breaks a restriction."""
    if not _plain(value):
        check(value)  # slower, and names the place of what is wrong
    text = _write(value)
    # A part of normal text is normal too (UAX 15), so one look at the whole is enough where it finds nothing.
    if not text.isascii() and (_SURROGATE.search(text) or not unicodedata.is_normalized("NFC", text)):
        check(value)
    return text.encode()


_TYPES = frozenset({dict, list, str, int, bool, type(None)})


def _plain(value: Json) -> bool:
    """Tell whether a value holds only what is allowed, its non-ASCII text aside. Level by level: it is asked often."""
    parts = [value]
    for _ in range(MAX_DEPTH + 1):
        kinds = set(map(type, parts))
        if not kinds <= _TYPES:
            return False
        if int in kinds and not all(
            -INTEGER_LIMIT < part < INTEGER_LIMIT for part in parts if type(part) is int
        ):
            return False
        below: list[Json] = []
        keys: list[Json] = []
        for part in parts:
            if type(part) is dict:
                keys += part
                below += part.values()
            elif type(part) is list:
                below += part
        if keys and not (set(map(type, keys)) == {str} and "".join(keys).isascii()):
            return False
        if not below:
            return True
        parts = below
    return False


def _no_repeats(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise JournalError("canonical", "An object repeats a key.", "The bytes were not written by Embers.")
    return found


def _no_float(text: str) -> Json:
    raise JournalError(
        "canonical", f"The number {text[:40]} is not whole.", "The bytes were not written by Embers."
    )


def decode(data: bytes) -> Json:
    """Parse canonical bytes; anything that is not exactly what :func:`encode` writes is refused."""
    value = _parsed(data, parse_float=_no_float, parse_constant=_no_float)
    if encode(value) != data:
        _parsed(data, object_pairs_hook=_no_repeats)  # slower, and names a key that is repeated
        raise JournalError(
            "canonical",
            "The bytes are JSON, but not in canonical form.",
            "They were altered or written by others.",
        )
    return value


def _parsed(data: bytes, **hooks: Any) -> Json:  # noqa: ANN401 - those of json.loads
    try:
        return json.loads(data, **hooks)
    except (ValueError, RecursionError) as error:
        raise JournalError(
            "canonical", f"The bytes are not JSON: {error}.", "They were altered or cut."
        ) from error
