"""Static maps for reports, as SVG that Typst and browsers draw alike.

Promise: true shape and scale at the centre, every position with its precision as a circle of that many
metres, several incidents at one position as one symbol with their number, the same bytes for the same input.
Refused: an empty list of positions, and a position or precision out of range. No style sheet, no script, no
outside reference. The policy on borders and names is in ``basemap/README.md``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

from embers.errors import ReportError
from embers.places import LARGEST_PRECISION_M, MICRO, Box
from embers.reporting.basemap.ground import Line, Position, Projection, Shape, Window, centre_of, ground
from embers.reporting.labelling import Labels, text_width

ATTRIBUTION = (
    "Land, borders, lakes: Natural Earth (public domain). Places: GeoNames (CC BY 4.0). "
    "Dashed: disputed or undetermined. No line is a statement on status."
)
WATER, SHORE, LAND, BORDER, GRID = "#e3eaee", "#8fa3af", "#f8f6f1", "#7d766b", "#c9c4ba"
INK, QUIET, PAPER, EMBER = "#1d1b19", "#5c574f", "#ffffff", "#a8390b"
#: Half the width of a locator map when nothing else asks for more, in metres.
LOCATOR_REACH_M = 80_000
TEXT_MM, SMALL_MM = 2.7, 2.1
_FOOT_MM = 3.6
_GRID_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30)


@dataclass(frozen=True, slots=True)
class LocatorPoint:
    """A position in microdegrees, the radius in metres it is known to, and both parties' names of it."""

    lat_microdeg: int
    lon_microdeg: int
    precision_m: int
    label: str

    def __post_init__(self) -> None:
        lat_fits, lon_fits = abs(self.lat_microdeg) <= 90 * MICRO, abs(self.lon_microdeg) <= 180 * MICRO
        if not (lat_fits and lon_fits and 1 <= self.precision_m <= LARGEST_PRECISION_M):
            raise ReportError(
                "locator-position",
                f"{self.label!r} cannot be drawn: its latitude, longitude or precision is out of range.",
                "Give microdegrees within 90 and 180 degrees, and a precision of at least 1 m.",
            )

    @property
    def position(self) -> Position:
        """Longitude and latitude in degrees."""
        return self.lon_microdeg / MICRO, self.lat_microdeg / MICRO


@dataclass(frozen=True, slots=True)
class _Spot:
    """All points at one position: one symbol, one circle for each precision among them."""

    position: Position
    precisions: tuple[int, ...]
    names: tuple[str, ...]
    count: int

    @property
    def label(self) -> str:
        """The name most of its points carry; the others are in the symbol's title."""
        return self.names[0]


@dataclass(slots=True)
class _Sheet:
    """The frame being drawn: its centre, scale and size, and the SVG written so far."""

    projection: Projection
    metres_per_mm: float
    width: float
    height: float
    out: list[str] = field(default_factory=list)

    @property
    def window(self) -> Window:
        return self.projection.window(
            self.width / 2 * self.metres_per_mm, self.height / 2 * self.metres_per_mm
        )

    def at(self, position: Position) -> tuple[float, float]:
        """Return millimetres from the frame's upper left corner."""
        east, north = self.projection.project(*position)
        return self.width / 2 + east / self.metres_per_mm, self.height / 2 - north / self.metres_per_mm

    def inside(self, x: float, y: float) -> bool:
        return 0 <= x <= self.width and 0 <= y <= self.height


def locator_svg(
    *, points: Sequence[LocatorPoint], frame: Box | None = None, width_mm: int = 120, language: str = "en"
) -> bytes:
    """Return a map of one place (or a few close ones) with an inset of the wider region.

    ``frame`` is what must be visible; without it the map reaches 80 km from the centre, or further if a
    circle of precision needs it. ``language`` other than English leaves country names out.
    """
    spots = _spots(points)
    sheet = _sheet(spots, frame, width_mm=width_mm, reach_m=LOCATOR_REACH_M, ratio=0.62)
    return _map(sheet, spots, language=language)


