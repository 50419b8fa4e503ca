"""One incident in a report. Both parties' incidents go through this one template, part by part, in one order.

A part that has nothing to say says so; it is never left out. Nothing contested is written as settled: figures
are ranges with every claimant's own figure, and the account is marked as a compilation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from embers import dates
from embers.case_view import Record
from embers.errors import DateError
from embers.incidents.claim import Claim, describe_number
from embers.incidents.resolution import (
    casualty_range,
    contested,
    describe_range,
    origins,
)
from embers.law.wording import number_words
from embers.places import Point, method_words
from embers.reporting.blocks import (
    Block,
    Callout,
    Cell,
    Column,
    Figure,
    KeyValues,
    Paragraph,
    RangeClaim,
    RangeRow,
    RangeTable,
    Row,
    Run,
    Section,
    Sentence,
    Table,
)
from embers.reporting.chapters.chronology import ids_of, section_id, when_words
from embers.reporting.chapters.sources import relay_words
from embers.reporting.chapters.support import IncidentLaw, law_blocks
from embers.reporting.figures import Figures
from embers.reporting.places import both_names, place_runs
from embers.reporting.writer import Writer, label
from embers.vocabulary.loader import load_vocabulary

_CASUALTIES = ("killed", "injured")
_ANSWERS = ("denial", "response")
#: What the published set writes where it has no direct answer of the accused side.
_NO_ANSWER = {
    "general_denial": "Only the general denial that both parties issued was found; it does not name this incident.",
    "not_found": "No answer was found in the passages read.",
    "no_immediate_reaction": "The source records that there was no immediate reaction.",
}
#: What the published set writes where it looked and could not tell.
_UNKNOWN = ("", "unknown", "not known", "not given", "not reported")


@dataclass(frozen=True, slots=True)
class IncidentMaterial:
    """Everything the template needs for one incident, gathered beforehand without a query per incident."""

    incident: Record
    claims: tuple[Claim, ...]
    places: Mapping[str, Record]
    sources: Mapping[str, Record]
    law: IncidentLaw
    figures: Figures


def incident_section(material: IncidentMaterial) -> Section:
    """Build the section of one incident."""
    incident = material.incident
    code = incident.text("incident-code")
    writer = Writer(section_id(code))
    blocks: list[Block] = [
        _particulars(writer, material),
        _account(writer, incident),
        _figures_table(writer, material),
        _contested(writer, material),
        _answer(writer, material),
        _other_claims(writer, material),
        _map(writer, material),
        *law_blocks(writer, incident, material.law),
    ]
    return Section(section_id(code), f"{code} {incident.text('incident-title')}", tuple(blocks))


def _particulars(writer: Writer, material: IncidentMaterial) -> KeyValues:
    incident = material.incident
    vocabulary = load_vocabulary()
    alleged = [vocabulary.label("side", str(code)) for code in incident.values("alleged-party")]
    corroboration = vocabulary.label("corroboration", str(incident.value("corroboration", "")))
    territory = vocabulary.label("territory", incident.text("incident-territory"))
    rows: Sequence[tuple[str, str | list[Run], tuple[str, ...]]] = (
        ("When", when_words(incident), ("occurred", "occurred-note", "occurred-zone")),
        ("Where", _where(material), ("incident-place", "incident-title")),
        ("Alleged author", ", ".join(alleged), ("alleged-party",)),
        ("Conduct alleged", incident.text("conduct"), ("conduct",)),
        ("Territory, as coded", territory, ("incident-territory",)),
        ("Control of the place", vocabulary.label("side", incident.text("control")), ("control",)),
        ("Weapon, as reported", incident.text("weapon-reported"), ("weapon-reported",)),
        ("Class of weapon", incident.text("weapon-class-reported"), ("weapon-class-reported",)),
        ("Those affected", ", ".join(incident.values("victim-status")), ("victim-status",)),
        ("What was hit", incident.text("protected-object-hit"), ("protected-object-hit",)),
        ("Nearest military objective", incident.text("nearest-objective"), ("nearest-objective",)),
        ("Corroboration", corroboration, ("corroboration",)),
    )
    known = [row for row in rows if row[1] not in _UNKNOWN]
    pairs = [writer.key(name, text, ids_of(incident, *predicates)) for name, text, predicates in known]
    unknown = [
        (name.lower(), ids_of(incident, *predicates)) for name, text, predicates in rows if text in _UNKNOWN
    ]
    looked = [(name, ids) for name, ids in unknown if ids]
    silent = [name for name, ids in unknown if not ids]
    if looked:
        grounds = [id for _, ids in looked for id in ids]
        pairs.append(writer.key("Not known", "; ".join(name for name, _ in looked), grounds))
    if silent:
        pairs.append(writer.key("Not recorded", "; ".join(silent)))
    return KeyValues(tuple(pairs))


def _where(material: IncidentMaterial) -> list[Run]:
    return place_runs(material.incident, material.places)


def _account(writer: Writer, incident: Record) -> Block:
    text = incident.text("incident-account") or "None is written yet; the claims below stand for themselves."
    account = writer.write(text, ids_of(incident, "incident-account"))
    return Paragraph((account,), lead="Account, as compiled.")


def origin_words(claim: Claim) -> str:
    """Name the root origins a claim rests on; a person heard is an origin of their own."""
    return " and ".join(
        claim.claimant_name if origin.startswith("person:") else load_vocabulary().label("origin", origin)
        for origin in claim.origins
    )


def _claim_cell(writer: Writer, claim: Claim) -> Sentence:
    limits = {"wider": "covers more than this incident", "partial": "covers part of the incident"}
    notes = [limits[claim.scope]] if claim.scope in limits else []
    if claim.earlier_in_series:
        notes.append("earlier figure of a running count")
    if claim.inferred:
        notes.append("worked out by the compilers")
    text = describe_number(claim)
    return writer.write(f"{text} ({'; '.join(notes)})" if notes else text, [claim.id])


def _range_claim(writer: Writer, claim: Claim, material: IncidentMaterial) -> RangeClaim:
    source = material.sources.get(claim.source)
    read = source.text("source-code") if source else ""
    relay = relay_words(source, material.sources) if source else ""
    relayed = f"{read}, relaying {relay}" if relay else read
    basis = [claim.id, *(held.id for held in source.live("source-relays"))] if source else [claim.id]
    return RangeClaim(
        claimant=writer.cell(claim.claimant_name, [claim.id]),
        value=_claim_cell(writer, claim),
        date=dates.describe(claim.as_of) if claim.as_of else "no date",
        origin_group=origin_words(claim),
        relay=writer.cell(relayed, basis) if read else Cell(),
    )


def _figures_table(writer: Writer, material: IncidentMaterial) -> Block:
    rows = []
    for field in _CASUALTIES:
        claims = sorted((c for c in material.claims if c.field == field), key=_by_date)
        found = casualty_range(claims, field)
        basis = [claim.id for claim in found.considered] or [claim.id for claim in claims]
        label = load_vocabulary().predicate(field).label
        if basis:
            shown = writer.write(describe_range(found, field), basis)
        else:
            shown = writer.write("no source read gives a figure; this is unknown, not zero", kind="method")
        rows.append(RangeRow(label, shown, tuple(_range_claim(writer, claim, material) for claim in claims)))
    caption = writer.write("Killed and injured: ranges, and the figure of every claimant.", kind="label")
    return RangeTable(caption, tuple(rows))


def _by_date(claim: Claim) -> tuple[str, str]:
    return str(claim.as_of or "9999"), claim.ref


def _contested(writer: Writer, material: IncidentMaterial) -> Block:
    title = "What the sources disagree on"
    sentences = []
    counted = {claim.field for claim in material.claims if claim.has_figure}
    for field in sorted(counted, key=lambda name: (name not in _CASUALTIES, name == "injured", name)):
        if contested(material.claims, field):
            found = casualty_range(material.claims, field)
            noun = load_vocabulary().predicate(field).label
            groups = origins(found.considered)
            parts = "; ".join(
                f"{', '.join(dict.fromkeys(claim.claimant_name for claim in group.claims))}: "
                f"{', '.join(dict.fromkeys(describe_number(claim) for claim in group.claims))}"
                for group in groups
            )
            sentences.append(
                writer.write(
                    f"{noun}: the figures of {number_words(len(groups))} origins cannot all be right. {parts}.",
                    [claim.id for claim in found.considered],
                )
            )
    if sentences:
        return Callout("contested", title, tuple(sentences))
    nothing = writer.write("No figure is contested between different origins.", kind="method")
    return Paragraph((nothing,), lead=f"{title}.")


def _answer(writer: Writer, material: IncidentMaterial) -> Block:
    """Print the answers found, in a box; say in one quiet line where none was found."""
    title = "Answer of the accused side"
    incident = material.incident
    sentences = [
        writer.write(f"{_dated(claim)}: {(claim.words or claim.text).rstrip('.')}.", [claim.id])
        for claim in sorted(material.claims, key=_by_date)
        if claim.field in _ANSWERS
    ]
    answer = incident.text("answer-of-accused")
    nothing = _NO_ANSWER.get(answer, "" if answer else "No answer is recorded.")
    if not sentences and nothing:
        quiet = writer.write(nothing, ids_of(incident, "answer-of-accused"))
        return Paragraph((quiet,), lead=f"{title}.")
    if not nothing:
        text = f"The published set sums it up as: {answer}."
        sentences.append(writer.write(text, ids_of(incident, "answer-of-accused")))
    return Callout("denial", title, tuple(sentences))


def _dated(claim: Claim) -> str:
    return f"{claim.claimant_name}, {dates.describe(claim.as_of)}" if claim.as_of else claim.claimant_name


def _other_claims(writer: Writer, material: IncidentMaterial) -> Block:
    vocabulary = load_vocabulary()
    claims = [c for c in material.claims if c.field not in {*_CASUALTIES, *_ANSWERS}]
    rows = []
    for claim in sorted(claims, key=lambda c: (c.field, *_by_date(c))):
        said = describe_number(claim) if not claim.text else _day(claim)
        if claim.text and claim.operator != "eq":
            said = f"{vocabulary.label('operator', claim.operator)} {said}"
        told = claim.words.startswith(said)  # "14 videos examined" already gives the figure
        words = claim.words if told or not said else f"{said} ({claim.words})" if claim.words else said
        source = material.sources.get(claim.source)
        rows.append(
            Row(
                (
                    label(vocabulary.predicate(claim.field).label),
                    writer.cell(words, [claim.id]),
                    writer.cell(claim.claimant_name, [claim.id]),
                    label(source.text("source-code") if source else ""),
                )
            )
        )
    if not rows:
        nothing = writer.write("No others about this incident are in the published set.", kind="method")
        return Paragraph((nothing,), lead="Further claims.")
    return Table(
        caption=writer.write("Further claims, as their claimants put them.", kind="label"),
        columns=(
            Column("About", share=3),
            Column("Claim", share=9),
            Column("Claimant", share=4),
            Column("Source", "end", share=2),
        ),
        rows=tuple(rows),
    )


def _day(claim: Claim) -> str:
    """Return a claim's text; a day in the written form of dates is worded."""
    try:
        return dates.describe(dates.parse(claim.text)) if claim.field == "date" else claim.text
    except DateError:
        return claim.text


