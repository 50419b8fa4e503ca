"""Taking in much material at once: a card, an export, a folder of thousands. Durable step by step, and resumable.

Files are taken in chunks. Of each chunk the bytes are flushed first, then its acquisition sheet, then the signed
entries that name them; only then does the next chunk begin. What was recorded before an interruption is not read
again if its name, size and time of change are still the same, and the custody record says so.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from embers.actions.items import TOOL, ItemOrigin, custody, origin_assertions
from embers.actions.recorder import Act, Recorder
from embers.case_view import CaseView
from embers.custody import containers
from embers.custody.acquisition import Acquired, FoundFile, examine
from embers.custody.findings import Findings
from embers.custody.metadata import metadata_reader
from embers.custody.names import recorded_name
from embers.custody.preserved import preserved
from embers.custody.sheet import MEDIA, SheetRow, read_sheet, write_sheet
from embers.custody.source import Source, look_at_source
from embers.custody.stated_digests import Comparison, StatedList, compare
from embers.errors import CustodyError
from embers.ids import new_subject
from embers.journal.assertion import Assertion, JsonValue
from embers.journal.entry import MAX_BYTES, ObjectRef
from embers.objects.batch import Batch

#: A chunk ends at so many files or bytes, whichever comes first; an interruption repeats at most one chunk.
CHUNK_FILES = 1000
CHUNK_BYTES = 512 * 1024 * 1024
#: Warnings put into the journal; the others stand in the sheets.
MOST_WARNINGS = 50
#: Files named in one sentence.
MOST_NAMED = 5
#: What may happen to one file of many while the others are taken in.
_UNREAD = ("custody.unreadable", "custody.not-there", "custody.not-a-file")
#: Room left in an entry for what is not assertions.
_ENTRY_ROOM = MAX_BYTES - 8_000


@dataclass(frozen=True, slots=True)
class SourceDetails:
    """What a person says of the source. All of it may be empty; device, account and holders go into the sheet only.

    ``clock_offset_s``: seconds the source's clock was ahead of a clock known to be right. ``source_kept``: whether the
    owner keeps the original.
    """

    kind: str = ""
    device: str = ""
    account: str = ""
    first_holder: str = ""
    prior_copies: str = ""
    clock_offset_s: int | None = None
    source_kept: bool | None = None

    def for_sheet(self) -> dict[str, str]:
        """Return the parts that can lead to a person."""
        named = [("device", self.device), ("account", self.account)]
        named += [("first_holder", self.first_holder), ("prior_copies", self.prior_copies)]
        return {name: value for name, value in named if value}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an acquisition is: files and bytes done, of how many."""

    files: int
    of_files: int
    bytes: int
    of_bytes: int


@dataclass(frozen=True, slots=True)
class Known:
    """What the case holds already: items by SHA-256 of an original, and digests by file name."""

    items: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An acquisition that was interrupted: the item, and the rows of its sheets by recorded file name."""

    item: str
    files: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Looking:
    """What is looked at beside the bytes: metadata, whether files open, content credentials, members of archives."""

    metadata: bool = True
    opens: bool = True
    credentials: bool = True
    members: bool = True

    @classmethod
    def nothing(cls) -> Looking:
        """Return the choice to preserve bytes only; it can be looked at later."""
        return cls(metadata=False, opens=False, credentials=False, members=False)


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What an acquisition recorded: the item, its files and bytes, how many were recorded before, what looked odd."""

    item: str
    kind: str
    files: int
    bytes: int
    before: int
    entries: int
    warnings: tuple[str, ...]
    sha256: str


@runtime_checkable
class _Batching(Protocol):
    def batch(self) -> Any:  # noqa: ANN401 - a context manager of Batch
        """Give a batch."""
        ...


