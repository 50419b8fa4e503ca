"""Run in a network namespace without a way out: serves a case, opens pages in Chromium, prints what was seen as JSON.

Arguments: the case folder, its keyring, and a JSON object of names and paths of pages.
"""

from __future__ import annotations

import array
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

sys.path.insert(0, str(Path(__file__).parent))

from chromium import FLAGS, chromium_path
from playwright.sync_api import sync_playwright

ORIGIN = "http://127.0.0.1:8000"
#: linux/sockios.h and linux/if.h.
SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 0x1, 0x40
#: Whether everything a page is made of is there: pictures drawn, typefaces read, style sheets applied.
COMPLETE = """async () => {
  await document.fonts.ready;
  const faces = [...document.fonts];
  return {
    pictures: [...document.images].filter(one => one.loading !== 'lazy')
      .filter(one => !(one.complete && one.naturalWidth)).map(one => one.src),
    typefaces: faces.filter(one => one.status === 'error').map(one => one.family),
    loaded: faces.filter(one => one.status === 'loaded').length,
    sheets: [...document.styleSheets].filter(one => !one.cssRules.length).map(one => one.href),
    words: document.body.innerText.length,
  };
}"""


def raise_loopback() -> None:
    """Switch the loopback interface on; a new namespace has it switched off, and no other."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        request = struct.pack("16sh14x", b"lo", IFF_UP | IFF_RUNNING)
        fcntl.ioctl(handle, SIOCSIFFLAGS, array.array("b", request))


def ways_out() -> list[str]:
    """Return how the world outside was reached; none is expected. The address is of a range kept for documentation."""
    found = [name for _, name in socket.if_nameindex() if name != "lo"]
    try:
        socket.create_connection(("198.51.100.1", 443), timeout=2).close()
    except OSError as error:
        return found if error.errno == 101 else [*found, str(error)]  # ENETUNREACH: there is no way at all
    return [*found, "198.51.100.1"]


def main() -> None:
    case, keys, pages = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
    raise_loopback()
    out = ways_out()
    environment = {**os.environ, "EMBERS_KEYRING": keys, "EMBERS_PERSON": "staff-01"}
    command = [sys.executable, "-m", "embers.cli.main", "serve", str(case), "--port", "8000"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait()
        seen = look(pages)
    finally:
        server.terminate()
        server.wait(20)
    sys.stdout.write(json.dumps({"out": out, "pages": seen}))


def wait() -> None:
    for _ in range(600):
        try:
            with urlopen("http://127.0.0.1:8000/", timeout=5):
                return
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise SystemExit("the server did not answer within a minute")


def look(pages: dict[str, str]) -> dict[str, object]:
    seen: dict[str, object] = {}
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        page = browser.new_page()
        page.set_default_timeout(60_000)
        failed: list[str] = []
        errors: list[str] = []
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("requestfailed", lambda request: failed.append(request.url))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        for name, path in pages.items():
            page.goto(
                "about:blank"
            )  # what the page before breaks off as it is left is told of before this one begins
            for seen_before in (failed, errors, asked):
                seen_before.clear()
            answer = page.goto(f"{ORIGIN}{path}", wait_until="load")
            if page.query_selector("embers-map"):
                page.wait_for_selector("embers-map[data-idle]")
            status = answer.status if answer else 0
            told = [
                one for one in errors if f"status of {status}" not in one
            ]  # the error page says so itself
            elsewhere = [
                url for url in asked if not url.startswith((f"{ORIGIN}/", "data:", f"blob:{ORIGIN}/"))
            ]
            seen[name] = {
                "status": status,
                "failed": list(failed),
                "errors": told,
                "elsewhere": elsewhere,
                "asked": len(asked),
                **page.evaluate(COMPLETE),
            }
        browser.close()
    return seen


if __name__ == "__main__":
    main()
