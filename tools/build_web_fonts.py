"""Make the typefaces of the pages: the report's faces, cut by script and packed as WOFF2.

Run ``python tools/build_web_fonts.py`` to make them again (needs fonttools and brotli, in the ``dev`` extra),
``--check`` to compare the files with ``fonts.toml``, which needs nothing. The faces are those that
``tools/vendor_fonts.py`` keeps for the report, so the pages and the printed report are set in the same letters.
A page fetches only the scripts it shows: each file names its letters in ``unicode-range``.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "embers" / "reporting" / "fonts"
TARGET = Path(__file__).parents[1] / "src" / "embers" / "web" / "static" / "fonts"
MANIFEST, STYLE, LICENCE = "fonts.toml", "fonts.css", "OFL.txt"
#: Latin with the letters of Azerbaijani, so that most pages need one file for each weight.
LATIN = (
    "U+0020-007E,U+00A0-00FF,U+011E-011F,U+0130-0131,U+0152-0153,U+015E-015F,U+018F,U+0259,U+02BB-02BC,"
    "U+2009-200F,U+2010-2027,U+202A-202F,U+2030,U+2032-2033,U+2039-203A,U+2044,U+2060,U+20AC,U+2116,U+2122,"
    "U+2190-2193,U+2212,U+2260,U+2264-2265"
)
EXTENDED = "U+0100-011D,U+0120-012F,U+0132-0151,U+0154-015D,U+0160-018E,U+0190-0258,U+025A-02BA,U+1E00-1EFF"
CYRILLIC = "U+0301,U+0400-052F"
ARMENIAN = "U+0530-058F,U+FB13-FB17"
ARABIC = "U+0600-06FF,U+0750-077F,U+08A0-08FF,U+FB50-FDFF,U+FE70-FEFC"


@dataclass(frozen=True, slots=True)
class Cut:
    """One file: the face it is cut from, its letters, and the family and weight it stands for."""

    face: str
    script: str
    letters: str
    family: str
    weight: int

    @property
    def name(self) -> str:
        """The name of the file."""
        return f"{self.family.rpartition(' ')[2].lower()}-{self.weight}-{self.script}.woff2"


def cuts() -> tuple[Cut, ...]:
    """Return every file there is, in the order of the style sheet."""
    found = []
    for family, kind in (("Embers Sans", "Sans"), ("Embers Serif", "Serif")):
        for weight, style in ((400, "Regular"), (700, "Bold")):
            for face, script, letters in (
                (f"Noto{kind}", "latin", LATIN),
                (f"Noto{kind}", "extended", EXTENDED),
                (f"Noto{kind}", "cyrillic", CYRILLIC),
                (f"Noto{kind}Armenian", "armenian", ARMENIAN),
            ):
                found.append(Cut(f"{face}-{style}", script, letters, family, weight))
    # One Arabic face serves both families: a slanted or serif Arabic would be an invention.
    for weight, style in ((400, "Regular"), (700, "Bold")):
        found.append(Cut(f"NotoNaskhArabic-{style}", "arabic", ARABIC, "Embers Arabic", weight))
    return tuple(found)


def style_sheet() -> str:
    """Return the ``@font-face`` rules of every file."""
    rules = ["/* Written by tools/build_web_fonts.py. Faces of the Noto project (OFL 1.1, see OFL.txt). */"]
    for cut in cuts():
        rules.append(
            "@font-face {\n"
            f'  font-family: "{cut.family}";\n  font-weight: {cut.weight};\n  font-display: fallback;\n'
            f'  src: url("{cut.name}") format("woff2");\n'
            f"  unicode-range: {cut.letters.replace(',', ', ')};\n}}"
        )
    return "\n".join(rules) + "\n"


def make(folder: Path) -> None:
    """Cut every face; the same faces and versions of the tools give the same bytes."""
    from fontTools import subset  # noqa: PLC0415 - checking needs no fonttools
    from fontTools.ttLib import TTFont  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    for cut in cuts():
        options = subset.Options(flavor="woff2", hinting=False, desubroutinize=True, layout_features=["*"])
        options.recalc_timestamp = False
        font = TTFont(SOURCE / f"{cut.face}.ttf", recalcTimestamp=False)
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=subset.parse_unicodes(cut.letters))
        cutter.subset(font)
        subset.save_font(font, str(folder / cut.name), options)
    shutil.copyfile(SOURCE / LICENCE, folder / LICENCE)
    (folder / STYLE).write_text(style_sheet(), "utf-8")


def record(folder: Path) -> None:
    """Write ``fonts.toml``: the face each file was cut from and its SHA-256."""
    lines = ["# Written by tools/build_web_fonts.py. The faces stand in reporting/fonts/fonts.toml.", ""]
    for cut in cuts():
        digest = hashlib.sha256((folder / cut.name).read_bytes()).hexdigest()
        lines += ["[[font]]", f'file = "{cut.name}"', f'face = "{cut.face}"', f'sha256 = "{digest}"', ""]
    (folder / MANIFEST).write_text("\n".join(lines), "utf-8")


def differences(folder: Path) -> list[str]:
    """Return what differs from ``fonts.toml`` and from what this tool would name; empty when nothing does."""
    recorded = {
        font["file"]: font["sha256"] for font in tomllib.loads((folder / MANIFEST).read_text("utf-8"))["font"]
    }
    wanted = {cut.name for cut in cuts()}
    present = {path.name for path in folder.glob("*.woff2")}
    faults = [f"{name}: not in {MANIFEST}" for name in sorted((present | wanted) - set(recorded))]
    for name, digest in sorted(recorded.items()):
        if name not in present:
            faults.append(f"{name}: missing")
        elif hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
            faults.append(f"{name}: differs from its recorded digest")
    if (folder / STYLE).read_text("utf-8") != style_sheet():
        faults.append(f"{STYLE}: is not what this tool writes")
    return faults


def main(arguments: list[str] | None = None) -> int:
    """Make or check; return 0 when every file equals its recorded digest."""
    parser = argparse.ArgumentParser(description="Make or check the typefaces of the pages.")
    parser.add_argument("--check", action="store_true", help="compare only, make nothing")
    parser.add_argument("--folder", type=Path, default=TARGET, help="folder of the files")
    chosen = parser.parse_args(arguments)
    if not chosen.check:
        make(chosen.folder)
        record(chosen.folder)
    faults = differences(chosen.folder)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
