"""The newest report as it was stored, every sentence a link to its trace."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from embers.access.roles import Permission
from embers.actions.editions import edition, stale
from embers.errors import AccessDenied, ObjectError
from embers.projections import models
from embers.reporting.blocks import Figure, Sentence
from embers.reporting.html_render import render_html, style_sheet
from embers.reporting.numbering import sections_of, sentences_of
from embers.reporting.serialise import read_document
from embers.web.reader import reader_of
from embers.web.shell import Crumb, Desk, desk, page

#: The policy of the pages refuses inline styles; a width may as well be an attribute.
_WIDTH = re.compile(r' style="width:(\d{1,3})%"')


def report(request: HttpRequest) -> HttpResponse:
    """Show the newest report from its preserved bytes; altered bytes are refused."""
    at = desk(request)
    report_id, digest = _newest(at)
    data = _read(at, digest) if digest else b""
    if data:
        require_whole(at, report_id, data)
    article = _article(digest, data) if data else ""
    return page(
        request,
        "report.html",
        title=gettext("Report"),
        crumbs=[Crumb(gettext("Report"))],
        article=article,
        digest=digest,
        may_release=reader_of(request).may(Permission.EXPORT),
        stale=[one.sentence for one in stale(at.folder, only=report_id)] if article else [],
    )


def report_style(request: HttpRequest) -> HttpResponse:
    """Return the style sheet of reports, confined to the report's own article."""
    del request
    return HttpResponse(style_sheet(), content_type="text/css; charset=utf-8")


def _newest(at: Desk) -> tuple[str, str]:
    """Return the report for the public; else the newest edition there is."""
    rows = models.Subject.objects.using(at.alias).filter(kind="report").order_by("-first")
    public = edition(at.view.case)
    for id in sorted(rows.values_list("id", flat=True), key=lambda one: one != public):
        text = at.view.subject(id).live("report-text")
        if text:
            return id, str(text[-1].value["sha256"])
    return "", ""


def require_whole(at: Desk, report_id: str, data: bytes) -> None:
    """Refuse a report with a sentence on records this reader may not read: its text is one preserved object."""
    told = {
        sentence.id
        for section, _, _ in sections_of(read_document(data))
        for block in section.blocks
        for sentence in sentences_of(block)
        if sentence.id
    }
    rows = models.Sentence.objects.using(at.alias).filter(report=report_id)
    if told - set(rows.values_list("sentence", flat=True)):
        raise AccessDenied(
            "report",
            gettext("This report rests on records you may not read."),
            gettext("Ask for a redacted version."),
        )


def _read(at: Desk, digest: str) -> bytes:
    with at.folder.objects().open(digest) as handle:
        data = handle.read()
    if hashlib.sha256(data).hexdigest() != digest:
        raise ObjectError(
            "altered",
            gettext("The stored text of the report is not the one that was preserved. It is not shown."),
            gettext(
                "Run `embers verify`, keep this copy as it is, and restore the object from another copy."
            ),
        )
    return data


@lru_cache(maxsize=4)
def _article(digest: str, data: bytes) -> str:
    """Render once for each text; the bytes were compared with ``digest`` before."""
    del digest
    fragment = render_html(read_document(data), {}, link_for=_trace_of, figure_url=_picture, fragment=True)
    # The renderer escapes every text and attribute; what remains are its own tags.
    return mark_safe(_WIDTH.sub(r' width="\1%"', fragment))  # noqa: S308


def _trace_of(sentence: Sentence) -> str | None:
    return f"/trace/{quote(sentence.id)}" if sentence.id else None


def _picture(figure: Figure) -> str:
    return reverse("object", args=[figure.sha256])
