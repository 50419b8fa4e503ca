"""Collects the pictures of a report by the digest of their bytes, so that equal maps are drawn once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from embers.places import Point
from embers.reporting.locator import LocatorPoint, locator_svg, overview_svg


@dataclass(slots=True)
class Figures:
    """Pictures of one report: SHA-256 in hexadecimal to bytes."""

    pictures: dict[str, bytes] = field(default_factory=dict)
    _drawn: dict[tuple[int, int, int, str], str] = field(default_factory=dict)
    _printed: dict[str, str] = field(default_factory=dict)

    def add(self, data: bytes) -> str:
        """Keep a picture and return its digest."""
        digest = hashlib.sha256(data).hexdigest()
        self.pictures[digest] = data
        return digest

    def locator(self, point: Point, name: str) -> str:
        """Draw the map of one position; the same position and name give the same picture."""
        key = (point.lat, point.lon, point.precision_m, name)
        if key not in self._drawn:
            mark = LocatorPoint(point.lat, point.lon, point.precision_m, name)
            self._drawn[key] = self.add(locator_svg(points=[mark]))
        return self._drawn[key]

    def overview(self, points: list[LocatorPoint]) -> str:
        """Draw one map with every position."""
        return self.add(overview_svg(points))

    def printed_in(self, digest: str, section: str) -> str:
        """Return the section that prints a picture already; else note that ``section`` does, and return ""."""
        return "" if self._printed.setdefault(digest, section) == section else self._printed[digest]
