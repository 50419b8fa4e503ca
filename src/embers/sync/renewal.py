"""A device that may not continue its log starts a new one that cites where the old one stood."""

from __future__ import annotations

from embers.errors import JournalError
from embers.ids import new_id, new_subject
from embers.journal.assertion import Assertion
from embers.journal.entry import ClaimedTime, EntryDraft, SignedEntry
from embers.journal.journal import Journal, log_assertion
from embers.journal.keys import Keyring, PersonKey
from embers.surroundings import Randomness

RENEWAL = "device.renew"


def start_new_log(
    journal: Journal,
    ring: Keyring,
    person: PersonKey,
    *,
    role: str,
    at: ClaimedTime,
    reason: str,
    randomness: Randomness,
) -> SignedEntry:
    """Start a new log with a new key after a restore, a clone or a fork; every older log of this device ends.

    The new log's first entry cites the size and root at which the old one stands in this copy. Refused without a
    reason; the reason stands in the entry.
    """
    old = journal.own_log()
    subject = new_subject("device", randomness)
    follows: tuple[Assertion, ...] = ()
    if old is not None:
        if not reason.strip():
            raise JournalError("reason", "A new log needs a reason.", "Say what happened to the device.")
        subject = journal.roster().devices.get(old, subject)
        point = journal.checkpoint(old)
        cited = {"origin": old, "size": point.size, "root": point.root.hex()}
        follows = (Assertion(new_id(randomness), subject, "log-key-follows", cited),)
    device = ring.create_device()
    own = journal.own_logs()
    case = journal.logs()[0].case
    said = (log_assertion(new_id(randomness), subject, device), *follows)
    signed = journal.start_log(
        EntryDraft(RENEWAL, role, at, said, reason=reason), person, case=case, device=device
    )
    for origin in own:
        ring.end(origin, f"it goes on in {device.origin}")
    return signed
