"""Each task of docs/explanation/ten-tasks.md as acts of a person: what is clicked, typed, and seen at the end.

A :class:`Hand` counts clicks and keys as a person makes them: a word typed counts each of its letters, Enter is a key.
A task takes a hand that stands on the start page and ends when what was asked for is seen; otherwise it fails.
To add a task: write it here as a function, put it into :data:`TASKS`, and describe it on the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


@dataclass
class Hand:
    """One person at a page (a Playwright page): every act is counted."""

    page: Any
    address: str
    clicks: int = 0
    keys: int = 0

    def start(self) -> None:
        """Stand on the start page of the case."""
        self.page.goto(self.address)

    def click(self, target: Any) -> None:  # noqa: ANN401 - a Playwright locator
        """Click something."""
        self.clicks += 1
        target.click()

    def link(self, name: str, *, within: str = "main", exact: bool = False) -> None:
        """Click the first link with a name, in the page or in the rail (``#rail``)."""
        self.click(self.page.locator(within).get_by_role("link", name=name, exact=exact).first)

    def press(self, key: str) -> None:
        """Press one key, or keys together."""
        self.keys += 1
        self.page.keyboard.press(key)

    def press_to(self, id: str) -> None:
        """Press Tab until the field with an id has the focus."""
        for _ in range(60):
            self.press("Tab")
            if self.page.evaluate("document.activeElement.id") == id:
                return
        raise AssertionError(f"{id} is not reached by Tab")

    def type(self, text: str) -> None:
        """Type a text letter by letter."""
        self.keys += len(text)
        self.page.keyboard.type(text)

    def go_to(self, code: str) -> None:
        """Open a record by its code with the palette."""
        self.press("Control+k")
        self.type(code)
        self.page.get_by_role("option", name=code).first.wait_for()
        self.press("Enter")

    def see(self, text: str, *, within: str = "main") -> None:
        """Wait until a text is on the screen; this is how a task ends."""
        self.page.locator(within).get_by_text(text).first.wait_for()


def find_by_any_name(hand: Hand) -> None:
    """Investigator: find what is known about a town written in another script, and open an incident there."""
    hand.press("/")
    hand.type("Гянджа")
    hand.press("Enter")
    hand.link("K20-33")
    hand.see("Names of the place")


def narrow_the_map(hand: Hand) -> None:
    """Investigator: see on the map what happened from one day on, and open the first of it."""
    hand.link("Map", within="#rail", exact=True)
    hand.page.wait_for_selector("embers-timeline[data-ready]")
    hand.click(hand.page.get_by_label("Begins on or after"))
    hand.type("2020-10-17")
    hand.press("Enter")
    hand.page.wait_for_selector("embers-map[data-idle]")
    hand.link("K20-33", exact=True)
    hand.see("What is recorded")


def look_at_material(hand: Hand) -> None:
    """Investigator: open a preserved table at the row a claim was read in."""
    hand.press("/")
    hand.type("C161")
    hand.press("Enter")
    hand.link("K20-33")
    hand.click(hand.page.locator("#field-killed").locator("xpath=ancestor::section").locator("summary").first)
    hand.click(
        hand.page.locator("#field-killed")
        .locator("xpath=ancestor::section")
        .locator("a[href*='/view']")
        .first
    )
    hand.page.wait_for_selector("tr[data-marked]")


def claim_from_a_source(hand: Hand) -> None:
    """Investigator: record what a source says about an incident, with the place in it."""
    hand.link("Sources", within="#rail", exact=True)
    hand.link("S22", exact=True)
    hand.link("Record what was read here")
    hand.page.wait_for_selector("#f-about:focus")
    hand.type("K20-33")
    hand.press_to("f-v")
    hand.type("A crater in the road")
    hand.press_to("f-claimant")
    hand.type("human ri")
    hand.page.locator("#f-claimant-choices input[type=radio]").first.wait_for()
    hand.press("ArrowDown")
    hand.press_to("f-b0-at")
    hand.type("p. 4")
    hand.press("Enter")
    hand.see("Recorded:")


def walk_relations(hand: Hand) -> None:
    """Analyst: see what an incident is joined to, and who says so."""
    hand.go_to("K20-33")
    hand.link("Relations")
    hand.see("Who says so")


def decide_between_values(hand: Hand) -> None:
    """Analyst: compare what different origins say about how many were killed, and decide which figure is shown."""
    hand.go_to("K20-33")
    hand.link("Compare and decide Killed")
    hand.click(hand.page.get_by_label("Show this value").first)
    hand.click(hand.page.get_by_label("Reason"))
    hand.type("The first official toll.")
    hand.click(hand.page.get_by_role("button", name="Sign the decision"))
    hand.see("Decided.")


def filter_and_sort(hand: Hand) -> None:
    """Analyst: list what is alleged against one party, the most killed first."""
    hand.link("Incidents", within="#rail", exact=True)
    hand.click(hand.page.locator("details summary").filter(has_text="Alleged author").first)
    hand.click(hand.page.locator(".facets details[open] a").first)
    hand.page.wait_for_url("**party=**")
    hand.click(hand.page.locator("thead").get_by_role("link", name="Killed"))
    hand.page.wait_for_url("**sort=**")


def review_a_record(hand: Hand) -> None:
    """Reviewer: read a record of another person, comment on a single value, and ask for changes."""
    hand.link("Reviews", within="#rail")
    hand.click(hand.page.locator("main tbody th a").first)
    value = hand.page.locator("#values ~ .claim").first
    hand.click(value.get_by_text("Comment", exact=True).first)
    hand.click(value.get_by_label("Comment"))
    hand.type("Which minute?")
    hand.press("Enter")
    hand.see("Which minute?")
    hand.click(hand.page.get_by_role("button", name="Ask for changes"))
    hand.see("changes asked for")


def sentence_to_evidence(hand: Hand) -> None:
    """Lawyer: walk from a sentence of the report to the preserved bytes and the checked signature behind it."""
    hand.link("Trace", within="#rail", exact=True)
    hand.link("The first sentence that states a fact")
    hand.see("Preserved bytes")
    hand.see("signature and place checked now")


def support_of_a_charge(hand: Hand) -> None:
    """Lawyer: see how far the material supports each element of a crime tested."""
    hand.link("Law", within="#rail", exact=True)
    hand.click(hand.page.locator("table").last.get_by_role("link").first)
    hand.page.locator("#law").wait_for()


@dataclass(frozen=True)
class Limit:
    """What a task may take at most: clicks and keys. ``by`` is the role of whoever does it."""

    act: Callable[[Hand], None]
    clicks: int
    keys: int
    by: str = "investigator"

    @property
    def told(self) -> str:
        """The task in one sentence."""
        return (self.act.__doc__ or "").partition("\n")[0].rstrip(".")


#: The tasks with the most clicks and keys they may take. A change that makes one longer says so here.
TASKS: Mapping[str, Limit] = MappingProxyType(
    {
        "find by any name": Limit(find_by_any_name, 1, 8),
        "narrow the map": Limit(narrow_the_map, 3, 11),
        "look at material": Limit(look_at_material, 3, 6),
        "claim from a source": Limit(claim_from_a_source, 3, 55),
        "walk relations": Limit(walk_relations, 1, 8, "analyst"),
        "decide between values": Limit(decide_between_values, 4, 32, "analyst"),
        "filter and sort": Limit(filter_and_sort, 4, 0, "analyst"),
        "review a record": Limit(review_a_record, 5, 14, "reviewer"),
        "sentence to evidence": Limit(sentence_to_evidence, 2, 0, "lawyer"),
        "support of a charge": Limit(support_of_a_charge, 2, 0, "lawyer"),
    }
)
