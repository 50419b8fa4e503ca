"""Examinations: the body map with its findings, a form to begin one, and the form on which a clinician states."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from embers.access.policy import Policy
from embers.access.roles import CLINICIAN, Permission
from embers.access.standing import CONFIDENTIAL
from embers.actions.clinical import (
    Consistency,
    DeathStated,
    open_examination,
    state_consistency,
    state_death,
    stated_by_clinicians,
    why_no_clinician,
)
from embers.actions.recorder import Act, Recorder
from embers.case_view import Held, Record
from embers.fieldwork.body_map import HEIGHT, VIEWS, WIDTH, Mark, Shape, marks, shapes
from embers.fieldwork.examination import (
    BODY,
    BODY_FINDING,
    DEATH_STATED,
    OVERALL,
    PSYCHOLOGICAL_FINDING,
    QUALIFICATION,
    STATEMENTS,
    Examination,
    Finding,
)
from embers.journal.assertion import Basis
from embers.projections import models
from embers.vocabulary.loader import load_vocabulary
from embers.web.at_work import at_work
from embers.web.forms.sheet import Sheet, begin
from embers.web.grounds import explain, fields
from embers.web.pages.recording import crumbs_of
from embers.web.reader import folder_of, policy_of, reader_of
from embers.web.shell import Crumb, Desk, desk, page, unknown
from embers.web.wording import Name, code_label, names

#: What the page shows by itself, above or below the rest.
_OWN = frozenset({"examination-code", BODY_FINDING, PSYCHOLOGICAL_FINDING}) | STATEMENTS
_Draft = Callable[[Recorder], Act]


@dataclass(frozen=True, slots=True)
class Stated:
    """One statement of a clinician: the degree or manner in words, by whom, and the assertion."""

    words: str
    held: Held
    by: Name


@dataclass(frozen=True, slots=True)
class FindingShown:
    """One finding of the list: where it is in words, what was seen, its measures, and what clinicians state."""

    finding: Finding
    where: str
    kind: str
    measures: str
    stated: tuple[Stated, ...]


@dataclass(frozen=True, slots=True)
class Region:
    """One region of the drawing: its outline, its words, and the form it leads to."""

    shape: Shape
    words: str
    href: str


@dataclass(frozen=True, slots=True)
class View:
    """The body from one side: its regions and the numbers of findings on it."""

    id: str
    words: str
    regions: tuple[Region, ...]
    marks: tuple[Mark, ...]


def examination(request: HttpRequest, code: str) -> HttpResponse:
    """Show one examination: agreed, setting, body map, findings, statements, and what belongs to the dead."""
    at = desk(request)
    name, record = _known(request, at, code)
    found = Examination.of(record)
    work = at_work(request, at, record)
    counting = _counting(request, at, record)
    stated = _stated(at, record, counting)
    rest = [one for one in record.held if one.live and one.predicate not in _OWN]
    present = {one.predicate for one in rest}
    order = [id for id in load_vocabulary().predicates if id in present]
    return page(
        request,
        "examination.html",
        title=found.code,
        crumbs=crumbs_of("examination", name),
        name=name,
        found=found,
        kind_words=code_label("examination-kind", found.kind),
        of_the_dead=found.kind == BODY,
        views=_views(found, str(work["bare"]) if work["may_record"] else ""),
        width=WIDTH,
        height=HEIGHT,
        next_code=found.next_code("F"),
        choices=[(one, _terms(one)) for one in ("body-region", "body-side", "body-aspect")],
        rows=[_row(one, stated) for one in found.findings],
        overall=[stated[one.id] for one in found.overall if one.id in stated],
        on_death=[stated[one.id] for one in found.on_death if one.id in stated],
        uncounted=len(
            [one for one in record.held if one.live and one.predicate in STATEMENTS and one.id not in stated]
        ),
        doubled=_doubled(found),
        clinicians={
            one.by.handle: one.held.value["qualification"] for one in stated.values() if one.held.live
        },
        facts=fields(record, explain(at, rest, reveal=True), order),
        why_not=why_no_clinician(policy_of(folder_of(request)), at.view, reader_of(request).person),
        **work,
    )


def _known(request: HttpRequest, at: Desk, code: str) -> tuple[Name, Record]:
    """Return the examination; who may not read all of it does not learn that it exists."""
    standing = reader_of(request).standing
    row = models.Subject.objects.using(at.alias).filter(kind="examination", code=code).first()
    if row is None or (standing is not None and standing.level < CONFIDENTIAL):
        raise unknown(gettext("The examination"), code, [], where=reverse("records"))
    return Name(row.id, row.code, row.label), at.view.subject(row.id)


def _counting(request: HttpRequest, at: Desk, record: Record) -> frozenset[str]:
    journal = folder_of(request).journal(read_only=True)
    try:
        roster = journal.roster()
    finally:
        journal.close()
    live = [one for one in record.held if one.live]
    return stated_by_clinicians(at.view, policy_of(folder_of(request)), roster, live)


def _stated(at: Desk, record: Record, counting: frozenset[str]) -> dict[str, Stated]:
    held = [one for one in record.held if one.id in counting]
    known = names(at.alias, [str(one.value["clinician"]) for one in held])
    return {one.id: Stated(_degree(one), one, known[str(one.value["clinician"])]) for one in held}


def _degree(held: Held) -> str:
    if held.predicate == DEATH_STATED:
        return code_label("manner-of-death", held.value["manner"])
    return code_label("consistency", held.value["degree"])


def _row(finding: Finding, stated: Mapping[str, Stated]) -> FindingShown:
    value = finding.value
    where = (
        ", ".join(
            (
                code_label("body-region", value["region"]),
                code_label("body-side", value["side"]),
                code_label("body-aspect", value["aspect"]),
            )
        )
        if finding.on_the_body
        else ""
    )
    return FindingShown(
        finding,
        where,
        code_label("finding-kind", value["kind"]) if finding.on_the_body else gettext("psychological"),
        _measures(value),
        tuple(stated[one.id] for one in finding.stated if one.id in stated),
    )


def _measures(value: Mapping[str, int]) -> str:
    sizes = [str(value[name]) for name in ("length_mm", "width_mm") if name in value]
    many = f"{value['count']} ×" if value.get("count", 1) != 1 else ""
    return " ".join(filter(None, (many, f"{' × '.join(sizes)} mm" if sizes else "")))


def _doubled(found: Examination) -> list[str]:
    """Return numbers two findings bear: both were recorded at once, on two devices or two pages."""
    codes = [one.code for one in found.findings]
    return sorted({code for code in codes if codes.count(code) > 1})


def _views(found: Examination, bare: str) -> tuple[View, ...]:
    placed = marks(one.value for one in found.findings if one.on_the_body)
    titles = {
        "front": gettext("From the front: the person's left is on the right"),
        "back": gettext("From behind: the person's left is on the left"),
    }
    return tuple(
        View(
            view,
            titles[view],
            tuple(_region(one, found, bare) for one in shapes() if one.view == view),
            tuple(mark for mark in placed if mark.view == view),
        )
        for view in VIEWS
    )


def _region(shape: Shape, found: Examination, bare: str) -> Region:
    words = f"{code_label('body-region', shape.region)}, {code_label('body-side', shape.side)}"
    given = {
        "field": BODY_FINDING,
        "v.code": found.next_code("F"),
        "v.region": shape.region,
        "v.side": shape.side,
        "v.aspect": shape.view,
    }
    href = f"{reverse('record-add', args=['examination', bare])}?{urlencode(given)}" if bare else ""
    return Region(shape, words, href)


def _terms(codes: str) -> list[tuple[str, str]]:
    return [(term, code_label(codes, term)) for term in load_vocabulary().codes[codes].terms]


def new(request: HttpRequest) -> HttpResponse:
    """Begin an examination: of whom, of what kind, and in which interview it was agreed to."""
    at = desk(request)
    sheet = begin(request, at, request.path, Permission.RECORD)
    form = sheet.form
    form.group("")
    code = form.ask("code", gettext("Code"), required=True)
    kind = form.ask(
        "kind",
        gettext("Kind of examination"),
        widget="choice",
        options=_terms("examination-kind"),
        required=True,
    )
    person = form.link("person", gettext("Person examined"), kinds=("person",), required=True)
    interview = form.link(
        "interview",
        gettext("Agreed to in the interview"),
        kinds=("interview",),
        hint=gettext(
            "Its consent reaches everything recorded here. For a dead person, the interview with the family."
        ),
    )
    if code and models.Subject.objects.using(at.alias).filter(kind="examination", code=code).exists():
        form.refuse("code", gettext("Another record has this code. Open it, or give another code."))
    if sheet.to_be_written:
        answer = sheet.write(
            lambda recorder: open_examination(
                recorder, at.view, code=code, kind=kind, person=person, interview=interview, id=sheet.id
            )[1],
            reverse("examination", args=[code]),
        )
        if answer:
            return answer
    return sheet.shown(
        "record_write.html",
        title=gettext("New: %(kind)s") % {"kind": gettext(load_vocabulary().kind("examination").label)},
        crumbs=[*crumbs_of("examination", Name("", "", ""))[:2], Crumb(gettext("New"))],
        send=gettext("Sign and record"),
        kind=load_vocabulary().kind("examination"),
    )


def state(request: HttpRequest, code: str) -> HttpResponse:
    """Take a clinician's statement: on a finding, on all of them, or on a death. Anybody else is told why not."""
    at = desk(request)
    name, record = _known(request, at, code)
    found = Examination.of(record)
    on_death = request.GET.get("about") == "death" and found.kind == BODY
    place = f"{request.path}?about=death" if on_death else request.path
    sheet = begin(request, at, place, Permission.RECORD)
    rules = policy_of(folder_of(request))
    draft = (_ask_death if on_death else _ask_consistency)(sheet, at, record, rules=rules)
    if sheet.to_be_written:
        answer = sheet.write(draft, name.href)
        if answer:
            return answer
    person = reader_of(request).person
    return sheet.shown(
        "examination_state.html",
        title=gettext("State as a clinician: %(what)s") % {"what": found.code},
        crumbs=crumbs_of("examination", name, gettext("State")),
        send=gettext("Sign as the clinician"),
        name=name,
        clinician=CLINICIAN in rules.of(person).roles,
        no_clinician=why_no_clinician(rules, at.view, person),
        qualification=at.view.subject(person).values(QUALIFICATION)[-1:] if person else [],
    )


