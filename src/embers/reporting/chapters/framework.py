"""The legal framework of a chapter: which law applied for each charge tested and each alleged author."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from embers.law.applicability import Applicability
from embers.reporting.blocks import Block, Cell, Column, Row, Run, Section, Table
from embers.reporting.chapters.incident import IncidentMaterial
from embers.reporting.chapters.support import applicability_of, framework_id
from embers.reporting.writer import Writer, label, link
from embers.vocabulary.loader import load_vocabulary


@dataclass(slots=True)
class _Answer:
    """One answer of the applicable-law check and the incidents it was the same for."""

    found: Applicability
    author: str
    codes: list[str] = field(default_factory=list)


def _answers(materials: Iterable[IncidentMaterial]) -> list[_Answer]:
    groups: dict[tuple[object, ...], _Answer] = {}
    for material in materials:
        ledger = material.law.ledger
        for tested in ledger.tested if ledger else ():
            found = applicability_of(material.incident, tested)
            if found is not None:
                treaties = tuple((answer.instrument.id, answer.applies) for answer in found.treaties)
                key = (found.charge.id, tested.author, found.conflict_fits, treaties)
                groups.setdefault(key, _Answer(found, tested.author)).codes.append(
                    material.incident.text("incident-code")
                )
    return sorted(groups.values(), key=lambda answer: (answer.found.charge.id, answer.author))


def framework_section(chapter: str, materials: Sequence[IncidentMaterial]) -> Section | None:
    """Build the legal framework of a chapter; nothing where no charge is tested for a known author."""
    answers = _answers(materials)
    if not answers:
        return None
    writer = Writer(framework_id(chapter))
    rows = tuple(_row(writer, answer) for answer in answers)
    table = Table(
        caption=writer.write("Law in force between the parties for each charge tested.", kind="label"),
        columns=(
            Column("Charge tested", share=6),
            Column("Alleged author", share=4),
            Column("Treaty law", share=6),
            Column("Custom (ICRC study)", share=3),
        ),
        rows=rows,
    )
    intro = writer.method(
        "The same check was run for every alleged author and day. A treaty that binds only one of two adversaries "
        "does not apply between them as treaty law; customary rules then stand in its place. Our words for rules "
        "and elements are paraphrases: only the official texts, linked here, are the law."
    )
    notes = dict.fromkeys(note for answer in answers for note in answer.found.notes)
    blocks: list[Block] = [intro, table]
    if notes:
        blocks.append(writer.bullets(writer.write(note, kind="law") for note in notes))
    weakest = sorted({answer.found.weakest for answer in answers})
    blocks.append(
        writer.method(f"How well the weakest legal rows used here were checked: {'; '.join(weakest)}.")
    )
    return Section(writer.section, "Legal framework", tuple(blocks))


def _row(writer: Writer, answer: _Answer) -> Row:
    found = answer.found
    bound = [a.instrument.short for a in found.treaties if a.applies == "yes"]
    reasons = [a.reason for a in found.treaties if a.applies != "yes"]
    treaty = [f"In force: {', '.join(bound)}."] if bound else []
    treaty += reasons or ([] if bound else ["No treaty is listed for it."])
    rules: list[Run] = []
    for rule in found.rules:
        if rules:
            rules.append(Run(", "))
        rules.append(link(rule.citation.removeprefix("ICRC study, rule "), rule.url))
    charge = [Run(f"{found.charge.title}. "), link(found.charge.citation, found.charge.url)]
    if not found.conflict_fits:
        charge.append(Run(f" Does not cover {found.classification.type}."))
    return Row(
        (
            Cell((writer.write(charge, kind="law"),)),
            label(load_vocabulary().label("side", answer.author)),
            Cell((writer.write(" ".join(treaty), kind="law"),)),
            Cell((writer.write(rules or "none listed", kind="law"),)),
        )
    )
