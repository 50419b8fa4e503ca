"""Pictures and sounds for the exercise, made on the spot: drawings that say so, and a tone."""

from __future__ import annotations

import io
import math
import struct
import wave
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from embers.reporting.faces import font_folder

_SIZE = (960, 640)
_PAPER, _INK, _PALE = (247, 245, 240), (40, 40, 40), (190, 186, 176)
_RATE, _PITCH = 8000, 220


def tone(number: int) -> bytes:
    """Return a quiet tone as WAV; each number has its own pitch, so no two recordings are the same bytes."""
    data = io.BytesIO()
    with wave.open(data, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_RATE)
        step = 2 * math.pi * (_PITCH + 10 * number) / _RATE
        sound.writeframes(
            b"".join(struct.pack("<h", int(900 * math.sin(step * n))) for n in range(_RATE * 2))
        )
    return data.getvalue()


def drawing(title: str, *, azimuth: float | None = None) -> bytes:
    """Return a drawing as PNG with a scale bar and, with an azimuth, an arrow to the origin; marked as an exercise."""
    image = Image.new("RGB", _SIZE, _PAPER)
    draw = ImageDraw.Draw(image)
    centre = (_SIZE[0] // 2, _SIZE[1] // 2 + 20)
    draw.ellipse((centre[0] - 130, centre[1] - 110, centre[0] + 130, centre[1] + 110), outline=_INK, width=4)
    draw.ellipse((centre[0] - 60, centre[1] - 45, centre[0] + 60, centre[1] + 45), fill=_PALE)
    if azimuth is not None:
        east, north = math.sin(math.radians(azimuth)), math.cos(math.radians(azimuth))
        tip = (centre[0] + 240 * east, centre[1] - 240 * north)
        draw.line((*centre, *tip), fill=_INK, width=4)
        draw.ellipse((tip[0] - 7, tip[1] - 7, tip[0] + 7, tip[1] + 7), fill=_INK)
    draw.line((60, _SIZE[1] - 50, 260, _SIZE[1] - 50), fill=_INK, width=6)
    draw.text((60, _SIZE[1] - 44), "0.5 m", font=_font(22), fill=_INK)
    draw.text((40, 24), "EXERCISE: a drawing, not a photograph", font=_font(34), fill=_INK)
    draw.text((40, 68), title, font=_font(24), fill=_INK)
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def _font(size: int) -> ImageFont.FreeTypeFont:
    path: Path = font_folder() / "NotoSans-Regular.ttf"
    return ImageFont.truetype(str(path), size)