@dataclass(slots=True)
class _Work:
    """One acquisition under way."""

    recorder: Recorder
    source: Source
    item: str
    origin: ItemOrigin
    details: SourceDetails
    look: Looking
    known: Known
    before: Mapping[str, Mapping[str, Any]]
    findings: Findings
    digests: dict[str, dict[str, str]] = field(default_factory=dict)
    entries: int = 0
    begun: bool = False
    kept: int = 0
    first: str = ""
    unread: dict[str, str] = field(default_factory=dict)

    @property
    def files(self) -> int:
        """Files taken in: those of the source that could be read."""
        return len(self.source.walk.files) - len(self.unread)

    @property
    def bytes(self) -> int:
        """Bytes of the files taken in, as the source states them."""
        return sum(file.size for file in self.source.walk.files if file.name not in self.unread)

    def say(self, predicate: str, value: JsonValue) -> Assertion:
        """Draft an assertion about the item."""
        return self.recorder.new_assertion(self.item, predicate, value)


def find_unfinished(view: CaseView, source: Source, recorder: Recorder) -> Unfinished | None:
    """Return the interrupted acquisition of the same material, if there is one."""
    for record in view.kind("item").values():
        states = [value for value in record.values("item-acquisition") if value["listing"] == source.listing]
        if states and all(value["state"] == "begun" for value in states):
            return Unfinished(record.id, _recorded(record.values("item-sheet"), recorder))
    return None


def _recorded(sheets: Iterable[Mapping[str, Any]], recorder: Recorder) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for sheet in sheets:
        with recorder.objects.open(sheet["sha256"]) as handle:
            rows = read_sheet(handle)
            next(rows)
            found |= {row["name"]: row for row in rows}
    return found


def acquire(
    recorder: Recorder,
    path: Path,
    origin: ItemOrigin,
    *,
    details: SourceDetails | None = None,
    look: Looking | None = None,
    known: Known | None = None,
    view: CaseView | None = None,
    leave_out_unreadable: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
) -> TakenIn:
    """Take in a file or folder as one item and record it; it is on stable storage when this returns.

    With ``view`` an interrupted acquisition of the same material is continued. The source is only read. Files that
    cannot be read are refused as ``custody.unreadable`` after all others were recorded, so that it can be continued;
    with ``leave_out_unreadable`` the acquisition is finished without them and names them.
    """
    source = look_at_source(path, recorder.surroundings)
    if source.walk.unreadable and not leave_out_unreadable:
        raise _unreadable(source.walk.unreadable, "folders", "Nothing was taken in.")
    unfinished = find_unfinished(view, source, recorder) if view is not None else None
    item = unfinished.item if unfinished else new_subject("item", recorder.surroundings.randomness)
    work = _Work(
        recorder,
        source,
        item,
        origin,
        details or SourceDetails(),
        look or Looking(),
        known or Known(),
        unfinished.files if unfinished else {},
        Findings(source.single),
        begun=unfinished is not None,
    )
    files = [file for file in source.walk.files if not _kept(work, file)]
    total = source.bytes
    done = total - sum(file.size for file in files)
    work.kept = len(source.walk.files) - len(files)
    count = work.kept
    chunks = list(_chunks(files))
    for number, chunk in enumerate(chunks, start=1):
        _take(work, chunk, last=number == len(chunks), leave_out=leave_out_unreadable)
        count += len(chunk)
        done += sum(file.size for file in chunk)
        progress(Progress(count, len(source.walk.files), done, total))
    if not chunks:
        _record(work, [], [], last=True)
    if work.unread and not leave_out_unreadable:
        raise _unreadable(list(work.unread.values()), "files", "What could be read is recorded.")
    return TakenIn(
        item,
        _kind(work),
        work.files,
        work.bytes,
        work.kept,
        work.entries,
        tuple(work.findings.warnings),
        work.first,
    )


