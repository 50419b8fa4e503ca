"""The start page's answer to "what is missing": each count leads to the list where it is worked off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from embers.access.roles import Permission
from embers.actions.sync import entries_unsafe
from embers.projections import gaps
from embers.projections.missing import Missing, missing
from embers.surroundings import utc_text
from embers.web.reader import reader_of
from embers.web.reading_words import number_words
from embers.web.shell import Desk

#: Days after which a review has waited too long.
PATIENCE_DAYS = 7
_WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing: how often, in words, and where it is worked off. ``more`` says what else to know."""

    count: int
    words: str
    href: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Days:
    """The days that "too long", "late" and "this week" are measured by, as ISO text in UTC."""

    waited: str
    yesterday: str
    week: str


def days_of(at: Desk) -> Days:
    """Return the days that count now."""
    now = at.folder.surroundings.clock.now()
    return Days(*(utc_text(now - timedelta(days=days))[:10] for days in (PATIENCE_DAYS + 1, 1, _WEEK_DAYS)))


def missing_at(at: Desk, days: Days) -> Missing:
    """Count what is missing, and how much the case holds, in the same statements."""
    return missing(at.database, asked_by=days.waited, due_by=days.yesterday, read_from=days.week)


def gaps_of(request: HttpRequest, at: Desk, found: Missing, days: Days) -> list[Gap]:
    """Return what is missing in the case, as far as its reader may know; what is not missing is left out."""
    return [gap for gap in _gaps(request, at, found, days) if gap.count]


def _gaps(request: HttpRequest, at: Desk, found: Missing, days: Days) -> Iterator[Gap]:
    yield from _records(found)
    changed, asked = found.reviews["changed"], found.reviews["changes"]
    yield Gap(changed, gettext("incidents changed since their review"), _list("incidents", review="changed"))
    yield Gap(asked, gettext("incidents with changes asked for"), _list("incidents", review="changes"))
    longer = gettext("longer than %(days)s days") % {"days": PATIENCE_DAYS}
    href = _list("reviews", state="asked", to=days.waited)
    yield Gap(found.waiting, gettext("reviews that wait too long"), href, longer)
    late = _list("tasks", of="all", state="open", to=days.yesterday)
    yield Gap(found.late, gettext("tasks that are late"), late)
    yield Gap(
        entries_unsafe(at.folder, at.view.heads()), gettext("signed entries not yet safe"), reverse("sync")
    )
    if reader_of(request).may(Permission.OVERSEE):
        href = _list("readings", **{"from": days.week})
        yield Gap(found.readings, gettext("readings of protected records this week"), href)


def _records(found: Missing) -> Iterator[Gap]:
    words = {
        gaps.POSITION: gettext("incidents without coordinates"),
        gaps.SECOND_SOURCE: gettext("incidents without a second origin"),
        gaps.DECISION: gettext("incidents with contested values nobody decided"),
        gaps.PINPOINT: gettext("incidents with claims without a pinpoint"),
        gaps.ELEMENT_SUPPORT: gettext("incidents with an element without support"),
        gaps.ELEMENT_SECOND: gettext("incidents with an element that has one origin"),
        gaps.QUESTION: gettext("incidents with open questions"),
    }
    for gap in gaps.OF_INCIDENTS:
        more = (
            gettext("%(many)s claims") % {"many": number_words(found.unpinned)}
            if gap == gaps.PINPOINT
            else ""
        )
        yield Gap(found.incidents[gap], words[gap], _list("incidents", missing=gap), more)
    of_items = {
        gaps.WORKING_COPY: gettext("items without a working copy"),
        gaps.VERIFICATION: gettext("items nobody verified"),
    }
    for gap in gaps.OF_ITEMS:
        yield Gap(found.items[gap], of_items[gap], _list("items", missing=gap))


def _list(name: str, **terms: str) -> str:
    return f"{reverse(name)}?{urlencode(terms)}"
