"""A picture cut into tiles at several sizes, so that a browser loads what it shows and nothing more."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

TILE = 512
QUALITY = 90


def pyramid(
    image: Image.Image, *, units: tuple[int, int] | None = None
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the plan of a picture (RGB or grey) and its tiles, named ``level/column/row``.

    Level 0 is the full size, each next one half of it, up to one that fits a single tile. ``units`` is the size in
    which boxes are counted, where that is not pixels: points on a page.
    """
    width, height = units or image.size
    levels: list[dict[str, int]] = []
    tiles: dict[str, bytes] = {}
    while True:
        columns, rows = -(-image.width // TILE), -(-image.height // TILE)
        for column in range(columns):
            for row in range(rows):
                tiles[f"{len(levels)}/{column}/{row}"] = _tile(image, column * TILE, row * TILE)
        levels.append({"width": image.width, "height": image.height, "columns": columns, "rows": rows})
        if columns == rows == 1:
            return {"width": width, "height": height, "tile": TILE, "levels": levels}, tiles
        image = image.reduce(2)


def _tile(image: Image.Image, left: int, top: int) -> bytes:
    out = io.BytesIO()
    corner = (min(left + TILE, image.width), min(top + TILE, image.height))
    # Full colour resolution: captions and screenshots are read at the pixel.
    image.crop((left, top, *corner)).save(out, "JPEG", quality=QUALITY, subsampling=0)
    return out.getvalue()
