"""People who write in a case: each registered, with a role and an account. All of them invented."""

from __future__ import annotations

from embers.access.policy import policy
from embers.actions.case_folder import CaseFolder
from embers.actions.grants import give_role
from embers.actions.recorder import Act, Recorder
from embers.ids import new_id, new_subject
from embers.journal.journal import key_assertion
from embers.projections.view import ProjectedCase
from embers.web.serve import configure

#: What each of them logs in with.
PASSWORD = "seven plain words drawn by dice"


def add_editors(folder: CaseFolder, founder: str, names: list[str], *, role: str = "investigator") -> None:
    """Register people with keys that no passphrase locks, give them a role, and make their accounts."""
    configure(folder)
    from embers.web.accounts.registry import Accounts  # noqa: PLC0415 - its models need a configured Django

    keyring, journal, here = folder.keyring(), folder.journal(), folder.surroundings
    first = Recorder(journal, folder.objects(), keyring.load_person(founder), "lead", here)
    accounts = Accounts.of(folder)
    for name in names:
        person = new_subject("person", here.randomness)
        key = key_assertion(new_id(here.randomness), person, keyring.create_person(name))
        first.record(Act("person.register", (key, first.new_assertion(person, "staff-code", name))))
        rules = policy(ProjectedCase(folder.projection()), journal.roster())
        first.record(give_role(first, rules, person, role, level="internal"))
        accounts.accept(accounts.invite(person), name, PASSWORD)
    journal.close()
    folder.projection().close()
