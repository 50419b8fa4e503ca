"""What may leave the house: the newest report and its dossier, and the approval of a second person."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext

from embers.actions.releases import Releasable, approve_release, releasable, releasables
from embers.errors import AccessDenied, ActionError, ObjectError
from embers.web.acting import key_at_hand, person_of, sign
from embers.web.pages.report import require_whole
from embers.web.reader import folder_of
from embers.web.shell import Crumb, Desk, desk, page
from embers.web.wording import Name, code_label, names


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing that may leave, with the names of people and of the body, and whether whoever asks built it."""

    found: Releasable
    words: str
    body: Name | None
    builder: Name | None
    approver: Name | None
    own: bool


def _require_readable(at: Desk, found: Releasable) -> None:
    """Refuse to let somebody approve what they may not read in full."""
    require_whole(at, found.text.report.id, found.text.data)
    if any(not record.held for record in at.view.subjects(found.items).values()):
        raise AccessDenied(
            "release",
            gettext("This dossier holds exhibits you may not read."),
            gettext("Ask somebody who may read all of it."),
        )


def release(request: HttpRequest) -> HttpResponse:
    """Show what waits for approval; approve it."""
    at, folder = desk(request), folder_of(request)
    # What leaves is what the case holds, not what its reader finds: the holder's tables are asked.
    database = folder.database()
    journal = folder.journal(read_only=True)
    try:
        if request.method == "POST":
            what, body, to, digest = (
                request.POST.get(name, "")[:400] for name in ("what", "body", "to", "sha256")
            )
            _require_readable(at, releasable(folder, journal, database, what, body=body))
            sign(
                request,
                lambda recorder, _: approve_release(
                    recorder, folder, database, what, body=body, to=to, sha256=digest
                ),
                role="reviewer",
            )
            return HttpResponseRedirect(reverse("release"))
        every = releasables(folder, journal, database)
    except (ActionError, ObjectError):
        if request.method == "POST":
            raise
        every = []  # no report yet, or its text is damaged, which its own page says
    finally:
        journal.close()
    people = names(
        at.alias,
        {one.builder for one in every}
        | {one.body for one in every}
        | {one.approval.by for one in every if one.approval},
    )
    me = person_of(request)
    return page(
        request,
        "release.html",
        title=gettext("Release"),
        crumbs=[Crumb(gettext("Report"), reverse("report")), Crumb(gettext("Release"))],
        every=[
            Shown(
                one,
                code_label("release", one.what),
                people.get(one.body),
                people.get(one.builder),
                people.get(one.approval.by) if one.approval else None,
                me == one.builder,
            )
            for one in every
        ],
        key=key_at_hand(request),
    )
