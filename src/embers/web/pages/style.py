"""The style page: every component of the pages in every state, for whoever changes or judges them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from embers.web.shell import Crumb, page


def style(request: HttpRequest) -> HttpResponse:
    """Show every component; nothing on this page is read from the case."""
    labels = (
        ("supported", gettext("supported")),
        ("thin", gettext("thin")),
        ("contested", gettext("contested")),
        ("unsupported", gettext("unsupported")),
        ("refuted", gettext("refuted")),
        ("not_examined", gettext("not examined")),
    )
    states = (
        ("done", gettext("done")),
        ("part", gettext("in part")),
        ("open", gettext("not yet")),
        ("halt", gettext("stopped")),
    )
    colours = (
        ("paper", gettext("the page")),
        ("sheet", gettext("what lies on it: bar, fields, claims")),
        ("sunk", gettext("what is set back: digests, rows under the pointer")),
        ("line", gettext("fine lines")),
        ("line-strong", gettext("edges of fields and labels")),
        ("ink", gettext("text")),
        ("ink-quiet", gettext("secondary text")),
        ("accent", gettext("you can act here: links, buttons, focus, where you are")),
        ("accent-wash", gettext("the row or page you are at")),
        ("ember", gettext("look at this: warnings, a stop, an error")),
        ("mark", gettext("the sentence you came for")),
    )
    return page(
        request,
        "style.html",
        title=gettext("Style"),
        crumbs=[Crumb(gettext("Style"))],
        labels=labels,
        states=states,
        colours=colours,
    )
