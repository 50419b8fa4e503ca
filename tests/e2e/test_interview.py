"""The tutorial of the interview, done as it is written; then the power fails while the next answer is typed."""

from __future__ import annotations

import os
import random
import re
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from browsing import PASSWORD, code_of
from playwright.sync_api import Browser, BrowserContext, Page, expect
from test_accessibility import AXE, violations

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "benchmarks"))

from interview_tutorial import PAGE, Terminal, terminal_in, walk  # noqa: E402
from workday.written import NoSuchStepError, Picture, read_parts  # noqa: E402

from embers.actions.case_folder import CaseFolder  # noqa: E402
from embers.fieldwork.interview import Account  # noqa: E402
from embers.incidents.reading import is_claim  # noqa: E402
from embers.pinpoint import read_pinpoint  # noqa: E402
from embers.projections.view import ProjectedCase  # noqa: E402
from embers.surroundings import Surroundings  # noqa: E402

pytestmark = pytest.mark.browser
#: The page has what is typed kept every two seconds, one text after the other.
EVERY_S, MOST_S = 2.0, 5.0
SAID = "Exercise: the lamp went out, then there was a noise above the well and people ran to the yard behind the mill. "
#: What the browser holds beside the page itself: names and texts. (htmx notes the address it is at.)
STORED = """async () => JSON.stringify([
  { ...localStorage },
  { ...sessionStorage, "htmx-current-path-for-history": "" },
  await indexedDB.databases(),
  globalThis.caches ? await caches.keys() : [],
])"""


@dataclass
class Field:
    """A terminal, a browser in which somebody is logged in, and the secret of their app."""

    terminal: Terminal
    context: BrowserContext
    page: Page
    secret: str = ""

    @property
    def case(self) -> ProjectedCase:
        root = self.terminal.folder / "embers-demo"
        return ProjectedCase(CaseFolder(root / "exercise", root / "keyring", Surroundings()).projection())


