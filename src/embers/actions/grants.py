"""Giving people roles in a case and taking them back: signed entries like everything else, so reversible and dated."""

from __future__ import annotations

from embers.access.policy import GIVEN, SECOND_FACTOR, TAKEN_BACK, Policy
from embers.access.roles import LEAD, OUTSIDE, ROLES
from embers.access.standing import LEVELS
from embers.actions.recorder import Act, Recorder
from embers.actions.signer import signer
from embers.case_view import CaseView
from embers.errors import AccessDenied, ActionError
from embers.journal.assertion import Relation


def give_role(recorder: Recorder, policy: Policy, person: str, role: str, *, level: str) -> Act:
    """Draft the entry that gives a role; refused unless the signer may give it, at this level, to this person."""
    _require_words(role, level)
    limit = policy.may_give(signer(recorder))
    if limit is None:
        raise _only_lead()
    if LEVELS.index(level) > limit:
        raise AccessDenied(
            "level",
            f"You read up to {LEVELS[limit]}, and nobody gives more than they have.",
            "Ask the founder.",
        )
    if person == signer(recorder):
        raise AccessDenied("self", "Nobody gives a role to themselves.", "Ask another case lead.")
    if person not in policy.with_key:
        raise ActionError(
            "no-key",
            "This person has no key in the case that counts.",
            "Enrol them with `embers device enrol`.",
        )
    if any((one.person, one.role, LEVELS[one.level]) == (person, role, level) for one in policy.grants):
        raise ActionError("has-role", f"This person is {role} at {level} already.", "Nothing was changed.")
    said = recorder.new_assertion(person, GIVEN, {"role": role, "level": level})
    return Act("role.give", (said,), reason=f"{role}, reads up to {level}.")


def take_role_back(recorder: Recorder, policy: Policy, person: str, role: str) -> Act:
    """Draft the entry that takes a role back at every level; people may give up a role of their own."""
    taker = signer(recorder)
    if taker != person and policy.may_give(taker) is None:
        raise _only_lead()
    given = [one.id for one in policy.grants if (one.person, one.role) == (person, role)]
    if not given:
        founds = person == policy.founder and role == LEAD
        raise ActionError(
            "no-role",
            "Whoever opened the case stays its lead." if founds else f"This person is no {role}.",
            "End their key with `embers device lost` if it is lost."
            if founds
            else "See `embers access list`.",
        )
    relations = [Relation("retracts", id) for id in given]
    said = recorder.new_assertion(person, TAKEN_BACK, {"role": role}, relations=relations)
    return Act("role.take-back", (said,), reason=f"No longer {role}.")


def need_second_factor(recorder: Recorder, policy: Policy, case: str, role: str) -> Act:
    """Draft the entry that makes people of a role log in with a second factor wherever they are."""
    _require_words(role, LEVELS[0])
    if policy.may_give(signer(recorder)) is None:
        raise _only_lead()
    if role in policy.second_factor:
        raise ActionError("second-factor", f"The role {role} needs one already.", "Nothing was changed.")
    return Act(
        "access.second-factor",
        (recorder.new_assertion(case, SECOND_FACTOR, role),),
        reason=f"{role} logs in with a second factor.",
    )


def drop_second_factor(recorder: Recorder, policy: Policy, view: CaseView, role: str) -> Act:
    """Draft the entry that takes this back."""
    if policy.may_give(signer(recorder)) is None:
        raise _only_lead()
    held = [
        one for one in view.subject(view.case).held if (one.predicate, one.value) == (SECOND_FACTOR, role)
    ]
    if role not in policy.second_factor:
        raise ActionError("second-factor", f"The role {role} needs none.", "Nothing was changed.")
    relations = [Relation("retracts", one.id) for one in held]
    said = recorder.new_assertion(view.case, "note", f"{role}: no second factor.", relations=relations)
    return Act("access.second-factor", (said,), reason=f"{role} logs in without a second factor.")


def _require_words(role: str, level: str) -> None:
    if role not in ROLES:
        raise ActionError("role", f"There is no role {role!r}.", f"Known: {', '.join(ROLES)}.")
    if level not in LEVELS:
        raise ActionError("level", f"There is no level {level!r}.", f"Known: {', '.join(LEVELS)}.")
    if role == OUTSIDE and level != LEVELS[0]:
        raise ActionError(
            "level",
            "Somebody from outside reads what is open.",
            "Give them a role on the team, or --level open.",
        )


def _only_lead() -> AccessDenied:
    return AccessDenied(
        "lead", "Only a case lead gives and takes roles.", "Ask one; see `embers access list`."
    )
