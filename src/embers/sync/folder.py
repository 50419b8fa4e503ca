"""A folder or bucket as the other side of an exchange: packages, pieces and receipts as plain named bytes.

```
case/<case id>                                        which case this is
log/<log>/<size>-<root>/head                          a head, written after the last of its packages
log/<log>/<size>-<root>/<start>-<half of its SHA-256> a package of that history, from entry <start> on
object/<sha256>                                       the pieces of an object, written after the last of them
chunk/<sha256>                                        a piece
wrap/<what it opens>.<key>/<half of its SHA-256>      a wrapped key
receipt/<log>/<size>-<half of its SHA-256>            a cosigned checkpoint
```
A package or piece that rotted on the stick is noticed when it is read, because its name says its digest; then its
head or manifest is removed, and the next person who holds the good bytes writes them again.

Nobody checks what is put here; who reads it checks everything. Nothing is ever overwritten, so any number of
people may carry, copy and merge such folders. Objects that were erased, and wrapped keys that were replaced, are
removed by the first copy that exchanges and knows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress

from embers.errors import EmbersError, SyncError
from embers.journal.canonical import decode, encode
from embers.objects.wraps import WrapName
from embers.sync.blobs import Blobs
from embers.sync.chunks import Manifest, read_manifest, require_chunk
from embers.sync.wire import Answer, Frontier, LogHead, note_place, read_head, read_package
from embers.sync.wrap_exchange import Wrapped, read_wrap_name, require_wrap, wrap_text


class FolderPeer:
    """The other side of an exchange, as far as it is a folder.

    ``contains`` tells whether the journal of the copy that exchanges begins with the history of a head: only then
    may a package go on from what the folder already holds.
    """

    def __init__(self, blobs: Blobs, *, case: str, contains: Callable[[LogHead], bool]) -> None:
        self._blobs = blobs
        self._case = case
        self._contains = contains
        self._heads: dict[tuple[str, str], LogHead] = {}

    @property
    def keeps_versions(self) -> bool:
        """Tell whether what is removed here stays readable to the owner of the place."""
        return self._blobs.keeps_versions

    def frontier(self) -> Frontier:
        """Return the heads in the folder; a damaged one is left out, it can be written again.

        An exchange begins with this. What is found is built upon from now on, so it is made durable first.
        """
        self._blobs.settle()
        cases = [name.removeprefix("case/") for name in self._blobs.names("case/")]
        if cases and self._case and cases != [self._case]:
            raise SyncError(
                "case", "The folder holds another case.", "Use a folder of its own for each case."
            )
        heads = []
        for name in self._blobs.names("log/"):
            if name.endswith("/head") and (head := self._head(name)):
                heads.append(head)
        self._heads = {(head.origin, head.root): head for head in heads}
        return Frontier(cases[0] if cases else "", tuple(heads))

    def _head(self, name: str) -> LogHead | None:
        try:
            return read_head(decode(self._blobs.get(name) or b""))
        except EmbersError:
            return None

    def package(self, head: LogHead, start: int) -> bytes | None:
        """Return the package of a history that holds an entry, or begins nearest before it."""
        name = next((name for place, name in reversed(self._packages(head)) if place <= start), None)
        if name is None:
            return None
        data = self._blobs.get(name) or b""
        if not name.endswith(_mark(data)):
            self._blobs.drop(f"{_folder(head)}/head")
            self._heads.pop((head.origin, head.root), None)
            raise SyncError(
                "rotten",
                f"Entries of {head.origin} in the folder are damaged.",
                "Exchange again with a good copy.",
            )
        return data

    def _packages(self, head: LogHead) -> list[tuple[int, str]]:
        tails = ((name.rpartition("/")[2], name) for name in self._blobs.names(_folder(head) + "/"))
        return sorted((int(tail[:16]), name) for tail, name in tails if tail[:16].isdigit())

    def asks(self, head: LogHead) -> Answer:
        """Say from which entry on this history is lacking here; read what is here, unless it is known to be whole."""
        if (head.origin, head.root) in self._heads:
            return Answer(head.size, done=True)
        packages = self._packages(head)
        end = packages[0][0] if packages else self._base(head)
        for start, name in packages:
            data = self._blobs.get(name) or b""
            if start == end and name.endswith(_mark(data)):
                end = read_package(data).end
        if end == head.size:  # only its head was missing
            self._finish(head)
        return Answer(end, done=end == head.size)

    def _base(self, head: LogHead) -> int:
        """Return the largest size that is whole here and belongs to the same history."""
        if not self._contains(head):
            return 0
        older = [h for h in self._heads.values() if h.origin == head.origin and h.size < head.size]
        return max((h.size for h in older if self._contains(h) and self._complete(h)), default=0)

    def _complete(self, head: LogHead) -> bool:
        """Tell whether a head here can be followed back to its log's first entry."""
        first = [start for start, _ in self._packages(head)[:1]]
        if (head.origin, head.root) not in self._heads or not first:
            return False
        before = (h for h in self._heads.values() if h.origin == head.origin and h.size == first[0])
        return first == [0] or any(self._complete(h) for h in before)

    def _finish(self, head: LogHead) -> None:
        self._blobs.put(f"{_folder(head)}/head", encode(head.to_json()))
        self._heads[head.origin, head.root] = head

    def take(self, data: bytes) -> Answer:
        """Keep a package, and the head it belongs to once its last entry is here."""
        package = read_package(data)
        head = package.head
        self._blobs.put(f"{_folder(head)}/{package.start:016d}-{_mark(data)}", data)
        if package.end == head.size:
            self._blobs.put(f"case/{package.case}", b"embers\n")
            self._finish(head)
        return Answer(package.end, done=package.end == head.size)

    def lacking(self, digests: Sequence[str]) -> list[str]:
        """Return the objects that are not in the folder."""
        return [sha256 for sha256 in digests if not self._blobs.has(f"object/{sha256}")]

    def manifest(self, sha256: str) -> Manifest | None:
        """Return the pieces of an object in the folder."""
        data = self._blobs.get(f"object/{sha256}")
        try:
            return None if data is None else read_manifest(data)
        except EmbersError:
            return None

    def chunk(self, manifest: Manifest, index: int) -> bytes | None:
        """Return one piece of an object; a rotten one is no piece."""
        name = manifest.chunks[index]
        data = self._blobs.get(f"chunk/{name}")
        if data is not None and hashlib.sha256(data).hexdigest() == name:
            return data
        self._blobs.drop(f"chunk/{name}")
        self._blobs.drop(f"object/{manifest.sha256}")
        return None

    def offer_object(self, manifest: Manifest) -> list[int]:
        """Return the missing pieces; when none is, say that the object is whole."""
        missing = [
            index for index, name in enumerate(manifest.chunks) if not self._blobs.has(f"chunk/{name}")
        ]
        if not missing:
            self._blobs.put(f"object/{manifest.sha256}", manifest.data())
        return missing

    def put_chunk(self, name: str, data: bytes) -> None:
        """Keep a piece."""
        require_chunk(name, data)
        self._blobs.put(f"chunk/{name}", data)

    def wraps(self) -> list[WrapName]:
        """Return the wrapped keys in the folder."""
        found = {name.split("/")[1] for name in self._blobs.names("wrap/")}
        names = []
        for text in sorted(found):
            with suppress(EmbersError):  # a file somebody put there
                names.append(read_wrap_name(text))
        return names

    def fetch_wraps(self, names: Sequence[WrapName]) -> list[Wrapped]:
        """Return those of these wrapped keys that are whole; a rotten one is removed."""
        found = []
        for name in names:
            for place in list(self._blobs.names(f"wrap/{wrap_text(name)}/")):
                data = self._blobs.get(place) or b""
                try:
                    require_wrap(name, data)
                except SyncError:
                    data = b""
                if place.endswith(_mark(data)):
                    found.append((name, data))
                    break
                self._blobs.drop(place)
        return found

    def take_wraps(self, wraps: Sequence[Wrapped]) -> int:
        """Keep wrapped keys."""
        for name, data in wraps:
            self._blobs.put(f"wrap/{wrap_text(name)}/{_mark(data)}", data)
        return len(wraps)

    def forget(self, wraps: Sequence[WrapName], objects: Sequence[str]) -> None:
        """Remove wrapped keys, and objects with their pieces."""
        for name in wraps:
            for place in list(self._blobs.names(f"wrap/{wrap_text(name)}/")):
                self._blobs.drop(place)
        for sha256 in objects:
            manifest = self.manifest(sha256)
            if manifest is not None:
                for piece in dict.fromkeys(manifest.chunks):
                    self._blobs.drop(f"chunk/{piece}")
                self._blobs.drop(f"object/{sha256}")

    def receipts(self) -> list[str]:
        """Return the receipts in the folder."""
        found = (self._blobs.get(name) for name in self._blobs.names("receipt/"))
        return [data.decode("utf-8", "replace") for data in found if data]

    def take_receipts(self, notes: Sequence[str]) -> None:
        """Keep receipts."""
        for note in notes:
            origin, size = note_place(note)
            self._blobs.put(f"receipt/{_tail(origin)}/{size:016d}-{_mark(note.encode())}", note.encode())


def _mark(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def _tail(origin: str) -> str:
    return origin.rpartition("/")[2]


def _folder(head: LogHead) -> str:
    return f"log/{_tail(head.origin)}/{head.size:016d}-{head.root}"
