"""The start page of a case: what is missing, what it is about, its rules, its limits, how much it holds."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from embers.projections import models
from embers.web.dashboard import gaps_of
from embers.web.grounds import explain, fields
from embers.web.shell import Desk, desk, page

_ABOUT = ("case-scope", "case-period", "case-party", "case-classification", "case-naming", "case-profile")
_RULES = ("case-limit", "case-method")


def home(request: HttpRequest) -> HttpResponse:
    """Show what is missing, the case's own description and its counts."""
    at = desk(request)
    said = explain(at, at.case.held)
    return page(
        request,
        "home.html",
        title=gettext("Case"),
        about=fields(at.case, said, _ABOUT),
        rules=fields(at.case, said, _RULES),
        missing=gaps_of(request, at),
        tiles=_tiles(at),
        heads=at.view.heads(),
    )


def _tiles(at: Desk) -> list[tuple[int, str, str]]:
    kinds = dict(
        models.Subject.objects.using(at.alias).order_by().values_list("kind").annotate(many=Count("id"))
    )
    return [
        (kinds.get("incident", 0), gettext("incidents"), reverse("incidents")),
        (models.Claim.objects.using(at.alias).count(), gettext("claims"), reverse("claims")),
        (kinds.get("source", 0), gettext("sources"), reverse("sources")),
        (kinds.get("item", 0), gettext("items"), reverse("items")),
        (models.Sentence.objects.using(at.alias).count(), gettext("sentences in reports"), reverse("report")),
        (models.Entry.objects.using(at.alias).count(), gettext("signed entries"), ""),
    ]