def _unreadable(which: Sequence[str], what: str, so_far: str) -> CustodyError:
    shown = "; ".join(which[:MOST_NAMED]) + (
        f"; and {len(which) - MOST_NAMED} more" if len(which) > MOST_NAMED else ""
    )
    return CustodyError(
        "unreadable",
        f"Of the material, {len(which)} {what} could not be read: {shown}. {so_far}",
        "Do the same again when they can be read, or with --leave-out-unreadable to finish without them.",
    )


def _kept(work: _Work, file: FoundFile) -> bool:
    """Tell whether a file was recorded before an interruption and looks the same now; what was found of it counts."""
    row = work.before.get(file.name)
    if row is None or (row["size"], row["modified_ns"]) != (file.size, file.modified_ns):
        return False
    work.digests.setdefault(file.name, {"sha256": row["sha256"]})
    work.first = work.first or row["sha256"]
    work.findings.recall(file.name, row)
    return True


def _chunks(files: Sequence[FoundFile]) -> Iterator[list[FoundFile]]:
    chunk: list[FoundFile] = []
    size = 0
    for file in files:
        chunk.append(file)
        size += file.size
        if len(chunk) == CHUNK_FILES or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _take(work: _Work, chunk: Sequence[FoundFile], *, last: bool, leave_out: bool) -> None:
    """Preserve, look at and record one chunk; with files unread that are not to be left out, close nothing."""
    objects = work.recorder.objects
    with ExitStack() as stack:
        batch: Batch | None = None
        if isinstance(objects, _Batching) and len(chunk) > 1:
            batch = stack.enter_context(objects.batch())
        acquired = [(file, got) for file in chunk if (got := _examine(work, file, batch))]
        if batch is not None:
            batch.commit()
    last = last and (leave_out or not work.unread)
    if not acquired and last and not work.begun:
        raise _unreadable(_unread(work), "files", "Nothing was taken in.")
    if not acquired and not last:
        return
    rows = _looked_at(work, [SheetRow(file.name, got, file.modified_ns) for file, got in acquired])
    for row in rows:
        if not work.first:
            work.first = row.acquired.sha256
        for text in row.acquired.warnings:
            work.findings.warn(row.name, text)
    passed_over = {"left_out": list(work.source.walk.left_out), "unread": _unread(work)}
    said_of_source = work.details.for_sheet() | {name: some for name, some in passed_over.items() if some}
    sheet = write_sheet(work.item, said_of_source, rows)
    stored = objects.put(io.BytesIO(sheet))
    said = [work.say("item-object", _object_value(row)) for row in rows]
    refs = [ObjectRef(row.acquired.sha256, row.acquired.size, row.acquired.media) for row in rows]
    tool = next((row.found["metadata_tool"] for row in rows if "metadata_tool" in row.found), "not read")
    said.append(work.say("item-sheet", {"sha256": stored.sha256, "files": len(rows), "metadata": tool}))
    refs.append(ObjectRef(stored.sha256, stored.size, MEDIA))
    _record(work, said, refs, last=last)


def _examine(work: _Work, file: FoundFile, batch: Batch | None) -> Acquired | None:
    """Preserve one file; nothing if it is one of several and cannot be read, or is gone since it was listed."""
    store = work.recorder.objects if batch is None else batch
    stated = work.source.stated(file.name)
    try:
        got = examine(file.path, work.recorder.surroundings, store, name=file.name, given=stated)
    except CustodyError as fault:
        if work.source.single or fault.code not in _UNREAD:
            raise
        work.unread[file.name] = fault.message.rstrip(".")
        return None
    work.digests[file.name] = {"sha256": got.sha256, **{one.algorithm: one.found for one in got.given}}
    warnings = [*file.odd, *got.warnings]
    held = work.known.items.get(got.sha256)
    if held and not got.fresh:
        warnings = [text for text in warnings if not text.startswith("The same bytes")]
        warnings.append(f"The same bytes are held as {held}.")
    other = work.known.names.get(file.name.rpartition("/")[2])
    if other and other != got.sha256:
        warnings.append("The case holds other bytes under the same name; both are kept.")
    return got if tuple(warnings) == got.warnings else replace(got, warnings=tuple(warnings))


