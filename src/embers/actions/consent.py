"""Recording informed consent: explained, given or refused use by use, conditions met, withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from embers.actions.recorder import Act, Recorder, filled
from embers.case_view import CaseView, Held
from embers.dates import parse
from embers.errors import ConsentError
from embers.fieldwork.consent import SHARE
from embers.ids import new_subject
from embers.journal.assertion import Assertion, Relation


@dataclass(frozen=True, slots=True)
class Talk:
    """Who explained what the interview is for, how, in which language, through whom. People under codes."""

    explained_by: str
    language: str
    means: str
    interpreter: str = ""
    guardian: str = ""
    capacity: str = ""
    questions: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """Consent to one use, given or refused, with its limits. ``body`` is the organisation of a ``share``."""

    use: str
    given: bool
    body: str = ""
    condition: str = ""
    not_before: str = ""
    no_quotation: bool = False


def explain_consent(recorder: Recorder, interview: str, talk: Talk, scopes: list[Scope]) -> Act:
    """Record a talk about consent and what it came to. Every consent has a talk: there is none without."""
    said = [recorder.new_assertion(interview, "consent-talk", filled(**asdict(talk)))]
    said += [_scope(recorder, interview, scope) for scope in scopes]
    return Act("consent.record", tuple(said), reason="Consent as explained and given or refused.")


def change_consent(recorder: Recorder, view: CaseView, interview: str, talk: Talk, scope: Scope) -> Act:
    """Record that somebody decided anew about one use.

    It replaces the scope and any withdrawal of that very use. After a withdrawal of everything, only this use begins
    anew: every other one is recorded as refused, until the person is asked about it too.
    """
    record = view.subject(interview)
    total = [held for held in record.live("consent-withdrawn") if not held.value.get("use")]
    scopes = record.live("consent-scope")
    same = [
        held
        for held in (*scopes, *record.live("consent-withdrawn"))
        if held.value.get("use") == scope.use and held.value.get("body", "") == scope.body
    ]
    said = [
        recorder.new_assertion(interview, "consent-talk", filled(**asdict(talk))),
        _scope(recorder, interview, scope, replaces=[*same, *total]),
    ]
    for held in scopes if total else ():
        if held not in same:
            other = Scope(held.value["use"], given=False, body=held.value.get("body", ""))
            said.append(_scope(recorder, interview, other, replaces=[held]))
    return Act("consent.record", tuple(said), reason="Consent to one use decided anew.")


def withdraw_consent(
    recorder: Recorder, interview: str, *, received_by: str, means: str, use: str = "", body: str = ""
) -> Act:
    """Record a withdrawal, of one use or (without a use) of every one. It takes effect with the entry."""
    if body and use != SHARE:
        raise ConsentError("body", "Only sharing is for a body.", "Withdraw `share`, or leave the body out.")
    value = filled(received_by=received_by, means=means, use=use, body=body)
    said = recorder.new_assertion(interview, "consent-withdrawn", value)
    return Act("consent.withdraw", (said,), reason="Consent withdrawn. No reason is asked for.")


def meet_condition(recorder: Recorder, view: CaseView, interview: str, scope: str, *, how: str) -> Act:
    """Record how the condition of a scope was met; a scope without one is refused."""
    held = {one.id: one for one in view.subject(interview).live("consent-scope")}
    if scope not in held or not held[scope].value.get("condition"):
        raise ConsentError(
            "no-condition",
            f"{scope} is no scope of consent with a condition in this interview.",
            "`embers consent show` lists scopes with their ids.",
        )
    said = recorder.new_assertion(interview, "consent-condition-met", {"scope": scope, "how": how})
    return Act("consent.condition", (said,), reason="A condition of consent was met.")


def name_body(recorder: Recorder, name: str) -> tuple[str, Act]:
    """Record a body that testimony may be shared with; return its subject id."""
    body = new_subject("organisation", recorder.surroundings.randomness)
    said = recorder.new_assertion(body, "organisation-name", {"text": name, "lang": "en"})
    return body, Act("body.name", (said,), reason="A body that testimony may be shared with.")


def _scope(recorder: Recorder, interview: str, scope: Scope, *, replaces: Sequence[Held] = ()) -> Assertion:
    if bool(scope.body) != (scope.use == SHARE):
        raise ConsentError(
            "body",
            f"Consent to {scope.use!r} {'is not for a body' if scope.body else 'needs the body it is for'}.",
            "Consent to sharing is given for each body by name.",
        )
    if not scope.given and (scope.condition or scope.not_before or scope.no_quotation):
        raise ConsentError("refused", "A refusal has no conditions.", "Record it without them.")
    value = filled(
        use=scope.use,
        given=scope.given,
        body=scope.body,
        condition=scope.condition,
        not_before=scope.not_before,
    )
    if scope.not_before and (len(scope.not_before) != 10 or parse(scope.not_before).precision != "day"):
        raise ConsentError("not-before", f"{scope.not_before!r} is not a day.", "Write it as 2031-05-01.")
    if scope.no_quotation:
        value["no_quotation"] = True
    relations = [Relation("supersedes", held.id) for held in replaces]
    return recorder.new_assertion(interview, "consent-scope", value, relations=relations)
