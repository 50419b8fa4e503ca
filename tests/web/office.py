"""A case with people of every role and their accounts, for tests of who gets which answer. All of it is invented."""

from __future__ import annotations

from pathlib import Path

from browsing import PASSWORD, Browser, add_app
from circle_case import Circle

from embers.access.policy import policy
from embers.access.roles import ROLES
from embers.actions.compartments import add_member
from embers.actions.grants import give_role
from embers.actions.readings import enrol_server
from embers.web.serve import application

#: By account: the role, and the level it reads at. "member" is in the compartment, "stranger" has no role.
STAFF = {role: (role, "open" if role == "outside-reader" else "internal") for role in ROLES} | {
    "reader-of-all": ("analyst", "confidential"),
    "member": ("investigator", "internal"),
}
FOUNDER, STRANGER = "staff-01", "stranger"


class Office:
    def __init__(self, path: Path, *, server_key: bool = True) -> None:
        self.circle = Circle(path)
        self.circle.keep()
        self.people = self.circle.people
        self.folder = self.circle.folder
        for name in [*STAFF, STRANGER]:
            self.people.register(name)
        for name, (role, level) in STAFF.items():
            rules = policy(self.people.view, self.people.roster)
            first = self.people.first
            first.record(give_role(first, rules, self.people.persons[name], role, level=level))
        own = self.people.ages[FOUNDER]
        act = add_member(
            self.people.first,
            self.folder.wraps(),
            self.people.compartment("Mission A"),
            self.people.member("member"),
            own=own,
        )
        self.people.first.record(act)
        if server_key:
            enrol_server(self.people.first, self.folder)
        self.folder.projection().close()
        self.app = application(self.folder, accounts=True)
        self.browsers: dict[str, Browser] = {}

    @property
    def accounts(self):
        from embers.web.accounts.registry import Accounts

        return Accounts.of(self.folder)

    def make_account(self, name: str) -> None:
        accounts = self.accounts
        accounts.accept(accounts.invite(self.people.persons[name]), name, PASSWORD)

    def browser(self, name: str = "") -> Browser:
        """Return a browser in which somebody is logged in, with a second factor where one is asked; or nobody."""
        if not name:
            return Browser(self.app)
        if name not in self.browsers:
            if name not in {one.name for one in self.accounts.every()}:
                self.make_account(name)
            browser = self.log_in(name)
            # The one page of the case that is never recorded.
            if browser.get("/trace").headers.get("Location") == "/account/factors":
                add_app(browser)
            self.browsers[name] = browser
        return self.browsers[name]

    def log_in(self, name: str) -> Browser:
        """Return a new browser in which somebody has given name and password."""
        browser = Browser(self.app)
        answer = browser.log_in(name)
        assert answer.status == 302, answer.text
        return browser


def entries(office: Office) -> int:
    """Return how many entries the case holds."""
    journal = office.folder.journal(read_only=True)
    try:
        return sum(head.size for head in journal.heads())
    finally:
        journal.close()
