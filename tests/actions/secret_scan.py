"""Looks for secrets in the raw bytes of files, in every encoding a program might have left them in.

Names and paths count as bytes too. What is compressed, zipped, in base64 or quoted-printable is taken apart and looked
through as well, wherever in a file it begins; deleted database rows are only bytes. ``test_secret_scan.py`` hides
secrets in each of these ways and requires them to be found.
"""

from __future__ import annotations

import base64
import bz2
import json
import lzma
import os
import quopri
import re
import struct
import unicodedata
import urllib.parse
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from embers.language import fold, skeleton

_ONE_BYTE = ("latin-1", "cp1251", "cp1252", "koi8-r", "iso8859-5", "cp866", "mac-cyrillic")
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_SHORTEST = 6
#: Bytes unpacked at most from one place, and how deep one packing may lie in another.
_MOST, _DEEPEST = 64 * 1024 * 1024, 3
_PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|BZh[1-9]1AY|\xfd7zXZ\x00|PK\x03\x04")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}")


def spellings(secret: str) -> set[str]:
    """Return a text as people and programs spell it: composed, decomposed, upper, lower, folded for search.

    Long words count by themselves: a search index keeps them apart.
    """
    words = [word for word in re.split(r"[\s,]+", secret) if len(word) >= 7]
    texts = set()
    for part in {secret, *words}:
        texts |= {part, part.lower(), part.upper(), part.casefold(), part.title()}
        texts |= {key for key in (fold(part), skeleton(part)) if len(key) >= 7}
    return {unicodedata.normalize(form, text) for text in texts for form in ("NFC", "NFD")}


def encodings(secret: str) -> dict[bytes, str]:
    """Return every byte string that would give a secret away, with what it is."""
    found: dict[bytes, str] = {}
    for text in spellings(secret):
        plain = text.encode()
        found[plain] = "utf-8"
        for name in _WIDE:
            found[text.encode(name)] = name
        for name in _ONE_BYTE:
            try:
                found[text.encode(name)] = name
            except UnicodeEncodeError:
                continue
        for wrong in ("latin-1", "cp1252"):
            found[plain.decode(wrong, "replace").encode()] = "utf-8 taken for another encoding"
        found[text.encode("utf-7")] = "utf-7"
        escaped = json.dumps(text)[1:-1].encode()
        found[escaped] = "JSON escapes"
        found[escaped.replace(rb"\u", rb"\U")] = "escapes"
        found |= dict.fromkeys(_entities(text), "HTML entities")
        every = "".join(f"%{byte:02X}" for byte in plain)
        for quoted in (urllib.parse.quote(text), urllib.parse.quote_plus(text), every):
            found[quoted.encode()] = found[quoted.lower().encode()] = "URL encoding"
        for data in (plain, text.encode("utf-16-le"), text.encode("utf-16-be")):
            found[data.hex().encode()] = found[data.hex().upper().encode()] = "hexadecimal"
            found |= dict.fromkeys(_base64(data), "base64")
        found[plain[::-1]] = "backwards"
    return {data: name for data, name in found.items() if len(data) >= _SHORTEST}


def _entities(text: str) -> set[bytes]:
    """Return a text with its letters beyond ASCII as entities, and with all of them, in decimal and hexadecimal."""
    found = set()
    for shape in ("&#{};", "&#x{:x};", "&#x{:X};"):
        found.add("".join(letter if letter.isascii() else shape.format(ord(letter)) for letter in text))
        found.add("".join(shape.format(ord(letter)) for letter in text))
    return {form.encode() for form in found}


def _base64(data: bytes) -> set[bytes]:
    """Return the part of the base64 form that does not depend on what stands before and after, for each place."""
    found = set()
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(bytes(before) + data)
            start = (0, 2, 3)[before]
            end = len(text) - (4 if (before + len(data)) % 3 else 0)
            found.add(text[start:end])
    return found


