"""Taking in material as items: the bytes first, then one signed entry with digests and custody."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from embers.actions.recorder import Act, Recorder, filled
from embers.custody.acquisition import Acquired, examine, walk_folder
from embers.custody.names import recorded_name
from embers.errors import ActionError
from embers.ids import new_subject
from embers.journal.assertion import Assertion, Basis, JsonValue
from embers.journal.entry import ObjectRef
from embers.objects.digest import CHUNK, Digests, expect
from embers.objects.store import Stored

TOOL = "embers acquisition"


@dataclass(frozen=True, slots=True)
class ItemOrigin:
    """Where an item came from, in the words of the person who took it in."""

    title: str
    source: str
    method: str
    licence: str = ""
    attribution: str = ""


@dataclass(frozen=True, slots=True)
class NewItem:
    """The act that records an item, and the item's id."""

    id: str
    act: Act
    acquired: Acquired


def acquire_file(recorder: Recorder, path: Path, origin: ItemOrigin, *, item: str | None = None) -> NewItem:
    """Store a file's bytes and draft the entry that makes them an item with custody.

    The bytes are on stable storage before the entry can be signed. The file itself is not touched.
    """
    return _acquired(recorder, examine(path, recorder.surroundings, recorder.objects), origin, item)


def _acquired(recorder: Recorder, acquired: Acquired, origin: ItemOrigin, item: str | None) -> NewItem:
    subject = item or new_subject("item", recorder.surroundings.randomness)
    said = origin_assertions(recorder, subject, origin)
    said.append(_object(recorder, subject, acquired, role="original"))
    said += [recorder.new_assertion(subject, "item-warning", text) for text in acquired.warnings]
    said.append(
        custody(
            recorder,
            subject,
            step="receive",
            premis="ingestion",
            detail=f"Taken in from a file named {acquired.name!r} of {acquired.size} bytes by {origin.method}.",
        )
    )
    ref = ObjectRef(acquired.sha256, acquired.size, acquired.media)
    return NewItem(subject, Act("item.acquire", tuple(said), (ref,), reason=origin.method), acquired)


@dataclass(frozen=True, slots=True)
class _Kept:
    """Bytes that are stored already, read once more to be described; ``fresh`` says whether they were new then."""

    sha256: str
    fresh: bool

    def put(self, stream: BinaryIO, *, also: Sequence[str] = ()) -> Stored:
        """Read a stream to its end and compare it with the digest it is stored under."""
        digests = Digests(("sha256", *also))
        while data := stream.read(CHUNK):
            digests.update(data)
        expect(digests, self.sha256, None)
        return Stored(self.sha256, digests.size, tuple(digests.all().items()), self.fresh)


def acquire_stored(
    recorder: Recorder, sha256: str, origin: ItemOrigin, *, name: str, fresh: bool, item: str | None = None
) -> NewItem:
    """Draft the entry that makes bytes which are stored already an item, with ``name`` as that of their file."""
    with recorder.objects.open(sha256) as stream:
        acquired = examine(
            stream,
            recorder.surroundings,
            _Kept(sha256, fresh),
            name=name,
            given={"sha256": sha256},
        )
    return _acquired(recorder, acquired, origin, item)


def derive_item(
    recorder: Recorder,
    data: bytes,
    *,
    name: str,
    media: str,
    title: str,
    parents: Sequence[str],
    tool: str,
    version: str,
    parameters: str,
    item: str | None = None,
) -> tuple[str, Act]:
    """Store a derivative and draft the entry that links it to every parent with tool and parameters."""
    stored = recorder.objects.put(io.BytesIO(data))
    subject = item or new_subject("item", recorder.surroundings.randomness)
    said = [
        recorder.new_assertion(subject, "item-title", {"text": title, "lang": "en"}),
        recorder.new_assertion(
            subject,
            "item-object",
            {"sha256": stored.sha256, "size": stored.size, "media": media, "role": "derived", "name": name},
        ),
        *(
            recorder.new_assertion(
                subject,
                "derived-from",
                {"item": parent, "tool": tool, "version": version, "parameters": parameters},
                basis=[Basis(item=parent, source=None)],
            )
            for parent in parents
        ),
        custody(
            recorder,
            subject,
            step="derive",
            premis="creation",
            detail=f"Made from {len(parents)} items by {tool} {version}; the parents are unchanged.",
        ),
    ]
    ref = ObjectRef(stored.sha256, stored.size, media)
    return subject, Act("item.derive", tuple(said), (ref,), reason=f"{tool} {version}")