def overview_svg(
    points: Sequence[LocatorPoint], *, frame: Box | None = None, width_mm: int = 160, language: str = "en"
) -> bytes:
    """Return one map with every position; points at one position are one symbol with their number.

    A name that finds no free room becomes a letter, explained under the map.
    """
    spots = _spots(points)
    sheet = _sheet(spots, frame, width_mm=width_mm, reach_m=40_000, ratio=0.78)
    return _map(sheet, spots, language=language)


def _spots(points: Sequence[LocatorPoint]) -> list[_Spot]:
    if not points:
        raise ReportError("locator-empty", "A map needs at least one position.", "Leave the figure out.")
    groups: dict[Position, list[LocatorPoint]] = {}
    for point in points:
        groups.setdefault(point.position, []).append(point)
    return [
        _Spot(position, tuple(sorted({point.precision_m for point in group})), _by_use(group), len(group))
        for position, group in sorted(groups.items())
    ]


def _by_use(group: Sequence[LocatorPoint]) -> tuple[str, ...]:
    uses = Counter(point.label for point in group)
    return tuple(sorted(uses, key=lambda label: (-uses[label], label)))


def _sheet(
    spots: Sequence[_Spot], frame: Box | None, *, width_mm: int, reach_m: float, ratio: float
) -> _Sheet:
    if frame is not None:
        corners = [
            (lon / MICRO, lat / MICRO)
            for lon in (frame.west, frame.east)
            for lat in (frame.south, frame.north)
        ]
    else:
        corners = [spot.position for spot in spots]
    rough = Projection(*centre_of(corners))
    projected = [rough.project(*corner) for corner in corners]
    pads = [0.0] * len(corners) if frame is not None else [1.6 * spot.precisions[-1] for spot in spots]
    # The middle of the extent, not the centre of gravity, so that a dense corner does not push others out.
    west = min(x - pad for (x, _), pad in zip(projected, pads, strict=True))
    east = max(x + pad for (x, _), pad in zip(projected, pads, strict=True))
    south = min(y - pad for (_, y), pad in zip(projected, pads, strict=True))
    north = max(y + pad for (_, y), pad in zip(projected, pads, strict=True))
    centre = _unproject(rough, (west + east) / 2, (south + north) / 2)
    margin = 1.0 if frame is not None else 1.16
    reach = 0.0 if frame is not None else reach_m
    half = max(reach, margin * (east - west) / 2, margin * (north - south) / 2 / ratio, 500.0)
    half = min(half, math.pi * 6_000_000)
    return _Sheet(Projection(*centre), 2 * half / width_mm, float(width_mm), round(width_mm * ratio, 2))


def _unproject(projection: Projection, east: float, north: float) -> Position:
    angle = math.hypot(east, north) / 6_371_008.8
    if angle < 1e-12:
        return projection.lon, projection.lat
    up, bearing = math.radians(projection.lat), math.atan2(east, north)
    lat = math.asin(math.sin(up) * math.cos(angle) + math.cos(up) * math.sin(angle) * math.cos(bearing))
    turn = math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(up), math.cos(angle) - math.sin(up) * math.sin(lat)
    )
    return projection.lon + math.degrees(turn), math.degrees(lat)


def _map(sheet: _Sheet, spots: Sequence[_Spot], *, language: str) -> bytes:
    labels = Labels(sheet.width, sheet.height)
    inset = _inset_place(sheet, spots)
    furniture = [(2.0, 2.0, 8.0, 10.0), (1.5, sheet.height - 9.5, sheet.width * 0.34, 9.5)]
    for taken in [*furniture, *([inset] if inset else [])]:
        labels.reserve(*taken)
    marks = _apart(sheet, spots)
    for mark in marks:
        labels.reserve(mark.x - mark.radius, mark.y - mark.radius, 2 * mark.radius, 2 * mark.radius)
    english = language.partition("-")[0] == "en"
    _ground(sheet, "map")
    _graticule(sheet, labels)
    _circles(sheet, spots)
    key = _symbols_and_labels(sheet, marks, labels)
    if english:
        _country_names(sheet, labels, size=SMALL_MM)
    _scale_bar(sheet)
    _north_arrow(sheet)
    if inset:
        _inset(sheet, inset, named=english)
    sheet.out.append(_rectangle(0, 0, sheet.width, sheet.height, _frame_style()))
    return _document(sheet, spots, foot=_foot(sheet, key))