def _ask_consistency(sheet: Sheet, at: Desk, record: Record, *, rules: Policy) -> _Draft:
    form, found = sheet.form, Examination.of(record)
    form.group("")
    options = [(one.code, f"{one.code} {one.value['description'][:60]}") for one in found.findings]
    finding = form.ask(
        "finding",
        gettext("Finding"),
        widget="choice",
        options=[*options, (OVERALL, gettext("all findings together"))],
        required=True,
    )
    degree = form.ask(
        "degree",
        gettext("Degree of consistency (Istanbul Protocol)"),
        widget="choice",
        options=_terms("consistency"),
        required=True,
    )
    account = form.ask("account", gettext("Which part of the account is meant"), required=True)
    answer = form.ask("answer", gettext("Number of the answer in the interview"), numeric=True, in_row=True)
    reasons = form.ask("reasons", gettext("Reasons"), widget="text", required=True)
    other = form.ask("other", gettext("Other causes considered"), widget="text")
    stated = Consistency(finding, degree, account, reasons, other)
    basis = _basis(found, answer)

    def draft(recorder: Recorder) -> Act:
        return state_consistency(recorder, rules, at.view, record, stated, basis=basis, id=sheet.id)

    return draft


def _ask_death(sheet: Sheet, at: Desk, record: Record, *, rules: Policy) -> _Draft:
    form = sheet.form
    form.group("")
    cause = form.ask("cause", gettext("Cause of death"), widget="text", required=True)
    manner = form.ask(
        "manner",
        gettext("Manner of death, as a clinician states it"),
        widget="choice",
        options=_terms("manner-of-death"),
        required=True,
    )
    reasons = form.ask("reasons", gettext("Reasons"), widget="text", required=True)
    stated = DeathStated(cause, manner, reasons)

    def draft(recorder: Recorder) -> Act:
        return state_death(recorder, rules, at.view, record, stated, id=sheet.id)

    return draft


def _basis(found: Examination, answer: str) -> Sequence[Basis]:
    if not (found.interview and answer.isdigit() and int(answer)):
        return ()
    return (Basis(item=found.interview, locator=f"answer={int(answer)}"),)
