"""The ten most frequent tasks, done through the pages with no more clicks and keys than written down."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from served_pages import served

from embers.actions.case_folder import CaseFolder
from embers.actions.demonstration import STAFF
from embers.surroundings import Surroundings

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "benchmarks"))

from workday.people import ROLES, logged_in, prepare  # noqa: E402
from workday.tasks import TASKS, Hand  # noqa: E402

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def demo_site(demonstration: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    copied = tmp_path_factory.mktemp("demo") / "demo"
    shutil.copytree(demonstration.root, copied)  # type: ignore[attr-defined]
    folder = CaseFolder(copied / "karabakh2020", copied / "keyring", Surroundings())
    # Playwright keeps an event loop running in this thread, in which Django refuses to work.
    with ThreadPoolExecutor(max_workers=1) as other_thread:
        other_thread.submit(prepare, folder, STAFF, reviews=1).result()
    with served(folder) as address:
        yield address


@pytest.fixture(scope="module")
def people(browser: Browser, demo_site: str) -> Mapping[str, Any]:
    return logged_in(browser, demo_site, ROLES)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_takes_no_more_than_written_down(
    page: Page, demo_site: str, people: Mapping[str, Any], name: str
):
    page.context.add_cookies(people[TASKS[name].by]["cookies"])
    hand = Hand(page, demo_site)
    hand.start()
    TASKS[name].act(hand)
    assert hand.clicks <= TASKS[name].clicks
    assert hand.keys <= TASKS[name].keys


def test_each_role_of_the_list_has_tasks_and_there_are_ten():
    assert len(TASKS) == 10
    assert {task.by for task in TASKS.values()} == set(ROLES)
    assert all(task.told.partition(":")[0].casefold() == task.by for task in TASKS.values())


def test_every_task_is_written_down_with_its_figures():
    written = (ROOT / "docs" / "explanation" / "ten-tasks.md").read_text("utf-8")
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (\d+) \| (\d+) \|$", written, re.MULTILINE)
    assert {(f"{who}: {what}", int(clicks), int(keys)) for who, what, clicks, keys in rows} == {
        (task.told, task.clicks, task.keys) for task in TASKS.values()
    }
