"""Missing and separated persons: where each search stands, those that are open first."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from embers.projections import models
from embers.vocabulary.loader import load_vocabulary
from embers.web.families import SEARCH, by_day
from embers.web.grounds import Said, explain
from embers.web.shell import Crumb, desk, page
from embers.web.wording import Name, code_label, names

#: Persons listed on the page; it says when there are more.
_LISTED = 500


@dataclass(frozen=True, slots=True)
class Search:
    """Where the search for one person stands: its newest state, the place of it, and how many states there are."""

    name: Name
    said: Said
    place: Name | None
    states: int


def missing(request: HttpRequest) -> HttpResponse:
    """List the persons somebody is or was searched for, by where the search stands."""
    at = desk(request)
    rows = models.Assertion.objects.using(at.alias).filter(kind="person", predicate=SEARCH, status="live")
    persons = list(rows.order_by("subject").values_list("subject", flat=True).distinct()[: _LISTED + 1])
    every: dict[str, list[str]] = {}
    for id, subject in rows.filter(subject__in=persons[:_LISTED]).values_list("id", "subject"):
        every.setdefault(subject, []).append(id)
    held = at.view.held(one for ids in every.values() for one in ids)
    newest = {subject: by_day([held[id] for id in ids])[-1] for subject, ids in every.items()}
    said = explain(at, newest.values(), reveal=True)
    known = names(at.alias, [*newest, *(str(one.value.get("place", "")) for one in newest.values())])
    found = [
        Search(
            known[subject],
            said[one.id],
            known.get(str(one.value.get("place", ""))),
            len(every[subject]),
        )
        for subject, one in newest.items()
    ]
    found.sort(key=lambda one: (str(one.said.held.value.get("since", "")), one.name.text))
    states = load_vocabulary().codes["missing-state"].terms
    groups = [
        (code_label("missing-state", state), [one for one in found if one.said.held.value["state"] == state])
        for state in states
    ]
    return page(
        request,
        "missing.html",
        title=gettext("Missing and separated persons"),
        crumbs=[
            Crumb(gettext("Records"), reverse("records")),
            Crumb(gettext("Persons"), reverse("record-list", args=["person"])),
            Crumb(gettext("Missing and separated")),
        ],
        groups=[(title, searches) for title, searches in groups if searches],
        more=len(persons) > _LISTED,
        listed=_LISTED,
    )