def _object_value(row: SheetRow) -> JsonValue:
    got = row.acquired
    return {
        "sha256": got.sha256,
        "size": got.size,
        "media": got.media,
        "role": "original",
        "name": row.name,
    }


def _looked_at(work: _Work, rows: Sequence[SheetRow]) -> list[SheetRow]:
    """Look into the preserved bytes: never into the source, whose names and bytes are somebody else's."""
    found: list[dict[str, Any]] = [{} for _ in rows]
    things = [preserved(work.recorder.objects, row.acquired.sha256, row.acquired.media) for row in rows]
    if work.look.metadata:
        with metadata_reader() as reader:
            for one, read in zip(found, reader.read(things), strict=True):
                one["metadata_tool"] = reader.tool
                one["metadata"] = read.tags
                one["metadata_problem"] = read.problem
    for row, one, thing in zip(rows, found, things, strict=True):
        if work.look.opens:
            one.update(work.findings.open(row.name, thing))
        if work.look.credentials:
            one.update(work.findings.read_credentials(thing))
        if work.look.members:
            one.update(work.findings.list_members(row.name, thing))
    return [replace(row, found=one) if one else row for row, one in zip(rows, found, strict=True)]


def _record(work: _Work, said: Sequence[Assertion], refs: Sequence[ObjectRef], *, last: bool) -> None:
    """Sign and append the entries of one chunk, all of them or none."""
    first = [] if work.begun else origin_assertions(work.recorder, work.item, work.origin)
    if not last and not work.begun:
        first.append(work.say("item-acquisition", _acquisition(work, "begun")))
    work.begun = True
    every = [*first, *said, *(_closing(work) if last else ())]
    acts = list(_acts(every, refs, reason=work.origin.method))
    work.entries += len(work.recorder.record_all(acts))


def _acts(said: Sequence[Assertion], refs: Sequence[ObjectRef], *, reason: str) -> Iterator[Act]:
    """Pack assertions, and the objects they name, into as few acts as fit into entries."""
    by_digest = {ref.sha256: ref for ref in refs}
    assertions: list[Assertion] = []
    cited: dict[str, ObjectRef] = {}
    size = 0
    for one in said:
        digest = one.value.get("sha256") if isinstance(one.value, dict) else None
        ref = by_digest.get(digest) if isinstance(digest, str) else None
        weight = len(json.dumps(one.to_json(), ensure_ascii=False).encode())
        weight += len(json.dumps(ref.to_json())) if ref and ref.sha256 not in cited else 0
        if assertions and size + weight > _ENTRY_ROOM:
            yield Act("item.acquire", tuple(assertions), tuple(cited.values()), reason=reason)
            assertions, cited, size = [], {}, 0
        assertions.append(one)
        if ref is not None:
            cited[ref.sha256] = ref
        size += weight
    yield Act("item.acquire", tuple(assertions), tuple(cited.values()), reason=reason)


def _kind(work: _Work) -> str:
    if work.details.kind:
        return work.details.kind
    inside = work.findings.form()
    return inside.kind if inside and inside.kind != "folder" else work.source.form.kind


def _acquisition(work: _Work, state: str) -> JsonValue:
    value: dict[str, JsonValue] = {
        "kind": _kind(work),
        "state": state,
        "method": work.origin.method,
        "files": work.files,
        "bytes": work.bytes,
        "listing": work.source.listing,
        "tool": TOOL,
    }
    optional = {
        "form": _form(work),
        "clock_offset_s": work.details.clock_offset_s,
        "source_kept": work.details.source_kept,
    }
    return value | {name: part for name, part in optional.items() if part is not None and part != ""}


def _form(work: _Work) -> str:
    return (work.findings.form() or work.source.form).form


