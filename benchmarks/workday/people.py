"""Whoever does the tasks: one person for each role, with an account, a key that is unlocked, and work that waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from editors import PASSWORD, add_editors

from embers.access.policy import policy
from embers.actions.case_folder import CaseFolder
from embers.actions.recorder import Recorder
from embers.actions.reviews import ask_review
from embers.projections.view import ProjectedCase

ROLES = ("investigator", "analyst", "reviewer", "lawyer")


def prepare(folder: CaseFolder, founder: str, *, reviews: int) -> None:
    """Give a case one person of each role, and let the investigator ask for the review of so many incidents."""
    for role in ROLES:
        add_editors(folder, founder, [role], role=role)
    journal, view = folder.journal(), ProjectedCase(folder.projection())
    try:
        asking = Recorder(
            journal,
            folder.objects(),
            folder.keyring().load_person("investigator"),
            "work",
            folder.surroundings,
        )
        for subject in _incidents(view)[:reviews]:
            asking.record(ask_review(asking, policy(view, journal.roster()), view, subject))
    finally:
        folder.projection().close()
        journal.close()


def _incidents(view: ProjectedCase) -> list[str]:
    return sorted(view.kind("incident"))


def logged_in(browser: Any, address: str, roles: Iterable[str]) -> Mapping[str, Any]:  # noqa: ANN401 - Playwright
    """Log each person in, unlock their key, and return what a browser of theirs keeps, by role."""
    found = {}
    for role in roles:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{address}/account/log-in")
        page.get_by_label("Username").fill(role)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{address}/")
        page.goto(f"{address}/account/key")
        page.get_by_role("button", name="Unlock").click()
        page.get_by_text("Unlocked.").wait_for()
        found[role] = context.storage_state()
        context.close()
    return found