def _frame_style() -> str:
    return f'fill="none" stroke="{INK}" stroke-width="0.25"'


def _document(sheet: _Sheet, spots: Sequence[_Spot], *, foot: list[str]) -> bytes:
    height = sheet.height + _FOOT_MM * len(foot) + 0.8
    title = "Map: " + ", ".join(spot.label for spot in spots[:6]) + (" and others" if len(spots) > 6 else "")
    lines = [
        _text(0, sheet.height + _FOOT_MM * (number + 0.8), line, size=SMALL_MM, colour=QUIET)
        for number, line in enumerate(foot)
    ]
    size = f'width="{_n(sheet.width)}mm" height="{_n(height)}mm" viewBox="0 0 {_n(sheet.width)} {_n(height)}"'
    body = "\n".join([*sheet.out, *lines])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="Noto Sans" role="img">\n'
        f"<title>{escape(title)}</title>\n{body}\n</svg>\n"
    ).encode()


def _ground(sheet: _Sheet, name: str) -> None:
    """Draw water, land, lakes, coast and borders, cut to the frame."""
    clip = f"{name}-frame"
    sheet.out.append(f'<clipPath id="{clip}">{_rectangle(0, 0, sheet.width, sheet.height)}</clipPath>')
    sheet.out.append(_rectangle(0, 0, sheet.width, sheet.height, f'fill="{WATER}"'))
    window, layers = sheet.window, ground().layers
    styles = {
        "land": f'fill="{LAND}" stroke="{LAND}" stroke-width="0.12" fill-rule="evenodd"',
        "lake": f'fill="{WATER}" stroke="{SHORE}" stroke-width="0.15" fill-rule="evenodd"',
        "coast": f'fill="none" stroke="{SHORE}" stroke-width="0.2"',
        "border": f'fill="none" stroke="{BORDER}" stroke-width="0.3" stroke-linejoin="round"',
        "undetermined": f'fill="none" stroke="{BORDER}" stroke-width="0.3" stroke-dasharray="1.1 0.8"',
    }
    sheet.out.append(f'<g clip-path="url(#{clip})">')
    for kind, style in styles.items():
        closed = kind in {"land", "lake"}
        path = _path(sheet, _seen(window, layers.get(kind, ()), closed=closed), closed=closed)
        if path:
            sheet.out.append(f'<path class="{kind}" d="{path}" {style}/>')
    sheet.out.append("</g>")


def _seen(window: Window, shapes: Iterable[Shape], *, closed: bool) -> Iterator[Line]:
    return window.rings(shapes) if closed else window.lines(shapes)


def _path(sheet: _Sheet, lines: Iterable[Line], *, closed: bool) -> str:
    """Return path data in millimetres; steps shorter than 0.06 mm are not visible and left out."""
    parts: list[str] = []
    for line in lines:
        last = (math.inf, math.inf)
        steps: list[str] = []
        for number, position in enumerate(line):
            x, y = sheet.at(position)
            if math.hypot(x - last[0], y - last[1]) > 0.06 or number == len(line) - 1:
                steps.append(f"{_n(x)} {_n(y)}")
                last = (x, y)
        if len(steps) > (2 if closed else 1):
            parts.append("M" + "L".join(steps) + ("Z" if closed else ""))
    return "".join(parts)


