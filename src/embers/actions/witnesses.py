"""Witnesses of other organisations: being one, and asking one to vouch for the case.

A witness needs no copy of the case. It remembers, for each log, how far it has signed, and signs only what goes on from
there. What it remembers is never restored from a back-up: set back, it could sign a second history.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from embers.actions.case_folder import CaseFolder
from embers.actions.sync import HTTP, blobs_at, open_state, whole_place
from embers.errors import ActionError, EmbersError
from embers.journal.keys import Keyring
from embers.journal.note import public_bytes
from embers.journal.roster import KnownCosigner
from embers.surroundings import Surroundings
from embers.sync.cosignature import Cosigner, read_cosignature, signed_at
from embers.sync.histories import Histories
from embers.sync.https import HttpsWitness
from embers.sync.state import Asked, SyncState
from embers.sync.vouching import Vouching
from embers.sync.witness import Answered, Witness, WitnessLine
from embers.sync.witness_folder import FolderWitness, answer_requests

WITNESS_NAME = "witness.sqlite3"
_KEYS = "witnesses"
_KEY, _PLACE = "key of this witness", "place of the witness "


@dataclass(frozen=True, slots=True)
class WitnessFolder:
    """Where a witness keeps what it remembers, and the keyring that holds its key."""

    path: Path
    keyring: Keyring
    surroundings: Surroundings

    def make(self) -> str:
        """Make a new witness and return its public key. A folder that holds one already is refused."""
        if (self.path / WITNESS_NAME).exists():
            raise ActionError(
                "witness-exists", f"There is a witness in {self.path}.", "Choose another folder."
            )
        self.surroundings.disk.make_folder(self.path)
        name = self.surroundings.randomness.bytes(8).hex()
        self.keyring.create_named(_KEYS, name)
        state = SyncState(self.path / WITNESS_NAME)
        with state.transaction():
            state.set_mark(_KEY, name)
        state.close()
        witness = self.open()
        witness.state.close()
        return witness.cosigner.vkey

    def open(self) -> Witness:
        """Open the witness; the caller closes its ``state``."""
        if not (self.path / WITNESS_NAME).exists():
            raise ActionError(
                "no-witness", f"There is no witness in {self.path}.", "Make one with `embers cosign new`."
            )
        state = SyncState(self.path / WITNESS_NAME)
        private = self.keyring.load_named(_KEYS, state.mark(_KEY))
        name = f"embers.invalid/witness-{public_bytes(private.public_key()).hex()[:16]}"
        return Witness(state, Cosigner(name, private), self.surroundings.clock)


def answer_place(folder: WitnessFolder, place: str) -> list[tuple[str, Answered]]:
    """Answer the requests that lie for this witness in a folder or bucket; return each log with the answer."""
    witness = folder.open()
    try:
        return answer_requests(witness, blobs_at(place))
    finally:
        witness.state.close()


@dataclass(frozen=True, slots=True)
class AskedWitness:
    """One witness that was asked: where, about which logs, and what kept it from being reached."""

    operator: str
    name: str
    place: str
    logs: tuple[Asked, ...]
    failed: str = ""


def ask_witnesses(
    folder: CaseFolder, *, chosen: str = "", place: str = "", token: str = "", certificate: Path | None = None
) -> list[AskedWitness]:
    """Ask witnesses the case names to sign every log as far as it is here, and remember what came of it.

    ``place`` is remembered for the next time; ``chosen`` is the name or operator of one witness. One that cannot be
    reached is named and does not keep the others from being asked. Refused if there is nobody to ask.
    """
    journal = folder.journal()
    state = open_state(folder)
    try:
        witnesses = _chosen(list(journal.roster().cosigners.values()), chosen, one=bool(place))
        if place:
            with state.transaction():
                _remember(state, witnesses[0], place, certificate)
        around = folder.surroundings
        vouching = Vouching(journal, state, Histories(journal, state), around.clock)
        places = {one.name: _place(state, one.name) for one in witnesses}
        if not any(where for where, _ in places.values()):
            raise ActionError(
                "witness-place",
                "It is not known where a witness is reached.",
                "Give its address or folder once.",
            )
        done = []
        for one in witnesses:
            where, trusted = places[one.name]
            if not where:
                continue
            try:
                asked = vouching.ask(one, _line(where, one, token, certificate=trusted))
                done.append(AskedWitness(one.operator, one.name, where, tuple(asked)))
            except EmbersError as error:
                done.append(AskedWitness(one.operator, one.name, where, (), f"{error.message} {error.hint}"))
        return done
    finally:
        state.close()
        journal.close()


@dataclass(frozen=True, slots=True)
class VouchedLog:
    """One log as one witness has it: entries here, how many it signed and when by its own clock, and its last refusal.

    ``asked`` is when it was last asked from here (UTC), ``answered`` when it signed last, even the same size again.
    """

    origin: str
    device: str
    entries: int
    signed: int
    signed_at: str
    asked: str
    answered: str
    refused: str


@dataclass(frozen=True, slots=True)
class WitnessStatus:
    """A witness the case names, where it is asked, and what it signed. It is read, nothing is asked."""

    operator: str
    name: str
    place: str
    logs: tuple[VouchedLog, ...]

    @property
    def answered(self) -> str:
        """When it signed last (UTC, by its own clock), or nothing if it never did."""
        return max((log.answered for log in self.logs), default="")


def witness_status(folder: CaseFolder) -> list[WitnessStatus]:
    """Tell which witness signed what, and when it last answered."""
    journal = folder.journal(read_only=True)
    state = open_state(folder, read_only=True)
    try:
        roster = journal.roster()
        asked = {(one.cosigner, one.origin): one for one in state.asked()}
        given = {(one.cosigner, one.origin): one for one in state.receipts()}
        found = []
        for known in roster.cosigners.values():
            if known.role != "witness":
                continue
            logs = []
            for log in journal.logs():
                receipt, last = given.get((known.name, log.origin)), asked.get((known.name, log.origin))
                at = signed_at(read_cosignature(receipt.note, known.vkey)) if receipt else ""
                logs.append(
                    VouchedLog(
                        origin=log.origin,
                        device=roster.devices.get(log.origin, ""),
                        entries=journal.store.size(log.origin),
                        signed=receipt.size if receipt else 0,
                        signed_at=at,
                        asked=last.at if last else "",
                        answered=max(at, last.answered if last else ""),
                        refused=last.refused if last else "",
                    )
                )
            found.append(WitnessStatus(known.operator, known.name, _place(state, known.name)[0], tuple(logs)))
        return found
    finally:
        state.close()
        journal.close()


def _chosen(cosigners: Sequence[KnownCosigner], chosen: str, *, one: bool) -> list[KnownCosigner]:
    found = [c for c in cosigners if c.role == "witness" and chosen in {"", c.name, c.operator}]
    if not found:
        what = f"no witness {chosen!r}" if chosen else "no witness"
        raise ActionError(
            "no-witness-named", f"This case names {what}.", "Name it with `embers key cosigner witness`."
        )
    if one and len(found) > 1:
        names = ", ".join(c.name for c in found)
        raise ActionError("witnesses", f"Several witnesses are meant: {names}.", "Choose one with --witness.")
    return found


def _remember(state: SyncState, witness: KnownCosigner, place: str, certificate: Path | None) -> None:
    trusted = str(certificate.absolute()) if certificate else ""
    state.set_mark(_PLACE + witness.name, json.dumps([whole_place(place), trusted]))


def _place(state: SyncState, name: str) -> tuple[str, Path | None]:
    known = state.mark(_PLACE + name)
    place, trusted = json.loads(known) if known else ("", "")
    return place, Path(trusted) if trusted else None


def _line(place: str, witness: KnownCosigner, token: str, *, certificate: Path | None) -> WitnessLine:
    if place.startswith(HTTP):
        return HttpsWitness(place, token=token, certificate=certificate)
    return FolderWitness(blobs_at(place), witness.vkey)