def _closing(work: _Work) -> list[Assertion]:
    """Return what is said once, when everything is in: totals, comparisons, warnings, custody."""
    comparisons = [compare(one, work.digests) for one in work.source.lists if _comparable(work, one)]
    # What concerns the whole comes first: of many warnings the last stand in the sheets only.
    whole = [f"Left out, it could not be read: {text}." for text in _unread(work)]
    whole += [f"{one.name}: {one.detail}" for one in comparisons if one.outcome != "matches"]
    whole += [f"Left out: {text}" for text in work.source.walk.left_out]
    whole += list(work.source.form.notes) + _chat_notes(work)
    said = [work.say("item-acquisition", _acquisition(work, "finished"))]
    said += [_check(work, one) for one in comparisons]
    said += [work.say(predicate, value) for predicate, value in work.findings.values()]
    warnings = work.findings.warnings = [*whole, *work.findings.warnings]
    said += [work.say("item-warning", text) for text in warnings[:MOST_WARNINGS]]
    if (more := len(warnings) - MOST_WARNINGS) > 0:
        said.append(work.say("item-warning", f"{more} further warnings stand in the acquisition sheets."))
    said.append(custody(work.recorder, work.item, step="receive", premis="ingestion", detail=_received(work)))
    return said


def _unread(work: _Work) -> list[str]:
    return [*work.source.walk.unreadable, *work.unread.values()]


def _comparable(work: _Work, stated: StatedList) -> bool:
    """A list of a kind of digest that was found only where it was asked for: after a resume, compare what was read."""
    algorithms = {algorithm for digests in stated.digests.values() for algorithm in digests}
    return work.kept == 0 or algorithms <= {"sha256"}


def _check(work: _Work, one: Comparison) -> Assertion:
    value = {"what": f"digests stated in {one.name}", "outcome": one.outcome, "detail": one.detail}
    return work.say("item-check", value)


def _chat_notes(work: _Work) -> list[str]:
    """Count the messages of a chat, and the media it names that the export left out."""
    if not work.source.single:
        names = {file.name: file.path for file in work.source.walk.files}
        chat = containers.chat_name(work.source.form, names)
        if chat is None or chat not in work.digests:
            return []
        with work.recorder.objects.open(work.digests[chat]["sha256"]) as handle:
            return list(containers.notes_of_chat(work.source.form, handle))
    if (form := work.findings.form()) is None:
        return []
    readable = [member.name for member in work.findings.members[0][1] if member.sha256]
    if (chat := containers.chat_name(form, readable)) is None:
        return []
    with work.recorder.objects.open(work.first) as handle, zipfile.ZipFile(handle) as archive:
        inner = next((info for info in archive.infolist() if recorded_name(info.filename)[0] == chat), None)
        if inner is None:
            return []
        with archive.open(inner) as stream:
            return list(containers.notes_of_chat(form, stream))


def _received(work: _Work) -> str:
    name = recorded_name(work.source.root.name)[0]
    if work.source.single:
        return f"Taken in from a file named {name!r} of {work.bytes} bytes by {work.origin.method}."
    text = f"Taken in from a folder named {name!r}: {work.files} files, {work.bytes} bytes, by {work.origin.method}."
    if unread := _unread(work):
        text += f" {len(unread)} files or folders in it could not be read and were left out."
    if work.kept:
        text += (
            f" It was interrupted and continued: {work.kept} files recorded before were not read again; "
            "their names, sizes and times of change were the same."
        )
    return text


def known_material(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> Known:
    """Return what a case holds from (item, ``item-object`` value) pairs."""
    items: dict[str, str] = {}
    names: dict[str, str] = {}
    for item, value in rows:
        items.setdefault(value["sha256"], item)
        names.setdefault(str(value["name"]).rpartition("/")[2], value["sha256"])
    return Known(items, names)


def known_of(view: CaseView) -> Known:
    """Return what a case holds."""
    return known_material(
        (record.id, value) for record in view.kind("item").values() for value in record.values("item-object")
    )
