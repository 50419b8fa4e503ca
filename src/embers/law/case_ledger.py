"""Reads charges, propositions, evidence and routes out of a case and runs the support ledger over them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from embers.case_view import CaseView, Held, Record
from embers.errors import LawError
from embers.law.inputs import input_hash
from embers.law.ledger import Assessed, AssessedElement, Label, Ledger, Piece, Proposition, Rival
from embers.law.library import Charge, load_law

#: Kinds of the legal records of an incident, in the order :func:`ledgers_among` takes them.
LEGAL = ("charge", "proposition", "element-link")


@dataclass(frozen=True, slots=True)
class ChargeTested:
    """A charge as tested in the case, every element with its label, and the hash of all that went in."""

    record: Record
    charge: Charge
    author: str
    classification: str
    profile: str
    elements: tuple[AssessedElement, ...]
    inputs: str

    @property
    def basis(self) -> tuple[str, ...]:
        """Ids of the assertions that say what is tested."""
        return tuple(held.id for held in self.record.held if held.live)


@dataclass(frozen=True, slots=True)
class IncidentLedger:
    """Everything the ledger yields for one incident, with and without assumed material."""

    tested: tuple[ChargeTested, ...]
    without_assumed: tuple[ChargeTested, ...]
    assessed: Mapping[str, Assessed]
    pieces: Mapping[str, Piece]

    @property
    def assumes(self) -> tuple[Piece, ...]:
        """Pieces that are assumed by a worked example and not held by the case."""
        return tuple(piece for piece in self.pieces.values() if piece.assumed)


@dataclass(slots=True)
class _Case:
    """The legal records of a whole case, grouped by incident in one pass."""

    charges: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    propositions: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    routes: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))


def _read(view: CaseView) -> _Case:
    return _grouped(*(view.kind(kind).values() for kind in LEGAL))


def _grouped(charges: Iterable[Record], propositions: Iterable[Record], links: Iterable[Record]) -> _Case:
    found = _Case()
    for record in charges:
        found.charges[str(record.value("charge-incident"))].append(record)
    for record in propositions:
        found.propositions[str(record.value("proposition-incident"))].append(record)
    for record in links:
        found.routes[str(record.value("link-charge"))].append(record)
    return found


def ledgers(view: CaseView) -> dict[str, IncidentLedger]:
    """Return the ledger of every incident that has charges, reading the case once."""
    return _every(_read(view))


def ledgers_among(
    charges: Iterable[Record], propositions: Iterable[Record], links: Iterable[Record]
) -> dict[str, IncidentLedger]:
    """Return the ledgers of the incidents of these charges, given all legal records of these incidents."""
    return _every(_grouped(charges, propositions, links))


def _every(case: _Case) -> dict[str, IncidentLedger]:
    return {incident: _incident(case, incident) for incident in case.charges}


def charges_of(view: CaseView, incident: str) -> IncidentLedger | None:
    """Return the ledger of one incident, or nothing if no charge is tested."""
    case = _read(view)
    return _incident(case, incident) if incident in case.charges else None


def _incident(case: _Case, incident: str) -> IncidentLedger:
    records = case.propositions[incident]
    pieces = _pieces(records)
    held = {id: piece for id, piece in pieces.items() if not piece.assumed}
    tested, assessed = _run(case, incident, records, pieces)
    without = _run(case, incident, records, held)[0] if len(held) < len(pieces) else tested
    return IncidentLedger(tested, without, assessed, pieces)


def _run(
    case: _Case, incident: str, records: Iterable[Record], pieces: Mapping[str, Piece]
) -> tuple[tuple[ChargeTested, ...], dict[str, Assessed]]:
    propositions = {record.id: _proposition(record, pieces) for record in records}
    by_profile: dict[str, tuple[Ledger, dict[str, Assessed]]] = {}
    tested = []
    assessed: dict[str, Assessed] = {}
    for record in case.charges[incident]:
        name = str(record.value("charge-profile", "prof.rgb"))
        if name not in by_profile:
            ledger = Ledger(pieces, propositions, load_law().profile(name))
            by_profile[name] = (ledger, ledger.assess())
        ledger, assessed = by_profile[name]
        try:
            charge = load_law().charge(str(record.value("charge-rule")))
        except LawError:
            continue  # not said yet, or of a newer library: nothing can be tested, and the record still stands
        routes = _routes(case.routes[record.id])
        tested.append(
            ChargeTested(
                record=record,
                charge=charge,
                author=str(record.value("charge-author", "unknown")),
                classification=str(record.value("charge-classification", "cls.iac")),
                profile=name,
                elements=tuple(
                    ledger.element(charge.id, element.key, routes.get(element.key, []), assessed)
                    for element in charge.elements
                ),
                inputs=input_hash(ledger, charge, routes),
            )
        )
    return tuple(tested), assessed


def _routes(links: Iterable[Record]) -> dict[str, list[list[str]]]:
    routes: dict[str, list[list[str]]] = defaultdict(list)
    for link in links:
        routes[link.text("link-element")] += link.values("link-route")
    return routes


def _pieces(records: Iterable[Record]) -> dict[str, Piece]:
    values: dict[str, Mapping[str, object]] = {}
    said: dict[str, list[str]] = defaultdict(list)
    for record in records:
        for held in record.live("evidence"):
            values.setdefault(held.value["piece"], held.value)
            said[held.value["piece"]].append(held.id)
    return {id: _piece(id, value, said[id]) for id, value in values.items()}


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _piece(id: str, value: Mapping[str, object], said: Iterable[str]) -> Piece:
    return Piece(
        id=id,
        kind=str(value["kind"]),
        rank=str(value["rank"]),
        origins=_texts(value["origins"]),
        gates=str(value["gates"]),
        text=str(value["text"]),
        depends_on=_texts(value.get("depends_on")),
        assumed=bool(value.get("assumed")),
        assertions=tuple(said),
    )


def _side(evidence: Iterable[Held], direction: str, pieces: Mapping[str, Piece]) -> tuple[str, ...]:
    found = (h.value["piece"] for h in evidence if h.value["direction"] == direction)
    return tuple(dict.fromkeys(piece for piece in found if piece in pieces))


def _proposition(record: Record, pieces: Mapping[str, Piece]) -> Proposition:
    evidence = record.live("evidence")
    premises = record.value("proposition-premises")
    rivals = [Rival(value["text"], value["state"]) for value in record.values("rival-explanation")]
    answered = {value["piece"] for value in record.values("signed-answer")} & pieces.keys()
    return Proposition(
        id=record.id,
        text=record.text("proposition-text"),
        topic=record.text("proposition-topic"),
        searched=bool(record.value("proposition-searched", False)),
        pro=_side(evidence, "for", pieces),
        contra=_side(evidence, "against", pieces),
        answered=frozenset(answered),
        inference=premises is not None or bool(rivals),
        premises=tuple(premises or ()),
        rivals=tuple(rivals),
        assertions=tuple(held.id for held in record.held if held.live),
    )


def label_counts(ledger: IncidentLedger) -> dict[str, int]:
    """Count element labels over the charges tested, without assumed material."""
    counts = dict.fromkeys((label.code for label in Label), 0)
    for tested in ledger.without_assumed:
        for element in tested.elements:
            counts[element.label.code] += 1
    return counts
