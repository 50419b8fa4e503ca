"""Asking a witness of another organisation to vouch for every log of the case, and what came of it.

The witness sees only origin, size and root. What it signed is kept as a receipt, beside those of mirrors. A witness
that stands beyond what is here, or at another history, tells that this copy was set back or that a key signed twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from embers.errors import EmbersError, SyncError
from embers.journal.journal import Journal
from embers.journal.roster import KnownCosigner
from embers.surroundings import Clock, utc_text
from embers.sync.cosignature import read_cosignature, signed_at
from embers.sync.histories import Histories
from embers.sync.state import Asked, Receipt, SyncState
from embers.sync.wire import LogHead, head_of
from embers.sync.witness import Answered, WitnessLine

_BEHIND = (
    "it signed {stands} entries of this log, and {size} are here: this copy was set back, or lacks entries"
)
_SET_BACK = "it says that it signed {stands} entries of this log, and it had signed {before}: the witness was set back"
_OTHER = "it signed another history of this log, of {stands} entries: the log's key signed two"


@dataclass(frozen=True, slots=True)
class Vouching:
    """What is needed to ask witnesses about the logs of one copy."""

    journal: Journal
    state: SyncState
    histories: Histories
    clock: Clock

    def ask(self, witness: KnownCosigner, line: WitnessLine) -> list[Asked]:
        """Ask about every log as far as it is accepted; what was answered is durable when this returns."""
        done = []
        known = {one.origin: one for one in self.state.asked() if one.cosigner == witness.name}
        for log in self.journal.logs():
            head = self.histories.accepted_head(log.origin, log.vkey)
            if head is not None:
                asked = self._ask_one(
                    witness, head, line, known.get(log.origin, Asked(witness.name, log.origin))
                )
                with self.state.transaction():
                    self.state.note_asked(asked)
                done.append(asked)
        return done

    def _ask_one(self, witness: KnownCosigner, head: LogHead, line: WitnessLine, asked: Asked) -> Asked:
        asked = replace(asked, at=utc_text(self.clock.now()))
        for answer in line.answers(head.origin):
            asked = self._read(witness, head, answer, asked)
        for _ in range(2):  # the first answer may tell where the witness stands
            signed = self._signed(witness, head)
            old = asked.stands if signed < asked.stands <= head.size else min(signed, head.size)
            answered = line.ask(head, old, self.histories.proof(head.origin, old, head.size) if old else [])
            if answered is None:
                break
            asked = self._read(witness, head, answered, asked)
            if answered.status != 409 or asked.refused:
                break
        return asked

    def _signed(self, witness: KnownCosigner, head: LogHead) -> int:
        """Return how far the witness signed a log, as the receipts kept here prove."""
        of_log = (r for r in self.state.receipts() if (r.origin, r.cosigner) == (head.origin, witness.name))
        return max((receipt.size for receipt in of_log), default=0)

    def _read(self, witness: KnownCosigner, head: LogHead, answer: Answered, asked: Asked) -> Asked:
        """Take in one answer: keep what was signed, or say why nothing was."""
        if answer.status == 200:
            try:
                return self._keep(witness, head, answer, asked)
            except EmbersError as error:
                return replace(asked, refused=error.message)
        if answer.status == 422:
            return replace(asked, refused=_OTHER.format(stands=answer.old))
        if answer.status != 409:
            return replace(asked, refused=f"{answer.status} {answer.text[:200]}".strip())
        text, signed, why = answer.text.strip(), self._signed(witness, head), ""
        stands = int(text) if re.fullmatch("[0-9]{1,16}", text) else 0
        if stands > head.size:
            why = _BEHIND.format(stands=stands, size=head.size)
        elif stands < signed:
            why = _SET_BACK.format(stands=stands, before=signed)
        elif stands == answer.old:  # it is as far as the question said, so the roots differ
            why = _OTHER.format(stands=stands)
        return replace(asked, stands=stands, refused=why)

    def _keep(self, witness: KnownCosigner, head: LogHead, answer: Answered, asked: Asked) -> Asked:
        note = answer.note + answer.text
        cosigned = read_cosignature(note, witness.vkey)
        over = head_of(head.vkey, note)
        if over.origin != head.origin:
            raise SyncError("witness", "It signed another log than it was asked about.", "Ask again.")
        if not self.histories.in_journal(over):
            words = _OTHER if over.size <= head.size else _BEHIND
            return replace(asked, stands=over.size, refused=words.format(stands=over.size, size=head.size))
        with self.state.transaction():
            self.state.add_receipt(Receipt(over.origin, over.size, witness.name, over.root, note))
        return replace(asked, stands=over.size, answered=max(asked.answered, signed_at(cosigned)), refused="")
