"""A real Chromium for tests, and what its pages asked for. Conftests that need its fixtures import them."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request, Route, sync_playwright

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
LOCAL = {"127.0.0.1", "localhost"}


def chromium_path() -> str:
    """Return the browser's path; a missing browser is a failure, never a silent skip."""
    for name in ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome"):
        found = name if Path(name).is_file() else shutil.which(name)
        if found:
            return found
    pytest.fail("Chromium is not installed. Run: sh tools/install_test_system.sh", pytrace=False)


@cache
def _running() -> Playwright:
    """Start once in this process: several folders of tests have these fixtures, and one thread runs one playwright."""
    manager = sync_playwright()
    running = manager.start()
    atexit.register(running.stop)
    return running


@pytest.fixture(scope="session")
def playwright() -> Playwright:
    return _running()


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
    yield launched
    launched.close()


class Traffic:
    """What a page asked for and what went wrong in it, from the first request on."""

    def __init__(self, context: BrowserContext) -> None:
        self.urls: list[str] = []
        self.errors: list[str] = []
        context.on("request", self._request)
        context.on("weberror", lambda wrong: self.errors.append(str(wrong.error)))
        context.on("console", self._console)
        context.route("**/*", self._route)

    def foreign(self) -> list[str]:
        """Addresses outside this machine that anything in the page tried to reach."""
        return [
            url
            for url in self.urls
            if urlsplit(url).scheme not in {"data", "blob", "about"} and urlsplit(url).hostname not in LOCAL
        ]

    def _request(self, request: Request) -> None:
        self.urls.append(request.url)

    def _console(self, message: object) -> None:
        if getattr(message, "type", "") == "error" and "favicon" not in str(getattr(message, "location", "")):
            self.errors.append(getattr(message, "text", ""))

    def _route(self, route: Route) -> None:
        # A foreign request is recorded above and stopped here, so that no test ever talks to the network.
        if urlsplit(route.request.url).hostname in LOCAL:
            route.continue_()
        else:
            route.abort()


@pytest.fixture
def colour_scheme() -> str:
    """Light unless a test asks for dark by parametrising this fixture."""
    return "light"


@pytest.fixture
def context(browser: Browser, colour_scheme: str) -> Iterator[BrowserContext]:
    opened = browser.new_context(
        viewport={"width": 1180, "height": 900}, color_scheme=colour_scheme, reduced_motion="reduce"
    )
    opened.set_default_timeout(30_000)
    yield opened
    opened.close()


@pytest.fixture
def traffic(context: BrowserContext) -> Iterator[Traffic]:
    """Record everything; after the test, fail on any foreign request or page error."""
    recorded = Traffic(context)
    yield recorded
    assert recorded.foreign() == [], "a request left 127.0.0.1"
    assert recorded.errors == [], "the page reported errors"


@pytest.fixture
def page(context: BrowserContext, traffic: Traffic) -> Page:
    return context.new_page()
