"""Reads a multipart body part by part into the object store: nothing lies whole in memory, nothing in a clear file.

A body that ends too early is refused, and the part it ended in is not kept: a phone that lost its link sends again.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import ChunkIter, LazyStream, MultiPartParserError, Parser

from embers.actions.forms.receiving import Part
from embers.actions.forms.submission_xml import MOST, read_xml
from embers.errors import ApiError
from embers.fieldwork.forms.filled import Filled
from embers.objects.store import ObjectStore
from embers.web.security import body_length

SUBMISSION = "xml_submission_file"
#: Parts one body may have: more than any form here can name.
_PARTS = 500
_BOUNDARY = re.compile(r"[!-~ ]{1,200}\Z")
_CHUNK = 64 * 1024
_LONGEST_NAME = 300


@dataclass(slots=True)
class Received:
    """What one body held: the filled form, its XML as preserved, and the files."""

    filled: Filled
    raw: Part
    files: list[Part] = field(default_factory=list)


class _EndedError(OSError):
    """The body ended before it was whole."""


class _Body(io.RawIOBase):
    """The body as it comes in, counted; ``chunked`` ones have no length of their own."""

    def __init__(self, request: HttpRequest, end: bytes, most: int) -> None:
        super().__init__()
        self._stream: BinaryIO = request.META["wsgi.input"]
        chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
        self._left = most if chunked else body_length(request)
        self._chunked, self._end, self._tail = chunked, end, b""

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; raise where the body ends and is not whole."""
        wanted = min(size if size >= 0 else self._left, self._left)
        data = self._stream.read(wanted) if wanted else b""
        self._left -= len(data)
        self._tail = (self._tail + data)[-(len(self._end) + 1024) :]
        if not data and (self._end not in self._tail or (self._left and not self._chunked)):
            raise _EndedError
        return data


def read_parts(request: HttpRequest, objects: ObjectStore, *, most: int) -> Received:
    """Return what a submission's body holds; the bytes of its files are on stable storage then.

    Refused are other kinds of body, one without an XML of the submission, and one that does not come to its end.
    """
    kind, _, parameters = request.META.get("CONTENT_TYPE", "").partition(";")
    boundary = next(
        (
            one.partition("=")[2].strip().strip('"')
            for one in parameters.split(";")
            if one.strip().lower().startswith("boundary=")
        ),
        "",
    )
    if kind.strip().lower() != "multipart/form-data" or not _BOUNDARY.match(boundary):
        raise _refused("It is no multipart/form-data body.")
    mark = boundary.encode("ascii")
    body = _Body(request, b"--" + mark + b"--", most)
    form: tuple[Filled, Part] | None = None
    files: list[Part] = []
    try:
        for number, (name, file_name, content) in enumerate(_each(body, mark)):
            if number >= _PARTS or (form and name == SUBMISSION):
                raise _refused(f"It has more than {_PARTS} parts, or two forms.")
            if name == SUBMISSION:
                form = _form(content, file_name, objects)
            elif file_name:  # the mark that more will come is not needed: the form names its files
                files.append(Part(file_name, objects.put(content).sha256))
    except _EndedError as error:
        raise _refused("It ended before it was whole.") from error
    except (MultiPartParserError, SuspiciousOperation, UnicodeDecodeError) as error:
        raise _refused("Its parts cannot be told apart.") from error
    if form is None:
        raise _refused(f"It has no part {SUBMISSION}.")
    return Received(*form, files)


def drain(request: HttpRequest, *, most: int) -> None:
    """Read a body that will be refused to its end, as the specification asks, and keep nothing of it."""
    body = _Body(request, b"", most)
    while body.read(_CHUNK):
        pass


def _each(body: _Body, mark: bytes) -> Iterator[tuple[str, str, BinaryIO]]:
    stream = LazyStream(ChunkIter(cast(Any, body), _CHUNK))
    for kind, about, content in Parser(stream, mark):
        if kind not in {"file", "field"}:
            continue
        given: dict[str, bytes | str] = about["content-disposition"][1]
        yield _text(given.get("name", b"")), _text(given.get("filename", b"")), cast(BinaryIO, content)


def _text(data: bytes | str) -> str:
    text = data.decode("utf-8", "surrogateescape") if isinstance(data, bytes) else data
    return text.replace("\\", "/").rpartition("/")[2][:_LONGEST_NAME]


def _form(content: BinaryIO, file_name: str, objects: ObjectStore) -> tuple[Filled, Part]:
    data = content.read(MOST + 1)
    filled = read_xml(data)  # before anything is kept
    return filled, Part(file_name or "submission.xml", objects.put(io.BytesIO(data)).sha256)


def _refused(what: str) -> ApiError:
    return ApiError(
        "submission",
        f"The submission could not be read. {what}",
        "Send it again; nothing of it was recorded.",
    )
