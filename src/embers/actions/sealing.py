"""Sealing content so that only a compartment's members can open it, and opening it with a trace.

The data key lives for one call. The laptop that seals keeps the ciphertext and a wrap it cannot open.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from embers.actions.compartments import compartment_key
from embers.actions.items import custody
from embers.actions.recorder import Act, Recorder
from embers.case_view import CaseView
from embers.custody.compartment import Compartment
from embers.custody.media import HEAD, recognise
from embers.custody.names import recorded_name
from embers.errors import ActionError, ObjectError
from embers.ids import new_subject
from embers.journal.assertion import Assertion
from embers.journal.entry import read_entry, sealed_ref
from embers.journal.erasure import erased_objects
from embers.objects.age_key import AgeIdentity
from embers.objects.sealed import Label, Opened, Sealed, seal_into, unseal
from embers.objects.wraps import WrapFolder, WrapName

#: Letters and at least one digit; people's names have none.
_CODE = re.compile(r"(?=.*[0-9])[A-Z0-9][A-Z0-9-]{1,19}\Z")


@dataclass(frozen=True, slots=True)
class SealedThing:
    """What was sealed, on which subject, and the act to record."""

    subject: str
    sealed: Sealed
    act: Act


def seal_content(
    recorder: Recorder, wraps: WrapFolder, content: BinaryIO, label: Label, to: Sequence[Compartment]
) -> Sealed:
    """Store a stream sealed, with its data key wrapped to every compartment in ``to``; then drop the key.

    No plaintext is written. The wrap is stored before the ciphertext is named anywhere.
    """
    if not to:
        raise ActionError("no-compartment", "Nobody could open the sealed content.", "Name a compartment.")
    key = AgeIdentity.fresh(recorder.surroundings.randomness)
    sealed = seal_into(
        recorder.objects, content, label, data_key=key, randomness=recorder.surroundings.randomness
    )
    wraps.put_all(
        (WrapName(sealed.sha256, one.newest.name), key.wrap_for(one.newest.recipient)) for one in to
    )
    return sealed


def seal_sheet(
    recorder: Recorder,
    wraps: WrapFolder,
    sheet: bytes,
    *,
    subject: str,
    to: Sequence[Compartment],
    predicate: str = "identity-sheet",
    media: str = "text/plain",
    also: Sequence[Assertion] = (),
) -> SealedThing:
    """Seal an identity sheet, or other protected text, to the office and draft the entry that points to it."""
    sealed = seal_content(recorder, wraps, io.BytesIO(sheet), Label(media, predicate), to)
    said = recorder.new_assertion(subject, predicate, {"sealed": sealed.sha256})
    ref = sealed_ref(sealed.sha256, sealed.size, sealed.commitment)
    return SealedThing(subject, sealed, Act("identity.seal", (*also, said), (ref,), reason=_reason(to)))


def coded_person(recorder: Recorder, view: CaseView, code: str) -> tuple[str, list[Assertion]]:
    """Return the person a code stands for, and what to say if the code is new. A code is never a name."""
    for id, record in view.kind("person").items():
        if record.text("person-code") == code:
            return id, []
    if not _CODE.match(code):
        raise ActionError(
            "person-code",
            f"{code!r} does not look like a code.",
            "Use capital letters and digits, such as W-017.",
        )
    subject = new_subject("person", recorder.surroundings.randomness)
    return subject, [recorder.new_assertion(subject, "person-code", code)]


def seal_item(
    recorder: Recorder, wraps: WrapFolder, path: Path, *, title: str, source: str, to: Sequence[Compartment]
) -> SealedThing:
    """Take in a file as a sealed item. Its name, type and digest go inside; title and source are readable."""
    subject = new_subject("item", recorder.surroundings.randomness)
    sealed, said = _sealed_object(recorder, wraps, path, subject, role="original", to=to)
    said = [
        recorder.new_assertion(subject, "item-title", {"text": title, "lang": "en"}),
        recorder.new_assertion(subject, "item-origin", {"source": source, "method": "sealed at intake"}),
        *said,
        custody(
            recorder, subject, step="receive", premis="ingestion", detail="Taken in and sealed in one step."
        ),
        custody(recorder, subject, step="seal", premis="encryption", detail=_reason(to)),
    ]
    ref = sealed_ref(sealed.sha256, sealed.size, sealed.commitment)
    return SealedThing(subject, sealed, Act("item.seal", tuple(said), (ref,), reason=_reason(to)))


def add_sealed_copy(
    recorder: Recorder, wraps: WrapFolder, path: Path, *, item: str, role: str, to: Sequence[Compartment]
) -> SealedThing:
    """Add a working copy or redaction of a sealed item, sealed to a compartment of its own."""
    sealed, said = _sealed_object(recorder, wraps, path, item, role=role, to=to)
    said.append(
        custody(
            recorder, item, step="derive", premis="creation", detail=f"A {role} was sealed. {_reason(to)}"
        )
    )
    ref = sealed_ref(sealed.sha256, sealed.size, sealed.commitment)
    return SealedThing(item, sealed, Act("item.copy", tuple(said), (ref,), reason=_reason(to)))


def _sealed_object(
    recorder: Recorder, wraps: WrapFolder, path: Path, subject: str, *, role: str, to: Sequence[Compartment]
) -> tuple[Sealed, list[Assertion]]:
    with recorder.surroundings.disk.read(path) as content:
        name = recorded_name(path.name)[0]
        media = recognise(content.read(HEAD), name).media
        content.seek(0)
        sealed = seal_content(recorder, wraps, content, Label(media, name), to)
    value = {"sha256": sealed.sha256, "size": sealed.size, "role": role}
    return sealed, [recorder.new_assertion(subject, "item-sealed", value)]


def open_sealed(
    recorder: Recorder,
    wraps: WrapFolder,
    sha256: str,
    *,
    own: AgeIdentity,
    purpose: str,
    write: Callable[[bytes], Any],
) -> Opened:
    """Record who opens what for which purpose, then decrypt into ``write``. No entry, no content."""
    subject, commitment = _introduced(recorder, sha256)
    key = data_key(wraps, sha256, own)
    if not purpose.strip():
        raise ActionError("purpose", "Sealed content is opened for a purpose.", "Say which, in a few words.")
    said = recorder.new_assertion(subject, "sealed-access", {"object": sha256, "purpose": purpose})
    recorder.record(Act("sealed.open", (said,), reason=purpose))
    with recorder.objects.open(sha256) as stream:
        return unseal(stream, commitment, data_key=key, write=write)


def data_key(wraps: WrapFolder, sha256: str, own: AgeIdentity) -> AgeIdentity:
    """Return the data key of a sealed object by way of a compartment ``own`` opens; refuse others."""
    for name in wraps.of_object(sha256):
        opener = compartment_key(wraps, name.key, own)
        wrapped = wraps.get(name)
        if opener is not None and wrapped is not None:
            return opener.unwrap(wrapped)
    raise ObjectError(
        "no-wrap",
        f"The sealed object {sha256} does not open with your key.",
        "It is sealed to a compartment you are no member of, or its keys are not on this computer.",
    )


def _introduced(recorder: Recorder, sha256: str) -> tuple[str, str]:
    """Return the subject a sealed object belongs to and the commitment its entry holds."""
    if erased := erased_objects(recorder.journal.store).get(sha256):
        raise ActionError(
            "erased",
            f"The object {sha256} was erased by entry {erased.entry} on the ground {erased.value['ground']}.",
            "Nobody can open it any more.",
        )
    wanted = sha256.encode()
    for stored in recorder.journal.store.entries():
        if wanted not in stored.raw:  # far quicker than reading every entry
            continue
        signed = read_entry(stored.raw)
        for ref in signed.entry.objects:
            if ref.sha256 == sha256 and ref.commitment:
                return _subject_of(signed.entry.assertions, sha256), ref.commitment
    raise ObjectError("not-sealed", f"No entry introduces a sealed object {sha256}.", "Check the digest.")


def _subject_of(assertions: Sequence[Assertion], sha256: str) -> str:
    for said in assertions:
        value = said.value if isinstance(said.value, dict) else {}
        if sha256 in (value.get("sealed"), value.get("sha256")):
            return said.subject
    return assertions[0].subject


def _reason(to: Sequence[Compartment]) -> str:
    names = ", ".join(f"{one.name} (key {one.newest.generation})" for one in to)
    return f"Sealed to {names}; this device keeps no key."
