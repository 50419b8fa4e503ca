"""axe-core, an independent judge of accessibility, asked about the page a browser stands on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
#: Everything axe knows of WCAG 2.2 A and AA, and its own good practices.
ALL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async ({ rules, only }) => {
  const chosen = only ? { runOnly: { type: "rule", values: [only] } } : { runOnly: rules };
  const found = await axe.run(document, { ...chosen, resultTypes: ["violations"] });
  const told = (node) => `${node.target.join(" ")} | ${node.any[0]?.message ?? node.failureSummary}`;
  return found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 4).map(told).join(" ;; ")}`);
}"""


def violations(page: Page, *, only: str = "") -> list[str]:
    """Return what is violated, each with the first elements."""
    found: list[str] = page.evaluate(RUN, {"rules": ALL, "only": only})
    return found


def looks(page: Page) -> Iterator[tuple[str, str]]:
    """Put the page as it stands into each look in turn, and back in the end.

    Yield the look's name, and the only rule it can break that the first does not, if not all.
    """
    yield "light", ""
    page.emulate_media(color_scheme="dark")
    yield "dark", "color-contrast"  # dark changes colours and nothing else
    page.emulate_media(color_scheme="light")
    usual = page.evaluate("document.documentElement.dir")
    page.evaluate("document.documentElement.dir = 'rtl'")
    yield "right-to-left", ""
    page.evaluate("usual => (document.documentElement.dir = usual)", usual)


def violations_in_every_look(page: Page) -> list[str]:
    """Return what is violated as the page stands, in dark colours, and from right to left."""
    return [f"{look}: {one}" for look, only in looks(page) for one in violations(page, only=only)]