def _graticule(sheet: _Sheet, labels: Labels) -> None:
    window = sheet.window
    span = sheet.height * sheet.metres_per_mm / 111_195
    step = next((step for step in _GRID_STEPS if span / step <= 4), 30)
    sheet.out.append(f'<g clip-path="url(#map-frame)" fill="none" stroke="{GRID}" stroke-width="0.12">')
    meridians = [step * k for k in range(math.ceil(window.west / step), math.floor(window.east / step) + 1)]
    parallels = [step * k for k in range(math.ceil(window.south / step), math.floor(window.north / step) + 1)]
    texts: list[str] = []
    for lon in meridians:
        line = [(lon, window.south + (window.north - window.south) * k / 24) for k in range(25)]
        sheet.out.append(f'<path d="{_path(sheet, [tuple(line)], closed=False)}"/>')
        texts += _edge_label(
            sheet, labels, line, text=_degrees((lon + 180) % 360 - 180, "EW"), along="meridian"
        )
    for lat in parallels:
        line = [(window.west + (window.east - window.west) * k / 48, lat) for k in range(49)]
        sheet.out.append(f'<path d="{_path(sheet, [tuple(line)], closed=False)}"/>')
        texts += _edge_label(sheet, labels, line, text=_degrees(lat, "NS"), along="parallel")
    sheet.out += ["</g>", *texts]


def _edge_label(
    sheet: _Sheet, labels: Labels, line: Sequence[Position], *, text: str, along: str
) -> list[str]:
    """Name a meridian at the upper edge and a parallel at the right edge, if there is room."""
    width = text_width(text, SMALL_MM)
    for start, end in pairwise(line):
        (x1, y1), (x2, y2) = sheet.at(start), sheet.at(end)
        if along == "meridian" and min(y1, y2) < 0 <= max(y1, y2):
            x, y = x1 + (x2 - x1) * (0 - y1) / (y2 - y1) + 0.5, SMALL_MM
        elif along == "parallel" and min(x1, x2) <= sheet.width < max(x1, x2):
            x, y = sheet.width - width - 0.5, y1 + (y2 - y1) * (sheet.width - x1) / (x2 - x1) - 0.5
        else:
            continue
        if labels.take(x, y - SMALL_MM, width, SMALL_MM):
            return [_text(x, y, text, size=SMALL_MM, colour=QUIET)]
    return []


def _degrees(value: float, letters: str) -> str:
    rounded = round(abs(value), 1)
    letter = "" if rounded in {0, 180} else letters[0] if value > 0 else letters[1]
    return f"{rounded:g}°{letter}"


def _circles(sheet: _Sheet, spots: Sequence[_Spot]) -> None:
    style = (
        f'fill="{EMBER}" fill-opacity="0.12" stroke="{EMBER}" stroke-width="0.22" stroke-dasharray="0.9 0.6"'
    )
    sheet.out.append('<g clip-path="url(#map-frame)">')
    for spot in spots:
        x, y = sheet.at(spot.position)
        for precision in spot.precisions:
            radius = _n(precision / sheet.metres_per_mm)
            sheet.out.append(f'<circle class="precision" cx="{_n(x)}" cy="{_n(y)}" r="{radius}" {style}/>')
    sheet.out.append("</g>")


@dataclass(slots=True)
class _Mark:
    """Where a symbol is drawn: at its position, or moved aside from another symbol with a leader line."""

    spot: _Spot
    x: float
    y: float
    radius: float


def _apart(sheet: _Sheet, spots: Sequence[_Spot]) -> list[_Mark]:
    """Move overlapping symbols away from each other until they stand apart; always the same way."""
    marks = [
        _Mark(spot, *sheet.at(spot.position), 0.75 if spot.count == 1 else 1.4 + 0.35 * len(str(spot.count)))
        for spot in spots
    ]
    marks = [mark for mark in marks if sheet.inside(mark.x, mark.y)]
    for _ in range(40):
        moved = [_push(one, two) for number, one in enumerate(marks) for two in marks[number + 1 :]]
        if not any(moved):
            break
    return marks


def _push(one: _Mark, two: _Mark) -> bool:
    wanted = one.radius + two.radius + 0.35
    across, down = two.x - one.x, two.y - one.y
    apart = math.hypot(across, down)
    if apart >= wanted - 1e-6:
        return False
    across, down = (across / apart, down / apart) if apart > 1e-9 else (1.0, 0.0)
    step = (wanted - apart) / 2
    one.x, one.y = one.x - across * step, one.y - down * step
    two.x, two.y = two.x + across * step, two.y + down * step
    return True


