"""What is known about a scene, and only what is known.

Two origins: the manifest and name of a Sentinel product (ESA, SAFE format), and the georeferencing of a
plain raster. A date is taken from the maker's metadata or it is unknown; the date a file was written
(``TIFFTAG_DATETIME``, file system times) is not when the ground was sensed and is never used as such.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from embers.errors import ImageryError
from embers.imagery.manifest import read_manifest
from embers.imagery.product_files import open_product
from embers.imagery.safe_xml import text_of
from embers.surroundings import Surroundings

#: A closed ring of (latitude, longitude) in millionths of a degree, WGS 84.
Ring = tuple[tuple[int, int], ...]
#: From the table of instruments in the Copernicus Sentinel product naming conventions.
_SENSORS = {"SAR": "C-band synthetic aperture radar (C-SAR)", "MSI": "Multispectral Instrument (MSI)"}
_S2_NAME = re.compile(r"_N(\d\d)(\d\d)_R(\d{3})_")
_HINT = "Ask the provider for a fresh copy of the product."
UNKNOWN_DATE = "The file carries no date; when the ground was sensed is unknown."


@dataclass(frozen=True, slots=True)
class Grid:
    """The pixels of a raster. Sizes in metres are true ground sizes in millimetres, at its centre.

    ``pixel_native`` and ``bounds`` (left, bottom, right, top) are in the units of ``crs``, as text.
    """

    crs: str
    width: int
    height: int
    bands: int
    dtype: str
    nodata: str
    pixel_native: tuple[str, str]
    pixel_mm: tuple[int, int]
    bounds: tuple[str, str, str, str]

    def sentence(self) -> str:
        """Return projection and pixel size in words."""
        wide, high = (f"{mm / 1000:.2f}" for mm in self.pixel_mm)
        ground = f"{wide} m" if wide == high else f"{wide} m by {high} m"
        return f"{self.crs}, {self.width} by {self.height} pixels of {ground}"


@dataclass(frozen=True, slots=True)
class Scene:
    """One satellite or aerial image. Empty text and ``None`` mean unknown, never "none".

    ``sensed_start`` and ``sensed_stop`` are UTC (``2021-01-19T03:16:53Z``, whole seconds, start rounded
    down and stop rounded up); ``sensed_basis`` says where the times come from.
    """

    product: str
    platform: str = ""
    sensor: str = ""
    mode: str = ""
    product_type: str = ""
    sensed_start: str | None = None
    sensed_stop: str | None = None
    sensed_basis: str = UNKNOWN_DATE
    absolute_orbit: int | None = None
    relative_orbit: int | None = None
    direction: str = ""
    polarisation: tuple[str, ...] = ()
    processing: str = ""
    footprint: Ring = ()
    grid: Grid | None = None
    notes: tuple[str, ...] = ()

    @property
    def sensed_edtf(self) -> str | None:
        """The start of sensing as an EDTF date-time, or ``None`` if unknown."""
        return self.sensed_start

    def sensed_text(self) -> str:
        """Return when it was sensed, in words fit for a caption."""
        if self.sensed_start is None:
            return "date not in the file"
        return self.sensed_start.replace("T", " ").replace("Z", " UTC")


def read_safe_scene(path: Path, surroundings: Surroundings) -> Scene:
    """Read a Sentinel-1 or Sentinel-2 scene from product folder, zip or lone manifest.

    Raises :class:`ImageryError` if the manifest is missing or malformed, or a value in it is impossible.
    """
    with open_product(path, surroundings.disk) as files:
        product = files.product
    _, root = read_manifest(path, surroundings)
    start, stop = (
        _instant(text_of(root, tag), up=up) for tag, up in (("startTime", False), ("stopTime", True))
    )
    instrument = root.find(".//platform/instrument/familyName")
    short = "" if instrument is None else instrument.get("abbreviation", "")
    orbit = root.find(".//orbitReference/orbitNumber")
    direction = text_of(root, "pass") or ("" if orbit is None else orbit.get("groundTrackDirection", ""))
    return Scene(
        product=product,
        platform=_platform(root),
        sensor=_SENSORS.get(short, short),
        mode=text_of(root, "mode"),
        product_type=text_of(root, "productType") or _unit_text(root),
        sensed_start=start,
        sensed_stop=stop,
        sensed_basis="acquisition period in the product's manifest" if start else UNKNOWN_DATE,
        absolute_orbit=_number(text_of(root, "orbitNumber")),
        relative_orbit=_number(text_of(root, "relativeOrbitNumber")),
        direction=direction.lower(),
        polarisation=tuple(
            (node.text or "").strip() for node in root.iterfind(".//transmitterReceiverPolarisation")
        ),
        processing=_processing(root, product),
        footprint=_footprint(text_of(root, "coordinates")),
    )


def _instant(text: str, *, up: bool) -> str | None:
    """Sentinel manifests give UTC, with or without the letter Z (product specification)."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
    except ValueError as error:
        raise ImageryError("scene-date", f"The manifest gives {text[:40]!r} as a time.", _HINT) from error
    second = int(moment.timestamp()) + (1 if up and moment.microsecond else 0)
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _platform(root: ET.Element) -> str:
    family, number = text_of(root, "familyName").title(), text_of(root, "number")
    return f"{family}{'' if family[-1:].isdigit() else '-'}{number}" if family else ""


def _unit_text(root: ET.Element) -> str:
    unit = root.find(".//contentUnit")
    return "" if unit is None else unit.get("textInfo", "")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _processing(root: ET.Element, product: str) -> str:
    software = root.find(".//processing/facility/software")
    if software is not None and software.get("version"):
        return f"{software.get('name', '')} {software.get('version')}".strip()
    named = _S2_NAME.search(product)
    return f"processing baseline {named[1]}.{named[2]} (from the product name)" if named else ""


def _footprint(text: str) -> Ring:
    """Latitude and longitude alternate; Sentinel-1 puts a comma inside pairs, Sentinel-2 a space."""
    if not text:
        return ()
    try:
        values = [round(float(part) * 1_000_000) for part in text.replace(",", " ").split()]
    except (ValueError, OverflowError) as error:
        raise ImageryError(
            "scene-footprint", "The footprint in the manifest is not numbers.", _HINT
        ) from error
    ring = list(zip(values[0::2], values[1::2], strict=False))
    possible = all(abs(lat) <= 90_000_000 and abs(lon) <= 180_000_000 for lat, lon in ring)
    if len(values) % 2 or len(ring) < 3 or not possible:
        raise ImageryError(
            "scene-footprint", "The footprint in the manifest is not a ring on the Earth.", _HINT
        )
    return tuple(ring) if ring[0] == ring[-1] else (*ring, ring[0])
