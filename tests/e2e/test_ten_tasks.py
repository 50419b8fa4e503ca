"""The ten most frequent tasks, done through the pages with no more clicks and keys than written down."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page
from served_pages import served

from embers.actions.case_folder import CaseFolder
from embers.surroundings import Surroundings

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "benchmarks"))

from workday.tasks import TASKS, Hand  # noqa: E402

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def demo_site(demonstration: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    copied = tmp_path_factory.mktemp("demo") / "demo"
    shutil.copytree(demonstration.root, copied)  # type: ignore[attr-defined]
    with served(CaseFolder(copied / "karabakh2020", copied / "keyring", Surroundings())) as address:
        yield address


@pytest.mark.parametrize("name", TASKS)
def test_a_task_takes_no_more_than_written_down(page: Page, demo_site: str, name: str):
    hand = Hand(page, demo_site)
    hand.start()
    TASKS[name].act(hand)
    assert hand.clicks <= TASKS[name].clicks
    assert hand.keys <= TASKS[name].keys


def test_every_task_is_written_down_with_its_figures():
    written = (ROOT / "docs" / "explanation" / "ten-tasks.md").read_text("utf-8")
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (\d+) \| (\d+) \|$", written, re.MULTILINE)
    assert {(f"{who}: {what}", int(clicks), int(keys)) for who, what, clicks, keys in rows} == {
        (task.told, task.clicks, task.keys) for task in TASKS.values()
    }