@pytest.fixture(scope="module")
def field(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    context = browser.new_context(viewport={"width": 1180, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    context.add_init_script(path=AXE)
    folder = tmp_path_factory.mktemp("tutorial")
    with terminal_in(folder) as terminal:
        yield Field(terminal, context, context.new_page())
    context.close()
    shutil.rmtree(folder)


def _look(page: Page, name: str) -> None:
    if folder := os.environ.get("TEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_a_sentence_that_cannot_be_done_is_refused_and_every_picture_is_there() -> None:
    with pytest.raises(NoSuchStepError, match="Think"):
        list(read_parts("1. Think about **Answer**.\n"))
    with pytest.raises(NoSuchStepError, match="No table"):
        list(read_parts("1. Type *question* into **Question**.\n"))
    with pytest.raises(NoSuchStepError, match="no column"):
        list(read_parts("1. Type *words*.\n| other | more |\n| --- | --- |\n| a | b |\n"))
    parts = list(read_parts(PAGE.read_text("utf-8")))
    pictures = [part.name for part in parts if isinstance(part, Picture)]
    assert pictures
    assert [name for name in pictures if not (ROOT / "docs" / "pictures" / f"{name}.png").exists()] == []


def test_the_tutorial_records_ten_answers_makes_eight_claims_and_closes(field: Field) -> None:
    field.page.on("load", lambda page: _secret(field, page))
    counted = walk(field.page, field.terminal)
    told = ", ".join(f"{title} {seconds:.1f} s" for title, seconds in counted.seconds.items())
    print(f"{counted.clicks} clicks, {counted.keys} keys; seconds of the machine: {told}")
    written = re.search(r"makes\s+(\d+) clicks and presses (\d+) keys", PAGE.read_text("utf-8"))
    assert written, "the tutorial says how many clicks and keys it takes"
    assert (counted.clicks, counted.keys) == (int(written[1]), int(written[2]))

    view = field.case
    record = next(one for one in view.kind("interview").values() if one.text("interview-code") == "IV-301")
    account = Account.of(record)
    assert (len(account.answers), account.closed) == (10, True)
    claims = [one for one in view.naming(record.id) if one.live and is_claim(one)]
    assert len(claims) == 8
    assert {view.subject(one.subject).text("incident-code") for one in claims} == {"X-01"}
    for one in claims:
        place = read_pinpoint(one.grounds[0].locator)
        answer = account.answer(place.answer)
        assert answer.text[slice(*place.offset)] == one.value["words"]

    field.page.goto(f"{field.terminal.site}/interviews/IV-301")
    expect(field.page.locator(".claimed li")).to_have_count(8)
    _look(field.page, "interview")
    assert violations(field.page) == []


def _secret(field: Field, page: Page) -> None:
    """Remember the secret that the page of the second factor shows, as the app of a person does."""
    found = re.search(r"Secret: ([A-Z2-7]+)", page.locator("main").inner_text())
    field.secret = found[1] if found else field.secret


def test_a_power_cut_loses_at_most_five_seconds_and_the_page_loses_nothing(field: Field) -> None:
    opened = "--interviewer F-02 --language en --heard-before no --case embers-demo/exercise"
    field.terminal.run(f"embers interview open IV-302 W-302 2026-05-05 {opened}")
    page, place = field.page, f"{field.terminal.site}/interviews/IV-302"
    page.set_viewport_size({"width": 390, "height": 844})  # a phone on the network of the laptop
    page.goto(place)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    keeping: list[float] = []
    page.on(
        "requestfinished",
        lambda one: keeping.append(one.timing["responseEnd"] / 1000) if "/typed" in one.url else None,
    )
    page.get_by_label("Question", exact=True).fill("What did you see?")
    answer = page.get_by_label("Answer, in the person's words")
    answer.focus()

    seed = random.randrange(10**6)
    cut_after = random.Random(seed).uniform(2.5, 7.0)
    cut: list[float] = []
    knife = threading.Timer(cut_after, lambda: (cut.append(time.monotonic()), field.terminal.cut()))
    knife.start()
    pressed: list[float] = []
    text = SAID * 200  # more than any machine types in that time
    while not cut or time.monotonic() < cut[0] + 0.5:
        page.keyboard.press(text[len(pressed)] if text[len(pressed)] != " " else "Space")
        pressed.append(time.monotonic())
    knife.join()

    # The form is not sent to a server that does not answer: everything typed still stands in the page.
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-told]")).to_contain_text("Not kept")
    typed = text[: len(pressed)]
    assert answer.input_value() == typed
    assert page.url == place
    assert page.evaluate(STORED) == '[{},{"htmx-current-path-for-history":""},[],[]]'
    _look(page, "interview-phone")

    field.terminal.run("embers serve embers-demo/exercise")
    again = _log_in(field)
    again.goto(place)
    kept = again.get_by_label("Answer, in the person's words").input_value()
    assert kept
    assert typed.startswith(kept)
    lost = max(0.0, cut[0] - pressed[len(kept)])
    slowest = max(keeping, default=0.0)
    print(
        f"seed {seed}: cut after {cut_after:.1f} s, {len(typed) - len(kept)} letters, {lost:.1f} s of typing lost; "
        f"slowest answer {slowest:.2f} s"
    )
    # On a machine so slow that keeping takes longer than half of what is left, the promise grows with it.
    assert lost <= max(MOST_S, EVERY_S + 2 * slowest)

    # The first tab goes on with the session of the second, and signs all of it.
    answer.focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#asking")).to_have_text("Next answer: 2")
    record = next(
        one for one in field.case.kind("interview").values() if one.text("interview-code") == "IV-302"
    )
    assert [one.text for one in Account.of(record).answers] == [typed.strip()]


def _log_in(field: Field) -> Page:
    """Log in in another tab and unlock the key."""
    page = field.context.new_page()
    page.goto(f"{field.terminal.site}/account/log-in")
    page.get_by_label("Username").fill("demo-01")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    code = page.locator("input[name=code]")
    code.fill(code_of(field.secret))
    page.get_by_role("main").get_by_role("button").first.click()
    expect(code).to_have_count(0)
    page.goto(f"{field.terminal.site}/account/key")
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_text("Unlocked.")).to_be_visible()
    return page
