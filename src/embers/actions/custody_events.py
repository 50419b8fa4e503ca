"""Custody as people perform it: receive a thing, hand it over and take it over, seal, open, show, migrate, give back.

Every act is checked against the chain so far. A hand-over needs the signature of who holds the item, a taking-over that
of the person it was handed to; so both sign, each for their own half, also days apart and on two devices.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from embers.actions.items import TOOL, ItemOrigin, origin_assertions
from embers.actions.recorder import Act, Recorder
from embers.case_view import CaseView
from embers.custody.acquisition import examine
from embers.custody.chain import BACK, HANDED, TAKEN, Chain, chain_of, seal_deviation, staff_codes
from embers.custody.event import CustodyEvent
from embers.errors import ActionError
from embers.ids import new_subject
from embers.journal.assertion import Assertion, JsonValue, Relation
from embers.journal.entry import ObjectRef

#: Roles the new bytes of a migration may have; an original is never replaced.
MIGRATED = ("working-copy", "derived", "redacted")


@dataclass(frozen=True, slots=True)
class Thing:
    """A physical thing as it is received: what it is, its marks, the bag and seal it is put into."""

    description: str
    marks: str = ""
    quantity: int | None = None
    bag: str = ""
    seal: str = ""
    received_from: str = ""
    place: str = ""


@dataclass(slots=True)
class Custodian:
    """One person acting on the custody of items, with the case as it stands before the act."""

    recorder: Recorder
    view: CaseView

    @property
    def code(self) -> str:
        """The code of the person who signs."""
        return staff_codes(self.view).get(self.recorder.person.id, self.recorder.person.id)

    def receive_thing(
        self, thing: Thing, origin: ItemOrigin, *, photo: Path | None = None
    ) -> tuple[str, Act]:
        """Draft the entry that makes a physical thing an item held by who signs; return its id and the act."""
        item = new_subject("item", self.recorder.surroundings.randomness)
        said = origin_assertions(self.recorder, item, origin)
        body: dict[str, JsonValue] = {"description": thing.description}
        body |= {"marks": thing.marks} if thing.marks else {}
        body |= {"quantity": thing.quantity} if thing.quantity is not None else {}
        said.append(self.recorder.new_assertion(item, "item-physical", body))
        event = CustodyEvent(
            "receive",
            self.recorder.role,
            f"Received by {origin.method}.",
            giver=thing.received_from,
            bag=thing.bag,
            seal=thing.seal,
            place=thing.place,
        )
        act = self._act(item, event, photo=photo)
        return item, replace(act, assertions=(*said, *act.assertions))

    def hand_over(
        self, item: str, to: str, *, detail: str, place: str = "", photo: Path | None = None
    ) -> Act:
        """Draft the first half of a transfer, signed by who holds the item."""
        chain = self._held(item)
        if to == self.code:
            raise ActionError("custody-self", "You hold it already.", "Name the person who takes it over.")
        event = CustodyEvent(
            "transfer",
            self.recorder.role,
            detail,
            giver=self.code,
            receiver=to,
            phase=HANDED,
            place=place,
            seal=chain.seal,
            bag=chain.bag,
        )
        return self._act(item, event, photo=photo)

    def take_over(
        self, item: str, *, detail: str, found: str = "", place: str = "", photo: Path | None = None
    ) -> Act:
        """Draft the second half of a transfer, signed by who was named; ``found`` is the seal number seen.

        The person who handed it over may take it back the same way. A seal that is not the recorded one does not stop
        the taking-over: it is recorded and shown as a discrepancy.
        """
        chain = chain_of(self.view, item)
        offer = chain.offer
        if offer is None:
            raise ActionError(
                "custody-offer",
                "Nobody has handed this item over.",
                "Who holds it hands it over first, and signs that.",
            )
        back = self.code == offer.value.get("from")
        if not back and self.code != offer.value.get("to"):
            raise ActionError(
                "custody-not-you",
                f"It was handed to {offer.value.get('to')}, not to {self.code}.",
                f"{offer.value.get('to')} takes it over, or {offer.value.get('from')} takes it back.",
            )
        if chain.seal and not found and not back:
            raise ActionError(
                "custody-seal-unread",
                "The item is sealed; what seal did you find?",
                "Read its number, or say broken or missing.",
            )
        event = CustodyEvent(
            "transfer",
            self.recorder.role,
            detail,
            giver=str(offer.value["from"]),
            receiver=self.code,
            phase=BACK if back else TAKEN,
            place=place,
            seal=found or chain.seal,
            found=found,
            deviation=seal_deviation(chain.seal, found) if found else "",
        )
        return self._act(item, event, photo=photo, answers=offer.assertion)

    def seal(self, item: str, number: str, *, detail: str, bag: str = "", photo: Path | None = None) -> Act:
        """Draft the sealing of a thing; it must not be sealed already."""
        chain = self._held(item)
        if chain.seal:
            raise ActionError(
                "custody-sealed",
                f"It bears seal {chain.seal!r}.",
                "Open that seal first, and record what you found.",
            )
        event = CustodyEvent("seal", self.recorder.role, detail, seal=number, bag=bag or chain.bag)
        return self._act(item, event, photo=photo)

    def open(self, item: str, *, found: str, reason: str, detail: str, photo: Path | None = None) -> Act:
        """Draft the opening of a seal: the number found on it, or ``broken`` or ``missing``, and why it is opened."""
        chain = self._held(item)
        deviation = seal_deviation(chain.seal, found)
        event = CustodyEvent(
            "open", self.recorder.role, detail, found=found, reason=reason, deviation=deviation
        )
        return self._act(item, event, photo=photo)

    def access(self, item: str, *, reason: str, detail: str, deviation: str = "") -> Act:
        """Draft the record that somebody looked at an item, and why."""
        self._known(item)
        event = CustodyEvent("access", self.recorder.role, detail, reason=reason, deviation=deviation)
        return self._act(item, event)

    def give_back(self, item: str, to: str, *, detail: str, photo: Path | None = None) -> Act:
        """Draft the return of an item; from then on nobody here holds it."""
        chain = self._held(item)
        event = CustodyEvent(
            "return", self.recorder.role, detail, giver=self.code, receiver=to, seal=chain.seal, bag=chain.bag
        )
        return self._act(item, event, photo=photo)

    def migrate(
        self, item: str, path: Path, *, original: str, role: str, tool: str, version: str, detail: str
    ) -> Act:
        """Draft a copy in another format or for daily work; ``original`` is the SHA-256 it was made from.

        The original stays what it is. The copy is preserved as an object of the same item, in its own role.
        """
        if role not in MIGRATED:
            raise ActionError("role", f"A copy cannot be {role!r}.", f"Choose one of {', '.join(MIGRATED)}.")
        record = self.view.subject(item)
        if original not in {value["sha256"] for value in record.values("item-object")}:
            raise ActionError(
                "not-of-item", f"{original} is no object of {item}.", "See `embers show` for its objects."
            )
        got = examine(path, self.recorder.surroundings, self.recorder.objects)
        event = CustodyEvent(
            "migrate",
            self.recorder.role,
            detail,
            tool=f"{tool} {version}",
            before=original,
            after=got.sha256,
        )
        value = {
            "sha256": got.sha256,
            "size": got.size,
            "media": got.media,
            "role": role,
            "name": got.name,
        }
        act = self._act(item, event)
        said = self.recorder.new_assertion(item, "item-object", value)
        return replace(
            act,
            assertions=(said, *act.assertions),
            objects=(ObjectRef(got.sha256, got.size, got.media), *act.objects),
        )

    def _held(self, item: str) -> Chain:
        """Return the chain if the person who signs holds the item and nothing is open."""
        chain = self._known(item)
        if chain.gone:
            raise ActionError("custody-gone", "It was given back.", "Receive it again if it comes back.")
        if chain.offer is not None:
            to = chain.offer.value.get("to")
            raise ActionError(
                "custody-open",
                f"It was handed over to {to}, who has not confirmed it.",
                f"{to} takes it over, or you take it back.",
            )
        if chain.holder != self.code:
            raise ActionError(
                "custody-holder",
                f"{chain.holder or 'Nobody recorded'} holds it, not {self.code}.",
                "Only who holds an item can hand it over, seal, open or return it.",
            )
        return chain

    def _known(self, item: str) -> Chain:
        chain = chain_of(self.view, item)
        if not chain.steps:
            raise ActionError(
                "no-custody",
                f"Nothing is recorded of the custody of {item}.",
                "Take it in or receive it first.",
            )
        return chain

    def _act(self, item: str, event: CustodyEvent, *, photo: Path | None = None, answers: str = "") -> Act:
        refs = []
        if photo is not None:
            got = examine(photo, self.recorder.surroundings, self.recorder.objects)
            event = replace(event, photo=got.sha256)
            refs.append(ObjectRef(got.sha256, got.size, got.media))
        relations = [Relation("corroborates", answers)] if answers else []
        said: list[Assertion] = [
            self.recorder.new_assertion(
                item,
                "custody-event",
                replace(event, tool=event.tool or TOOL).to_value(),
                relations=relations,
            )
        ]
        return Act(
            f"custody.{event.phase or event.step}".replace(" ", "-"), tuple(said), tuple(refs), event.reason
        )
