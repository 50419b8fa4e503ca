"""Fetch the report's typefaces from their Debian packages and check them against ``fonts.toml``.

Run ``python tools/vendor_fonts.py`` to fetch (needs apt-get and dpkg-deb), ``--check`` to compare only what
is there, ``--record`` to write ``fonts.toml`` anew after a deliberate change of version. Full static faces
are taken, never per-script subsets that share a family name: Typst keeps one face of such a family and
silently sets the rest in another typeface.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import struct
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "src" / "embers" / "reporting" / "fonts"
MANIFEST = FOLDER / "fonts.toml"
COVERAGE = FOLDER / "coverage.json"
LICENCE = FOLDER / "OFL.txt"
INSTALLED = Path("usr/share/fonts/truetype/noto")
#: Package, version, faces. Only regular, bold and one italic: the report uses nothing else.
PACKAGES = {
    "fonts-noto-core": (
        "20201225-1",
        (
            "NotoNaskhArabic-Bold",
            "NotoNaskhArabic-Regular",
            "NotoSans-Bold",
            "NotoSans-Regular",
            "NotoSansArmenian-Bold",
            "NotoSansArmenian-Regular",
            "NotoSansGeorgian-Bold",
            "NotoSansGeorgian-Regular",
            "NotoSerif-Bold",
            "NotoSerif-Italic",
            "NotoSerif-Regular",
            "NotoSerifArmenian-Bold",
            "NotoSerifArmenian-Regular",
            "NotoSerifGeorgian-Bold",
            "NotoSerifGeorgian-Regular",
        ),
    ),
    "fonts-noto-mono": ("20201225-1", ("NotoSansMono-Regular",)),
}


def main(arguments: list[str]) -> int:
    """Fetch, record or check; return 0 when every face equals its recorded digest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only, fetch nothing")
    parser.add_argument("--record", action="store_true", help="write fonts.toml from what was fetched")
    chosen = parser.parse_args(arguments)
    if not chosen.check:
        fetch()
    if chosen.record:
        record()
    faults = differences()
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def fetch() -> None:
    """Download the packages and copy the wanted faces, their licence and what letters they have."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for package, (version, faces) in PACKAGES.items():
            _run(["apt-get", "download", f"{package}={version}"], work)
            for archive in work.glob(f"{package}_*.deb"):
                _run(["dpkg-deb", "-x", str(archive), package], work)
            for face in faces:
                shutil.copyfile(work / package / INSTALLED / f"{face}.ttf", FOLDER / f"{face}.ttf")
        copyright_file = work / "fonts-noto-core" / "usr/share/doc/fonts-noto-core/copyright"
        LICENCE.write_text(licence_text(copyright_file.read_text("utf-8")), "utf-8")
    coverage = {path.stem: letters(path.read_bytes()) for path in sorted(FOLDER.glob("*.ttf"))}
    COVERAGE.write_text(json.dumps(coverage, separators=(",", ":"), sort_keys=True) + "\n", "utf-8")


def record() -> None:
    """Write ``fonts.toml``: origin, licence and SHA-256 of every face."""
    lines = ["# Written by tools/vendor_fonts.py --record. Faces of the Noto project, unmodified.", ""]
    for package, (version, faces) in PACKAGES.items():
        for face in faces:
            digest = hashlib.sha256((FOLDER / f"{face}.ttf").read_bytes()).hexdigest()
            lines += [
                "[[face]]",
                f'file = "{face}.ttf"',
                f'package = "{package}"',
                f'version = "{version}"',
                'origin = "Debian, from github.com/googlefonts/noto-fonts"',
                'licence = "OFL-1.1"',
                f'sha256 = "{digest}"',
                "",
            ]
    MANIFEST.write_text("\n".join(lines), "utf-8")


def differences() -> list[str]:
    """Return what differs between the folder and ``fonts.toml``; empty when all is as recorded."""
    recorded = {face["file"]: face["sha256"] for face in tomllib.loads(MANIFEST.read_text("utf-8"))["face"]}
    present = {path.name for path in FOLDER.glob("*.ttf")}
    faults = [f"{name}: not in fonts.toml" for name in sorted(present - set(recorded))]
    for name, digest in sorted(recorded.items()):
        if name not in present:
            faults.append(f"{name}: missing")
        elif hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() != digest:
            faults.append(f"{name}: differs from its recorded digest")
    return faults


def licence_text(copyright_file: str) -> str:
    """Return the copyright notice and the OFL from Debian's machine-readable copyright file."""
    start = copyright_file.index("License: OFL-1.1\n PREAMBLE")
    body = copyright_file[start:].split("\nLicense:", 1)[0].splitlines()[1:]
    words = ["" if line.strip() == "." else line[1:] for line in body]
    head = [
        "Noto fonts. Copyright 2010, 2012-2020 Google Inc.; 2015-2020 Google LLC.",
        "This Font Software is licensed under the SIL Open Font License, Version 1.1.",
        "",
        "SIL OPEN FONT LICENSE Version 1.1 - 26 February 2007",
        "",
    ]
    return "\n".join([*head, *words]).rstrip() + "\n"


def letters(face: bytes) -> list[list[int]]:
    """Return the code points a TrueType face has glyphs for, as inclusive ranges (``cmap`` formats 4, 12)."""
    tables = _table_offsets(face)
    start = tables["cmap"]
    (count,) = struct.unpack_from(">H", face, start + 2)
    found: set[int] = set()
    for index in range(count):
        (offset,) = struct.unpack_from(">I", face, start + 8 + 8 * index)
        (kind,) = struct.unpack_from(">H", face, start + offset)
        if kind == 12:
            found |= _format_12(face, start + offset)
        elif kind == 4:
            found |= _format_4(face, start + offset)
    return _ranges(sorted(found))


def _table_offsets(face: bytes) -> dict[str, int]:
    (count,) = struct.unpack_from(">H", face, 4)
    records = (struct.unpack_from(">4sIII", face, 12 + 16 * index) for index in range(count))
    return {tag.decode("ascii"): offset for tag, _, offset, _ in records}


def _format_4(face: bytes, at: int) -> set[int]:
    (double,) = struct.unpack_from(">H", face, at + 6)
    segments = double // 2
    ends, starts = at + 14, at + 16 + double
    deltas, offsets = starts + double, starts + 2 * double
    found: set[int] = set()
    for index in range(segments):
        end, start, delta, offset = (
            struct.unpack_from(">H", face, base + 2 * index)[0] for base in (ends, starts, deltas, offsets)
        )
        for code in range(start, min(end, 0xFFFE) + 1):
            glyph = code
            if offset:
                (glyph,) = struct.unpack_from(">H", face, offsets + 2 * index + offset + 2 * (code - start))
            if (offset == 0 and (glyph + delta) & 0xFFFF) or (offset and glyph):
                found.add(code)
    return found


def _format_12(face: bytes, at: int) -> set[int]:
    (groups,) = struct.unpack_from(">I", face, at + 12)
    found: set[int] = set()
    for index in range(groups):
        start, end, _ = struct.unpack_from(">III", face, at + 16 + 12 * index)
        found |= set(range(start, end + 1))
    return found


def _ranges(codes: list[int]) -> list[list[int]]:
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return ranges


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
