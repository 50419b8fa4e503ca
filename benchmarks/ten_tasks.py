"""Do the ten most frequent tasks in Chromium on the demonstration: clicks, keys, and seconds until the end is seen.

Seconds are those of the machine and of a browser that types without pause: they say how long a person waits for Embers,
not how long they think. Each task is done several times; the median and the slowest are told.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright
from results import machine, report
from workday.people import ROLES, logged_in, prepare
from workday.tasks import TASKS, Hand

ROOT = Path(__file__).resolve().parents[1]
sys.path.extend(str(ROOT / "tests" / folder) for folder in ("e2e", "web", "sync"))


def measure(address: str, browser_path: str, *, times: int) -> dict[str, object]:
    """Return the figures of each task."""
    from chromium import FLAGS  # noqa: PLC0415 - the browser is started as the tests start it

    found: dict[str, object] = {}
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=browser_path, args=FLAGS)
        known = logged_in(browser, address, ROLES)
        for limit in TASKS.values():
            seconds = []
            for _ in range(times):
                context = browser.new_context(
                    viewport={"width": 1180, "height": 900},
                    reduced_motion="reduce",
                    storage_state=known[limit.by],
                )
                hand = Hand(context.new_page(), address)
                hand.start()
                begun = time.perf_counter()
                limit.act(hand)
                seconds.append(time.perf_counter() - begun)
                context.close()
            waited = f"{statistics.median(seconds):.2f} s, slowest {max(seconds):.2f} s"
            found[limit.told] = f"{hand.clicks} clicks, {hand.keys} keys, {waited}"
        browser.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--times", type=int, default=5, help="times each task is done")
    parser.add_argument(
        "--demo",
        type=Path,
        help="a demonstration that is built already, which gets people and reviews; default: a new one",
    )
    parser.add_argument(
        "--write", action="store_true", help="append the result to docs/reference/performance.md"
    )
    options = parser.parse_args()
    from chromium import chromium_path  # noqa: PLC0415
    from served_pages import served  # noqa: PLC0415

    from embers.actions.case_folder import CaseFolder  # noqa: PLC0415
    from embers.actions.demonstration import STAFF, build_demonstration  # noqa: PLC0415
    from embers.surroundings import Surroundings  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as scratch:
        root = options.demo or Path(scratch) / "demo"
        if not root.exists():
            published, imagery = ROOT / "demo" / "karabakh2020", ROOT / "demo" / "imagery"
            build_demonstration(root, published=published, imagery=imagery, progress=lambda _: None)
        folder = CaseFolder(root / "karabakh2020", root / "keyring", Surroundings())
        prepare(folder, STAFF, reviews=options.times)
        with served(folder) as address:
            figures = measure(address, chromium_path(), times=options.times)
    report({**machine(), "times": options.times, **figures}, write=options.write)


if __name__ == "__main__":
    main()
