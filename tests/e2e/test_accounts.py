"""Accounts in a real Chromium on the real server: the first account, a passkey, logging in with it, logging out."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe import AXE, violations_in_every_look
from django.urls import resolve
from playwright.sync_api import BrowserContext, Page, expect

sys.path.insert(0, str(Path(__file__).parents[1] / "web"))

from browsing import code_of
from showcase import Showcase, build

from embers.web.rules import RULES, Door
from embers.web.serve import prepare_django

prepare_django()  # the judged pages are told by their routes

pytestmark = pytest.mark.browser
#: Pages of the account that the way through does not come by.
OTHERS = (
    "factors/codes/add",
    "factors/codes/remove",
    "factors/recovery",
    "factors/recovery/new",
    "factors/keys/1/name",
    "factors/keys/1/remove",
    "factors/confirm",
    "factors/keys/confirm",
    "confirm",
    "password",
    "tokens",
    "../records/drafts",
    "log-out",
)
#: What answers with a file, or only leads on when there is nothing to do.
NO_PAGES = {"mfa_download_recovery_codes", "account-token-revoke", "account-token-sign"}
PASSWORD = "seven plain words drawn by dice"


@pytest.fixture(scope="module")
def small_case(tmp_path_factory) -> Showcase:
    # Playwright keeps an event loop running in this thread, in which Django refuses to work.
    with ThreadPoolExecutor(max_workers=1) as other_thread:
        path = tmp_path_factory.mktemp("e2e-accounts")
        return other_thread.submit(build, path, exercise=True).result()


@pytest.fixture(scope="module")
def first_address(small_case: Showcase) -> Iterator[str]:
    """Start `embers serve` as a person does, and read the address it prints."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = small_case.folder
    environment = {**os.environ, "EMBERS_KEYRING": str(folder.keyring_path), "EMBERS_PERSON": "staff-01"}
    command = [sys.executable, "-m", "embers.cli.main", "serve", str(folder.path), "--port", str(port)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    told = ""
    for line in server.stdout:
        told += line
        if "/account/welcome/" in line:
            break
    server_lines = told.split()
    address = next(word for word in server_lines if "/account/welcome/" in word)
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield address
    server.terminate()
    server.wait(10)


def with_authenticator(context: BrowserContext, page: Page) -> None:
    """Give the browser a security key that is always touched."""
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


#: Routes of the pages that were judged.
JUDGED: set[str] = set()


def look(page: Page, name: str) -> None:
    """Have a page judged by axe; keep a picture of it for people, where a folder for them is named."""
    page.wait_for_load_state()
    assert violations_in_every_look(page) == [], name
    JUDGED.add(resolve(urlsplit(page.url).path, "embers.web.urls").url_name or "")
    if folder := os.environ.get("TEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_the_first_account_and_a_passkey(page: Page, context: BrowserContext, first_address: str):
    site = first_address.partition("/account/")[0]
    page.goto(f"{site}/incidents")
    expect(page.locator("h1")).to_have_text("Incidents")
    context.add_init_script(path=AXE)
    page.goto(first_address)
    look(page, "welcome")
    page.get_by_label("Name to log in with").fill("staff-01")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    expect(page).to_have_url(f"{site}/account/log-in")
    look(page, "log-in")
    page.goto(f"{site}/incidents")
    expect(page).to_have_url(re.compile("/account/log-in"))
    page.get_by_label("Username").fill("staff-01")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    # Who opened the case reads confidential records, so a second factor is needed before anything is shown.
    expect(page.locator("h1")).to_have_text("Second factors")
    look(page, "factors")
    with_authenticator(context, page)
    page.get_by_role("link", name="Add one").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    look(page, "add-key")
    page.get_by_label("Name").fill("Blue key")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("Recovery codes").first).to_be_visible()
    look(page, "after-add")
    page.goto(f"{site}/incidents")
    expect(page.locator("h1")).to_have_text("Incidents")
    look(page, "incidents")
    page.get_by_role("link", name="staff-01").click()
    expect(page.get_by_text("case lead", exact=True)).to_be_visible()
    look(page, "account")
    page.get_by_role("link", name="Unlock it").click()
    look(page, "key")
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_text("Unlocked.")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url(f"{site}/account/log-in")
    page.get_by_label("Username").fill("staff-01")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(page.locator("h1")).to_have_text("Second factor")
    look(page, "second-factor")
    page.get_by_role("button", name="Use a security key or passkey").click()
    expect(page).to_have_url(f"{site}/")
    page.goto(f"{site}/account/factors/keys")
    expect(page.get_by_text("Blue key")).to_be_visible()
    look(page, "keys")
    for number, path in enumerate(OTHERS):
        page.goto(f"{site}/account/{path}")
        look(page, f"other-{number}")
        if "/confirm" in page.url and page.get_by_label("Password").count():
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("main").get_by_role("button", name="Confirm").click()
            page.goto(f"{site}/account/{path}")
            look(page, f"other-{number}-confirmed")
        if path == "factors/codes/add":
            page.get_by_role("main").get_by_label("code").fill(
                code_of(page.locator("span.mono").inner_text())
            )
            page.get_by_role("main").get_by_role("button").first.click()
    doors = {
        name
        for name, rule in RULES.items()
        if isinstance(rule.needs, Door) and not name.startswith("api-")  # programs, not people, look at those
    }
    assert doors - JUDGED <= NO_PAGES
