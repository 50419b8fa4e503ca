"""Writing on records: a new one, a value more, a value corrected. The forms are made from the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from embers.access.roles import Permission
from embers.actions.decisions import correct
from embers.actions.records import Written, add_value, is_typed, new_record, written_by_hand
from embers.case_view import Held, Record
from embers.errors import ActionError, VocabularyError
from embers.ids import derived_id
from embers.projections import models
from embers.vocabulary.loader import load_vocabulary
from embers.vocabulary.terms import Kind, Predicate
from embers.web.drafts import shelf
from embers.web.forms.claim import ask_basis, ask_marking, ask_written, spelled
from embers.web.forms.form import Input
from embers.web.forms.links import OFFERED, find_named
from embers.web.forms.sheet import Sheet, begin
from embers.web.forms.value import ask_value, asked_of
from embers.web.reader import reader_of
from embers.web.shell import Crumb, Desk, desk, not_found, page, unknown
from embers.web.told import accounts_of
from embers.web.wording import Name, href_of, kind_label, label, names

_FIELD = re.compile(r"[a-z0-9.-]{1,60}\Z", re.ASCII)
_ENDING = re.compile(r"(.*?)(\d+)\Z", re.DOTALL)


def known_record(at: Desk, kind: str, id: str) -> tuple[Name, Record]:
    """Return a record the reader may read, with its name; any other is unknown."""
    subject = f"{kind}:{id}"
    row = models.Subject.objects.using(at.alias).filter(id=subject, kind=kind).first()
    if row is None:
        raise unknown(gettext("The record"), subject, [], where=reverse("records"))
    return Name(row.id, row.code, row.label), at.view.subject(subject)


def crumbs_of(kind: str, name: Name, last: str = "") -> list[Crumb]:
    """Return the path to a page about a record."""
    plural = gettext(load_vocabulary().kind(kind).plural)
    path = [Crumb(gettext("Records"), reverse("records")), Crumb(plural, reverse("record-list", args=[kind]))]
    return [*path, Crumb(name.handle, name.href if last else ""), *([Crumb(last)] if last else [])]


def add(request: HttpRequest, kind: str, id: str) -> HttpResponse:
    """Add what a source says about a record: choose what about, then say it with who says so and where it was read."""
    at = desk(request)
    name, record = known_record(at, kind, id)
    offered = {one.id: one for one in written_by_hand(load_vocabulary(), kind)}
    field = request.GET.get("field", "")
    if field not in offered:
        return page(
            request,
            "record_field.html",
            title=gettext("Add to %(what)s") % {"what": name.handle},
            crumbs=crumbs_of(kind, name, gettext("Add")),
            name=name,
            fields=_by_use(list(offered.values())),
        )
    predicate = offered[field]
    sheet = begin(request, at, f"{request.path}?field={field}", Permission.RECORD)
    written = ask_written(sheet.form, predicate)
    if sheet.to_be_written and written is not None:
        then = f"{href_of(name.id, name.code)}#field-{field}"
        answer = sheet.write(lambda recorder: add_value(recorder, name.id, written, id=sheet.id), then)
        if answer:
            return answer
    return sheet.shown(
        "record_write.html",
        title=f"{name.handle}: {label(field)}",
        crumbs=crumbs_of(kind, name, gettext("Add")),
        send=gettext("Sign and record"),
        name=name,
        predicate=predicate,
        others=accounts_of(request, at, record, record.live(field)),
    )


def _by_use(fields: list[Predicate]) -> list[tuple[str, list[Predicate]]]:
    """Return fields in two groups: what sources claim, and what is compiled."""
    groups = (
        (gettext("What a source claims"), [one for one in fields if one.claim]),
        (gettext("What is recorded of it"), [one for one in fields if not one.claim]),
    )
    return [(title, found) for title, found in groups if found]


def new(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Begin a record of a kind: what it is asked for first stands in the vocabulary."""
    at = desk(request)
    known = load_vocabulary().kinds.get(kind)
    if known is None or known.by_hand != "all":
        return not_found(request)
    sheet = begin(request, at, request.path, Permission.RECORD, filled=lambda: _proposed(at, known))
    values = _ask_first(sheet, known)
    subject = f"{kind}:{derived_id('record', sheet.id)}"
    if sheet.to_be_written and values:
        then = reverse("record", args=[kind, subject.partition(":")[2]])
        answer = sheet.write(lambda recorder: new_record(recorder, subject, values, id=sheet.id), then)
        if answer:
            return answer
    return sheet.shown(
        "record_write.html",
        title=gettext("New: %(kind)s") % {"kind": kind_label(kind)},
        crumbs=[*crumbs_of(kind, Name("", "", ""))[:2], Crumb(gettext("New"))],
        send=gettext("Sign and record"),
        kind=known,
    )


def first_asked(kind: Kind) -> list[Predicate]:
    """Return what a new record of a kind is asked for: as the vocabulary says, else what has one plain value."""
    vocabulary = load_vocabulary()
    if kind.first:
        return [vocabulary.predicates[id] for id in kind.first]
    every = [one for one in written_by_hand(vocabulary, kind.id) if kind.id in one.of and not one.claim]
    plain = [one for one in every if one.type != "record" and one.cardinality == "one"]
    return plain or every[:1]


