"""Builds the report of a case: chapters by category of violation, in each a section per party, by one template."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from embers.case_view import CaseView, LogHead, Record
from embers.incidents.reading import claims_of
from embers.law.case_ledger import ledgers
from embers.law.wording import number_words
from embers.places import Point
from embers.reporting.blocks import Block, Contents, Document, Figure, Notice, Section
from embers.reporting.chapters.chronology import chronology_section, ids_of, in_time_order
from embers.reporting.chapters.detention import detention_section
from embers.reporting.chapters.fieldwork import fieldwork_section
from embers.reporting.chapters.framework import common_law_section, framework_section
from embers.reporting.chapters.imagery import imagery_sections
from embers.reporting.chapters.incident import IncidentMaterial, incident_section
from embers.reporting.chapters.method import method_section, scope_section, title_of
from embers.reporting.chapters.sources import exhibits_section, sources_section
from embers.reporting.chapters.support import IncidentLaw
from embers.reporting.chapters.symmetry import Party, parties_of, symmetry_section
from embers.reporting.chapters.totals import totals_section
from embers.reporting.exhibits import number_exhibits
from embers.reporting.figures import Figures
from embers.reporting.locator import LocatorPoint
from embers.reporting.notices import notices_of
from embers.reporting.places import both_names
from embers.reporting.writer import Writer


@dataclass(frozen=True, slots=True)
class Chapter:
    """A category of violation and the allegations that belong to it."""

    id: str
    title: str
    allegations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BuiltReport:
    """A document and its pictures by digest."""

    document: Document
    pictures: Mapping[str, bytes]


@lru_cache(maxsize=1)
def load_chapters() -> tuple[Chapter, ...]:
    """Load the categories (once per process)."""
    text = (files("embers.reporting") / "data" / "chapters.toml").read_text(encoding="utf-8")
    return tuple(
        Chapter(r["id"], r["title"], tuple(r["allegations"])) for r in tomllib.loads(text)["chapter"]
    )


def chapter_of(incident: Record) -> Chapter:
    """Return the first chapter that lists one of the incident's allegations; else the last chapter."""
    allegations = {str(value) for value in incident.values("allegation")}
    chapters = load_chapters()
    return next((c for c in chapters if allegations & set(c.allegations)), chapters[-1])


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many interviews consent keeps out of an edition, and how many may be used without identification only."""

    interviews: int = 0
    unnamed: int = 0


def build_report(
    view: CaseView,
    *,
    day: str,
    heads: Sequence[LogHead],
    left_out: LeftOut = LeftOut(),
    clinical: AbstractSet[str] = frozenset(),
) -> BuiltReport:
    """Build the report of a case as it stands at ``heads``. ``day`` is the date printed on it (ISO).

    ``clinical`` are the statements that clinicians of the case signed; no other is printed as a clinician's.

    Nothing reads a clock: the same case at the same heads gives the same document, byte for byte.
    """
    figures = Figures()
    case = view.subject(view.case)
    materials = _materials(view, figures)
    sections: list[Section] = [scope_section(view), method_section(view)]
    fieldwork = fieldwork_section(view, left_out=left_out.interviews, unnamed=left_out.unnamed)
    if fieldwork:
        sections.append(fieldwork)
    if detention := detention_section(view, figures, clinical=clinical):
        sections.append(detention)
    if materials:
        sections += [
            _overview(materials, figures),
            chronology_section(view, {one.code: one.name for one in parties_of(materials)}),
            *_violations(materials),
            *([totals_section(view)] if view.kind("total") else []),
            symmetry_section(materials, fieldwork=bool(fieldwork)),
        ]
    sections += imagery_sections(view)
    if view.kind("source"):
        sections.append(sources_section(view))
    sections.append(exhibits_section(view, number_exhibits(view)))
    notices = list(notices_of(case))
    if materials and not view.kind("scene"):
        notices.append(
            Notice("imagery-gap", "No satellite imagery of the region was at hand for this report.")
        )
    document = Document(
        title=title_of(case),
        subtitle=_subtitle(fieldwork, materials),
        date=day,
        sections=tuple(sections),
        short_title=title_of(case).partition(":")[0],
        notices=tuple(notices),
        meta=_meta(view, heads),
        front=(Contents(depth=2),),
    )
    return BuiltReport(document, figures.pictures)


def _subtitle(fieldwork: Section | None, materials: Sequence[IncidentMaterial]) -> str:
    if fieldwork:
        return "Report on fieldwork"
    return "Report on published allegations" if materials else "Report on preserved imagery"


def _meta(view: CaseView, heads: Sequence[LogHead]) -> tuple[tuple[str, str], ...]:
    logs = [(f"Journal {head.origin[-8:]}", f"{head.size} entries, root {head.root[:16]}…") for head in heads]
    return (("Case", view.case.partition(":")[2]), *logs)


def _materials(view: CaseView, figures: Figures) -> list[IncidentMaterial]:
    claimants = {**view.kind("organisation"), **view.kind("person")}
    places, sources = view.kind("place"), view.kind("source")
    found = ledgers(view)
    return [
        IncidentMaterial(
            incident=incident,
            claims=claims_of(incident, claimants),
            places=places,
            sources=sources,
            law=IncidentLaw(found.get(incident.id), chapter_of(incident).id),
            figures=figures,
        )
        for incident in in_time_order(view)
    ]


def _violations(materials: Sequence[IncidentMaterial]) -> list[Section]:
    """One chapter per category; in each, every party has a section, also where nothing is alleged against it."""
    parties = [party.code for party in parties_of(materials)]
    found = {
        chapter: [m for m in materials if chapter_of(m.incident) == chapter] for chapter in load_chapters()
    }
    law, common = common_law_section(found.values())
    sections = [law] if law else []
    for chapter, mine in found.items():
        if mine:
            by_party = {party.code: party for party in parties_of(mine)}
            framework = framework_section(chapter.id, mine, common)
            children = [framework] if framework else []
            children += [_party_section(chapter, by_party.get(code) or Party(code, ())) for code in parties]
            sections.append(Section(f"chapter-{chapter.id}", chapter.title, (), tuple(children)))
    return sections


def _party_section(chapter: Chapter, party: Party) -> Section:
    id = f"{chapter.id}-{party.code.lower().replace('/', '-')}"
    writer = Writer(id)
    count = len(party.materials)
    basis = [ref for m in party.materials for ref in ids_of(m.incident, "alleged-party")]
    against = (
        f"alleged against {party.name}" if party.code != "unknown" else "published without a named author"
    )
    number = number_words(count).capitalize()
    text = (
        f"{number} {'incident' if count == 1 else 'incidents'} of this category in the set "
        f"{'is' if count == 1 else 'are'} {against}."
        if count
        else f"No incident of this category in the set is {against}. This says nothing about what happened."
    )
    intro = writer.paragraph(writer.write(text, basis))
    children = tuple(incident_section(material) for material in party.materials)
    title = f"Alleged against {party.name}" if party.code != "unknown" else "No author named"
    return Section(id, title, (intro,), children)


def _overview(materials: Sequence[IncidentMaterial], figures: Figures) -> Section:
    writer = Writer("overview")
    points, basis = [], []
    for material in materials:
        position = material.incident.value("incident-position")
        if position is not None:
            point = Point.from_json(position)
            place = material.places.get(str(material.incident.value("incident-place", "")))
            code = material.incident.text("incident-code")
            name = " / ".join(n for n, _ in both_names(place)) if place else code
            points.append(LocatorPoint(point.lat, point.lon, point.precision_m, name))
            basis += ids_of(material.incident, "incident-position")
    without = len(materials) - len(points)
    blocks: list[Block] = []
    if points:
        caption = writer.write(
            f"The {len(points)} incidents with a public place; {number_words(without)} more have none. Positions are "
            "centres of settlements, never points of impact; several incidents may share one.",
            basis,
        )
        digest = figures.overview(points)
        alternative = (
            "Map of the region with one mark per settlement and the number of incidents recorded there."
        )
        blocks.append(Figure(digest, "image/svg+xml", caption, alternative))
    return Section("overview", "Where the incidents lie", tuple(blocks))
