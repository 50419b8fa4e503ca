"""Computes the noun tables from the generic ones: one row per subject, in the shape pages want.

``derive`` replaces every row of the given subjects. It reads assertions only through the case view, so a row
is a function of what the case holds and never of the order in which it arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace

from django.db.models import Model

from embers import dates
from embers.access.audience import EVERYBODY
from embers.access.standing import CONFIDENTIAL, level_of
from embers.case_view import Held, Record
from embers.errors import ObjectError, ReportError
from embers.incidents.claim import Claim
from embers.incidents.reading import claimants_of, claims_of, shown_claims
from embers.incidents.resolution import Range, casualty_range, origins
from embers.law.case_ledger import IncidentLedger, ledgers_among
from embers.objects.store import ObjectStore
from embers.places import Point, bounding_box
from embers.projections import models
from embers.projections.database import CaseDatabase
from embers.projections.gaps import incident_gaps, item_gaps, unpinned_claims
from embers.projections.grid import cell_of
from embers.projections.noun_rows import Output, columns
from embers.projections.restriction import restricted_among
from embers.projections.search_index import Document, Part, in_statements, index
from embers.projections.view import ProjectedCase
from embers.projections.work import beside, reviewed, task_row
from embers.reporting.blocks import Sentence
from embers.reporting.numbering import sections_of, sentence_numbers, sentences_of
from embers.reporting.places import both_names
from embers.reporting.serialise import read_document

#: Which predicate gives a subject its code and its label.
_CODES = (
    "incident-code",
    "source-code",
    "exhibit-number",
    "total-code",
    "party-code",
    "interview-code",
    "site-code",
    "visit-code",
    "mission-code",
    "detention-code",
    "examination-code",
    "staff-code",
    "person-code",
    "unit-code",
    "proposition-key",
    "charge-rule",
)
_LABELS = (
    "case-title",
    "incident-title",
    "source-title",
    "item-title",
    "organisation-name",
    "party-name",
    "pseudonym",
    "act-summary",
    "report-title",
    "mission-title",
    "unit-name",
    "proposition-text",
    "finding-text",
    "scene-product",
)


#: Predicates that say what a record is called. Names of persons are confidential: they are found by what they are
#: called in reports.
_NAMES = frozenset({"pseudonym", "unit-name", "organisation-name", "party-name"})


@dataclass(slots=True)
class _Around:
    """What the derived subjects refer to, fetched together, and the view it was read in."""

    places: Mapping[str, Record]
    organisations: Mapping[str, Record]
    absorbed: Mapping[str, tuple[Record, ...]]
    named_claims: Mapping[str, int]
    ledgers: Mapping[str, IncidentLedger]
    persons: Mapping[str, str]
    view: ProjectedCase


def derive(
    database: CaseDatabase,
    objects: ObjectStore,
    subjects: Sequence[str],
    readers: Sequence[tuple[int, int]],
    *,
    persons: Mapping[str, str],
    fresh: bool = False,
) -> None:
    """Recompute all noun rows of ``subjects`` for groups of readers: one bit of each, and all its bits.

    Subjects that read the same to everybody are computed once. ``persons`` gives the person of each signing key.
    ``fresh``: there are no rows of the subjects yet.
    """
    output = Output(sum(bits for _, bits in readers))
    restricted = restricted_among(database, subjects) if len(readers) > 1 else set()
    _derive(ProjectedCase(database), objects, [s for s in subjects if s not in restricted], output, persons)
    for bit, bits in readers if restricted else ():
        output.bits = bits
        _derive(ProjectedCase(database, bit=bit), objects, sorted(restricted), output, persons)
    _replace(database, subjects, output, fresh=fresh)


def rows_of(
    view: ProjectedCase, objects: ObjectStore, subject: str, *, persons: Mapping[str, str]
) -> dict[type[Model], list[SimpleNamespace]]:
    """Return the noun rows of one subject as this view gives them, without storing them."""
    output = Output(EVERYBODY)
    _derive(view, objects, [subject], output, persons)
    return {
        model: [SimpleNamespace(**dict(zip(columns(model), values, strict=True))) for values in rows]
        for model, rows in output.rows.items()
    }


def _derive(
    view: ProjectedCase,
    objects: ObjectStore,
    subjects: Sequence[str],
    output: Output,
    persons: Mapping[str, str],
) -> None:
    records = view.subjects(subjects)
    around = _around(view, records.values(), persons)
    for record in records.values():
        if record.held:
            _subject(record, output)
            beside(record, view, output, persons)
            if noun := _NOUNS.get(record.kind):
                noun(record, around, output, objects)


def _around(view: ProjectedCase, records: Iterable[Record], persons: Mapping[str, str]) -> _Around:
    incidents: list[str] = []
    places: set[str] = set()
    claimants: set[str] = set()
    sources: list[str] = []
    records = list(records)
    absorbed = view.absorbed(record.id for record in records if record.kind == "incident")
    merged = view.subjects(id for ids in absorbed.values() for id in ids)
    for record in merged.values():
        claimants.update(claimants_of(record))
    for record in records:
        if record.kind == "incident":
            incidents.append(record.id)
            claimants.update(claimants_of(record))
            places.update(str(value) for value in record.values("incident-place"))
        elif record.kind == "source":
            sources.append(record.id)
    return _Around(
        view.subjects(places),
        view.subjects(claimants),
        {id: tuple(merged[one] for one in ids) for id, ids in absorbed.items()},
        view.claims_naming(sources),
        ledgers_among(*view.legal_records([*incidents, *merged])),
        persons,
        view,
    )


def _subject(record: Record, output: Output) -> None:
    code = next((text for name in _CODES if (text := record.text(name))), "")
    text = _place_label(record) or _total_label(record)
    text = text or next((t for p in _LABELS if (t := record.text(p))), "")
    first = min(held.rank for held in record.held)
    output.add(models.Subject, id=record.id, kind=record.kind, first=first, code=code, label=text)
    if record.kind not in {"incident", "place"} and (code or text):
        parts = [
            (held.predicate, _words(held.value)) for held in record.held if held.live and _in_words(held)
        ]
        marks = [("party", str(value)) for value in record.values("source-side")]
        output.document(
            Document(
                record.id,
                record.kind,
                f"{code} {text}".strip(),
                _parts(parts),
                day=str(record.value("source-published", "")),
                marks=tuple(marks),
                names=tuple(dict.fromkeys(_words(held.value) for held in record.held if _is_name(held))),
            )
        )


def _is_name(held: Held) -> bool:
    """Tell whether a value is a name that records are found by: never one that a search would betray."""
    return held.live and held.predicate in _NAMES and _in_words(held)


def _parts(found: Iterable[tuple[str, str]]) -> tuple[Part, ...]:
    return tuple(Part(field, words) for field, words in found if words.strip())


def _in_words(held: Held) -> bool:
    """Pages name what is confidential and do not show it; a search would."""
    return level_of(held.predicate, held.marking) < CONFIDENTIAL


def _place_label(record: Record) -> str:
    """Both parties' names side by side, as in reports."""
    return " / ".join(name for name, _ in both_names(record)) if record.kind == "place" else ""


