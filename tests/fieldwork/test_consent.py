"""Rules of consent, case by case: what is not given is not given, and nobody is asked for a reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.actions.heard_people import HeardPeople, Person, heard_people

from embers.actions.consent import (
    Scope,
    Talk,
    change_consent,
    explain_consent,
    meet_condition,
    withdraw_consent,
)
from embers.actions.interviews import Quoted, claim_from_answer
from embers.errors import ConsentError, FieldworkError
from embers.fieldwork.consent import Consent, Level, Permit, Use
from embers.fieldwork.consented_view import ConsentedView

TALK = Talk(explained_by="staff-01", language="en", means="written")
DAY = "2031-06-01"


@pytest.fixture
def heard(tmp_path: Path) -> HeardPeople:
    return heard_people(tmp_path, [Person(1, frozenset(), ""), Person(2, frozenset(), "")])


def decide(heard: HeardPeople, *scopes: Scope, code: str = "W-001") -> None:
    for scope in scopes:
        heard.record(change_consent(heard.recorder, heard.view, heard.interviews[code], TALK, scope))


def permit(heard: HeardPeople, use: Use, code: str = "W-001") -> Permit:
    return Consent.of(heard.view.subject(heard.interviews[code])).permit(use)


PUBLISH = Use("publish", DAY)
GIVEN = (Scope("analysis", True), Scope("publish-anonymous", True))


def test_what_nobody_asked_about_is_not_given(heard: HeardPeople) -> None:
    assert permit(heard, PUBLISH).level is Level.EXCLUDED
    decide(heard, *GIVEN)
    assert permit(heard, PUBLISH).level is Level.ANONYMISED
    assert permit(heard, Use("share", DAY, heard.body)).level is Level.EXCLUDED


def test_sharing_is_for_the_body_that_was_named(heard: HeardPeople) -> None:
    decide(heard, *GIVEN, Scope("share", True, body=heard.body))
    assert permit(heard, Use("share", DAY, heard.body)).level is Level.CODED
    assert permit(heard, Use("share", DAY, heard.other_body)).level is Level.EXCLUDED
    assert permit(heard, Use("share", DAY)).level is Level.EXCLUDED


def test_a_condition_holds_until_it_is_recorded_as_met(heard: HeardPeople) -> None:
    decide(heard, GIVEN[0], Scope("publish-anonymous", True, condition="After the harvest."))
    found = permit(heard, PUBLISH)
    assert (found.level, found.reason.endswith("After the harvest.")) == (Level.EXCLUDED, True)
    interview = heard.interviews["W-001"]
    scope = next(
        one for one in heard.view.subject(interview).live("consent-scope") if one.value.get("condition")
    )
    heard.record(
        meet_condition(heard.recorder, heard.view, interview, scope.id, how="The person told us by letter.")
    )
    assert permit(heard, PUBLISH).level is Level.ANONYMISED


def test_consent_that_begins_later_is_not_given_before(heard: HeardPeople) -> None:
    decide(heard, GIVEN[0], Scope("publish-anonymous", True, not_before="2031-07-01"))
    assert permit(heard, PUBLISH).level is Level.EXCLUDED
    assert permit(heard, Use("publish", "2031-07-01")).level is Level.ANONYMISED


def test_without_quotation_the_claim_stays_and_the_words_go(heard: HeardPeople) -> None:
    decide(heard, GIVEN[0], Scope("publish-anonymous", True, no_quotation=True))
    seen = ConsentedView(heard.view, PUBLISH)
    (claim,) = [held for one in seen.kind("incident").values() for held in one.live("conduct-claimed")]
    assert claim.value["is"] == "something called wqz001"
    assert "words" not in claim.value


def test_whoever_takes_everything_back_can_begin_anew_with_one_use(heard: HeardPeople) -> None:
    decide(heard, *GIVEN, Scope("publish-named", True))
    interview = heard.interviews["W-001"]
    heard.record(withdraw_consent(heard.recorder, interview, received_by="staff-01", means="in person"))
    assert permit(heard, PUBLISH).reason == "Consent to analysis by the team was withdrawn."
    decide(heard, Scope("publish-anonymous", True))
    assert permit(heard, PUBLISH).level is Level.EXCLUDED  # analysis is still refused
    decide(heard, Scope("analysis", True))
    assert permit(heard, PUBLISH).level is Level.ANONYMISED  # and naming is


def test_two_copies_that_decided_apart_keep_to_the_refusal(heard: HeardPeople) -> None:
    decide(heard, *GIVEN)
    other = explain_consent(
        heard.recorder, heard.interviews["W-001"], TALK, [Scope("publish-anonymous", False)]
    )
    heard.record(other)
    assert permit(heard, PUBLISH).reason.endswith("was refused.")


def test_two_people_stay_two_origins_without_identification(heard: HeardPeople) -> None:
    decide(heard, *GIVEN)
    decide(heard, *GIVEN, code="W-002")
    seen = ConsentedView(heard.view, PUBLISH)
    claims = [held for one in seen.kind("incident").values() for held in one.live("conduct-claimed")]
    people = {held.value["claimant"] for held in claims}
    assert len(people) == 2
    assert not people & set(heard.view.kind("person"))
    assert not any(seen.kind("interview"))
    assert not {"person-code"} & {held.predicate for one in seen.kind("person").values() for held in one.held}


@pytest.mark.parametrize(
    ("scope", "code"),
    [
        (Scope("share", True), "consent.body"),
        (Scope("analysis", True, body="organisation:6f1c2a34-0000-4000-8000-000000000000"), "consent.body"),
        (Scope("analysis", False, condition="Never."), "consent.refused"),
        (Scope("analysis", True, not_before="2031"), "consent.not-before"),
    ],
)
def test_a_scope_that_means_nothing_is_refused(heard: HeardPeople, scope: Scope, code: str) -> None:
    with pytest.raises(ConsentError) as refused:
        decide(heard, scope)
    assert refused.value.code == code


def test_words_that_were_not_said_cannot_be_claimed(heard: HeardPeople) -> None:
    record = heard.view.subject(heard.interviews["W-001"])
    incident = next(iter(heard.view.kind("incident")))
    with pytest.raises(FieldworkError, match="not in answer 1"):
        claim_from_answer(
            heard.recorder,
            record,
            Quoted(1, "roses"),
            incident=incident,
            predicate="conduct-claimed",
            value="x",
        )
