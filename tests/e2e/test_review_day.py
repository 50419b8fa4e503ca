"""A reviewer's day in a real Chromium, counting clicks: a task, a review with a comment on one value, an acceptance."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

sys.path.append(str(Path(__file__).parent))

from served_pages import served
from showcase import Showcase, build
from test_accessibility import AXE, violations

from embers.access.policy import Policy, policy
from embers.actions.grants import give_role
from embers.actions.recorder import Act, Recorder
from embers.actions.reviews import ask_review
from embers.actions.tasks import give_task
from embers.ids import new_id, new_subject
from embers.journal.journal import key_assertion
from embers.projections.view import ProjectedCase
from embers.web.serve import prepare_django

pytestmark = pytest.mark.browser
PASSWORD = "seven plain words drawn by dice"
STAFF = {"staff-02": "reviewer", "staff-03": "investigator"}


@dataclass
class Team:
    """The case and its people; what others do happens in a thread of its own, as Django asks beside Playwright."""

    case: Showcase
    persons: dict[str, str]
    thread: ThreadPoolExecutor

    def does(self, code: str, draft: Callable[[Recorder, Policy, ProjectedCase], Act]) -> None:
        self.thread.submit(self._does, code, draft).result()

    def _does(self, code: str, draft: Callable[[Recorder, Policy, ProjectedCase], Act]) -> None:
        folder = self.case.folder
        journal = folder.journal()
        person = folder.keyring().load_person(code)
        recorder = Recorder(journal, folder.objects(), person, "test", folder.surroundings)
        view = ProjectedCase(folder.projection())
        recorder.record(draft(recorder, policy(view, journal.roster()), view))
        folder.projection().close()
        journal.close()


def _made(path: Path, thread: ThreadPoolExecutor) -> Team:
    case = build(path, exercise=True)
    folder, team = case.folder, Team(case, {}, thread)
    for code, role in STAFF.items():
        person = team.persons[code] = new_subject("person", folder.surroundings.randomness)
        key = folder.keyring().create_person(code)

        def register(recorder: Recorder, _: Policy, __: ProjectedCase) -> Act:
            id = new_id(folder.surroundings.randomness)
            said = recorder.new_assertion(person, "staff-code", code)  # noqa: B023
            return Act("person.register", (key_assertion(id, person, key), said))  # noqa: B023

        team._does("staff-01", register)
        team._does("staff-01", lambda r, rules, _: give_role(r, rules, person, role, level="internal"))  # noqa: B023
    prepare_django()
    from embers.web.accounts.registry import Accounts  # its models need a Django that knows of accounts

    accounts = Accounts.of(folder)
    accounts.accept(accounts.invite(team.persons["staff-02"]), "staff-02", PASSWORD)
    due = {"word": "review", "due": "2031-05-06"}
    team._does(
        "staff-01",
        lambda r, rules, _: give_task(
            r, rules, folder.projection(), case.ganja, to=team.persons["staff-02"], **due
        ),
    )
    team._does(
        "staff-03", lambda r, rules, view: ask_review(r, rules, view, case.ganja, to=team.persons["staff-02"])
    )
    return team


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    with ThreadPoolExecutor(max_workers=1) as thread:
        yield thread.submit(_made, tmp_path_factory.mktemp("e2e-review"), thread).result()


@pytest.fixture(scope="module")
def site(team: Team) -> Iterator[str]:
    with served(team.case.folder) as address:
        yield address


class Hand:
    """Clicks, and counts them."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def click(self, what: Locator) -> None:
        what.click()
        self.clicks += 1

    def rail(self, words: str) -> None:
        self.click(self.page.locator("#rail").get_by_role("link", name=words))

    def button(self, words: str) -> None:
        self.click(self.page.get_by_role("main").get_by_role("button", name=words).first)


def look(page: Page, name: str) -> None:
    """Keep a picture of a page for people who look at it, where a folder for them is named."""
    if folder := os.environ.get("TEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"review-{name}.png", full_page=True)


def test_the_day_of_a_reviewer(page: Page, team: Team, site: str):
    hand = Hand(page)
    page.add_init_script(path=AXE)
    page.goto(f"{site}/")
    page.get_by_label("Username").fill("staff-02")
    page.get_by_label("Password").fill(PASSWORD)
    hand.button("Log in")
    expect(page.get_by_role("heading", name="What is missing")).to_be_visible()
    look(page, "home")
    hand.click(page.get_by_role("link", name="staff-02"))
    hand.click(page.get_by_role("link", name="Unlock it"))
    hand.button("Unlock")
    expect(page.get_by_text("Unlocked.")).to_be_visible()
    assert hand.clicks == 4, "log in and unlock"

    hand.clicks = 0
    page.goto(f"{site}/")
    expect(page.locator("#rail").get_by_role("link", name="Tasks")).to_contain_text("1")
    hand.rail("Reviews")
    look(page, "reviews")
    hand.click(page.get_by_role("main").get_by_role("link", name=re.compile("K20-33")))
    value = page.locator(f"#v-{team.case.ganja_claim}")
    hand.click(value.get_by_text("Comment", exact=True).first)
    value.get_by_label("Comment").fill("Which minute of the broadcast?")
    hand.click(value.get_by_role("button", name="Comment"))
    expect(value.get_by_text("Which minute of the broadcast?")).to_be_visible()
    look(page, "record")
    assert violations(page) == [], "the forms of somebody who signs"
    hand.button("Ask for changes")
    expect(page.get_by_role("row", name=re.compile("changes asked for"))).to_be_visible()
    assert hand.clicks == 5, "from the start page to changes asked for, with a comment on one value"

    team.does("staff-03", lambda r, rules, view: ask_review(r, rules, view, team.case.ganja))
    hand.clicks = 0
    hand.rail("Tasks")
    expect(page.get_by_role("heading", name="Tasks", level=1)).to_be_visible()
    look(page, "tasks")
    assert violations(page) == []
    hand.click(page.get_by_role("main").get_by_role("link", name=re.compile("K20-33")))
    hand.click(page.get_by_role("link", name="Review and comments"))
    hand.click(value.get_by_role("button", name="Resolve"))
    hand.button("Accept")
    expect(page.get_by_role("row", name=re.compile("accepted"))).to_be_visible()
    look(page, "accepted")
    hand.rail("Tasks")
    hand.button("Done")
    expect(page.get_by_text("No task here.")).to_be_visible()
    assert hand.clicks == 7, "from the task through the acceptance to the task done"

    hand.clicks = 0
    hand.rail("Incidents")
    hand.click(page.get_by_role("group").filter(has_text="never reviewed").locator("summary"))
    hand.click(page.get_by_role("link", name="accepted", exact=True))
    expect(page.locator("#count")).to_contain_text("1 incidents")
    hand.click(page.get_by_role("link", name="Save this search"))
    page.get_by_label("Name", exact=True).fill("Accepted")
    hand.button("Save")
    expect(page.get_by_role("link", name="Accepted")).to_be_visible()
    look(page, "saved")
    assert hand.clicks == 5, "a search of accepted incidents, saved"
    team.does(
        "staff-01",
        lambda r, _, __: Act("note.add", (r.new_assertion(team.case.ganja, "note", "Seen again."),)),
    )
    page.goto(f"{site}/incidents/K20-33")
    expect(page.locator("#work ~ p").first).to_contain_text("changed since review")
    look(page, "incident")