def _symbols_and_labels(sheet: _Sheet, marks: Sequence[_Mark], labels: Labels) -> list[str]:
    """Draw symbols and names; return the explained letters of names that found no room."""
    key: list[str] = []
    for mark in marks:
        sheet.out += _symbol(sheet, mark)
    # Positions with more incidents are named first: they are the ones a reader looks for.
    for mark in sorted(marks, key=lambda mark: (-mark.spot.count, mark.spot.position)):
        text = mark.spot.label
        place = labels.around(mark.x, mark.y, text_width(text, TEXT_MM), TEXT_MM, radius=mark.radius)
        if place is None:
            text = _letter(len(key))
            place = labels.around(mark.x, mark.y, text_width(text, TEXT_MM), TEXT_MM, radius=mark.radius)
            key.append(f"{text if place else '(no room)'} = {mark.spot.label}")
        if place is not None:
            sheet.out += _haloed(*place, text)
    return key


def _symbol(sheet: _Sheet, mark: _Mark) -> list[str]:
    x, y = sheet.at(mark.spot.position)
    drawn: list[str] = []
    if math.hypot(mark.x - x, mark.y - y) > 0.25:
        line = f"M{_n(x)} {_n(y)}L{_n(mark.x)} {_n(mark.y)}"
        drawn.append(f'<path class="leader" d="{line}" stroke="{INK}" stroke-width="0.2"/>')
        drawn.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="0.3" fill="{INK}"/>')
    title = escape("; ".join(mark.spot.names), quote=False)
    style = f'fill="{INK}" stroke="{PAPER}" stroke-width="0.3"'
    at = f'cx="{_n(mark.x)}" cy="{_n(mark.y)}" r="{_n(mark.radius)}"'
    drawn.append(f'<circle class="incident" {at} {style}><title>{title}</title></circle>')
    if mark.spot.count > 1:
        number = str(mark.spot.count)
        drawn.append(
            _text(mark.x, mark.y + 0.85, number, size=2.4, colour=PAPER, anchor="middle", weight=True)
        )
    return drawn


