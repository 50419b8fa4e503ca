"""The newest report as it was stored, every sentence a link to its trace."""

from __future__ import annotations

from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from embers.projections import models
from embers.web.shell import Crumb, desk, page


def report(request: HttpRequest) -> HttpResponse:
    """Show the sentences of the newest report by section."""
    at = desk(request)
    rows = models.Sentence.objects.using(at.alias).order_by("report", "ordinal")
    sections = [(title, list(members)) for title, members in groupby(rows, key=lambda row: row.section)]
    return page(
        request,
        "report.html",
        title=gettext("Report"),
        crumbs=[Crumb(gettext("Report"))],
        sections=sections,
    )
