"""Recording that somebody read something protected, before it is shown to them."""

from __future__ import annotations

from collections.abc import Sequence

from embers.actions.case_folder import CaseFolder
from embers.actions.recorder import Act, Recorder
from embers.errors import ActionError
from embers.ids import new_subject
from embers.journal.entry import SignedEntry
from embers.journal.keys import PersonKey, public_text

READ = "record-read"
#: The name of the key a server signs with, in its keyring and as its staff code.
SERVER = "server"


def reading(recorder: Recorder, subjects: Sequence[str], *, reader: str, page: str) -> Act:
    """Draft the entry that a person reads records. ``page`` is the name of the address, never its words."""
    value = {"reader": reader, "page": page}
    said = tuple(recorder.new_assertion(subject, READ, value) for subject in subjects)
    return Act("record.read", said, reason="Protected record read.")


def enrol_server(recorder: Recorder, folder: CaseFolder) -> SignedEntry:
    """Make the key with which this server records who read what, and register it. It has no role and gets none."""
    ring = folder.keyring()
    key = ring.load_person(SERVER) if ring.has_person(SERVER) else ring.create_person(SERVER)
    if key.id in recorder.journal.roster().persons:
        raise ActionError("server-key", "This server's key is registered already.", "Nothing was changed.")
    subject = new_subject("person", recorder.surroundings.randomness)
    said = (
        recorder.new_assertion(subject, "signing-key", {"alg": "ed25519", "key": public_text(key.public)}),
        recorder.new_assertion(subject, "staff-code", SERVER),
    )
    return recorder.record(Act("server.enrol", said, reason="Key of a server, for recording what is read."))


def server_key(folder: CaseFolder) -> PersonKey | None:
    """Return the key this server records with, if it has one that opens."""
    ring = folder.keyring()
    return ring.load_person(SERVER) if ring.has_person(SERVER) else None
