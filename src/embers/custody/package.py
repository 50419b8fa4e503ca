"""The dossier: what leaves the building, as plain files anybody can check without Embers.

Layout below ``data/`` of a BagIt 1.0 package::

    README.txt                            what this is and how to check it
    report/report.{pdf,html,json}         the report; the JSON binds each sentence to assertions
    exhibits/EMB-0001/<name>, exhibit.json
    entries/<entry id>.json               the exact bytes that were signed
    proofs/<entry id>.tlog-proof          that the entry is in its log (C2SP tlog-proof)
    checkpoints/<number>.txt              signed states of the logs (C2SP tlog-checkpoint)
    timestamps/README.txt, brackets.json  when there are any: replies of authorities, and what follows from them
    timestamps/<number>/                  a reply (RFC 3161), the statement it stamps, the authority's roots
    timestamps/proofs/<entry id>.tlog-proof   that the entry is in the stamped state of its log
    policy.txt                            the logs and their keys (C2SP tlog-policy)
    roster.json                           the keys, as learnt from the entries
    verify/verify.py, FORMAT.md           the verifier and the formats it checks

and, for people and other systems, derived from the entries above and read by no verifier::

    custody/custody-sheets.pdf, chains.json
    case.jsonld                           CASE/UCO export
    loadfile/<receiver>.csv               load file
    completeness/completeness.{txt,json}  what the case holds and what is left out, with reasons
    declarations/*-DRAFT.txt              drafts for a court, unsigned
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from embers.custody.bag import BagWriter, write_bag
from embers.custody.names import portable_name
from embers.custody.verifier_files import verifier_files
from embers.errors import CustodyError
from embers.journal.assertion import JsonValue
from embers.journal.journal import Journal
from embers.journal.keys import public_text
from embers.journal.roster import OPENING, Roster
from embers.surroundings import Surroundings

_NUMBER = re.compile(r"[A-Z]{2,5}-[0-9]{4,6}(-[0-9]{4})?")
_ENTRY_ID = re.compile(r"[0-9a-f]{64}")
SIDECAR = "exhibit.json"


@dataclass(frozen=True, slots=True)
class ExhibitFile:
    """One exhibit: its number, the file's name, SHA-256, size and media type, what else is said of it.

    ``open`` gives the bytes; ``sidecar`` should name the ``item`` and the ``entry`` that introduced it.
    """

    number: str
    name: str
    sha256: str
    size: int
    media: str
    open: Callable[[], BinaryIO]
    sidecar: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DossierSummary:
    """What was written: where, how many exhibits, entries and files, and the size of the payload in bytes."""

    path: Path
    exhibits: int
    entries: int
    files: int
    size: int


def write_dossier(
    target: Path,
    surroundings: Surroundings,
    *,
    exhibits: Iterable[ExhibitFile],
    entries: Iterable[tuple[str, bytes]],
    proofs: Iterable[tuple[str, str]],
    checkpoints: Sequence[str],
    policy: str,
    roster: Mapping[str, JsonValue],
    report_files: Mapping[str, bytes],
    readme: str,
    info: Mapping[str, str],
    timestamps: Mapping[str, bytes] | None = None,
    beside: Mapping[str, bytes] | None = None,
    replace: bool = False,
) -> DossierSummary:
    """Write a dossier; it stands at ``target`` complete or not at all. ``beside`` are further files by path.

    Refused: an exhibit whose bytes are not the recorded ones, an entry without proof or a proof without
    entry, a name used twice, an existing folder (see :func:`embers.custody.bag.write_bag` for ``replace``).
    """
    with write_bag(target, surroundings, info=info, replace=replace) as bag:
        bag.add_bytes("README.txt", readme.encode())
        for name, data in sorted(report_files.items()):
            bag.add_bytes(f"report/{portable_name(name)}", data)
        shown = sum(_add_exhibit(bag, exhibit) for exhibit in exhibits)
        written = _add_entries(bag, entries, proofs)
        for number, note in enumerate(checkpoints, start=1):
            bag.add_bytes(f"checkpoints/{number}.txt", note.encode())
        for name, data in sorted((timestamps or {}).items()):
            bag.add_bytes(name, data)
        bag.add_bytes("policy.txt", policy.encode())
        bag.add_bytes("roster.json", _json(roster))
        for name, data in sorted((beside or {}).items()):
            bag.add_bytes(name, data)
        for name, data in verifier_files().items():
            bag.add_bytes(f"verify/{name}", data)
    return DossierSummary(target, shown, written, bag.files, bag.size)


def _add_exhibit(bag: BagWriter, exhibit: ExhibitFile) -> int:
    if not _NUMBER.fullmatch(exhibit.number):
        raise CustodyError(
            "exhibit-number", f"{exhibit.number!r} is not an exhibit number.", "It looks like EMB-0001."
        )
    name = portable_name(exhibit.name)
    if name.casefold() == SIDECAR:
        name = f"original-{name}"
    folder = f"exhibits/{exhibit.number}"
    with exhibit.open() as stream:
        packed = bag.add(f"{folder}/{name}", stream, sha256=exhibit.sha256)
    if packed.size != exhibit.size:
        raise CustodyError(
            "size",
            f"The exhibit {exhibit.number} has {packed.size} bytes, not the recorded {exhibit.size}.",
            "Run `embers verify` on the case; no dossier was written.",
        )
    own = {
        "number": exhibit.number,
        "file": name,
        "name": exhibit.name,
        "sha256": exhibit.sha256,
        "size": exhibit.size,
        "media": exhibit.media,
    }
    bag.add_bytes(f"{folder}/{SIDECAR}", _json({**exhibit.sidecar, **own}))
    return 1


def _add_entries(
    bag: BagWriter, entries: Iterable[tuple[str, bytes]], proofs: Iterable[tuple[str, str]]
) -> int:
    written = set()
    for id, raw in entries:
        bag.add_bytes(f"entries/{_entry_id(id)}.json", raw)
        written.add(id)
    proven = set()
    for id, text in proofs:
        bag.add_bytes(f"proofs/{_entry_id(id)}.tlog-proof", text.encode())
        proven.add(id)
    if odd := sorted(written ^ proven):
        raise CustodyError(
            "proof",
            f"{len(odd)} entries and proofs do not belong together; the first is {odd[0]}.",
            "Give exactly one proof for each entry.",
        )
    return len(written)


def _entry_id(id: str) -> str:
    if not _ENTRY_ID.fullmatch(id):
        raise CustodyError(
            "entry-id", f"{id!r} is not an entry id.", "Use the leaf hash, 64 hexadecimal digits."
        )
    return id


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def with_registrations(journal: Journal, wanted: Iterable[str]) -> list[str]:
    """Return the wanted entry ids and those without which nobody could check them, in order of arrival.

    Added are the opening of the case and every entry that registers a person's or a log's key: a few, and
    they show nothing but public keys and codes.
    """
    chosen = set(wanted)
    keys = ("signing-key", "log-key")
    return [
        signed.id
        for _, signed in journal.entries()
        if signed.id in chosen
        or signed.entry.act == OPENING
        or any(said.predicate in keys for said in signed.entry.assertions)
    ]


def policy_text(journal: Journal) -> str:
    """Return the C2SP policy of a case: its logs and their keys; no witness is demanded yet."""
    lines = [f"log {log.vkey}" for log in journal.logs()]
    return "\n".join([*lines, "quorum none", ""])


def roster_record(roster: Roster) -> dict[str, JsonValue]:
    """Return ``roster.json``: a convenience for readers; the verifier learns the keys from the entries."""
    persons = [
        {"key": id, "public": public_text(public), "subject": roster.subjects[id]}
        for id, public in sorted(roster.persons.items())
    ]
    logs = [{"origin": origin, "vkey": vkey} for origin, vkey in sorted(roster.logs.items())]
    return {"persons": persons, "logs": logs}
