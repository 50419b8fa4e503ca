"""What pages about one record have in common: what was just done, what may be done, and what lies unsigned."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from embers.access.roles import Permission
from embers.actions.records import written_by_hand
from embers.case_view import Record
from embers.vocabulary.loader import load_vocabulary
from embers.web.done import done_of
from embers.web.drafts import shelf
from embers.web.reader import reader_of
from embers.web.shell import Desk


def at_work(request: HttpRequest, at: Desk, record: Record) -> dict[str, object]:
    """Return what ``_done.html`` and ``_record_acts.html`` need."""
    reader = reader_of(request)
    kind, _, bare = record.id.partition(":")
    return {
        "kind": kind,
        "bare": bare,
        "done": done_of(request, at),
        "drafts": [one for one in shelf.of_person(reader.person) if f"/{bare}/" in one.place],
        "may_record": reader.may(Permission.RECORD) and bool(written_by_hand(load_vocabulary(), kind)),
        "may_decide": reader.may(Permission.DECIDE),
    }


def at_that_time(request: HttpRequest, subject: str) -> HttpResponse | None:
    """Lead from a page made by hand to the one that shows the record as it was known; nothing if that is not asked."""
    moment = request.GET.get("as_of", "").strip()
    if not moment:
        return None
    kind, _, bare = subject.partition(":")
    return HttpResponseRedirect(f"{reverse('record', args=[kind, bare])}?{urlencode({'as_of': moment})}")
