"""Objects in a bucket of an S3-speaking server, under the same names as in a folder: ``<prefix>/ab/cd/<sha256>``.

Small objects go in with one conditional request (``If-None-Match: *``). Larger ones are streamed to a side key
below ``.incoming/`` while they are hashed, read back from there, and then copied on the server to their name,
conditionally too. So an object is visible in full or not at all, and nothing is ever written over. ETags are not
digests and are never looked at; docs/decisions/0007 has the measurements behind this.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import chain
from typing import Any, BinaryIO
from urllib.parse import parse_qs, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from embers.errors import ObjectError
from embers.objects.digest import Digests, chunks, digest_stream
from embers.objects.store import ObjectProblem, Stored
from embers.surroundings import Surroundings

_NAME = re.compile(r"[0-9a-f]{64}\Z")
#: Bytes sent or fetched in one request. S3 allows 10,000 parts: objects of up to 156 GiB.
PART = 16 * 1024 * 1024
#: Requests under way at once while a large object is sent; memory is this many parts.
PARALLEL = 2
#: S3 copies at most this much on the server in one go.
COPY_LIMIT = 5 * 1024**3
#: Seconds a broken link is tried again before a person is told.
PATIENCE = timedelta(seconds=20)
INCOMING = ".incoming/"
#: This key is created once and never again: being refused is the proof that the server keeps write-once.
PROBE = ".created-once"


def open_bucket(address: str, surroundings: Surroundings) -> S3ObjectStore:
    """Open the store at ``s3://bucket/prefix?endpoint=URL&region=NAME``; keys come from the environment."""
    parts = urlsplit(address)
    query = parse_qs(parts.query)
    endpoint = query.get("endpoint", [""])[0]
    config: dict[str, Any] = {"endpoint": endpoint} if endpoint else {}
    if region := query.get("region", [""])[0]:
        config["region"] = region
    prefix = parts.path.strip("/")
    store = S3Store(
        parts.netloc,
        prefix=prefix or None,
        # The server checks every part against this before it stores it.
        checksum_algorithm="SHA256",
        copy_if_not_exists="multipart",
        client_options={
            "allow_http": endpoint.startswith("http://"),
            "timeout": timedelta(seconds=120),
            "connect_timeout": timedelta(seconds=10),
        },
        retry_config={"max_retries": 6, "retry_timeout": PATIENCE},
        **config,
    )
    return S3ObjectStore(store, f"s3://{parts.netloc}/{prefix}".rstrip("/"), surroundings)