def _total_label(record: Record) -> str:
    """What a published total counts, and where."""
    held = record.live("total-figure")
    return f"{held[0].value['measure'].replace('_', ' ')}, {held[0].value['area']}" if held else ""


def _words(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return " ".join(_words(part) for name, part in value.items() if name not in {"sha256", "key", "vkey"})
    if isinstance(value, list):
        return " ".join(map(_words, value))
    return ""


def _bounds(found: Range) -> tuple[int | None, int | None, int]:
    return found.minimum, found.maximum, len(origins(found.considered))


def _incident(record: Record, around: _Around, output: Output, _objects: ObjectStore) -> None:
    own = claims_of(record, around.organisations)
    shown = shown_claims(record)
    ranks = {held.id: held.rank for held in record.held}
    for claim in own:
        _claim(claim, ranks[claim.id], output, shown=claim.id in shown)
    absorbed = {one.id: one for one in around.absorbed.get(record.id, ())}
    if record.live("merged-into") and not stands_in_circle(record, absorbed):
        return  # its claims count where it went, and its code leads there
    told = [(record, own)]
    told += [(one, claims_of(one, around.organisations)) for one in absorbed.values()]
    claims = [claim for _, found in told for claim in found]
    place = around.places.get(str(record.value("incident-place", "")))
    names = [held.value["name"] for held in place.live("place-name")] if place else []
    when = dates.parse(record.value("occurred")) if record.value("occurred") else None
    point = Point.from_json(record.value("incident-position")) if record.value("incident-position") else None
    killed, injured = (_bounds(casualty_range(claims, name)) for name in ("killed", "injured"))
    unpinned = sum(unpinned_claims(one, found) for one, found in told)
    tested = [around.ledgers[one.id] for one, _ in told if one.id in around.ledgers]
    state, unsettled = reviewed(record, around.view, around.persons)
    # Every page is found by its code, also of an incident nobody gave one.
    code, title = record.text("incident-code") or record.id, record.text("incident-title")
    output.add(
        models.Incident,
        id=record.id,
        code=code,
        title=title,
        earliest=when.earliest.isoformat() if when and when.earliest else "",
        latest=when.latest.isoformat() if when and when.latest else "",
        month=when.earliest.isoformat()[:7] if when and when.earliest else "",
        when=when.text if when else "",
        place=place.id if place else "",
        place_names=_place_label(place) if place else "",
        lat=point.lat if point else None,
        lon=point.lon if point else None,
        precision_m=point.precision_m if point else None,
        position_method=point.method if point else "",
        alleged=";".join(map(str, record.values("alleged-party"))),
        conduct=record.text("conduct"),
        weapon=record.text("weapon-class-reported"),
        allegations=";".join(sorted(map(str, record.values("allegation")))),
        corroboration=record.text("corroboration"),
        cell=cell_of(point.lat, point.lon) if point else None,
        killed_min=killed[0],
        killed_max=killed[1],
        killed_origins=killed[2],
        injured_min=injured[0],
        injured_max=injured[1],
        injured_origins=injured[2],
        claims=len(claims),
        gaps=incident_gaps(record, claims, tested, unpinned=unpinned, open_threads=unsettled),
        unpinned=unpinned,
        review=state,
    )
    written = ("incident-account", "conduct", "weapon-reported", "weapon-class-reported")
    parts = [(name, record.text(name)) for name in written]
    parts += [("incident-place", " ".join(dict.fromkeys(names)))]
    parts += [("former-code", " ".join(map(str, record.values("former-code"))))]
    parts += [
        (claim.field, f"{claim.ref} {claim.claimant_name} {claim.text} {claim.words}") for claim in claims
    ]
    box = bounding_box(point) if point else None
    output.document(
        Document(
            record.id,
            record.kind,
            f"{code} {title}",
            _parts(parts),
            day=when.earliest.isoformat() if when and when.earliest else "",
            places=tuple(dict.fromkeys(names)),
            marks=tuple(("party", str(party)) for party in record.values("alleged-party")),
            box=(box.south, box.north, box.west, box.east) if box else None,
        )
    )


def stands_in_circle(record: Record, absorbed: Mapping[str, Record]) -> bool:
    """Tell whether an incident stands although it was merged: two devices merged incidents into each other.

    Of such a circle the incident with the smallest id stands, in every copy alike; otherwise none would be listed.
    """
    circle, next_ = [record.id], record.text("merged-into")
    while next_ != record.id:
        if next_ not in absorbed or next_ in circle:
            return False
        circle.append(next_)
        next_ = absorbed[next_].text("merged-into")
    return record.id == min(circle)


def _claim(claim: Claim, rank: str, output: Output, *, shown: bool) -> None:
    output.add(
        models.Claim,
        id=claim.id,
        incident=claim.incident,
        rank=rank,
        ref=claim.ref,
        field=claim.field,
        operator=claim.operator,
        number=claim.number,
        upper=claim.to,
        unit=claim.unit,
        text=claim.text,
        claimant=claim.claimant,
        claimant_name=claim.claimant_name,
        side=claim.side,
        origins=";".join(claim.origins),
        as_of=str(claim.as_of or ""),
        scope=claim.scope,
        reading=claim.reading,
        earlier=claim.earlier_in_series,
        inferred=claim.inferred,
        shown=shown,
        source=claim.source,
        words=claim.words,
    )


def _place(record: Record, _around: _Around, output: Output, _objects: ObjectStore) -> None:
    names = record.live("place-name")
    for held in names:
        value = held.value
        output.add(
            models.PlaceName,
            id=held.id,
            place=record.id,
            name=value["name"],
            lang=value["lang"],
            used_by=value["used_by"],
        )
    called = tuple(dict.fromkeys(held.value["name"] for held in names))
    output.document(
        Document(
            record.id,
            record.kind,
            _place_label(record) or record.id,
            _parts(("place-name", name) for name in called),
            places=called,
            names=called,
        )
    )


def _source(record: Record, around: _Around, output: Output, _objects: ObjectStore) -> None:
    relays = [relay["words"] for relay in record.values("source-relays")]
    output.add(
        models.Source,
        id=record.id,
        code=record.text("source-code") or record.id,
        title=record.text("source-title"),
        publisher=record.text("source-publisher"),
        published=str(record.value("source-published", "")),
        type=str(record.value("source-type", "")),
        side=str(record.value("source-side", "unknown")),
        relays="; ".join(relays),
        read=record.text("source-read"),
        supports=record.text("source-supports"),
        claims=around.named_claims.get(record.id, 0),
    )


def _item(record: Record, _around: _Around, output: Output, _objects: ObjectStore) -> None:
    main = record.values("item-object")
    first = main[0] if main else {}
    output.add(
        models.Item,
        id=record.id,
        title=record.text("item-title"),
        name=first.get("name", ""),
        media=first.get("media", ""),
        sha256=first.get("sha256", ""),
        size=first.get("size"),
        role=first.get("role", ""),
        custody_events=len(record.live("custody-event")),
        warnings="\n".join(map(str, record.values("item-warning"))),
        gaps=item_gaps(record),
    )


def _report(record: Record, around: _Around, output: Output, objects: ObjectStore) -> None:
    text = record.live("report-text")
    if not text:
        return
    try:
        with objects.open(text[-1].value["sha256"]) as handle:
            document = read_document(handle.read())
    except (ObjectError, ReportError):
        # A missing or altered text is found and named by `embers verify`; the case stays readable without it.
        return
    found = [
        (sentence, section.title)
        for section, _, _ in sections_of(document)
        for block in section.blocks
        for sentence in sentences_of(block)
        if sentence.id
    ]
    numbers = sentence_numbers(document)
    withheld = around.view.withheld({id for sentence, _ in found for id in sentence.basis})
    for ordinal, (sentence, title) in enumerate(found, start=1):
        if withheld.isdisjoint(sentence.basis):
            _sentence(record.id, sentence, title, (ordinal, numbers[sentence.id]), output)


def _sentence(
    report: str, sentence: Sentence, section: str, printed: tuple[int, str], output: Output
) -> None:
    ordinal, number = printed
    output.add(
        models.Sentence,
        id=f"{report}/{sentence.id}",
        report=report,
        sentence=sentence.id,
        number=number,
        ordinal=ordinal,
        section=section,
        kind=sentence.kind,
        text=sentence.text,
    )
    for place, assertion in enumerate(sentence.basis):
        output.add(
            models.SentenceBasis,
            id=f"{report}/{sentence.id}/{place}",
            report=report,
            sentence=sentence.id,
            ordinal=place,
            assertion_id=assertion,
        )


def _task(record: Record, around: _Around, output: Output, _objects: ObjectStore) -> None:
    task_row(record, around.view, output, around.persons)


_Noun = Callable[[Record, _Around, Output, ObjectStore], None]
_NOUNS: Mapping[str, _Noun] = {
    "incident": _incident,
    "place": _place,
    "source": _source,
    "item": _item,
    "report": _report,
    "task": _task,
}
#: Noun tables and the column that says which subject a row belongs to.
_OWNERS: tuple[tuple[type[Model], str], ...] = (
    (models.Subject, "id"),
    (models.Incident, "id"),
    (models.Claim, "incident"),
    (models.PlaceName, "place"),
    (models.Source, "id"),
    (models.Item, "id"),
    (models.Sentence, "report"),
    (models.SentenceBasis, "report"),
    (models.Task, "id"),
    (models.Review, "record"),
    (models.Reading, "subject"),
)


#: The tables computed here.
NOUNS = tuple(model for model, _ in _OWNERS)


def _replace(database: CaseDatabase, subjects: Sequence[str], output: Output, *, fresh: bool) -> None:
    for model, owner in _OWNERS:
        table = model._meta.db_table
        for batch, marks in () if fresh else in_statements(subjects):
            database.change(f"DELETE FROM {table} WHERE {owner} IN ({marks})", batch)
        rows = [(*values, mask) for values, mask in output.rows.get(model, {}).items()]
        database.insert(table, [*columns(model), "seen_by"], rows)
    documents = [replace(document, seen_by=mask) for document, mask in output.documents.items()]
    index(database, subjects, documents, fresh=fresh)
