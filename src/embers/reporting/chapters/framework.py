"""The legal framework of a chapter: which law applied for each charge tested and each alleged author."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from embers.law.applicability import Applicability
from embers.reporting.blocks import Block, Cell, Column, Row, Run, Section, Table
from embers.reporting.chapters.incident import IncidentMaterial
from embers.reporting.chapters.support import applicability_of, framework_id
from embers.reporting.writer import Writer, label, link
from embers.vocabulary.loader import load_vocabulary

#: Id of the section that holds what is common to several chapters.
COMMON = "law-common"
_FROM_MEMORY = (
    "“Memory” marks what was written without the official text at hand: compare it before you rely on it."
)


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


def common_law_section(
    chapters: Iterable[Sequence[IncidentMaterial]],
) -> tuple[Section | None, frozenset[str]]:
    """Build the section on what holds for several chapters; return it with the notes it prints."""
    seen = Counter(note for materials in chapters for note in _notes(_answers(materials)))
    common = [note for note, count in seen.items() if count > 1]
    if not common:
        return None, frozenset()
    writer = Writer(COMMON)
    intro = writer.method(
        "The same check was run for every alleged author and day. A treaty that binds only one of two adversaries "
        "does not apply between them as treaty law; customary rules then stand in its place. Our words for rules "
        "and elements are paraphrases: only the official texts, linked in this report, are the law.",
        "What follows holds for several of the chapters below; each of them adds what concerns its own charges.",
    )
    notes = writer.bullets(writer.write(note, kind="law") for note in common)
    return Section(COMMON, "Applicable law", (intro, notes), opens_page=False), frozenset(common)


def framework_section(
    chapter: str, materials: Sequence[IncidentMaterial], common: frozenset[str] = frozenset()
) -> Section | None:
    """Build the legal framework of a chapter; nothing where no charge is tested for a known author.

    ``common`` are the notes printed for several chapters in :func:`common_law_section`.
    """
    answers = _answers(materials)
    if not answers:
        return None
    writer = Writer(framework_id(chapter))
    table = Table(
        caption=writer.write("Law in force between the parties for each charge tested.", kind="label"),
        columns=(
            Column("Charge tested", share=6),
            Column("Alleged author", share=4),
            Column("Treaty law", share=7),
            Column("Custom (ICRC study)", share=3),
        ),
        rows=_rows(writer, answers),
    )
    blocks: list[Block] = [table]
    own = [note for note in _notes(answers) if note not in common]
    if own:
        blocks.append(writer.bullets(writer.write(note, kind="law") for note in own))
    weakest = sorted({answer.found.weakest for answer in answers})
    closing = writer.write(
        f"Of the legal rows used here, the least checked are marked {', '.join(f'“{grade}”' for grade in weakest)}.",
        kind="method",
    )
    closings = [closing]
    if any("memory" in grade for grade in weakest):
        closings.append(writer.write(_FROM_MEMORY, kind="method"))
    if common:
        runs = [
            Run("What holds for several chapters stands in section "),
            Run("", "section-ref", target=COMMON),
            Run("."),
        ]
        blocks.append(writer.paragraph(writer.write(runs, kind="method"), *closings))
    else:
        blocks.append(writer.paragraph(*closings))
    return Section(writer.section, "Legal framework", tuple(blocks))


def _notes(answers: Iterable[_Answer]) -> list[str]:
    return list(dict.fromkeys(note for answer in answers for note in answer.found.notes))


def _rows(writer: Writer, answers: Iterable[_Answer]) -> tuple[Row, ...]:
    """Return one row per charge and answer; authors for whom all is the same share a row."""
    grouped: dict[tuple[str, str], list[_Answer]] = {}
    for answer in answers:
        charge = f"{answer.found.charge.id} {answer.found.conflict_fits}"
        grouped.setdefault((charge, _treaty_words(answer.found)), []).append(answer)
    return tuple(_row(writer, found, treaty) for (_, treaty), found in grouped.items())


def _treaty_words(found: Applicability) -> str:
    bound = [a.instrument.short for a in found.treaties if a.applies == "yes"]
    reasons = [a.reason for a in found.treaties if a.applies != "yes"]
    treaty = [f"In force: {', '.join(bound)}."] if bound else []
    return " ".join(treaty + (reasons or ([] if bound else ["No treaty is listed for it."])))


def _row(writer: Writer, answers: Sequence[_Answer], treaty: str) -> Row:
    found = answers[0].found
    rules: list[Run] = []
    for rule in found.rules:
        if rules:
            rules.append(Run(", "))
        rules.append(link(rule.citation.removeprefix("ICRC study, rule "), rule.url))
    charge = [Run(f"{found.charge.title}. "), link(found.charge.citation, found.charge.url)]
    if not found.conflict_fits:
        charge.append(Run(f" Does not cover {found.classification.type}."))
    authors = dict.fromkeys(load_vocabulary().label("side", answer.author) for answer in answers)
    return Row(
        (
            Cell((writer.write(charge, kind="law"),)),
            label("; ".join(authors)),
            Cell((writer.write(treaty, kind="law"),)),
            Cell((writer.write(rules or "none listed", kind="law"),)),
        )
    )
