"""Pictures: turned as their metadata asks, without metadata, in sRGB, cut into tiles."""

from __future__ import annotations

import io

import numpy
import PIL
from PIL import Image, ImageCms, ImageOps

from embers.custody.copies.brightness import eight_bits
from embers.custody.copies.made import MOST_PIXELS, Made, Unreadable
from embers.custody.copies.pyramid import QUALITY, pyramid

#: Kinds a picture may be; whatever else Pillow can open stays closed to strangers.
_FORMATS = ("JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP", "JPEG2000")
_ORIENTATION = 0x0112
_DEEP = {"I;16", "I;16B", "I;16L", "I", "F"}


def make(data: bytes) -> Made:
    """Return a picture as tiles. Pixels of the plan are those of the turned picture."""
    Image.MAX_IMAGE_PIXELS = None  # our own limit stands below, and says so in our words
    try:
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
    except (OSError, ValueError, SyntaxError) as error:
        raise Unreadable("damaged", type(error).__name__) from error
    if image.width * image.height > MOST_PIXELS:
        raise Unreadable("too-many-pixels", f"{image.width} x {image.height}")
    kind, frames = image.format, getattr(image, "n_frames", 1)
    try:
        image.load()
        turned = image.getexif().get(_ORIENTATION, 1)
        seen, steps = _seen(image)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Unreadable("damaged", type(error).__name__) from error
    plan, tiles = pyramid(seen)
    facts = {
        **plan,
        "format": kind,
        "frames": frames,
        "turned": turned if turned in range(2, 9) else 1,
        "steps": steps,
        "tool": f"Pillow {PIL.__version__}",
        "parameters": f"JPEG, quality {QUALITY}, tiles of {plan['tile']}",
    }
    return Made(facts, tiles)


def _seen(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """Return the picture as it is to be looked at, and what was done to it."""
    steps = []
    profile = image.info.get("icc_profile")
    image = ImageOps.exif_transpose(image)
    if image.mode in _DEEP:
        image = Image.fromarray(eight_bits(numpy.asarray(image)), "L")
        steps.append("stretched")
    elif "transparency" in image.info or image.mode in {"RGBA", "LA", "PA", "RGBa", "La"}:
        clear = image.convert("RGBA")
        image = Image.new("RGB", clear.size, "white")
        image.paste(clear, mask=clear.getchannel("A"))
        steps.append("on-white")
    elif profile and image.mode in {"RGB", "CMYK", "L"}:
        image, done = _in_srgb(image, profile)
        steps += done
    return (image if image.mode in {"RGB", "L"} else image.convert("RGB")), steps


def _in_srgb(image: Image.Image, profile: bytes) -> tuple[Image.Image, list[str]]:
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        changed = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image, ["profile-unread"]
    return (changed, ["srgb"]) if changed else (image, ["profile-unread"])
