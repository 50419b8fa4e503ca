"""Looks for secrets in the raw bytes of files, in every encoding a program might have left them in."""

from __future__ import annotations

import base64
import json
import unicodedata
import urllib.parse
from collections.abc import Iterable, Mapping
from pathlib import Path

_ONE_BYTE = ("latin-1", "cp1251", "cp1252", "koi8-r", "iso8859-5", "cp866", "mac-cyrillic")


def spellings(secret: str) -> set[str]:
    """Return a text as people and programs spell it: composed, decomposed, upper, lower, folded."""
    texts = {secret, secret.lower(), secret.upper(), secret.casefold()}
    return {unicodedata.normalize(form, text) for text in texts for form in ("NFC", "NFD")}


def encodings(secret: str) -> dict[bytes, str]:
    """Return every byte string that would give a secret away, with what it is."""
    found: dict[bytes, str] = {}
    for text in spellings(secret):
        plain = text.encode()
        found[plain] = "utf-8"
        for name in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
            found[text.encode(name)] = name
        for name in _ONE_BYTE:
            try:
                found[text.encode(name)] = name
            except UnicodeEncodeError:
                continue
        escaped = json.dumps(text)[1:-1].encode()
        found[escaped] = "JSON escapes"
        found[escaped.replace(rb"\u", rb"\U")] = "escapes"
        for quoted in (urllib.parse.quote(text), urllib.parse.quote_plus(text)):
            found[quoted.encode()] = found[quoted.lower().encode()] = "URL encoding"
        found[plain.hex().encode()] = found[plain.hex().upper().encode()] = "hexadecimal"
        found |= dict.fromkeys(_base64(plain), "base64")
        found |= dict.fromkeys(_base64(text.encode("utf-16-le")), "base64 of utf-16")
        found[plain[::-1]] = "backwards"
    return {data: name for data, name in found.items() if len(data) >= 6}


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


def scan(folders: Iterable[Path], secrets: Mapping[str, str]) -> dict[str, list[str]]:
    """Return for each secret where it was found: file names and contents, everything below the folders."""
    patterns = {label: encodings(secret) for label, secret in secrets.items()}
    found: dict[str, list[str]] = {}
    for path in (path for folder in folders for path in sorted(folder.rglob("*"))):
        data = str(path).encode() + (b"\0" + path.read_bytes() if path.is_file() else b"")
        for label, forms in patterns.items():
            found.setdefault(label, []).extend(
                f"{path.name}: {name}" for form, name in forms.items() if form in data
            )
    return found
