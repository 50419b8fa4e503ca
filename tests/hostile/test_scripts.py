"""Stored and reflected scripts, in a real Chromium: nothing an attacker wrote or sent ever runs, loads or asks.

Attempts: every text field of the vocabulary, names and contents of evidence, every parameter of every page, a frame.
Refusals seen: no dialog, no mark, nothing asked of the attacker's listener, and no policy that had to step in: what is
text stays text.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from answers import reader
from hostile_case import KINDS, HostileCase, Listener, listening
from playwright.sync_api import Browser, Error, Page
from served_pages import served

from embers.vocabulary.loader import load_vocabulary
from embers.web.serve import application

pytestmark = pytest.mark.browser
PARAMETERS = (
    "q",
    "id",
    "box",
    "kind",
    "sort",
    "after",
    "before",
    "party",
    "month",
    "incident",
    "source",
    "at",
    "next",
)


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


@pytest.fixture(scope="module")
def hostile(tmp_path_factory, listener: Listener) -> HostileCase:
    # Playwright keeps an event loop running in this thread, in which Django refuses to work.
    with ThreadPoolExecutor(max_workers=1) as other_thread:
        path = tmp_path_factory.mktemp("hostile-case")
        return other_thread.submit(HostileCase, path, listener.address).result()


@pytest.fixture(scope="module")
def site(hostile: HostileCase) -> Iterator[str]:
    with served(hostile.folder) as address:
        yield address


class Watch:
    """Opens pages in a real browser and says what in them acted."""

    def __init__(self, browser: Browser, listener: Listener) -> None:
        self.page: Page = browser.new_page()
        self.page.set_default_timeout(30_000)
        self.listener = listener
        self.seen: list[str] = []
        self.page.on("dialog", self._dialog)
        self.page.on("console", self._console)
        self.page.on("popup", lambda popup: self.seen.append(f"a window {popup.url}"))

    def _dialog(self, dialog) -> None:
        self.seen.append(f"a dialog {dialog.message}")
        dialog.dismiss()

    def _console(self, message) -> None:
        if "Content Security Policy" in message.text:
            self.seen.append(message.text[:200])

    def open(self, address: str) -> None:
        """Open an address, click nothing, and look for what acted by itself."""
        before = len(self.listener.asked)
        try:
            answer = self.page.goto(address, wait_until="load")
        except Error as error:
            if "Download is starting" not in str(error):
                raise
            return
        assert answer is not None
        assert answer.status < 500, address
        taken = self.page.evaluate("window.taken")
        assert self.seen == [], address
        assert taken is None, address
        assert self.listener.asked[before:] == [], address


@pytest.fixture
def watch(browser: Browser, listener: Listener) -> Iterator[Watch]:
    made = Watch(browser, listener)
    yield made
    made.page.close()


def test_the_watch_sees_an_attack(watch: Watch, listener: Listener, hostile: HostileCase):
    """Without this, a watch that sees nothing would find no attack either. Here the attacker's page is not ours."""
    for number, attack in enumerate(hostile.attacks[:2]):
        listener.pages[f"/page{number}"] = f"<html><body>{attack}</body></html>".encode()
        listener.asked.clear()
        watch.seen.clear()
        with pytest.raises(AssertionError):
            watch.open(f"{listener.address}/page{number}")
        assert any("dialog" in one for one in watch.seen)


def test_the_case_holds_an_attack_in_every_text_of_the_vocabulary(hostile: HostileCase):
    texts = {
        one.id
        for one in load_vocabulary().predicates.values()
        if one.type in {"text", "texts", "lang-text"} and (one.of & set(KINDS) or "*" in one.of)
    }
    missing = {one for one in texts - hostile.written if not one.startswith(("signing", "log-key", "role-"))}
    assert missing == set(), "say in hostile_case.py how an attack gets there"
    assert len(hostile.written) > 50


def stored_pages(hostile: HostileCase) -> list[str]:
    code = _code(hostile, hostile.records["incident"], "incident-code")
    source = _code(hostile, hostile.records["source"], "source-code")
    pages = ["/", "/incidents", "/claims", "/sources", "/items", "/map", "/law", "/trace", "/sync", "/report"]
    pages += [f"/incidents/{quote(code, safe='')}", f"/sources/{quote(source, safe='')}"]
    pages += [
        f"/trace/{id}" for id in (hostile.records["incident"], hostile.items[0], hostile.records["person"])
    ]
    pages += ["/search?q=script", "/search?q=img"]
    for item in hostile.items:
        bare = item.partition(":")[2]
        pages += [f"/items/{bare}", f"/items/{bare}/view"]
    return pages


