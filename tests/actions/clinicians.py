"""Somebody who may state as a clinician, for tests: enrolled, given the role, their qualification recorded."""

from __future__ import annotations

from embers.access.policy import Policy, policy
from embers.actions.clinical import Qualification, qualify
from embers.actions.grants import give_role
from embers.actions.recorder import Act, Recorder
from embers.ids import new_id, new_subject
from embers.journal.journal import key_assertion
from embers.projections.view import ProjectedCase

PAPERS = Qualification("forensic physician", "invented register, 12 years", "paid by nobody but the team")


def rules(case) -> Policy:
    """The roles of the case as they count now."""
    return policy(ProjectedCase(case.folder.projection()), case.recorder.journal.roster())


def enrolled(case, code: str, *, role: str = "clinician", qualified: bool = True) -> Recorder:
    """Enrol a person with a key and a role; return a recorder that signs as them."""
    around = case.recorder.surroundings
    subject = new_subject("person", around.randomness)
    key = case.folder.keyring().create_person(code)
    said = (
        key_assertion(new_id(around.randomness), subject, key),
        case.recorder.new_assertion(subject, "staff-code", code),
    )
    case.record(Act("device.enrol", said))
    case.record(give_role(case.recorder, rules(case), subject, role, level="confidential"))
    if qualified:
        case.record(qualify(case.recorder, rules(case), subject, PAPERS))
    return Recorder(
        case.recorder.journal, case.recorder.objects, key, role, around, after=case.folder.projection
    )
