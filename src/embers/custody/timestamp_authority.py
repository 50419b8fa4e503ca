"""Time-stamping authorities: the list a person keeps, and the one connection this program makes to each of them.

The list is a TOML file, ``authorities.toml`` in the case folder unless the setting ``authorities`` says otherwise.
Nothing is asked of anybody until a person calls for a time-stamp; what is sent is one SHA-256 and a random number.
"""

from __future__ import annotations

import http.client
import ssl
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from embers.errors import CustodyError
from embers.surroundings import Surroundings

#: No reply is larger; tokens with full chains have some 10 kB.
MAX_REPLY = 256 * 1024
#: Seconds for one authority, connection and whole reply together.
PATIENCE = 30.0
_PARTS = {"name": str, "url": str, "roots": str, "qualified": bool}


@dataclass(frozen=True, slots=True)
class Authority:
    """One authority: a name, its address, its root certificates (PEM), and whether it is qualified under eIDAS."""

    name: str
    url: str
    roots: bytes
    qualified: bool = False


def read_authorities(path: Path, surroundings: Surroundings) -> tuple[Authority, ...]:
    """Read the list of authorities; the file with an authority's roots is named relative to the list."""
    try:
        with surroundings.disk.read(path) as handle:
            rows = tomllib.loads(handle.read().decode())["authority"]
        found = tuple(_authority(row, path.parent, surroundings) for row in rows)
    except FileNotFoundError as error:
        raise CustodyError(
            "authorities",
            f"{error.filename or path} is missing, so no authority can be asked for the time.",
            "See docs/how-to/timestamps.md for how to list two or more.",
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise CustodyError(
            "authorities",
            f"{path} is not a list of authorities: {error}.",
            "Each [[authority]] has name, url, roots and, if it is so, qualified = true.",
        ) from error
    if not found or len({one.name for one in found}) != len(found):
        raise CustodyError(
            "authorities", f"{path} names no authority, or one twice.", "Give each a name of its own."
        )
    return found


def _authority(row: object, folder: Path, surroundings: Surroundings) -> Authority:
    if not isinstance(row, dict) or not {"name", "url", "roots"} <= row.keys() <= _PARTS.keys():
        raise ValueError(f"an authority has {', '.join(row) if isinstance(row, dict) else row!r}")
    if wrong := [part for part, value in row.items() if not isinstance(value, _PARTS[part])]:
        raise TypeError(f"{wrong[0]!r} of an authority has the wrong type")
    if urlsplit(row["url"]).scheme not in ("http", "https"):
        raise ValueError(f"{row['url']!r} is not an http or https address")
    with surroundings.disk.read(folder / row["roots"]) as handle:
        return Authority(row["name"], row["url"], handle.read(1 << 20), row.get("qualified", False))


def ask(authority: Authority, request: bytes) -> bytes:
    """Send a request and return the reply as it came. Redirects are not followed; size and time are limited."""
    parts = urlsplit(authority.url)
    host = parts.hostname or ""
    link = (
        http.client.HTTPSConnection(host, parts.port, timeout=PATIENCE, context=ssl.create_default_context())
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, parts.port, timeout=PATIENCE)
    )
    end = time.monotonic() + PATIENCE
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        link.request("POST", path, request, {"Content-Type": "application/timestamp-query"})
        answer = link.getresponse()
        if answer.status != 200:
            raise _failed(authority, f"it answered {answer.status} {answer.reason}"[:80])
        return _read(answer, link, authority, end)
    except (OSError, http.client.HTTPException) as error:
        raise _failed(authority, " ".join(str(error).split())[:80] or type(error).__name__) from error
    finally:
        link.close()


def _read(
    answer: http.client.HTTPResponse, link: http.client.HTTPConnection, authority: Authority, end: float
) -> bytes:
    """Read at most ``MAX_REPLY`` bytes until ``end``; an authority that drips bytes is given up."""
    data = b""
    while part := answer.read1(65536):
        data += part
        if len(data) > MAX_REPLY:
            raise _failed(authority, f"its reply has more than {MAX_REPLY} bytes")
        left = end - time.monotonic()
        if left <= 0:
            raise _failed(authority, f"its reply took more than {PATIENCE:.0f} seconds")
        if link.sock is not None:
            link.sock.settimeout(left)
    return data


def _failed(authority: Authority, why: str) -> CustodyError:
    return CustodyError(
        "authority",
        f"The authority {authority.name} gave no time-stamp: {why}.",
        "The others were asked all the same. Try this one again later.",
    )