def positions(lat: int, lon: int) -> dict[bytes, str]:
    """Return a position, given in microdegrees, as programs write it: in text, whole numbers and floating point.

    Four bytes alone may stand anywhere by chance; both numbers beside each other, as a row has them, do not.
    """
    found: dict[bytes, str] = {}
    for number in (lat, lon):
        texts = {str(number), f"{number / 1e6:.6f}", f"{number / 1e6:.5f}", f"{number / 1e6:.4f}"}
        for text in texts:
            found |= {text.encode(name): "digits" for name in ("utf-8", *_WIDE)}
        for shape in ("<q", ">q", "<d", ">d"):
            value = number if shape[1] == "q" else number / 1e6
            found[struct.pack(shape, value)] = "number"
    for shape in ("<ii", ">ii"):
        found[struct.pack(shape, lat, lon)] = found[struct.pack(shape, lon, lat)] = "numbers"
    for shape in ("<ff", ">ff"):
        found[struct.pack(shape, lat / 1e6, lon / 1e6)] = "numbers"
    return found


def layers(data: bytes, depth: int = 0) -> Iterator[bytes]:
    """Yield bytes, and whatever is packed in them, wherever it begins."""
    yield data
    if depth == _DEEPEST:
        return
    for inside in (*_unpacked(data), *_unwrapped(data)):
        yield from layers(inside, depth + 1)


def _unpacked(data: bytes) -> Iterator[bytes]:
    for found in _PACKED.finditer(data):
        start, mark = found.start(), found[0]
        if mark == b"PK\x03\x04":
            if len(data) < start + 30:
                continue
            name, extra = struct.unpack_from("<HH", data, start + 26)
            start += 30 + name + extra
            tool: zlib._Decompress | bz2.BZ2Decompressor | lzma.LZMADecompressor = zlib.decompressobj(-15)
        elif mark.startswith(b"BZh"):
            tool = bz2.BZ2Decompressor()
        elif mark.startswith(b"\xfd7zXZ"):
            tool = lzma.LZMADecompressor()
        else:
            tool = zlib.decompressobj(47)  # gzip or zlib
        if inside := _some(tool, data[start:]):
            yield inside


def _some(tool: object, data: bytes) -> bytes:
    """Return what unpacks; bytes that only look packed give up at once, a cut stream gives what it has."""
    parts = []
    for place in range(0, len(data), 4096):
        try:
            parts.append(tool.decompress(data[place : place + 4096]))  # type: ignore[attr-defined]
        except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError):
            break
        if getattr(tool, "eof", False) or sum(map(len, parts)) > _MOST:
            break
    return b"".join(parts)


def _unwrapped(data: bytes) -> Iterator[bytes]:
    for run in _BASE64.findall(data.replace(b"\r", b"").replace(b"\n", b"")):
        text = run.translate(bytes.maketrans(b"-_", b"+/"))
        for start in range(4):  # a letter of what stands before may belong to the alphabet by chance
            whole = text[start:]
            yield base64.b64decode(whole[: len(whole) // 4 * 4])
    if b"=" in data and re.search(rb"=(\r?\n|[0-9A-F]{2})", data):
        yield quopri.decodestring(data)


def scan(
    folders: Iterable[Path], secrets: Mapping[str, str], also: Mapping[str, Mapping[bytes, str]] | None = None
) -> dict[str, list[str]]:
    """Return for each secret where it was found: file names and contents, everything below the folders.

    ``also`` holds byte strings by label that are no text, such as :func:`positions`.
    """
    patterns = {label: encodings(secret) for label, secret in secrets.items()}
    patterns |= {label: dict(forms) for label, forms in (also or {}).items()}
    found: dict[str, list[str]] = {label: [] for label in patterns}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            data = os.fsencode(path.relative_to(folder))
            if path.is_file() and not path.is_symlink():
                data += b"\0" + path.read_bytes()
            for layer in layers(data):
                lower = layer.lower()
                for label, forms in patterns.items():
                    found[label] += [
                        f"{path.name}: {name}"
                        for form, name in forms.items()
                        if form in layer or form in lower
                    ]
    return found
