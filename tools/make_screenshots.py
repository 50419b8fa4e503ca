"""Makes the pictures of the documents: the report's first pages, and every main page, from a real demonstration.

Usage: ``python tools/make_screenshots.py [DEMO-FOLDER]``; builds the demonstration if the folder is not there.
Needs Chromium and pdftoppm (``sh tools/install_test_system.sh``) and the ``test`` extra for Playwright.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
PORT = 8739
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
GAP = 24
#: Bytes of one picture at most.
LARGEST = 150_000


def pages(pdf: Path, first: int, last: int) -> list[Image.Image]:
    """Return pages of a PDF as images."""
    folder = pdf.parent / "pages"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    command = ["pdftoppm", "-r", "72", "-f", str(first), "-l", str(last), "-png", str(pdf), str(folder / "p")]
    subprocess.run(command, check=True)
    found = [Image.open(path).convert("RGB") for path in sorted(folder.glob("*.png"))]
    shutil.rmtree(folder)
    return found


def side_by_side(images: list[Image.Image]) -> Image.Image:
    """Set pages next to each other on a light ground."""
    width = sum(image.width for image in images) + GAP * (len(images) + 1)
    sheet = Image.new("RGB", (width, images[0].height + 2 * GAP), "#d9d6d2")
    place = GAP
    for image in images:
        sheet.paste(image, (place, GAP))
        place += image.width + GAP
    return sheet


def page_of(pdf: Path, words: str) -> int:
    """Return the number of the last page on which words stand (the first ones are contents)."""
    text = subprocess.run(["pdftotext", str(pdf), "-"], check=True, capture_output=True, text=True).stdout
    return max(number for number, page in enumerate(text.split("\f"), start=1) if words in page)


def wait_for(address: str) -> None:
    """Wait until the server answers."""
    for _ in range(100):
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"{address} does not answer")


def shoot(case: Path, named: Callable[[Page, str], dict[str, str]]) -> None:
    """Take the pictures of web pages of a case: of the addresses that ``named`` gives a name."""
    server = subprocess.Popen(
        [sys.executable, "-m", "embers.cli.main", "serve", str(case), "--port", str(PORT)]
    )
    base = f"http://127.0.0.1:{PORT}"
    try:
        wait_for(base)
        with sync_playwright() as play:
            chromium = shutil.which("chromium") or shutil.which("chromium-browser")
            browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
            view = browser.new_page(viewport={"width": 1180, "height": 800}, reduced_motion="reduce")
            view.goto(base)
            for name, address in named(view, base).items():
                view.goto(base + address)
                if view.locator("embers-map").count():
                    view.wait_for_selector("embers-map[data-idle]", timeout=60_000)
                view.wait_for_load_state("networkidle")
                save(Image.open(io.BytesIO(view.screenshot())), name)
            browser.close()
    finally:
        server.terminate()
        server.wait()


def main_pages(view: Page, base: str) -> dict[str, str]:
    """Return the address of every page of the rail by name, and of one record of each kind that has a page."""
    rail = {link.get_attribute("href") or "" for link in view.locator("#rail a").all()}
    found = {address.strip("/") or "home": address for address in sorted(rail)}
    found |= {"incident": "/incidents/K20-33", "relations": "/graph/K20-33", "source": "/sources/S22"}
    found["search"] = "/search?q=gence%20scud"
    found["command"] = "/command?place=Gence&day=2020-10-17"
    found["record"] = "/records/place"
    view.goto(f"{base}/incidents/K20-33")
    found["claim"] = view.locator("main a[href^='/claims/']").first.get_attribute("href") or ""
    view.goto(f"{base}/items")
    found["item"] = view.locator("main th a[href^='/items/']").first.get_attribute("href") or ""
    found["viewer"] = f"{found['item']}/view"
    view.goto(base + found.pop("trace"))  # what it leads to says more than the question
    found["trace-of"] = view.locator("main a[href^='/trace/']").first.get_attribute("href") or ""
    return found


def field_pages(view: Page, base: str) -> dict[str, str]:
    """Return addresses of what only the exercise has: missions, visits, interviews, examinations."""
    found = {}
    for kind in ("mission", "site", "interview", "examination"):
        view.goto(f"{base}/records/{kind}")
        found[kind] = view.locator("main tbody th a").first.get_attribute("href") or ""
    return found


def save(picture: Image.Image, name: str) -> None:
    """Keep a picture in so many colours that it stays below :data:`LARGEST` bytes."""
    for colours in (256, 128, 64, 32, 16):
        out = io.BytesIO()
        picture.convert("RGB").quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if len(out.getvalue()) < LARGEST:
            break
    (PICTURES / f"{name}.png").write_bytes(out.getvalue())


def main() -> None:
    """Build the demonstration if needed and make every picture."""
    demo = Path(sys.argv[1] if len(sys.argv) > 1 else "embers-demo").resolve()
    if not (demo / "karabakh2020").exists():
        subprocess.run([sys.executable, "-m", "embers.cli.main", "demo", str(demo)], check=True)
    PICTURES.mkdir(parents=True, exist_ok=True)
    pdf = demo / "karabakh2020" / "exports" / "report.pdf"
    incident = page_of(pdf, "K20-33 Scud")
    sheet = side_by_side([*pages(pdf, 1, 1), *pages(pdf, incident, incident + 1)])
    save(sheet, "report-pages")
    shoot(demo / "karabakh2020", main_pages)
    shoot(demo / "exercise", field_pages)


if __name__ == "__main__":
    main()