def _map(writer: Writer, material: IncidentMaterial) -> Block:
    """Print the map where a position is used for the first time; later incidents refer to it."""
    incident = material.incident
    position = incident.value("incident-position")
    if position is None:
        text = "None: the place of this incident is not public in the passages read."
        return Paragraph((writer.write(text, ids_of(incident, "incident-title")),), lead="Map.")
    point = Point.from_json(position)
    place = material.places.get(str(incident.value("incident-place", "")))
    name = " / ".join(name for name, _ in both_names(place)) if place else incident.text("incident-code")
    digest = material.figures.locator(point, name)
    used = f"Position: {method_words(point.method)}, within {_distance(point.precision_m)}"
    basis = ids_of(incident, "incident-position")
    before = material.figures.printed_in(digest, writer.section)
    if before:
        runs = [
            Run(f"{used}; it is not a point of impact. The map stands in section "),
            Run("", "section-ref", target=before),
            Run("."),
        ]
        return Paragraph((writer.write(runs, basis),), lead="Map.")
    caption = writer.write(f"{used}. It is not a point of impact.", basis)
    alternative = (
        f"Map of the area of {name} with a circle of {_distance(point.precision_m)} around the position used."
    )
    return Figure(digest, "image/svg+xml", caption, alternative, width=64)


def _distance(metres: int) -> str:
    return f"{metres / 1000:g} km" if metres >= 1000 else f"{metres} m"
