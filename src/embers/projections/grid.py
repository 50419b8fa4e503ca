"""The cells the map is counted in: squares of the web map, numbered so that a square holds one run of numbers.

A number interleaves the column and the row of a square of zoom :data:`FINEST` (a Morton code), so the square of a
coarser zoom is the number without its last bits, and counting by square at any zoom is one walk over one index.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from embers.places import MICRO, Box

#: Zoom of the squares that are stored: about 10 km at the equator. Finer ones would be too many to count one by one.
FINEST = 12
#: The web map ends here (degrees); what lies beyond is counted in its last row.
_LAST_LATITUDE = 85.0511


def cell_of(lat: int, lon: int) -> int:
    """Return the number of the finest square a position in microdegrees lies in."""
    return _interleaved(*_square(lat, lon))


def _square(lat: int, lon: int) -> tuple[int, int]:
    side = 1 << FINEST
    angle = math.radians(max(-_LAST_LATITUDE, min(_LAST_LATITUDE, lat / MICRO)))
    column = int((lon / MICRO + 180) / 360 * side)
    row = int((1 - math.asinh(math.tan(angle)) / math.pi) / 2 * side)
    return min(max(column, 0), side - 1), min(max(row, 0), side - 1)


def _spread(number: int) -> int:
    """Put a zero between any two bits."""
    number = (number | number << 8) & 0x00FF00FF
    number = (number | number << 4) & 0x0F0F0F0F
    number = (number | number << 2) & 0x33333333
    return (number | number << 1) & 0x55555555


def _interleaved(column: int, row: int) -> int:
    return _spread(column) | _spread(row) << 1


def runs(box: Box, most: int = 16) -> list[tuple[int, int]]:
    """Return runs of numbers that cover a box: at most about ``most`` for each half of the world it lies in."""
    found: list[tuple[int, int]] = []
    for part in box.parts():
        west, north = _square(part.north, part.west)
        east, south = _square(part.south, part.east)
        shift = 0
        while ((east >> shift) - (west >> shift) + 1) * ((south >> shift) - (north >> shift) + 1) > most:
            shift += 1
        found += _squares(west >> shift, east >> shift, north >> shift, south >> shift, shift)
    return _joined(sorted(found))


def _squares(west: int, east: int, north: int, south: int, shift: int) -> Iterator[tuple[int, int]]:
    for column in range(west, east + 1):
        for row in range(north, south + 1):
            first = _interleaved(column, row) << 2 * shift
            yield first, first + (1 << 2 * shift) - 1


def _joined(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in found:
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined
