"""The interview page: record answers quickly, select words in an answer, and claim them with the pinpoint filled in."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext

from embers.access.roles import Permission
from embers.access.standing import CONFIDENTIAL
from embers.actions.claim_values import claimed_value, is_told
from embers.actions.interviews import (
    Asked,
    Quoted,
    claim_from_answer,
    close_interview,
    correct_answer,
    open_incident,
    read_back,
    record_answer,
)
from embers.actions.recorder import Act, Recorder
from embers.case_view import Held, Record
from embers.errors import AccessDenied, ActionError, EmbersError
from embers.fieldwork.consent import Consent, Use
from embers.fieldwork.interview import FIRST_ACCOUNT, FIRST_ACCOUNT_GUIDE, Account, Answer
from embers.incidents.reading import is_claim
from embers.law.guides import Guide, guide_for
from embers.law.library import load_law
from embers.pinpoint import read_pinpoint
from embers.projections import models
from embers.surroundings import utc_text
from embers.vocabulary.loader import load_vocabulary
from embers.web.drafts import shelf
from embers.web.pages.recording import crumbs_of
from embers.web.reader import reader_of
from embers.web.safety import safety_of
from embers.web.shell import Desk, desk, not_found, page, unknown
from embers.web.signing import recorder_of, signer_of
from embers.web.wording import Name, names, show

_ROLE = "interviewer"
#: The field that a browser goes to, and puts the keyboard into, once an answer is recorded.
_NEXT = "a-question"
#: What is kept of the form of an answer while it is typed, and of each correction under the number of its answer.
_FIELDS = ("number", "question", "answer", "language", "seconds", "topic")
_FIX = re.compile(r"fix-[1-9][0-9]{0,4}\Z", re.ASCII)
#: Fields without which nothing was typed.
_EMPTY = frozenset({"number", "language"})


@dataclass(frozen=True, slots=True)
class MadeClaim:
    """A claim that was made from an answer: its field and value, the words, the incident."""

    id: str
    label: str
    value: str
    words: str
    incident: Name


@dataclass(frozen=True, slots=True)
class Row:
    """One answer: its corrections, the claims made from it, a correction being typed, and where its entry stands."""

    answer: Answer
    corrections: tuple[str, ...]
    claims: tuple[MadeClaim, ...]
    typed: str
    safety: str


def interview(request: HttpRequest, code: str) -> HttpResponse:
    """Show one interview and take what is recorded in it; each form says by ``act`` what it is."""
    at = desk(request)
    record = _record(request, at, code)
    problem: EmbersError | None = None
    if request.method == "POST":
        try:
            return _write(request, at, record)
        except EmbersError as error:
            problem = error
    answer = _shown(request, at, record, problem)
    answer.status_code = 400 if problem else 200
    return answer


def keep_typed(request: HttpRequest, code: str) -> HttpResponseBase:
    """Keep what is being typed. Called by the page every few seconds; there is nothing to read here."""
    at = desk(request)
    if request.method != "POST":
        return not_found(request)
    record = _record(request, at, code)
    person = reader_of(request).person
    if not person:
        raise AccessDenied("typed", gettext("Nobody is logged in, so there is nobody to keep this for."), "")
    typed = request.POST
    _keep(person, record, {name: typed[name] for name in typed if name in _FIELDS or _FIX.match(name)})
    return JsonResponse({"kept": utc_text(at.folder.surroundings.clock.now())[11:19]})


def _record(request: HttpRequest, at: Desk, code: str) -> Record:
    """Return the interview; who may not read all of it does not learn that it exists."""
    standing = reader_of(request).standing
    row = models.Subject.objects.using(at.alias).filter(kind="interview", code=code).first()
    if row is None or (standing is not None and standing.level < CONFIDENTIAL):
        raise unknown(gettext("The interview"), code, [], where=reverse("trace"))
    return at.view.subject(row.id)


# --- writing ------------------------------------------------------------------------------------------


def _write(request: HttpRequest, at: Desk, record: Record) -> HttpResponse:
    given = request.POST
    act = _ACTS.get(given.get("act", ""))
    if act is None:
        raise ActionError("act", gettext("This form is not known."), gettext("Load the page again."))
    why = _why_not(request)
    recorder = None if why else recorder_of(request, role=_ROLE)
    if recorder is None:  # it may have been locked in between
        raise AccessDenied("cannot-sign", why or _why_not(request), "")
    try:
        found, place = act(recorder, at, record, given)
        if found is not None:
            recorder.record(found)
    finally:
        recorder.journal.close()
    _forget(reader_of(request).person, record, given)
    return HttpResponseRedirect(f"{_place(record)}#{place}")


def _keep(person: str, record: Record, typed: Mapping[str, str]) -> None:
    """Keep what is typed in place of what was; where nothing is typed, nothing is kept."""
    given = {name: text for name, text in typed.items() if text}
    if set(given) - _EMPTY:
        shelf.keep(person, _place(record), _draft(record), given)
    else:
        shelf.throw_away(person, _draft(record))


def _forget(person: str, record: Record, signed: Mapping[str, str]) -> None:
    """Keep no longer what was signed; what else is being typed in this interview stays."""
    kept = shelf.find(person, _draft(record))
    if kept is None or signed.get("act") not in {"ask", "correct"}:
        return
    gone = {f"fix-{signed.get('number')}"} if signed["act"] == "correct" else set(_FIELDS)
    _keep(person, record, {name: text for name, text in kept.given.items() if name not in gone})


def _typed(kept: shelf.Kept | None, account: Account) -> Mapping[str, str]:
    """Return what is being typed. An answer that was signed just before the power failed is not offered again."""
    given = kept.given if kept else {}
    number = given.get("number", "")
    signed = next((one for one in account.answers if str(one.number) == number), None)
    if signed is None or signed.text != given.get("answer", "").strip():
        return given
    return {name: text for name, text in given.items() if name not in _FIELDS}


def _place(record: Record) -> str:
    return reverse("interview", args=[record.text("interview-code")])


def _draft(record: Record) -> str:
    """Return the token of the draft of an interview's form: a person has one for each interview."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, record.id))


_Given = Mapping[str, str]
_Acted = tuple[Act | None, str]


def _ask(recorder: Recorder, at: Desk, record: Record, given: _Given) -> _Acted:
    """Record an answer. A form sent twice carries a number that is taken: then nothing more is written."""
    del at
    if given.get("number") != str(Account.of(record).next_answer):
        return None, _NEXT
    asked = Asked(
        given.get("question", "").strip(),
        given.get("answer", "").strip(),
        given.get("language", "").strip(),
        topic=given.get("topic", ""),
        seconds=given.get("seconds", "").strip(),
    )
    return record_answer(recorder, record, asked)[1], _NEXT


def _correct(recorder: Recorder, at: Desk, record: Record, given: _Given) -> _Acted:
    del at
    number = _number(given.get("number", ""))
    language = Account.of(record).answer(number).language
    return correct_answer(
        recorder, record, number, given.get("text", "").strip(), language=language
    ), f"a{number}"


def _claim(recorder: Recorder, at: Desk, record: Record, given: _Given) -> _Acted:
    number = _number(given.get("number", ""))
    start = given.get("start", "")
    quoted = Quoted(number, given.get("words", ""), int(start) if start.isdigit() else None)
    code = given.get("incident", "").strip()
    incident = models.Subject.objects.using(at.alias).filter(kind="incident", code=code).first()
    if incident is None:
        raise unknown(gettext("The incident"), code, [], where=reverse("incidents"))
    predicate = load_vocabulary().predicate(given.get("field", ""))
    value = claimed_value(predicate, given.get("value", "") or quoted.words)
    act = claim_from_answer(
        recorder, record, quoted, incident=incident.id, predicate=predicate.id, value=value
    )
    fresh = act.assertions[0]
    same = [
        held
        for held in at.view.subject(incident.id).live(predicate.id)
        if held.value == fresh.value and [g.target for g in held.grounds] == [record.id]
    ]
    return (None if same else act), f"a{number}"


def _incident(recorder: Recorder, at: Desk, record: Record, given: _Given) -> _Acted:
    number = _number(given.get("number", ""))
    code = given.get("incident", "").strip()
    if models.Subject.objects.using(at.alias).filter(kind="incident", code=code).exists():
        raise ActionError(
            "incident", gettext("There is an incident with this code already."), gettext("Claim for it.")
        )
    quoted = Quoted(number, given.get("words", ""))
    _, act = open_incident(
        recorder, record, quoted, code=code, title=given.get("title", ""), occurred=given.get("occurred", "")
    )
    return act, f"a{number}"


def _read_back(recorder: Recorder, at: Desk, record: Record, given: _Given) -> _Acted:
    del at
    return read_back(recorder, record, language=given.get("language", ""), by=given.get("by", "")), "close"


def _close(recorder: Recorder, at: Desk, record: Record, given: _Given) -> _Acted:
    del at
    signed = [(party, given.get(party, "")) for party in ("interviewee", "interviewer", "interpreter")]
    return close_interview(recorder, record, [(party, means) for party, means in signed if means])[1], "close"


_ACTS: Mapping[str, Callable[[Recorder, Desk, Record, _Given], _Acted]] = {
    "ask": _ask,
    "correct": _correct,
    "claim": _claim,
    "incident": _incident,
    "read-back": _read_back,
    "close": _close,
}


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _why_not(request: HttpRequest) -> str:
    """Return why whoever asks cannot record here now, or nothing if they can."""
    reader = reader_of(request)
    if not reader.person:
        return gettext(
            "Nobody is logged in here, so nothing can be signed. Make an account and log in to record."
        )
    if not reader.may(Permission.RECORD):
        return gettext("Your role does not write this.")
    return (
        ""
        if signer_of(request)
        else gettext("Your signing key is locked. Unlock it, and nothing you typed is lost.")
    )


# --- showing ------------------------------------------------------------------------------------------


def _shown(request: HttpRequest, at: Desk, record: Record, problem: EmbersError | None) -> HttpResponse:
    account = Account.of(record)
    given = request.POST if problem else {}
    reader = reader_of(request).person
    typed = dict(_typed(shelf.find(reader, _draft(record)), account))
    typed |= _given(given)
    guide = request.GET.get("guide", "")
    claims = [one for one in at.view.naming(record.id) if one.live and is_claim(one)]
    return page(
        request,
        "interview.html",
        title=account.code,
        crumbs=crumbs_of("interview", Name(record.id, account.code, "")),
        account=account,
        record=record,
        rows=_rows(at, record, account, claims=claims, typed=typed),
        permits=_permits(at, record),
        setting=next(iter(record.values("interview-setting")), {}),
        held=record.text("interview-held"),
        person=names(at.alias, [str(record.value("interview-of", ""))]),
        typed=typed,
        claim=_claim_form(at, claims, given),
        claimed_field=given.get("field", "conduct-claimed"),
        can_keep=bool(reader),
        first_account=account.mode == FIRST_ACCOUNT,
        questions=FIRST_ACCOUNT_GUIDE if account.mode == FIRST_ACCOUNT else (),
        guide=guide,
        guide_lines=_guide(guide),
        allegations=list(load_law().allegations),
        incidents=_incidents(at),
        claim_fields=[one for one in load_vocabulary().predicates.values() if is_told(one)],
        read_back=bool(record.live("interview-read-back")),
        problem=problem,
        why_not=_why_not(request),
    )


def _given(sent: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed into a form of answer or correction that came back with a problem."""
    if sent.get("act") == "ask":
        return {name: sent[name] for name in _FIELDS if name in sent}
    return {f"fix-{sent.get('number', '')}": sent.get("text", "")} if sent.get("act") == "correct" else {}


def _claim_form(at: Desk, claims: Sequence[Held], sent: Mapping[str, str]) -> Mapping[str, str]:
    """Return what the form of a claim begins with: what came back with a problem, or the incident claimed for last."""
    if sent.get("act") in {"claim", "incident"}:
        return sent
    if not claims:
        return {}
    last = claims[-1].subject
    return {"incident": names(at.alias, [last])[last].code}


def _rows(
    at: Desk, record: Record, account: Account, *, claims: Sequence[Held], typed: Mapping[str, str]
) -> list[Row]:
    made = _made(at, record, claims)
    corrections: dict[int, list[str]] = {}
    for fix in account.corrections:
        corrections.setdefault(fix.answer, []).append(fix.text)
    entries = {held.id: held.entry for held in record.live("interview-answer")}
    safety = safety_of(at, entries.values())
    return [
        Row(
            one,
            tuple(corrections.get(one.number, ())),
            tuple(made.get(one.number, ())),
            typed.get(f"fix-{one.number}", ""),
            safety.get(entries[one.id], "open"),
        )
        for one in account.answers
    ]


def _incidents(at: Desk) -> list[tuple[str, str]]:
    rows = models.Subject.objects.using(at.alias).filter(kind="incident").exclude(code="").order_by("code")
    return list(rows.values_list("code", "label")[:500])


def _guide(allegation: str) -> tuple[Guide, ...]:
    return guide_for(allegation) if allegation in load_law().allegations else ()


def _permits(at: Desk, record: Record) -> list[tuple[str, str, str]]:
    """Return each use with how far it goes and why not further."""
    consent = Consent.of(record)
    day = utc_text(at.folder.surroundings.clock.now())[:10]
    levels = {0: gettext("not at all"), 1: gettext("without identification"), 2: gettext("under the code")}
    bodies = dict.fromkeys(str(held.value["body"]) for held in consent.scopes if held.value.get("body"))
    known = names(at.alias, bodies)
    uses = [
        (gettext("Analysis by the team"), Use("analysis", day)),
        (gettext("Public report"), Use("publish", day)),
    ]
    uses += [(known[body].text, Use("share", day, body)) for body in bodies]
    permits = [(words, consent.permit(use)) for words, use in uses]
    return [(words, levels[permit.level], permit.reason) for words, permit in permits]


def _made(at: Desk, record: Record, claims: Sequence[Held]) -> dict[int, list[MadeClaim]]:
    """Return the claims made, by the number of the answer."""
    incidents = names(at.alias, {one.subject for one in claims})
    found: dict[int, list[MadeClaim]] = {}
    for one in claims:
        label = load_vocabulary().predicate(one.predicate).label
        words = str(one.value.get("words", ""))
        value = show(one, {}).text
        made = MadeClaim(one.id, label, value if value != words else "", words, incidents[one.subject])
        found.setdefault(_answer_of(one, record.id), []).append(made)
    return found


def _answer_of(held: Held, interview: str) -> int:
    locators = [ground.locator for ground in held.grounds if ground.target == interview]
    return (read_pinpoint(locators[0]).answer or 0) if locators else 0
