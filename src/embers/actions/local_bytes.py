"""Giving up bytes on this device once keepers of two different operators have confirmed that they hold them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from embers.actions.case_folder import CaseFolder
from embers.actions.recorder import Act, Recorder
from embers.actions.sync import COSIGNERS, open_state
from embers.custody.hold import holds_on
from embers.errors import ActionError, SyncError
from embers.projections.view import ProjectedCase
from embers.sync.safety import OPERATORS, SafeObjects, safe_objects
from embers.sync.state import SyncState

#: Objects named in one entry: an entry holds at most 65,535 bytes.
_NAMED = 500


@dataclass(frozen=True, slots=True)
class GivenUp:
    """What was given up here, what stays because a legal hold keeps it, and what stays because it is not yet safe."""

    objects: tuple[str, ...]
    bytes: int
    held: int
    unsafe: int


def give_up(recorder: Recorder, folder: CaseFolder, chosen: Sequence[str] = ()) -> GivenUp:
    """Destroy here the bytes that keepers of two operators hold: those ``chosen``, or all of them.

    The entry that says so is signed first; cut off after it, the call is simply repeated. A chosen object that is not
    safe is refused, and so is every object on a keeper: its receipts say that the bytes are there.
    """
    if folder.keyring().has_named(COSIGNERS, "mirror"):
        raise ActionError(
            "keeper",
            "This copy is a keeper: its receipts promise others that the bytes are here.",
            "Give up bytes on a laptop, not at the office.",
        )
    state = open_state(folder)
    try:
        found = safe_objects(recorder.journal, state, folder.objects())
        _require_safe(chosen, found)
        view = ProjectedCase(folder.projection())
        wanted = {sha256: size for sha256, size in found.safe.items() if not chosen or sha256 in chosen}
        held = {sha256 for sha256 in wanted if holds_on(view, [sha256])}
        ready = {sha256: size for sha256, size in wanted.items() if sha256 not in held}
        for part in _parts(sorted(ready)):
            _give_up(recorder, folder, state, part)
    finally:
        state.close()
    return GivenUp(tuple(sorted(ready)), sum(ready.values()), len(held), len(found.unsafe))


def _require_safe(chosen: Sequence[str], found: SafeObjects) -> None:
    for sha256 in chosen:
        if sha256 in found.unsafe:
            raise SyncError(
                "not-safe",
                f"The object {sha256} is not confirmed by keepers of {OPERATORS} different operators.",
                "Exchange with both keepers first; `embers sync status` says what is safe.",
            )
        if sha256 not in found.safe:
            raise SyncError("no-object", f"There is no object {sha256} here.", "See `embers show`.")


def _give_up(recorder: Recorder, folder: CaseFolder, state: SyncState, objects: Sequence[str]) -> None:
    journal = recorder.journal
    origin = journal.own_origin()
    value = {"log": origin, "objects": list(objects)}
    said = recorder.new_assertion(journal.roster().devices[origin], "bytes-given-up", value)
    reason = f"Keepers of {OPERATORS} different operators have confirmed that they hold these bytes."
    recorder.record(Act("bytes.give-up", (said,), reason=reason))
    with state.transaction():
        for sha256 in objects:
            state.note_bytes(sha256, "released")
    store = folder.objects()
    for sha256 in objects:
        store.destroy(sha256)


def _parts(objects: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(objects), _NAMED):
        yield objects[start : start + _NAMED]
