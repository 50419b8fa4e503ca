"""Values that compete: side by side, decided with a reason, disputed, taken back, and each of these undone."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext

from embers.access.roles import Permission
from embers.actions.decisions import decide_between, dispute, retract
from embers.case_view import Record
from embers.incidents.reading import claimants_of, claims_of
from embers.incidents.resolution import contested, display_value
from embers.vocabulary.loader import load_vocabulary
from embers.web.forms.form import Form
from embers.web.forms.sheet import Sheet, begin
from embers.web.grounds import Said, explain
from embers.web.pages.recording import crumbs_of, known_assertion, known_record
from embers.web.shell import Desk, desk, unknown
from embers.web.told import accounts_of
from embers.web.wording import label, names
from embers.web.writing import id_for, token_of, write


def values(request: HttpRequest, kind: str, id: str, predicate: str) -> HttpResponse:
    """Show the values of one field side by side, and take a decision between them with its reason."""
    at = desk(request)
    name, record = known_record(at, kind, id)
    if predicate not in {one.predicate for one in record.held}:
        raise unknown(gettext("The field"), predicate, [], where=name.href)
    sheet = begin(request, at, request.path, Permission.DECIDE)
    live = record.live(predicate)
    before = [one for one in record.live("decision") if one.value.get("predicate") == predicate]
    chosen, reason = _ask_decision(sheet.form, [one.id for one in live])
    picked = next((one for one in live if one.id == chosen), None)
    if sheet.to_be_written and picked is not None:
        answer = sheet.write(
            lambda recorder: decide_between(recorder, picked, before, reason=reason, id=sheet.id),
            f"{name.href}#field-{predicate}",
        )
        if answer:
            return answer
    return sheet.shown(
        "record_values.html",
        title=f"{name.handle}: {label(predicate)}",
        crumbs=crumbs_of(kind, name, label(predicate)),
        send=gettext("Sign the decision"),
        name=name,
        predicate=predicate,
        accounts=accounts_of(request, at, record, live),
        gone=_gone(at, record, predicate),
        outcome=_outcome(at, record, predicate),
        decisions=list(explain(at, before).values()),
        chosen=chosen,
        not_chosen=sheet.form.why("chosen"),
        focus=False,
        kind=kind,
        bare=id,
    )


def _ask_decision(form: Form, ids: list[str]) -> tuple[str, str]:
    chosen = form.text("chosen")
    if chosen not in ids:
        chosen = ""
        form.refuse("chosen", gettext("Choose the value to be shown."))
    form.group("")
    hint = gettext("It is signed and shown with the decision. The other values stay.")
    return chosen, form.ask("reason", gettext("Reason"), widget="text", hint=hint, required=True)


def _gone(at: Desk, record: Record, predicate: str) -> list[Said]:
    """Return the values that no longer stand."""
    held = [one for one in record.held if one.predicate == predicate and not one.live]
    return list(explain(at, held, reveal=True).values())


def _outcome(at: Desk, record: Record, predicate: str) -> str:
    """Say in a sentence what the values come to now. How is decided in one place for pages, lists and reports."""
    known = load_vocabulary().predicates.get(predicate)
    if known is not None and known.cardinality == "range":
        claims = [
            one for one in claims_of(record, at.view.subjects(claimants_of(record))) if one.field == predicate
        ]
        shown = display_value(claims, predicate)
        differs = contested(claims, predicate)
        words = gettext("Together: %(figure)s.") % {"figure": shown.text}
        return f"{words} {gettext('Different origins cannot all be right.')}" if differs else words
    if known is not None and known.cardinality == "one":
        found = record.one(predicate)
        if found.contested:
            return gettext("Contested: nothing is shown as settled until somebody decides.")
        if found.decision is not None:
            return gettext("Decided; the values that were not chosen stay beside it.")
        return gettext("Settled: all that was said agrees.")
    return gettext("Several values may stand together here.")


def dispute_claim(request: HttpRequest, id: str) -> HttpResponse:
    """Dispute a value: it stands, and the reason stands beside it."""
    return _about(
        request,
        id,
        title=gettext("Dispute"),
        lead=gettext("The value stays. That you dispute it, and why, is shown beside it."),
        send=gettext("Sign the dispute"),
        taking_back=False,
    )


def retract_claim(request: HttpRequest, id: str) -> HttpResponse:
    """Take back what one recorded oneself; it stays readable and no longer counts."""
    return _about(
        request,
        id,
        title=gettext("Take back"),
        lead=gettext(
            "It stays in the history and no longer counts. People take back what they recorded themselves."
        ),
        send=gettext("Sign and take back"),
        taking_back=True,
    )


def _about(
    request: HttpRequest, id: str, *, title: str, lead: str, send: str, taking_back: bool
) -> HttpResponse:
    at = desk(request)
    held = known_assertion(at, id)
    name = names(at.alias, [held.subject])[held.subject]
    sheet: Sheet = begin(request, at, request.path, Permission.DECIDE)
    sheet.form.group("")
    reason = sheet.form.ask("reason", gettext("Reason"), widget="text", required=True)
    if sheet.to_be_written:
        answer = sheet.write(
            lambda recorder: (
                retract(recorder, at.view, held, reason=reason, id=sheet.id)
                if taking_back
                else dispute(recorder, held, reason=reason, id=sheet.id)
            ),
            f"{name.href}#field-{held.predicate}",
        )
        if answer:
            return answer
    return sheet.shown(
        "record_reason.html",
        title=f"{title}: {label(held.predicate)}",
        crumbs=crumbs_of(held.subject.partition(":")[0], name, title),
        send=send,
        name=name,
        lead=lead,
        one=explain(at, [held], reveal=True)[held.id],
    )


def undo(request: HttpRequest, id: str) -> HttpResponse:
    """Undo one's own act by taking its assertion back, and lead to the record, where that can be undone in turn."""
    at = desk(request)
    held = known_assertion(at, id)
    name = names(at.alias, [held.subject])[held.subject]
    if request.method != "POST":
        return HttpResponseRedirect(reverse("claim-retract", args=[id]))
    own = id_for(request, token_of(request.POST.get("draft", "")))
    write(
        request,
        Permission.DECIDE,
        own,
        lambda recorder: retract(recorder, at.view, held, reason=gettext("Undone."), id=own),
    )
    return HttpResponseRedirect(f"{name.href}?done={own}")
