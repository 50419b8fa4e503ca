"""Read the XML of a maker's manifest without letting it do anything.

A manifest is untrusted input. A document type declaration is refused outright, which removes entity
expansion, external entities and external definitions in one stroke; size, depth and number of elements
are bounded. Nothing is fetched.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import NoReturn
from xml.parsers import expat

from embers.errors import ImageryError

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 64
MAX_ELEMENTS = 200_000
_HINT = "Keep the file as it is, record the refusal, and ask the provider for a fresh copy of the product."


class _Builder:
    """Feeds expat events into an element tree while counting."""

    def __init__(self, named: str) -> None:
        self.named = named
        self.tree = ET.TreeBuilder()
        self.depth = 0
        self.elements = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        if self.depth > MAX_DEPTH or self.elements > MAX_ELEMENTS:
            raise ImageryError("manifest-size", f"{self.named} is nested or repeated beyond reason.", _HINT)
        self.tree.start(_local(tag), {_local(name): value for name, value in attributes.items()})

    def end(self, tag: str) -> None:
        self.depth -= 1
        self.tree.end(_local(tag))

    def refuse(self, *_: object) -> NoReturn:
        raise ImageryError(
            "manifest-doctype",
            f"{self.named} carries a document type or entity declaration; no Sentinel manifest does.",
            _HINT,
        )


def _local(name: str) -> str:
    """Drop the name space: Sentinel-1, -2 and -3 use different ones for the same element."""
    return name.rpartition(" ")[2]


def read_tree(data: bytes, *, named: str) -> ET.Element:
    """Return the root element of ``data`` with local names only.

    Raises :class:`ImageryError` for more than 8 MiB, any document type or entity declaration, more than
    64 levels, more than 200,000 elements, or text that is not well-formed XML.
    """
    if len(data) > MAX_BYTES:
        raise ImageryError("manifest-size", f"{named} is larger than {MAX_BYTES} bytes.", _HINT)
    builder = _Builder(named)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.tree.data
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.EntityDeclHandler = builder.refuse
    parser.ExternalEntityRefHandler = builder.refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise ImageryError("manifest-xml", f"{named} is not well-formed XML: {error}.", _HINT) from error
    return builder.tree.close()


def text_of(root: ET.Element, tag: str) -> str:
    """Return the stripped text of the first ``tag`` below ``root``, or an empty string."""
    found = root.find(f".//{tag}")
    return (found.text or "").strip() if found is not None else ""
