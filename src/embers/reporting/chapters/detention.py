"""The chapter on detention and injuries: what people tell of being held, what was seen, what clinicians state.

The view decides what is there: consent to analysis, to the edition, and, for a body, to that very use. What is told
stays somebody's account; a degree of consistency stays the statement of the clinician named with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from embers import dates
from embers.case_view import CaseView, Record
from embers.fieldwork.body_map import CAPTIONS, body_map_svg, marks
from embers.fieldwork.examination import BODY, OF_THE_DEAD, Examination, Finding
from embers.reporting.blocks import (
    Block,
    Cell,
    Column,
    Figure,
    KeyValue,
    KeyValues,
    Paragraph,
    Row,
    Section,
    Table,
)
from embers.reporting.chapters.chronology import ids_of
from embers.reporting.figures import Figures
from embers.reporting.places import both_names
from embers.reporting.writer import Writer, label
from embers.vocabulary.loader import load_vocabulary

_NOBODY = "a person whose name is withheld"
#: What of a dead body and its scene is printed, in this order.
_OF_THE_DEAD = (*OF_THE_DEAD, "family-told", "step-not-taken")


def detention_section(view: CaseView, figures: Figures, *, clinical: AbstractSet[str]) -> Section | None:
    """Build the chapter, or nothing where nobody tells of being held and no examination may be printed.

    ``clinical`` are the statements that a clinician of the case signed; any other is not printed.
    """
    detentions = sorted(view.kind("detention").values(), key=lambda one: one.text("detention-code"))
    examined = sorted(view.kind("examination").values(), key=lambda one: one.text("examination-code"))
    examinations = [one for one in examined if one.text("examination-code")]
    told = [one for one in detentions if one.live("detention-condition") or one.live("method-alleged")]
    if not told and not examinations:
        return None
    writer = Writer("detention")
    method = writer.method(
        "What people tell of being held is printed as their account. Nothing is said here of whether it was lawful.",
        "What was seen on a body is printed apart from what it may mean. How far a finding agrees with the account is "
        "stated in one of the five degrees of the Istanbul Protocol, by a clinician under a staff code and by nobody "
        "else.",
        "Only people who agreed to it have what was seen on their body in this edition; that nothing is printed of "
        "somebody says nothing about them.",
    )
    children = [_detention(view, one) for one in told]
    children += [_examination(view, one, figures, clinical=clinical) for one in examinations]
    return Section("detention", "Detention and injuries", (method,), tuple(children), opens_page=False)


def _detention(view: CaseView, detention: Record) -> Section:
    code = detention.text("detention-code")
    writer = Writer(f"detention-{code.lower()}")
    vocabulary = load_vocabulary()
    rows = [
        writer.key("Person held", _person(view, detention, "detention-of"), ids_of(detention, "detention-of"))
    ]
    for held in detention.live("detention-incident"):
        incident = view.subject(str(held.value))
        words = f"{incident.text('incident-code')} {incident.text('incident-title')}".strip()
        rows += [writer.key("Incident", words, [held.id])] if words else []
    rows += [
        writer.key("From and to, as told", _day(held.value), [held.id])
        for held in detention.live("detention-period")
    ]
    for held in detention.live("detention-place"):
        kind = vocabulary.label("detention-place-kind", held.value["kind"])
        where = _place(view, held.value.get("place", ""))
        called = f"“{held.value['called']}”" if held.value.get("called") else ""
        rows.append(writer.key("Held at, as told", "; ".join(filter(None, (kind, where, called))), [held.id]))
    for held in detention.live("detention-held-by"):
        side = vocabulary.label("side", held.value["side"])
        rows.append(
            writer.key(
                "Held by, as told", "; ".join(filter(None, (side, held.value.get("as_told")))), [held.id]
            )
        )
    for held in detention.live("detention-taken"):
        rows.append(writer.key("How taken, as told", held.value, [held.id]))
    for held in detention.live("detention-outcome"):
        outcome = vocabulary.label("detention-outcome", held.value["outcome"])
        day = f", {_day(held.value['day'])}" if held.value.get("day") else ""
        rows.append(writer.key("How it ended", _more(f"{outcome}{day}", held.value.get("text")), [held.id]))
    blocks: list[Block] = [KeyValues(tuple(rows))]
    blocks += _accounts(
        writer,
        detention,
        "detention-condition",
        ("aspect", "detention-aspect"),
        title="Conditions, as told",
        head="Aspect",
    )
    blocks += _accounts(
        writer,
        detention,
        "method-alleged",
        ("method", "alleged-method"),
        title="Methods alleged, as told",
        head="Method",
    )
    return Section(f"detention-{code.lower()}", f"Detention {code}", tuple(blocks))


def _accounts(
    writer: Writer, detention: Record, predicate: str, coded: tuple[str, str], *, title: str, head: str
) -> list[Block]:
    held = detention.live(predicate)
    if not held:
        return []
    name, codes = coded
    rows = []
    for one in held:
        value = one.value
        more = [
            f"By whom, as told: {value['by_whom']}." if value.get("by_whom") else "",
            f"How often, as told: {value['often']}." if value.get("often") else "",
            f"Afterwards, as told: {value['after_effects']}." if value.get("after_effects") else "",
        ]
        text = " ".join(filter(None, (_sentence(value["text"]), *more)))
        rows.append(Row((label(load_vocabulary().label(codes, value[name])), writer.cell(text, [one.id]))))
    caption = writer.write(f"{title}.", kind="label")
    return [Table(caption, (Column(head, share=3), Column("Told", share=8)), tuple(rows))]


def _examination(view: CaseView, record: Record, figures: Figures, *, clinical: AbstractSet[str]) -> Section:
    found = Examination.of(record)
    id = f"examination-{found.code.lower()}"
    writer = Writer(id)
    vocabulary = load_vocabulary()
    rows = [
        writer.key(
            "Person examined", _person(view, record, "examination-of"), ids_of(record, "examination-of")
        ),
        writer.key(
            "Kind", vocabulary.label("examination-kind", found.kind), ids_of(record, "examination-kind")
        ),
    ]
    rows += [
        writer.key("Setting", _setting(held.value), [held.id]) for held in record.live("examination-setting")
    ]
    rows += [
        writer.key("Complaint, as told", _sentence(held.value), [held.id])
        for held in record.live("examination-complaint")
    ]
    rows += _clinicians(view, writer, found, clinical=clinical)
    blocks: list[Block] = [KeyValues(tuple(rows))]
    blocks += _drawing(writer, found, figures)
    if found.findings:
        blocks.append(_findings(view, writer, found, clinical=clinical))
    for held in found.overall:
        if held.id in clinical:
            text = f"On all findings together: {_statement(view, held.value)}"
            blocks.append(writer.paragraph(writer.write(text, [held.id])))
    if found.kind == BODY:
        blocks += _of_the_dead(view, writer, record, found, clinical=clinical)
    return Section(id, f"Examination {found.code}", tuple(blocks))


def _drawing(writer: Writer, found: Examination, figures: Figures) -> list[Block]:
    on_body = [one for one in found.findings if one.on_the_body]
    if not marks(one.value for one in on_body):
        return []
    digest = figures.add(body_map_svg([one.value for one in on_body], captions=CAPTIONS).encode())
    caption = writer.write(
        f"Findings of the examination {found.code} by their numbers. A number stands in its region, not at a measured "
        "spot; left and right are the person's own.",
        [one.id for one in on_body],
    )
    alternative = (
        "Outline of a body from the front and from behind with the numbers of the findings in their regions."
    )
    return [Figure(digest, "image/svg+xml", caption, alternative, width=46)]


def _findings(view: CaseView, writer: Writer, found: Examination, *, clinical: AbstractSet[str]) -> Table:
    rows = []
    for one in found.findings:
        stated = [held for held in one.stated if held.id in clinical]
        cells = tuple(writer.write(_statement(view, held.value), [held.id]) for held in stated)
        rows.append(
            Row(
                (
                    label(one.code),
                    writer.cell(_seen(one), [one.id]),
                    Cell(cells) if cells else label("Not stated."),
                )
            )
        )
    return Table(
        writer.write("Findings, and what a clinician states about each.", kind="label"),
        (Column("", share=1), Column("Seen", share=6), Column("A clinician states", share=6)),
        tuple(rows),
    )


def _seen(finding: Finding) -> str:
    value, vocabulary = finding.value, load_vocabulary()
    if not finding.on_the_body:
        return _sentence(value["description"])
    where = (
        f"{vocabulary.label('body-region', value['region'])}, {vocabulary.label('body-side', value['side'])}, "
        f"{vocabulary.label('body-aspect', value['aspect'])}"
    )
    kind = vocabulary.label("finding-kind", value["kind"])
    sizes = " × ".join(str(value[name]) for name in ("length_mm", "width_mm") if name in value)
    each = f"{value['count']}, each " if value.get("count", 1) != 1 else ""
    age = f" Age as judged: {value['age_as_judged']}." if value.get("age_as_judged") else ""
    size = (f" {each}{sizes} mm." if sizes else "") + age
    return f"{where[:1].upper()}{where[1:]}: {kind}. {_sentence(value['description'])}{size}"


def _statement(view: CaseView, value: Mapping[str, Any]) -> str:
    degree = load_vocabulary().label("consistency", str(value["degree"]))
    other = (
        f" Other causes considered: {_sentence(value['other_causes'])}" if value.get("other_causes") else ""
    )
    return (
        f"{_code_of(view, value)}: {degree} what is told: {_sentence(value['account'])} "
        f"{_sentence(value['reasons'])}{other}"
    )


def _code_of(view: CaseView, value: Mapping[str, Any]) -> str:
    return view.subject(str(value["clinician"])).text("staff-code") or "A clinician"


def _clinicians(
    view: CaseView, writer: Writer, found: Examination, *, clinical: AbstractSet[str]
) -> list[KeyValue]:
    """Return who states here and with which qualification, each once."""
    stated = [*(held for one in found.findings for held in one.stated), *found.overall, *found.on_death]
    by: dict[str, list[str]] = {}
    for held in stated:
        if held.id in clinical:
            by.setdefault(f"{_code_of(view, held.value)}: {held.value['qualification']}", []).append(held.id)
    return [writer.key("Clinician", words, ids) for words, ids in by.items()]


def _of_the_dead(
    view: CaseView, writer: Writer, record: Record, found: Examination, *, clinical: AbstractSet[str]
) -> list[Block]:
    vocabulary = load_vocabulary()
    rows = [
        writer.key(vocabulary.predicates[predicate].label, _fields(view, predicate, held.value), [held.id])
        for predicate in _OF_THE_DEAD
        for held in record.live(predicate)
    ]
    blocks: list[Block] = [KeyValues(tuple(rows))] if rows else []
    for held in found.on_death:
        if held.id in clinical:
            value = held.value
            manner = vocabulary.label("manner-of-death", value["manner"])
            text = (
                f"{_code_of(view, value)} states the cause of death: {_sentence(value['cause'])} Manner: {manner}. "
                f"{_sentence(value['reasons'])}"
            )
            blocks.append(Paragraph((writer.write(text, [held.id]),)))
    return blocks


def _fields(view: CaseView, predicate: str, value: Mapping[str, Any]) -> str:
    vocabulary = load_vocabulary()
    parts = []
    for field in vocabulary.predicates[predicate].fields:
        given = value.get(field.name)
        if given in (None, "", []) or field.name in {"item", "report"}:
            continue
        if field.type == "code":
            text = vocabulary.label(field.codes, str(given))
        elif field.type == "date":
            text = _day(str(given))
        elif field.type == "yes-no":
            text = "yes" if given else "no"
        elif field.type == "ref":
            text = _place(view, str(given))
        else:
            text = str(given)
        parts.append(f"{field.name.replace('_', ' ')}: {text}")
    return "; ".join(parts)


def _setting(value: Mapping[str, Any]) -> str:
    parts = [f"{_day(value['day'])}, by {value['examined_by']}"]
    parts += [value[name] for name in ("room",) if value.get(name)]
    parts += [f"present: {', '.join(value['present'])}"] if value.get("present") else []
    parts += [
        f"{name}: {value[name]}"
        for name in ("restraints", "interpreter", "light", "limits")
        if value.get(name)
    ]
    return "; ".join(parts)


def _person(view: CaseView, record: Record, predicate: str) -> str:
    id = str(record.value(predicate, ""))
    person = view.subject(id) if id else None
    if person is None or not person.held:
        return _NOBODY
    code = person.text("person-code")
    return person.text("pseudonym") or (f"the person known as {code}" if code else _NOBODY)


def _place(view: CaseView, id: str) -> str:
    place = view.subject(id) if id else None
    return " / ".join(name for name, _ in both_names(place)) if place and place.held else ""


def _day(text: str) -> str:
    return dates.describe(dates.parse(text))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "”")) else f"{text}."


def _more(text: str, more: str | None) -> str:
    return f"{text} ({more})" if more else text
