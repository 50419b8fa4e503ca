"""The fieldwork chapter: effort and refusals on every side, the sites visited, and what consent left out.

Each side has the same rows. What was refused or not visited is printed with its date: a reader must see where the
team could not go.
"""

from __future__ import annotations

from collections.abc import Mapping

from embers import dates
from embers.case_view import CaseView, Held, Record
from embers.fieldwork.mission import Effort, effort_by_side
from embers.law.wording import number_words
from embers.reporting.blocks import Block, Callout, Column, KeyValues, Row, Section, Table
from embers.reporting.chapters.chronology import ids_of
from embers.reporting.places import both_names
from embers.reporting.writer import Writer, label
from embers.vocabulary.loader import load_vocabulary

_MILLI, _KM = 1000, 1000


def fieldwork_section(view: CaseView, *, left_out: int, unnamed: int) -> Section | None:
    """Build the chapter, or nothing for a case without missions.

    ``left_out`` interviews are not in this edition for want of consent, ``unnamed`` only without identification.
    """
    missions = view.kind("mission")
    if not missions:
        return None
    writer = Writer("fieldwork")
    places = view.kind("place")
    blocks: list[Block] = [
        writer.method(
            "The same forms, questions and rules were used on every side. People were heard under codes; who they are "
            "is sealed apart from what they said.",
            _consent_words(left_out, unnamed),
        ),
        _effort(writer, view, missions),
        *_refused(writer, missions, places),
    ]
    sites = tuple(_site(view, site, places) for site in view.kind("site").values())
    return Section("fieldwork", "Fieldwork", tuple(blocks), sites, opens_page=False)


def _consent_words(left_out: int, unnamed: int) -> str:
    def some(count: int, what: str) -> str:
        return f"{number_words(count)} {'interview is' if count == 1 else 'interviews are'} {what}"

    if not left_out and not unnamed:
        return "Consent covers every interview in this edition."
    parts = [some(left_out, "left out of this edition")] if left_out else []
    parts += [some(unnamed, "used without anything that identifies")] if unnamed else []
    text = " and ".join(parts)
    return f"{text[:1].upper()}{text[1:]}, because the people heard did not consent to more."


def _effort(writer: Writer, view: CaseView, missions: Mapping[str, Record]) -> Table:
    found = effort_by_side(view)
    basis = {
        one.side: [
            id
            for mission in missions.values()
            if str(mission.value("mission-side", "unknown")) == one.side
            for id in ids_of(mission, "mission-side", "mission-period", "mission-stop", "mission-refusal")
        ]
        for one in found
    }
    table = []
    for name, words in _ROWS.items():
        cells = [writer.cell(str(getattr(one, name)), basis[one.side]) for one in found]
        table.append(Row((label(words), *cells)))
    return Table(
        caption=writer.write("Effort on every side.", kind="label"),
        columns=(Column("", share=6), *(Column(_side(one), "end", share=4) for one in found)),
        rows=tuple(table),
    )


#: What is counted, in words. Interviews are not: a count by side would tell of people who agreed to nothing.
_ROWS = {
    "missions": "Missions",
    "days": "Days",
    "stops_made": "Places reached",
    "stops_not_made": "Places not reached",
    "visits": "Site visits",
    "refusals": "Refusals met",
}


def _side(effort: Effort) -> str:
    return f"Held by: {load_vocabulary().label('side', effort.side)}"


def _refused(writer: Writer, missions: Mapping[str, Record], places: Mapping[str, Record]) -> list[Block]:
    told: list[tuple[str, Held]] = [
        (mission.text("mission-code"), held)
        for mission in missions.values()
        for held in (*mission.live("mission-refusal"), *mission.live("mission-gap"))
    ]
    if not told:
        return []
    sentences = []
    for code, held in told:
        value = held.value
        where = _place(value.get("place", ""), places)
        if held.predicate == "mission-gap":
            text = f"{code}: {where or 'a place'} was not visited. {value['reason']}"
        else:
            kind = load_vocabulary().label("refusal-kind", value["kind"])
            day = dates.describe(dates.parse(value["day"]))
            reason = f" {value['reason']}" if value.get("reason") else ""
            text = (
                f"{code}, {day}: {kind} was refused by {value['by']}{f' ({where})' if where else ''}.{reason}"
            )
        sentences.append(writer.write(text, [held.id]))
    return [Callout("gap", "Refused, and not visited", tuple(sentences))]