class S3ObjectStore:
    """A write-once store in one bucket. Many machines may write at the same time."""

    def __init__(self, store: S3Store, name: str, surroundings: Surroundings) -> None:
        self.name = name
        self._store = store
        self._surroundings = surroundings
        self._probed = False
        self._versions = False

    def key(self, sha256: str) -> str:
        """Return the key of an object below the prefix; refuse a name that is not a SHA-256."""
        if not _NAME.match(sha256):
            raise ObjectError(
                "name", f"{sha256!r} is not a SHA-256 digest.", "Use 64 lower-case hexadecimal digits."
            )
        return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Say in words what the server or the link did, without keys and without the server's own page."""
        try:
            yield
        except AlreadyExistsError:  # an answer, not a failure: each caller says what it means
            raise
        except BaseError as error:
            raise ObjectError(
                "server",
                f"The bucket {self.name} did not do what was asked: {_reason(error)}.",
                "Nothing is half stored. Check the link, the bucket and its keys, then do it again.",
            ) from None  # the library's message repeats requests, which may hold key ids

    def put(
        self,
        stream: BinaryIO,
        *,
        sha256: str | None = None,
        size: int | None = None,
        also: Sequence[str] = (),
    ) -> Stored:
        """Store a stream. It is in the bucket in full, and was read back, when this returns."""
        self._require_write_once()
        digests = Digests(("sha256", *also))
        head = _read_full(stream, PART)
        digests.update(head)
        rest = stream.read(1) if len(head) == PART else b""
        if not rest:
            _expect(digests, sha256, size)
            fresh = self._create(head, digests.hex())
        else:
            digests.update(rest)
            fresh = self._put_large(chain((head, rest), _hashed(stream, digests)), digests, sha256, size)
        return Stored(digests.hex(), digests.size, tuple(digests.all().items()), fresh)

    def _create(self, data: bytes, sha256: str) -> bool:
        try:
            with self._reached():
                obstore.put(self._store, self.key(sha256), data, mode="create", use_multipart=False)
            fresh = True
        except AlreadyExistsError:  # or a first answer was lost and the request repeated
            fresh = False
        self._require_whole(sha256)
        return fresh

    def _put_large(
        self, parts: Iterator[bytes], digests: Digests, sha256: str | None, size: int | None
    ) -> bool:
        side = INCOMING + self._surroundings.randomness.bytes(16).hex()
        try:
            self._send(side, parts)
            _expect(digests, sha256, size)
            self._require_same(side, digests)
            return self._into_place(side, digests)
        finally:
            with suppress(
                BaseError, OSError
            ):  # a side key left behind is no object; a lifecycle rule ends it
                obstore.delete(self._store, side)

    def _into_place(self, side: str, digests: Digests) -> bool:
        target = self.key(digests.hex())
        if digests.size > COPY_LIMIT:
            return self._rewrite(side, digests)
        try:
            with self._reached():
                obstore.copy(self._store, side, target, overwrite=False)
        except AlreadyExistsError:
            self._require_whole(digests.hex())
            return False
        self._require_whole(digests.hex())
        return True

    def _rewrite(self, side: str, digests: Digests) -> bool:
        """Send again what a server cannot copy. Two writers at once would send the same, checked bytes."""
        sha256 = digests.hex()
        if self.has(sha256):
            self._require_whole(sha256)
            return False
        with self._read(side, digests.size) as again:
            self._send(self.key(sha256), chunks(again))
        self._require_whole(sha256)
        return True

    def _send(self, key: str, parts: Iterable[bytes]) -> None:
        """Send a long stream in parts. The key comes into being when it is closed: never after a failure."""
        with self._reached():
            writer = obstore.open_writer(self._store, key, buffer_size=PART, max_concurrency=PARALLEL)
        for data in parts:  # outside: what breaks here is the source, and is said as such
            with self._reached():
                writer.write(data)
        with self._reached():
            writer.close()

    def _require_same(self, key: str, digests: Digests) -> None:
        with self._read(key, self._head(key)) as handle:
            found = digest_stream(handle)
        if found.hex() != digests.hex():
            raise ObjectError(
                "mismatch",
                f"The bucket {self.name} gave back other bytes (SHA-256 {found.hex()}) than were sent.",
                "Nothing was stored. Check the server before you trust it with anything.",
            )

    def _require_whole(self, sha256: str) -> None:
        """Read an object back. What rots is named here and never replaced, so that a person repairs it knowingly."""
        if problem := self.verify(sha256):
            raise ObjectError(
                "altered", f"The stored object {sha256} {problem.what}.", "Run `embers verify`."
            )

    def _require_write_once(self) -> None:
        """Refuse a server that would write over an object. Asked once for each opened store."""
        if self._probed:
            return
        data = b"Embers creates this key once. Being refused a second time is what it relies on.\n"
        for _ in range(2):  # the first may succeed in a new bucket; the second must not
            try:
                with self._reached():
                    obstore.put(self._store, PROBE, data, mode="create", use_multipart=False)
            except AlreadyExistsError:
                self._probed = True
                return
            except FileNotFoundError:
                raise ObjectError(
                    "no-bucket",
                    f"There is no bucket for {self.name}.",
                    "Make it, or mend the setting `objects`.",
                ) from None
        raise ObjectError(
            "not-write-once",
            f"The bucket {self.name} lets one write over an object: its server ignores If-None-Match.",
            "Use a server with conditional writes (S3 has had them since 2024), or a local folder.",
        )

    def _head(self, key: str) -> int:
        with self._reached():
            return int(obstore.head(self._store, key)["size"])

    def _read(self, key: str, size: int) -> BinaryIO:
        return io.BufferedReader(_Ranges(self, key, size), buffer_size=PART)

    def fetch(self, key: str, start: int, end: int) -> bytes:
        """Return a range of a stored key; a link that breaks on the way is tried again."""
        for attempt in (1, 2, 3):
            try:
                data = bytes(obstore.get_range(self._store, key, start=start, end=end))
                if len(data) == end - start:
                    return data
            except BaseError:
                if attempt == 3:
                    with self._reached():
                        raise
        raise ObjectError(
            "server", f"The bucket {self.name} gave only a part of {key}.", "Run `embers verify`."
        )

    def open(self, sha256: str) -> BinaryIO:
        """Open an object for reading."""
        try:
            return self._read(self.key(sha256), self._head(self.key(sha256)))
        except FileNotFoundError:
            raise ObjectError(
                "missing",
                f"The object {sha256} is not in {self.name}.",
                "Restore it from another copy of the case.",
            ) from None

    def has(self, sha256: str) -> bool:
        """Tell whether an object is stored."""
        try:
            self._head(self.key(sha256))
        except FileNotFoundError:
            return False
        return True

    def size(self, sha256: str) -> int:
        """Return the size of an object in bytes."""
        with self.open(sha256) as handle:
            return handle.seek(0, os.SEEK_END)

    def verify(self, sha256: str) -> ObjectProblem | None:
        """Re-read an object and compare it with its name. A server that cannot be reached raises instead."""
        try:
            with self.open(sha256) as handle:
                found = digest_stream(handle)
        except ObjectError as error:
            if error.code != "object.missing":
                raise
            return ObjectProblem(sha256, "is missing")
        if found.hex() != sha256:
            return ObjectProblem(
                sha256, f"was altered: its {found.size} bytes now have SHA-256 {found.hex()}"
            )
        return None

    def all(self) -> Iterator[str]:
        """Yield every stored object in sorted order; side keys and strangers are not objects."""
        for key in self._keys():
            if self._is_object(key):
                yield key.rpartition("/")[2]

    def verify_all(self) -> Iterator[ObjectProblem]:
        """Re-read every object; yield what is wrong as it is found, strangers below the prefix included."""
        for key in self._keys():
            if self._is_object(key):
                if problem := self.verify(key.rpartition("/")[2]):
                    yield problem
            else:
                yield ObjectProblem(key, "is not an object: its name or place is not that of one")

    def flush(self, digests: Sequence[str]) -> None:
        """Do nothing: what a bucket shows, it has stored."""
        del digests

    @property
    def keeps_versions(self) -> bool:
        """Tell whether an object that was destroyed here had a version, so that the bucket hides it only."""
        return self._versions

    def mappable(self, sha256: str) -> None:
        """Return nothing: an object here is no file."""
        del sha256

    def destroy(self, sha256: str) -> bool:
        """Delete an object, for an erasure; tell whether it was here.

        Older versions that a versioned bucket keeps are not reached: see docs/how-to/team-server.md.
        """
        if not self.has(sha256):
            return False
        with self._reached():
            meta = obstore.head(self._store, self.key(sha256))
            self._versions = self._versions or meta["version"] not in {None, "null"}
            obstore.delete(self._store, self.key(sha256))
        return True

    def sweep(self) -> int:
        """Delete what a crash left half-stored; return how many. What is being stored meanwhile fails."""
        with self._reached():
            left = [found["path"] for page in obstore.list(self._store, prefix=INCOMING) for found in page]
            for key in left:
                obstore.delete(self._store, key)
        return len(left)

    def _keys(self) -> Iterator[str]:
        with self._reached():  # S3 lists keys in the order of their bytes
            for page in obstore.list(self._store):
                for found in page:
                    if not found["path"].startswith(INCOMING) and found["path"] != PROBE:
                        yield found["path"]

    def _is_object(self, key: str) -> bool:
        name = key.rpartition("/")[2]
        return bool(_NAME.match(name)) and key == self.key(name)


