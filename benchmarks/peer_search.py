"""The nearest peer, Bayanat, asked the queries of ``incidents_at_scale.py`` over HTTP, as one of its own pages asks.

It is a program of its own under the AGPL: nothing of it is here, and it is started by hand. Its repository, version
4.0.2, tells how: its locked Python packages, PostgreSQL with PostGIS, Redis, the web process as shipped (one process,
two threads). It holds the same documents (``peer_fill.py``): title, account as description, day as day of publication,
one marker at the same point, one snapshot each. ``BAYANAT_USER`` and ``BAYANAT_PASSWORD`` are those of its
user.

Its text search is by substring and ours by words in any script: the two find different numbers, and both are told.
"""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from search_floors import KM, Asked, shown, spread

#: Longer than the half minute after which it gives a search to its worker.
PATIENCE_S = 120
PAGE = 30
#: What it answers to a search it gives to its worker.
_LATER = 202
_METRES = 1000
_Answer = tuple[int, dict[str, Any]]


@dataclass
class Peer:
    """A running Bayanat that somebody is logged in to. One request at a time, each on a connection of its own."""

    address: str
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def log_in(self) -> None:
        """Log in; refuse if the peer does."""
        user, password = (os.environ.get(f"BAYANAT_{one}", "") for one in ("USER", "PASSWORD"))
        _, told = self.ask("GET", "/login")
        self.token = str(told["response"]["csrf_token"])
        known = {"username": user, "password": password, "csrf_token": self.token}
        status, told = self.ask("POST", "/login", known)
        if status != http.client.OK:
            raise SystemExit(f"the peer at {self.address} let nobody in: {told}")
        self.token = str(told["response"].get("csrf_token", self.token))

    def ask(self, method: str, path: str, body: object = None) -> _Answer:
        """Return the status and the answer to one request."""
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "Referer": self.address + "/",
            "X-CSRFToken": self.token,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        sent = None if body is None else json.dumps(body)
        answer, text = alone(urlsplit(self.address).netloc, method, path, headers, sent)
        for header in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = header.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, json.loads(text) if text[:1] in {b"{", b"["} else {}

    def search(self, asked: Asked, *, counted: bool) -> _Answer:
        """Return the status and the first page of bulletins that fit, newest first, with or without their number."""
        body = {"q": [body_of(asked)], "per_page": PAGE, "include_count": counted}
        status, told = self.ask("POST", "/admin/api/bulletins/", body)
        if status not in {http.client.OK, _LATER}:
            raise SystemExit(f"the peer answered {status}: {told}. Is its set-up complete?")
        return status, told


def alone(
    place: str, method: str, path: str, headers: Mapping[str, str], body: str | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    """Return the answer to one request on a connection of its own, and its bytes."""
    line = http.client.HTTPConnection(place, timeout=PATIENCE_S)
    try:
        line.request(method, path, body, dict(headers))
        answer = line.getresponse()
        return answer, answer.read()
    finally:
        line.close()


def body_of(asked: Asked) -> dict[str, object]:
    """Return a query as the peer's page sends it: a box becomes the circle of the same reach around its middle."""
    told: dict[str, object] = {}
    if asked.words:
        told["tsv"] = asked.words
    if asked.box:
        south, north, west, east = asked.box
        told["latlng"] = {
            "lat": (south + north) / 2e6,
            "lng": (west + east) / 2e6,
            "radius": round((north - south) / 2 / KM) * _METRES,
        }
        told["locTypes"] = ["geomarkers"]
    if asked.days:
        told["pubdate"] = list(asked.days)
    return told


@dataclass(frozen=True, slots=True)
class Measured:
    """Rows of a table, and by kind of query: median and 95th percentile with counts (ms), and how many each found."""

    rows: Mapping[str, str]
    counted: Mapping[str, tuple[float, float]]
    totals: Mapping[str, Sequence[int]]


def measure(peer: Peer, asked: Mapping[str, Sequence[Asked]], calls: int) -> Measured:
    """Ask so many queries of each kind, with their number and without."""
    rows: dict[str, str] = {}
    counted: dict[str, tuple[float, float]] = {}
    totals: dict[str, list[int]] = {}
    for kind, those in asked.items():
        counted[kind], answers = _timed(peer, those[:calls], counted=True)
        totals[kind] = [int(answer.get("data", {}).get("total") or 0) for _, answer in answers]
        rows[f"{kind}: Bayanat, measured here, with count"] = _row(counted[kind], answers)
        rows[f"{kind}: Bayanat, measured here, without count"] = _row(
            *_timed(peer, those[:calls], counted=False)
        )
    return Measured(rows, counted, totals)


def _timed(peer: Peer, asked: Sequence[Asked], *, counted: bool) -> tuple[tuple[float, float], list[_Answer]]:
    for one in asked[:2]:
        peer.search(one, counted=counted)
    answers: list[_Answer] = []
    taken = spread(lambda one: answers.append(peer.search(one, counted=counted)), asked)
    return taken, answers


def _row(taken: tuple[float, float], answers: Sequence[_Answer]) -> str:
    cut = sum(status != http.client.OK for status, _ in answers)
    return shown(taken) + (f", {cut} cut off" if cut else "")
