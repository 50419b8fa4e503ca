"""The start page of a case: what is missing, what it is about, its rules, its limits, how much it holds."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from embers.case_view import LogHead
from embers.projections import models
from embers.projections.missing import Missing
from embers.web.dashboard import days_of, gaps_of, missing_at
from embers.web.grounds import explain, fields
from embers.web.shell import Desk, desk, page

_ABOUT = ("case-scope", "case-period", "case-party", "case-classification", "case-naming", "case-profile")
_RULES = ("case-limit", "case-method")


def home(request: HttpRequest) -> HttpResponse:
    """Show what is missing, the case's own description and its counts."""
    at = desk(request)
    said = explain(at, at.case.held)
    days, heads = days_of(at), at.view.heads()
    found = missing_at(at, days)
    return page(
        request,
        "home.html",
        title=gettext("Case"),
        about=fields(at.case, said, _ABOUT),
        rules=fields(at.case, said, _RULES),
        missing=gaps_of(request, at, found, days),
        tiles=_tiles(at, found, heads),
        heads=heads,
    )


def _tiles(at: Desk, found: Missing, heads: Sequence[LogHead]) -> list[tuple[int, str, str]]:
    """Count what the case holds. What grows with the work is not counted again: its counts are at hand."""
    sources, sentences = models.Source.objects.using(at.alias), models.Sentence.objects.using(at.alias)
    return [
        (found.held["incident"], gettext("incidents"), reverse("incidents")),
        (found.held["claim"], gettext("claims"), reverse("claims")),
        (sources.count(), gettext("sources"), reverse("sources")),
        (found.held["item"], gettext("items"), reverse("items")),
        (sentences.count(), gettext("sentences in reports"), reverse("report")),
        (sum(head.size for head in heads), gettext("signed entries"), ""),
    ]
