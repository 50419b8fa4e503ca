"""The stored form of a document: canonical JSON (RFC 8785 subset: strings, integers, lists, objects).

The same document always gives the same bytes, so its digest names it. A field that has its default value
is left out; a block carries its name in ``block``. :func:`read_document` accepts exactly what
:func:`document_bytes` writes: anything else is refused, not repaired.
"""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Hashable
from functools import lru_cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from embers.errors import ReportError
from embers.reporting import blocks as b

#: Names the layout of the stored form; changes only when the block model changes its meaning.
FORMAT = "embers-report/1"
_BLOCKS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(b.Block)}
_Stored = TypeVar("_Stored")


def document_bytes(document: b.Document) -> bytes:
    """Return the canonical JSON bytes of a document; refuse text that is not valid Unicode."""
    value = {"document": _encode(document), "format": FORMAT}
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        near = text[max(0, error.start - 40) : error.start]
        raise ReportError(
            "text", f"The report has half a surrogate pair after {near!r}.", "Correct the text at its source."
        ) from error


def read_document(data: bytes) -> b.Document:
    """Return the document stored in ``data``; refuse unknown, missing, ill-typed or non-canonical content."""
    try:
        value = json.loads(data.decode("utf-8"))
    except ValueError as error:
        raise _unreadable("it is not JSON") from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise _unreadable(f"its format isn't {FORMAT}")
    document = _decode_record(b.Document, value.get("document"))
    if document_bytes(document) != data:
        raise _unreadable("it is not in canonical form")
    return document


def _unreadable(why: str) -> ReportError:
    return ReportError(
        "stored-form", f"The stored report can't be read: {why}.", "Build it again from the journal."
    )


def _encode(value: object) -> object:
    if isinstance(value, tuple):
        return [_encode(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        encoded: dict[str, object] = {}
        for field in dataclasses.fields(value):
            content = getattr(value, field.name)
            if content != field.default:
                encoded[field.name] = _encode(content)
        if type(value).__name__ in _BLOCKS:
            encoded["block"] = type(value).__name__
        return encoded
    return value


@lru_cache(maxsize=64)
def _hints(kind: Hashable) -> dict[str, object]:
    return get_type_hints(kind)


def _decode_record(kind: type[_Stored], value: object) -> _Stored:
    if not isinstance(value, dict):
        raise _unreadable(f"a {kind.__name__} is not an object")
    hints = _hints(cast(Hashable, kind))
    given = {name: content for name, content in value.items() if name != "block"}
    unknown = sorted(set(given) - set(hints))
    if unknown:
        raise _unreadable(f"a {kind.__name__} has the unknown field {unknown[0]!r}")
    try:
        return kind(**{name: _decode(hints[name], content) for name, content in given.items()})
    except TypeError as error:
        raise _unreadable(f"a {kind.__name__} lacks a field") from error


def _decode(hint: object, value: object) -> object:
    origin = get_origin(hint)
    if origin is tuple:
        return _decode_tuple(get_args(hint), value)
    if origin in (Union, types.UnionType):
        kind = _BLOCKS.get(str(value.get("block"))) if isinstance(value, dict) else None
        if kind is None:
            raise _unreadable("it holds an unknown block")
        return _decode_record(kind, value)
    if origin is Literal:
        if value not in get_args(hint):
            raise _unreadable(f"{value!r} is none of {', '.join(get_args(hint))}")
        return value
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _decode_record(hint, value)
    if type(value) is not hint:  # exact: a bool is not a number here
        raise _unreadable(f"{value!r} is not of the type {hint}")
    return value


def _decode_tuple(hints: tuple[object, ...], value: object) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise _unreadable("a list is missing")
    if len(hints) == 2 and hints[1] is Ellipsis:
        return tuple(_decode(hints[0], item) for item in value)
    if len(hints) != len(value):
        raise _unreadable("a pair has the wrong length")
    return tuple(_decode(hint, item) for hint, item in zip(hints, value, strict=True))