def record_check(recorder: Recorder, item: str, *, what: str, outcome: str, detail: str) -> Act:
    """Record the outcome of checking an item against its maker's own manifest."""
    return Act(
        "item.check",
        (
            recorder.new_assertion(
                item,
                "item-check",
                {"what": what, "outcome": outcome, "detail": detail},
                basis=[Basis(item=item, source=None)],
            ),
            custody(recorder, item, step="check", premis="fixity check", detail=f"{what}: {outcome}."),
        ),
        reason=what,
    )


def custody(recorder: Recorder, item: str, *, step: str, premis: str, detail: str) -> Assertion:
    """Draft one custody event of an item."""
    return recorder.new_assertion(
        item,
        "custody-event",
        {"step": step, "premis": premis, "by": recorder.role, "detail": detail, "tool": TOOL},
    )


def acquire_folder(
    recorder: Recorder, folder: Path, origin: ItemOrigin, *, item: str | None = None
) -> NewItem:
    """Store every file of a folder and draft the entry that makes them one item, such as an image product."""
    walk = walk_folder(folder, recorder.surroundings)
    if walk.unreadable:
        raise ActionError(
            "unreadable",
            f"{len(walk.unreadable)} folders in the material cannot be read: {'; '.join(walk.unreadable)}.",
            "Nothing was taken in. Make them readable, then do it again.",
        )
    if not walk.files:
        raise ActionError("empty-folder", f"{folder} holds no file.", "Give a folder with material.")
    found = [
        (file, examine(file.path, recorder.surroundings, recorder.objects, name=file.name))
        for file in walk.files
    ]
    subject = item or new_subject("item", recorder.surroundings.randomness)
    said = origin_assertions(recorder, subject, origin)
    for file, acquired in found:
        said.append(_object(recorder, subject, acquired, role="original"))
        warnings = (*file.odd, *acquired.warnings)
        said += [recorder.new_assertion(subject, "item-warning", f"{file.name}: {w}") for w in warnings]
    said += [recorder.new_assertion(subject, "item-warning", f"Left out: {text}") for text in walk.left_out]
    size = sum(acquired.size for _, acquired in found)
    named = recorded_name(folder.name)[0]
    detail = f"Taken in from a folder named {named!r}: {len(found)} files, {size} bytes, by {origin.method}."
    said.append(custody(recorder, subject, step="receive", premis="ingestion", detail=detail))
    refs = dict.fromkeys(ObjectRef(a.sha256, a.size, a.media) for _, a in found)
    act = Act("item.acquire", tuple(said), tuple(refs), reason=origin.method)
    return NewItem(subject, act, found[0][1])


def origin_assertions(recorder: Recorder, subject: str, origin: ItemOrigin) -> list[Assertion]:
    """Draft what an item's title and origin are."""
    return [
        recorder.new_assertion(subject, "item-title", {"text": origin.title, "lang": "en"}),
        recorder.new_assertion(
            subject,
            "item-origin",
            filled(
                source=origin.source,
                method=origin.method,
                licence=origin.licence,
                attribution=origin.attribution,
            ),
        ),
    ]


def _object(recorder: Recorder, subject: str, acquired: Acquired, *, role: str) -> Assertion:
    value: JsonValue = {
        "sha256": acquired.sha256,
        "size": acquired.size,
        "media": acquired.media,
        "role": role,
        "name": acquired.name,
    }
    return recorder.new_assertion(subject, "item-object", value)