def _ask_first(sheet: Sheet, kind: Kind) -> list[Written]:
    form = sheet.form
    form.group("")
    asked = first_asked(kind)
    values = []
    for number, predicate in enumerate(asked):
        value = ask_value(form, asked_of(predicate, f"v.{predicate.id}", required=number == 0))
        if predicate.id.endswith("-code") and isinstance(value, str):
            _refuse_taken(sheet, kind, f"v.{predicate.id}", value)
        if value is not None:
            values.append((predicate.id, value))
    basis = ask_basis(form)
    marking = ask_marking(form)
    return [Written(id, value, basis, marking) for id, value in values]


def _refuse_taken(sheet: Sheet, kind: Kind, name: str, code: str) -> None:
    """Refuse a code a record bears that the reader may read. Of others they learn nothing, not even this."""
    rows = models.Subject.objects.using(sheet.at.alias).filter(kind=kind.id, code=code)
    own = f"{kind.id}:{derived_id('record', sheet.id)}"
    if rows.exclude(id=own).exists():
        sheet.form.refuse(name, gettext("Another record has this code. Open it, or give another code."))


def _proposed(at: Desk, kind: Kind) -> Mapping[str, str]:
    """Propose the next code of the series the newest codes of a kind form. A code tells nothing about a person."""
    code = next((one for one in first_asked(kind) if one.id.endswith("-code")), None)
    if code is None:
        return {}
    rows = models.Subject.objects.using(at.alias).filter(kind=kind.id).exclude(code="")
    ending = [_ENDING.match(one) for one in rows.order_by("-code").values_list("code", flat=True)[:200]]
    numbered = [(found[1], int(found[2]), len(found[2])) for found in ending if found]
    if not numbered:
        return {}
    series = numbered[0][0]
    number, width = max((number, width) for beginning, number, width in numbered if beginning == series)
    return {f"v.{code.id}": f"{series}{number + 1:0{width}d}"}


def change(request: HttpRequest, id: str) -> HttpResponse:
    """Correct a value one recorded oneself: the new one takes its place, the old one stays readable."""
    at = desk(request)
    held = known_assertion(at, id)
    predicate = load_vocabulary().predicates.get(held.predicate)
    if predicate is None or not is_typed(predicate):
        raise ActionError(
            "not-by-hand",
            gettext("This is not changed by hand."),
            gettext("It has a command of its own."),
        )
    name = names(at.alias, [held.subject])[held.subject]
    sheet = begin(request, at, request.path, Permission.RECORD, filled=lambda: spelled(held, predicate))
    written = ask_written(sheet.form, predicate)
    sheet.form.group(gettext("Why it is corrected"))
    reason = sheet.form.ask("reason", gettext("Reason"), required=True)
    if sheet.to_be_written and written is not None:
        answer = sheet.write(
            lambda recorder: correct(
                recorder,
                at.view,
                held,
                written.value,
                basis=written.basis,
                marking=written.marking,
                reason=reason,
                id=sheet.id,
            ),
            f"{name.href}#field-{held.predicate}",
        )
        if answer:
            return answer
    return sheet.shown(
        "record_write.html",
        title=gettext("Correct: %(field)s") % {"field": label(held.predicate)},
        crumbs=crumbs_of(held.subject.partition(":")[0], name, gettext("Correct")),
        send=gettext("Sign the correction"),
        name=name,
        predicate=predicate,
        others=accounts_of(request, at, at.view.subject(held.subject), [held]),
        correcting=True,
    )


def known_assertion(at: Desk, id: str) -> Held:
    """Return an assertion the reader may read; any other is unknown."""
    held = at.view.held([id]).get(id)
    if held is None:
        raise unknown(gettext("The assertion"), id, [], where=reverse("claims"))
    return held


def choose(request: HttpRequest) -> HttpResponse:
    """Offer records for what is being typed into a link of a form: a piece of the form, at most eight choices."""
    at = desk(request)
    field = request.GET.get("for", "")
    kinds = [kind for kind in request.GET.get("kinds", "").split(" ") if kind in load_vocabulary().kinds]
    if not _FIELD.match(field):
        raise VocabularyError("field", gettext("This names no field of a form."), "")
    words = request.GET.get(f"{field}.words", "").strip()
    found = find_named(at, words, kinds)
    one = Input(field, "", "link", words, kinds=tuple(kinds), found=tuple(found[:OFFERED]))
    return render(request, "_choices.html", {"one": one, "asked": bool(words)})


def drafts(request: HttpRequest) -> HttpResponse:
    """Keep a draft while somebody types, throw one away, or list those there are. Each person has only their own."""
    person = reader_of(request).person
    if request.method != "POST":
        found = shelf.of_person(person)
        return page(
            request,
            "drafts.html",
            title=gettext("Your drafts"),
            crumbs=[Crumb(gettext("Records"), reverse("records")), Crumb(gettext("Your drafts"))],
            drafts=found,
        )
    given = {name: str(value) for name, value in request.POST.items()}
    if given.get("throw"):
        shelf.throw_away(person, given["throw"])
        return HttpResponseRedirect(reverse("drafts"))
    kept = shelf.keep(person, given.get("place", ""), given.get("draft", ""), given)
    return JsonResponse({"kept": f"{kept:%H:%M:%S}"})