def _letter(number: int) -> str:
    return (chr(ord("a") + number // 26 - 1) if number >= 26 else "") + chr(ord("a") + number % 26)


def _country_names(sheet: _Sheet, labels: Labels, *, size: float) -> None:
    """Write each country's name once, at the best of its places that is in the frame and free."""
    detailed = sheet.width * sheet.metres_per_mm < 2_000_000
    written: set[str] = set()
    for name in sorted(ground().names, key=lambda row: -row.size):
        if name.name in written or name.detailed is not detailed:
            continue
        x, y = sheet.at((name.lon, name.lat))
        text = name.name.upper()
        half = text_width(text, size) * 0.72
        if labels.take(x - half, y - size, 2 * half, size * 1.2):
            written.add(name.name)
            spacing = size * 0.12
            sheet.out.append(_text(x, y, text, size=size, colour=QUIET, anchor="middle", spacing=spacing))


def _scale_bar(sheet: _Sheet) -> None:
    length_m = _round_length(sheet.width * 0.26 * sheet.metres_per_mm)
    half = length_m / sheet.metres_per_mm / 2
    x, y = 3.0, sheet.height - 3.4
    backing = f'fill="{PAPER}" fill-opacity="0.78"'
    sheet.out.append(_rectangle(1.5, sheet.height - 8.2, 2 * half + 9, 6.7, backing))
    sheet.out.append(f'<g class="scale" data-metres="{_n(length_m)}" data-mm="{_n(2 * half)}">')
    sheet.out.append(_rectangle(x, y, half, 0.9, f'fill="{INK}" stroke="{INK}" stroke-width="0.2"'))
    sheet.out.append(_rectangle(x + half, y, half, 0.9, f'fill="{PAPER}" stroke="{INK}" stroke-width="0.2"'))
    unit, size = ("km", 1000) if length_m >= 1000 else ("m", 1)
    for share in (0, 0.5, 1):
        text = f"{length_m * share / size:g}" + (f" {unit}" if share == 1 else "")
        anchor = "start" if share == 0 else "middle"
        sheet.out.append(_text(x + 2 * half * share, y - 1.0, text, size=SMALL_MM, colour=INK, anchor=anchor))
    sheet.out.append("</g>")


def _round_length(limit_m: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(limit_m))
    return next(power * step for step in (5, 2, 1) if power * step <= limit_m)


def _north_arrow(sheet: _Sheet) -> None:
    sheet.out.append(
        f'<g class="north"><path d="M5 2.6L6.7 7.6L5 6.6L3.3 7.6Z" fill="{INK}" stroke="{PAPER}" '
        f'stroke-width="0.2"/>{_text(5, 10.2, "N", size=2.6, colour=INK, anchor="middle", weight=True)}</g>'
    )


def _inset_place(sheet: _Sheet, spots: Sequence[_Spot]) -> tuple[float, float, float, float] | None:
    """Return a free corner for the inset (x, y, width, height), or nothing when points fill every corner."""
    width, height = sheet.width * 0.27, sheet.width * 0.2
    right, low = sheet.width - width - 1.5, sheet.height - height - 1.5
    marks = [sheet.at(spot.position) for spot in spots]
    for x, y in ((right, low), (right, 1.5), (12.0, 1.5)):
        if not any(x - 2 < a < x + width + 2 and y - 2 < b < y + height + 2 for a, b in marks):
            return x, y, width, height
    return None


def _inset(sheet: _Sheet, place: tuple[float, float, float, float], *, named: bool) -> None:
    x, y, width, height = place
    half_m = max(650_000.0, sheet.width * sheet.metres_per_mm * 1.6)
    if half_m > 9_000_000:  # the main map already shows a good part of the Earth
        return
    small = _Sheet(sheet.projection, 2 * half_m / width, width, height)
    _ground(small, "inset")
    scale = sheet.metres_per_mm / small.metres_per_mm
    across, down = max(1.2, sheet.width * scale), max(0.9, sheet.height * scale)
    left, top = (width - across) / 2, (height - down) / 2
    if named:
        room = Labels(width, height)
        room.reserve(left, top, across, down)
        _country_names(small, room, size=1.35)
    outline = f'class="seen" fill="none" stroke="{EMBER}" stroke-width="0.4"'
    small.out.append(_rectangle(left, top, across, down, outline))
    small.out.append(_rectangle(0, 0, width, height, _frame_style()))
    sheet.out += [f'<g class="inset" transform="translate({_n(x)} {_n(y)})">', *small.out, "</g>"]


def _foot(sheet: _Sheet, key: Sequence[str]) -> list[str]:
    """Return the lines under the map: explained letters, then the attribution, broken to the width."""
    words = [f"{entry};" for entry in key[:-1]] + list(key[-1:])
    return [*_broken(words, sheet.width), *_broken(ATTRIBUTION.split(), sheet.width)]


def _broken(words: Sequence[str], width: float) -> list[str]:
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, SMALL_MM) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _haloed(x: float, y: float, text: str) -> list[str]:
    """Return the text twice: a light outline below, since not every renderer paints the stroke first."""
    outline = f'stroke="{LAND}" stroke-width="0.7" stroke-linejoin="round" stroke-opacity="0.9"'
    return [
        _text(x, y, text, size=TEXT_MM, colour=LAND, extra=outline),
        _text(x, y, text, size=TEXT_MM, colour=INK, extra='class="label"'),
    ]


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: float,
    colour: str,
    anchor: str = "start",
    weight: bool = False,
    spacing: float = 0,
    extra: str = "",
) -> str:
    options = [f'font-size="{_n(size)}"', f'fill="{colour}"']
    options += [f'text-anchor="{anchor}"'] if anchor != "start" else []
    options += ['font-weight="700"'] if weight else []
    options += [f'letter-spacing="{_n(spacing)}"'] if spacing else []
    options += [extra] if extra else []
    return f'<text x="{_n(x)}" y="{_n(y)}" {" ".join(options)}>{escape(text, quote=False)}</text>'


def _rectangle(x: float, y: float, width: float, height: float, style: str = "") -> str:
    return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" {style}/>'.replace(
        " />", "/>"
    )


def _n(value: float) -> str:
    """Return a number with at most two decimals and no negative zero: the same text on every machine."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