def _code(hostile: HostileCase, subject: str, predicate: str) -> str:
    from embers.projections.view import ProjectedCase

    with ThreadPoolExecutor(max_workers=1) as other_thread:
        view = ProjectedCase(hostile.folder.database())
        return other_thread.submit(lambda: view.subject(subject).text(predicate)).result()


def test_what_is_stored_is_shown_and_never_runs(watch: Watch, site: str, hostile: HostileCase):
    """Attempt: write a script wherever a text is kept, and wait until somebody opens the page."""
    shown = 0
    for path in stored_pages(hostile):
        watch.open(site + path)
        shown += "<script>" in watch.page.inner_text("body")
    assert shown > 5, "the attacks stand there as words"


def test_claims_with_attacks_never_run(watch: Watch, site: str, hostile: HostileCase):
    watch.open(f"{site}/claims")
    links = watch.page.eval_on_selector_all(
        "a[href^='/claims/']", "all => all.map(one => one.getAttribute('href'))"
    )
    assert links
    for path in list(dict.fromkeys(links))[:8]:
        watch.open(site + path)


def test_evidence_opened_by_itself_never_runs(watch: Watch, site: str, hostile: HostileCase):
    """Attempt: evidence that is a page, a drawing or a document with a script, opened at its own address."""
    for sha256 in hostile.objects.values():
        watch.open(f"{site}/objects/{sha256}")


def test_evidence_laid_into_a_page_of_the_server_never_runs(watch: Watch, site: str, hostile: HostileCase):
    """Attempt: a page of this server that shows evidence as image, frame, object or script."""
    watch.page.goto(f"{site}/items")
    watch.listener.asked.clear()
    for sha256 in hostile.objects.values():
        for tag, name in (
            ("img", "src"),
            ("iframe", "src"),
            ("object", "data"),
            ("embed", "src"),
            ("script", "src"),
        ):
            watch.page.evaluate(
                "([tag, name, address]) => { const one = document.createElement(tag);"
                "one.setAttribute(name, address); document.body.append(one); }",
                [tag, name, f"/objects/{sha256}"],
            )
    watch.page.wait_for_load_state("networkidle")
    assert watch.page.evaluate("window.taken") is None
    assert [one for one in watch.seen if "dialog" in one or "window" in one] == []
    assert "/taken" not in watch.listener.asked


@pytest.mark.parametrize("number", [0, 3])
def test_what_an_address_says_is_shown_and_never_runs(
    watch: Watch, site: str, hostile: HostileCase, number: int
):
    """Attempt: a link to a page of the case with a script in every parameter and in the path."""
    attack = quote(hostile.attacks[number], safe="")
    query = "&".join(f"{name}={attack}" for name in PARAMETERS)
    for path in (
        "/",
        "/incidents",
        "/claims",
        "/sources",
        "/items",
        "/map",
        "/search",
        "/trace",
        "/law",
        "/sync",
    ):
        watch.open(f"{site}{path}?{query}")
    for path in ("/incidents/", "/sources/", "/items/", "/claims/", "/trace/", "/objects/", "/"):
        watch.open(f"{site}{path}{attack}")
    watch.open(
        f"{site}/items/{hostile.items[0].partition(':')[2]}/view?at={attack}&page={attack}&object={attack}"
    )


def test_answers_for_programs_are_no_pages(hostile: HostileCase):
    """Attempt: open what the pages fetch, and what the API answers, as if it were a page."""
    with ThreadPoolExecutor(max_workers=1) as other_thread:
        get = other_thread.submit(lambda: reader(application(hostile.folder))).result()
        for path in (
            "/map.geojson",
            "/map.days",
            "/find.json?q=script",
            "/api/v1/incidents",
            "/api/v1/nowhere<script>",
        ):
            answer = other_thread.submit(get, path).result()
            assert "html" not in answer.headers["Content-Type"], path
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_page_of_the_case_is_not_shown_in_a_frame(watch: Watch, site: str, listener: Listener):
    """Attempt: lay a page of the case invisibly over one of the attacker's (clickjacking)."""
    listener.pages["/frame"] = f"<html><body><iframe id=f src='{site}/items'></iframe></body></html>".encode()
    watch.page.goto(f"{listener.address}/frame")
    frame = watch.page.query_selector("#f").content_frame()
    assert frame is not None
    assert "Items" not in frame.content()
    assert any("frame-ancestors" in one for one in watch.seen)
