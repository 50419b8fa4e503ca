"""What a web capture (WACZ) holds: its pages with their stored text, and every resource with the status it gave.

The pages are listed, not replayed: nothing a captured page contains runs or loads.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from embers.custody.copies.made import Made, Unreadable

#: Bytes one member may unpack to, pages and resources that are listed, characters of a page's text.
_MOST_BYTES, _MOST_PAGES, _MOST_RESOURCES, _MOST_TEXT = 60_000_000, 2_000, 20_000, 60_000
PAGE = 200


def make(data: bytes) -> Made:
    """Return ``pages`` and resources in parts of two hundred, as the capture itself states them."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as bundle:
            names = bundle.namelist()
            if "datapackage.json" not in names:
                raise Unreadable("no-capture")
            about = _object(_member(bundle, "datapackage.json"))
            lists = [name for name in names if name.startswith("pages/") and name.endswith(".jsonl")]
            indexes = [name for name in names if name.startswith("indexes/") and ".cdx" in name]
            pages = [page for name in sorted(lists) for page in _pages(_member(bundle, name))][:_MOST_PAGES]
            rows = [row for name in sorted(indexes) for row in _resources(_member(bundle, name))]
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error, ValueError, NotImplementedError) as error:
        raise Unreadable("damaged", type(error).__name__) from error
    shown = sorted(rows, key=lambda row: row["address"])[:_MOST_RESOURCES]
    parts = {str(at // PAGE): _json(shown[at : at + PAGE]) for at in range(0, len(shown), PAGE)}
    facts = {
        "title": _words(about.get("title")),
        "software": _words(about.get("software")),
        "created": _words(about.get("created")),
        "pages": len(pages),
        "resources": len(rows),
        "per_part": PAGE,
    }
    return Made(facts, {**parts, "pages": _json(pages)})


def _member(bundle: zipfile.ZipFile, name: str) -> bytes:
    with bundle.open(name) as member:
        return _whole(member, name)


def _whole(stream: Any, name: str) -> bytes:  # noqa: ANN401 - anything with read
    data = bytes(stream.read(_MOST_BYTES + 1))
    if len(data) > _MOST_BYTES:
        raise Unreadable("too-long", name)
    if name.endswith(".gz"):
        with gzip.open(io.BytesIO(data)) as packed:
            return _whole(packed, "")
    return data


def _pages(data: bytes) -> Iterator[dict[str, str]]:
    for row in _lines(data):
        if row.get("url"):
            text = row.get("text")
            yield {
                "address": _words(row["url"]),
                "title": _words(row.get("title")),
                "at": _words(row.get("ts")),
                "text": text[:_MOST_TEXT] if isinstance(text, str) else "",
            }


def _resources(data: bytes) -> Iterator[dict[str, str]]:
    """Read a CDXJ index: a key, a time of fourteen digits, then a JSON object, on each line."""
    for line in data.decode("utf-8", "replace").splitlines():
        parts = line.split(" ", 2)
        row = _object(parts[2].encode()) if len(parts) == 3 else {}
        if row.get("url"):
            yield {
                "address": _words(row["url"]),
                "status": _words(row.get("status")),
                "media": _words(row.get("mime")),
                "at": parts[1][:14],
                "digest": _words(row.get("digest")),
            }


def _lines(data: bytes) -> Iterator[dict[str, Any]]:
    for line in data.splitlines():
        yield _object(line)


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _words(value: object) -> str:
    return str(value)[:2_000] if isinstance(value, str | int) else ""


def _json(value: Any) -> bytes:  # noqa: ANN401 - whatever JSON takes
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