class _Ranges(io.RawIOBase):
    """An object read in ranges, so that memory does not grow with it and a broken link costs one range."""

    def __init__(self, store: S3ObjectStore, key: str, size: int) -> None:
        self._fetch, self._key, self._size, self._at = store.fetch, key, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readall(self) -> bytes:
        parts = []
        while self._at < self._size:  # the inherited one would ask for 8 KiB at a time
            end = min(self._size, self._at + PART)
            parts.append(self._fetch(self._key, self._at, end))
            self._at = end
        return b"".join(parts)

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - the signature of io.RawIOBase
        end = min(self._size, self._at + len(buffer))
        if self._at >= end:
            return 0
        data = self._fetch(self._key, self._at, end)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def _read_full(stream: BinaryIO, count: int) -> bytes:
    """Read exactly ``count`` bytes unless the stream ends before; a pipe gives less at a time."""
    parts = []
    while count and (data := stream.read(count)):
        parts.append(data)
        count -= len(data)
    return b"".join(parts)


def _hashed(stream: BinaryIO, digests: Digests) -> Iterator[bytes]:
    for data in chunks(stream):
        digests.update(data)
        yield data


def _expect(digests: Digests, sha256: str | None, size: int | None) -> None:
    if (sha256 and sha256 != digests.hex()) or (size is not None and size != digests.size):
        raise ObjectError(
            "mismatch",
            f"The bytes received ({digests.size} bytes, SHA-256 {digests.hex()}) are not the expected ones "
            f"({size if size is not None else 'any'} bytes, SHA-256 {sha256 or 'any'}).",
            "Nothing was stored. Fetch them again.",
        )


def _reason(error: BaseError) -> str:
    """Return what went wrong in a few words: the kind of failure and the status, never a key or a whole answer."""
    text = str(error)
    kinds = {
        "PermissionDeniedError": "access was denied",
        "UnauthenticatedError": "the keys were not accepted",
    }
    if known := kinds.get(type(error).__name__):
        return known
    if found := re.search(r"status code: (\d{3})|status: (\d{3})|(\d{3} [A-Z][a-z]+)", text):
        return f"it answered {next(part for part in found.groups() if part)}"
    if "timed out" in text or "Timeout" in text:
        return "it did not answer in time"
    return "the connection broke" if "error sending request" in text else type(error).__name__
