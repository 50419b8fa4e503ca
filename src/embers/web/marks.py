"""What assertions of the case cite in an item: the list beside a viewer, each with its pinpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from embers.case_view import Held
from embers.pinpoint import Pinpoint, read_pinpoint
from embers.web.shell import Desk
from embers.web.wording import Name, names, referred, show

#: Marks listed beside one viewer. A table of claims has one for each of its rows.
LISTED = 300


@dataclass(frozen=True, slots=True)
class Mark:
    """One assertion that cites a place in the item."""

    held: Held
    about: Name
    words: str
    pinpoint: Pinpoint
    locator: str


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks that are listed, and how many there are in all."""

    listed: tuple[Mark, ...]
    total: int


def marks_in(at: Desk, item_id: str) -> Marks:
    """Return the live assertions that cite a place in an item, as far as they are listed."""
    cited = [
        (held, ground.locator)
        for held in at.view.naming(item_id)
        if held.live and held.subject != item_id
        for ground in held.grounds
        if ground.target == item_id and ground.locator
    ]
    shown = cited[:LISTED]
    known = names(at.alias, [*(held.subject for held, _ in shown), *referred(held for held, _ in shown)])
    listed = tuple(
        Mark(held, known[held.subject], show(held, known).text, read_pinpoint(locator), locator)
        for held, locator in shown
    )
    return Marks(listed, len(cited))


def view_href(item_id: str, locator: str = "") -> str:
    """Return where an item is looked at, at a place if one is named."""
    address = reverse("item-view", args=[item_id.partition(":")[2]])
    return f"{address}?{urlencode({'at': locator})}" if locator else address


def on_page(marks: Sequence[Mark], page: int) -> list[Mark]:
    """Return the marks of one page of a document."""
    return [mark for mark in marks if mark.pinpoint.page == page]
