"""Law: which instruments bind whom on the days of the case, and what was tested."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from embers.web.grounds import explain, fields
from embers.web.shell import Crumb, desk, page


def law(request: HttpRequest) -> HttpResponse:
    """Show the legal frame of the case."""
    at = desk(request)
    said = explain(at, at.case.held)
    return page(
        request,
        "law.html",
        title=gettext("Law"),
        crumbs=[Crumb(gettext("Law"))],
        frame=fields(at.case, said, ("case-classification", "case-profile", "case-party", "case-period")),
    )
