"""Receipts: what a mirror and a witness sign, and who may be believed.

A mirror's cosignature over a checkpoint is a receipt: every entry up to its size, every object they introduce, and
the wrapped keys without which a sealed one could never be opened again, are stored there durably. A witness's
cosignature says only that it never saw another history.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from embers.errors import EmbersError
from embers.journal.journal import Journal
from embers.journal.roster import KnownCosigner
from embers.surroundings import Clock
from embers.sync.cosignature import Cosigner, cosign, read_cosignature
from embers.sync.histories import Histories
from embers.sync.state import FORK, Named, Receipt, SyncState
from embers.sync.wire import LogHead, head_of, note_place
from embers.sync.witness import Witness


@dataclass(frozen=True, slots=True)
class Receipts:
    """The receipts of one copy; ``mirror`` and ``witness`` are set where this copy gives them."""

    clock: Clock
    mirror: Cosigner | None = None
    witness: Cosigner | None = None

    def issue(
        self,
        journal: Journal,
        state: SyncState,
        histories: Histories,
        *,
        held: Callable[[Named], bool],
        flush: Callable[[Sequence[LogHead]], object],
    ) -> None:
        """Cosign every log as far as this copy durably holds its entries and all that belongs to them.

        ``held`` tells whether an object an entry introduces is here with all that is needed to open it; ``flush`` is
        called before the first signature: what a killed process left may be seen here and not be durable yet.
        """
        if self.mirror is None and self.witness is None:
            return
        given = {(receipt.origin, receipt.cosigner): receipt.size for receipt in state.receipts()}
        forked = {apart.head.origin for apart in state.apart() if apart.why == FORK}
        mirrored, witnessed = [], []
        for log in journal.logs():
            head = self._complete_head(journal, state, log.origin, vkey=log.vkey, held=held)
            if head is None or log.origin in forked:
                continue
            if self.mirror and given.get((log.origin, self.mirror.name), 0) < head.size:
                mirrored.append(head)
            if self.witness and given.get((log.origin, self.witness.name), 0) < head.size:
                witnessed.append(head)
        if mirrored or witnessed:
            flush([*mirrored, *witnessed])
        for head in mirrored:
            self._keep(state, head)
        for head in witnessed:
            self._vouch(state, histories, head)

    def _complete_head(
        self, journal: Journal, state: SyncState, origin: str, *, vkey: str, held: Callable[[Named], bool]
    ) -> LogHead | None:
        """Return the largest checkpoint within the log's limit whose objects are all here."""
        last = journal.store.last_checkpoint(origin)
        if last is None:
            return None
        limit = journal.roster().limits.get(origin)
        full = min(last[0], limit.size) if limit else last[0]
        mine = self.mirror.name if self.mirror else ""
        given = max(
            (r.size for r in state.receipts() if r.origin == origin and r.cosigner == mine), default=0
        )
        full = next((named.seq for named in state.named(origin, given) if not held(named)), full)
        if full >= last[0]:
            return head_of(vkey, last[1])
        notes = [note for size, note in journal.store.checkpoints(origin) if size <= full]
        return head_of(vkey, notes[-1]) if notes else None

    def _keep(self, state: SyncState, head: LogHead) -> None:
        if self.mirror is None:
            return
        note = cosign(head.note, self.mirror, time=int(self.clock.now().timestamp()))
        state.add_receipt(Receipt(head.origin, head.size, self.mirror.name, head.root, note))

    def _vouch(self, state: SyncState, histories: Histories, head: LogHead) -> None:
        """Cosign as a witness that sees the entries itself: the older root is recomputed, not proven."""
        if self.witness is None:
            return
        witness = Witness(state, self.witness, self.clock)
        known = state.witnessed(head.origin)
        if known is None or histories.root(head.origin, known.size) == known.root:
            note = witness.advance(head, known.size if known else 0)
            state.add_receipt(Receipt(head.origin, head.size, self.witness.name, head.root, note))

    def take(self, notes: Sequence[str], journal: Journal, state: SyncState, histories: Histories) -> None:
        """Keep the receipts that a cosigner the case names has signed over a history held here."""
        held = state.receipt_keys()
        vkeys = {log.origin: log.vkey for log in journal.logs()}
        for note in notes:
            for known in journal.roster().cosigners.values():
                if f" {known.name} " in note:
                    try:
                        self._take(note, known, vkeys, held=held, state=state, histories=histories)
                    except EmbersError:
                        continue  # not a receipt of this case, or altered: it counts for nothing

    def _take(
        self,
        note: str,
        known: KnownCosigner,
        vkeys: Mapping[str, str],
        *,
        held: set[tuple[str, int, str]],
        state: SyncState,
        histories: Histories,
    ) -> None:
        origin, size = note_place(note)
        if origin not in vkeys or (origin, size, known.name) in held:
            return
        head = head_of(vkeys[origin], note)
        if histories.in_journal(head):
            read_cosignature(note, known.vkey)
            state.add_receipt(Receipt(origin, head.size, known.name, head.root, note))
            held.add((origin, head.size, known.name))
