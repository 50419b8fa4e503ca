"""The laptop that is taken at a post: it wrote entries, they came home, and it is ended as a device."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from embers.actions.case_folder import CaseFolder
from embers.actions.devices import Gone, join, lose, renew, tell_of_loss
from embers.actions.exercise.detention import member
from embers.actions.missions import write_log
from embers.actions.recorder import Recorder
from embers.actions.sync import STATE_NAME, synchronise
from embers.journal.journal import Journal

if TYPE_CHECKING:
    from embers.actions.exercise.case import Exercise


def seized(exercise: Exercise) -> None:
    """Let a second device join, write, exchange and vanish; then end it and tell what was on it and what stays safe.

    The device is real: a copy of the case with keys of its own, in a folder that is gone when this returns.
    """
    about = exercise.data["laptop"]
    folder, recorder = exercise.folder, exercise.recorder
    with tempfile.TemporaryDirectory() as there:
        root = Path(there)
        laptop = CaseFolder(root / "laptop", root / "keys", folder.surroundings)
        name, stick = about["staff"].lower(), str(root / "stick")
        key = laptop.keyring().create_person(name)
        member(exercise, about["staff"], key, role="investigator")
        synchronise(folder, stick)
        join(laptop, stick, staff=name, opening=_opening(recorder.journal))
        signer = Recorder(laptop.journal(), laptop.objects(), key, "investigator", folder.surroundings)
        own = renew(signer, laptop, reason=f"{about['device']} begins its log.")
        for day, text in about["log"]:
            signer.record(write_log(signer, exercise.ids[about["mission"]], day, text, by=about["staff"]))
        signer.journal.close()
        synchronise(laptop, stick)
        synchronise(folder, stick)
    folder.projection()
    device = next(said.subject for said in own.entry.assertions if said.predicate == "log-key")
    lose(recorder, device, reason=about["reason"])
    gone = Gone(about["device"], about["day"], about["how"], about["on_it"], about["safe"], about["told"])
    recorder.record(tell_of_loss(recorder, device, gone))
    folder.projection()
    # Where the stick was means nothing any more: the exchange is over, and what it brought is in the journal.
    folder.surroundings.disk.remove(folder.path / STATE_NAME)


def _opening(journal: Journal) -> str:
    return next(iter(journal.store.entries())).leaf.hex()
