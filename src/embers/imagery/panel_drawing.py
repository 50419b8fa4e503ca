"""Lay out a panel: title strip, two captions, two images, scale bar, north arrow, notes.

Pure drawing: everything shown is handed in. Output bytes depend on the input and the Pillow version only.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from embers.errors import ImageryError

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
_INK, _SOFT, _LINE, _PAPER = (26, 28, 31), (94, 99, 107), (205, 208, 212), (255, 255, 255)
_MARGIN, _GAP = 40, 24
_MIN_IMAGE_PX = 720
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Caption:
    """What stands above one image: a word, the scene and labelled lines."""

    word: str
    scene: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """What to draw. ``ground_pixel`` in true metres; ``true_north`` in degrees clockwise from up."""

    title: str
    images: tuple[NDArray[np.uint8], NDArray[np.uint8]]
    captions: tuple[Caption, Caption]
    ground_pixel: float
    true_north: float
    notes: tuple[str, ...]


class _Faces:
    """Text sizes, and how long a text becomes."""

    def __init__(self, font: Path | None) -> None:
        self.path = font
        self.title, self.scene = self._face(30), self._face(21)
        self.word, self.text = self._face(16), self._face(17)

    def _face(self, size: int) -> Font:
        if self.path is None:
            return ImageFont.load_default(size)
        try:
            return ImageFont.truetype(str(self.path), size, layout_engine=ImageFont.Layout.BASIC)
        except OSError as error:
            raise ImageryError(
                "panel-font",
                f"{self.path.name} cannot be used as a font.",
                "Give a TrueType or OpenType file.",
            ) from error


def wrap(text: str, face: Font, width: float) -> list[str]:
    """Break ``text`` into lines of at most ``width`` pixels; a single long word is cut by letters."""
    lines = [""]
    for word in text.split():
        tried = f"{lines[-1]} {word}".strip()
        if face.getlength(tried) <= width:
            lines[-1] = tried
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if face.getlength(lines[-1] + letter) > width:
                lines.append("")
            lines[-1] += letter
    return lines


def scale_length(ground_pixel: float, width: int) -> int:
    """Return the longest round length (1, 2 or 5 times 10^n metres) up to a quarter of the width."""
    room = max(1.0, ground_pixel * width / 4)
    power = 10 ** math.floor(math.log10(room))
    return int(max(step * power for step in _STEPS if step * power <= room))


def draw(drawing: Drawing, *, font: Path | None) -> bytes:
    """Return the panel as PNG bytes."""
    faces = _Faces(font)
    height, width = drawing.images[0].shape[:2]
    zoom = max(1, math.ceil(_MIN_IMAGE_PX / width))
    wide, high = width * zoom, height * zoom
    total = 2 * _MARGIN + 2 * wide + _GAP
    # Laid out twice: first on a strip nobody keeps, to learn the height.
    probe = Image.new("RGB", (total, 10), _PAPER)
    needed = _compose(ImageDraw.Draw(probe), drawing, faces, size=(wide, high), zoom=zoom)[1]
    page = Image.new("RGB", (total, needed), _PAPER)
    top, _ = _compose(ImageDraw.Draw(page), drawing, faces, size=(wide, high), zoom=zoom)
    for index, pixels in enumerate(drawing.images):
        # Whole-number zoom without interpolation: a pixel of the image stays recognisable as one.
        shown = Image.fromarray(pixels).resize((wide, high), Image.Resampling.NEAREST)
        page.paste(shown, (_MARGIN + index * (wide + _GAP), top))
    out = io.BytesIO()
    page.save(out, format="PNG", compress_level=9, dpi=(300, 300))
    return out.getvalue()


def _compose(
    pen: ImageDraw.ImageDraw, drawing: Drawing, faces: _Faces, *, size: tuple[int, int], zoom: int
) -> tuple[int, int]:
    """Draw all but the images; return where the images begin and how high the page must be."""
    wide, high = size
    full = 2 * wide + _GAP
    y = _MARGIN
    for line in wrap(drawing.title, faces.title, full):
        pen.text((_MARGIN, y), line, font=faces.title, fill=_INK)
        y += 40
    y += 6
    pen.line((_MARGIN, y, _MARGIN + full, y), fill=_INK, width=2)
    y += 18
    ends = [
        _draw_caption(pen, caption, faces, place=(_MARGIN + index * (wide + _GAP), y), width=wide)
        for index, caption in enumerate(drawing.captions)
    ]
    top = max(ends) + 12
    y = top + high + 22
    room = _draw_scale(pen, drawing, faces, place=(_MARGIN, y), wide=wide, zoom=zoom)
    _draw_north(pen, drawing.true_north, faces, centre=(_MARGIN + room + 46, y + 22))
    left = _MARGIN + room + 100
    for note in drawing.notes:
        for line in wrap(note, faces.text, _MARGIN + full - left):
            pen.text((left, y), line, font=faces.text, fill=_SOFT)
            y += 23
        y += 5
    return top, max(y, top + high + 90) + _MARGIN - 12


def _draw_caption(
    pen: ImageDraw.ImageDraw, caption: Caption, faces: _Faces, *, place: tuple[int, int], width: int
) -> int:
    x, y = place
    pen.text((x, y), caption.word, font=faces.word, fill=_SOFT)
    y += 23
    for line in wrap(caption.scene, faces.scene, width):
        pen.text((x, y), line, font=faces.scene, fill=_INK)
        y += 28
    y += 4
    indent = max(round(faces.text.getlength(label)) for label, _ in caption.lines) + 16
    for label, value in caption.lines:
        pen.text((x, y), label, font=faces.text, fill=_SOFT)
        for line in wrap(value, faces.text, width - indent):
            pen.text((x + indent, y), line, font=faces.text, fill=_INK)
            y += 23
    return y


def _draw_scale(
    pen: ImageDraw.ImageDraw,
    drawing: Drawing,
    faces: _Faces,
    *,
    place: tuple[int, int],
    wide: int,
    zoom: int,
) -> int:
    x, y = place
    metres = scale_length(drawing.ground_pixel, wide // zoom)
    length = round(metres / drawing.ground_pixel * zoom)
    half = length // 2
    pen.rectangle((x, y + 8, x + length, y + 16), fill=_PAPER, outline=_INK)
    pen.rectangle((x, y + 8, x + half, y + 16), fill=_INK)
    label = f"{metres} m" if metres < 5000 else f"{metres // 1000} km"
    pen.text((x, y + 24), "0", font=faces.text, fill=_INK)
    pen.text((x + length - round(faces.text.getlength(label)), y + 24), label, font=faces.text, fill=_INK)
    return length


def _draw_north(pen: ImageDraw.ImageDraw, turned: float, faces: _Faces, *, centre: tuple[int, int]) -> None:
    angle = math.radians(turned)

    def at(right: float, up: float) -> tuple[float, float]:
        return (
            centre[0] + right * math.cos(angle) + up * math.sin(angle),
            centre[1] + right * math.sin(angle) - up * math.cos(angle),
        )

    pen.polygon([at(0, 24), at(-10, -12), at(0, -5)], fill=_INK)
    pen.polygon([at(0, 24), at(10, -12), at(0, -5)], fill=_PAPER, outline=_INK)
    pen.text((centre[0] - faces.word.getlength("N") / 2, centre[1] + 16), "N", font=faces.word, fill=_INK)