def _place(id: str, places: Mapping[str, Record]) -> str:
    return " / ".join(name for name, _ in both_names(places[id])) if id in places else ""


def _site(view: CaseView, site: Record, places: Mapping[str, Record]) -> Section:
    code = site.text("site-code")
    writer = Writer(f"site-{code.lower()}")
    vocabulary = load_vocabulary()
    visits = [one for one in view.kind("visit").values() if site.id in one.values("visit-site")]
    rows = [
        writer.key("Where", _place(str(site.value("site-place", "")), places), ids_of(site, "site-place")),
    ]
    for held in site.live("site-object"):
        marking = f"; {held.value['marking']}" if held.value.get("marking") else ""
        kind = vocabulary.label("object-type", held.value["type"])
        rows.append(writer.key("What stood there", f"{kind}{marking}", [held.id]))
    for visit in visits:
        for held in visit.live("visit-safety"):
            text = vocabulary.label("hazard", held.value["hazard"])
            rows.append(writer.key("Safety, as stated", _more(text, held.value.get("what")), [held.id]))
        for held in visit.live("visit-damage"):
            grade = vocabulary.label("damage-grade", held.value["grade"])
            text = _more(f"{held.value['part']}: {grade}", held.value.get("what"))
            rows.append(writer.key("Damage", text, [held.id]))
    for held in site.live("origin-sector"):
        rows.append(writer.key("Direction of origin", _sector(held.value), [held.id]))
    rows += [
        writer.key("May be, by its measures", _candidate(held.value), [held.id])
        for held in sorted(site.live("munition-hypothesis"), key=lambda one: one.value["place"])
    ]
    for held in site.live("objective-near"):
        rows.append(writer.key("Military objective", _objective(held.value), [held.id]))
    for held in site.live("site-against"):
        rows.append(writer.key("What might contradict", held.value, [held.id]))
    return Section(f"site-{code.lower()}", f"Site {code}", (KeyValues(tuple(rows)),))


def _more(text: str, more: str | None) -> str:
    return f"{text} ({more})" if more else text


def _sector(value: Mapping[str, int]) -> str:
    azimuth, error = value["azimuth_mdeg"] / _MILLI, value["error_mdeg"] / _MILLI
    text = (
        f"{azimuth:.0f}° from true north, standard error {error:.1f}°, from {value['bearings']} bearings by "
    )
    text += f"{value['measurers']} {'person' if value['measurers'] == 1 else 'people'}"
    if "declination_mdeg" in value:
        text += f"; declination {value['declination_mdeg'] / _MILLI:+.1f}° ({value['model']})"
    if "range_max_m" in value:
        text += (
            f"; between {value.get('range_min_m', 0) / _KM:g} and {value['range_max_m'] / _KM:g} km if it was "
            f"{value['weapon']}"
        )
    return f"{text}. Straight flight is assumed; this is a direction, not a position."


def _candidate(value: Mapping[str, object]) -> str:
    parts = [
        " ".join(map(str, texts))
        for name in ("fits", "against", "open")
        if (texts := value[name]) and isinstance(texts, list)
    ]
    return f"{value['place']}. {value['weapon']}. {' '.join(parts)} No identification."


def _objective(value: Mapping[str, object]) -> str:
    text = load_vocabulary().label("objective-answer", str(value["answer"]))
    text = _more(text, str(value["what"]) if value.get("what") else None)
    if "distance_m" in value:
        text += f", {value['distance_m']} m away (± {value['error_m']} m)"
    return text
