"""Opening a case: the folder, the first signed entry, and what the case says about itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from embers.actions.recorder import Act, Recorder
from embers.ids import derived_subject
from embers.journal.assertion import JsonValue


@dataclass(frozen=True, slots=True)
class CaseProfile:
    """What a case says about itself; every text is printed in its reports."""

    title: str
    scope: str
    period: str
    naming: str
    profile: str
    classifications: Sequence[str] = ()
    notices: Sequence[str] = ()
    limits: Sequence[str] = ()
    methods: Sequence[str] = ()
    exercise: bool = False


def describe_case(recorder: Recorder, case: str, profile: CaseProfile) -> Act:
    """Say what the case is about: scope, period, naming policy, counting profile, limits."""
    values: list[tuple[str, JsonValue]] = [
        ("case-title", {"text": profile.title, "lang": "en"}),
        ("case-scope", profile.scope),
        ("case-period", profile.period),
        ("case-naming", profile.naming),
        ("case-profile", profile.profile),
        ("case-exercise", profile.exercise),
        *(("case-classification", code) for code in profile.classifications),
        *(("case-notice", text) for text in profile.notices),
        *(("case-limit", text) for text in profile.limits),
        *(("case-method", text) for text in profile.methods),
    ]
    said = [recorder.new_assertion(case, predicate, value) for predicate, value in values]
    return Act("case.describe", tuple(said), reason="Scope and rules of the case, the same for every party.")


def name_party(recorder: Recorder, code: str, name: str, *, key: str) -> Act:
    """Name a party to the conflict, neutrally."""
    party = derived_subject("party", key, code)
    return Act(
        "party.name",
        (
            recorder.new_assertion(party, "party-code", code),
            recorder.new_assertion(party, "party-name", {"text": name, "lang": "en"}),
        ),
    )
