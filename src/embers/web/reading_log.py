"""Reading a protected record is an entry of its own, signed before the page is shown.

Protected is what an ordinary member of the team does not find: confidential, kept in a compartment, or sealed. One
entry for each session and record, not for each click. It is signed with the reader's own key if that is unlocked,
otherwise with the server's key, which says who read; where neither is at hand the record is not shown.
"""

from __future__ import annotations

import threading
from pathlib import Path

from django.http import HttpRequest
from django.urls import ResolverMatch

from embers.access.audience import EVERYBODY
from embers.actions.case_folder import CaseFolder
from embers.actions.readings import READ, reading, server_key
from embers.errors import AccessDenied, EmbersError
from embers.projections.database import CaseDatabase
from embers.projections.view import ProjectedCase
from embers.web.reader import Reader, folder_of, sitting_of, token_of
from embers.web.rules import Rule
from embers.web.signing import recorder_of, recorder_with

_ROLE = "reader"
_INTERNAL = "(SELECT bit FROM case_readerclass WHERE name = 'internal')"
#: Assertions and links that an ordinary member of the team would not find. A row nobody is kept from has every bit;
#: saying so lets SQLite look at the few others by their index, instead of at every assertion of the case.
_HIDDEN = f"NOT (seen_by = {EVERYBODY}) AND seen_by & {_INTERNAL} = 0"
_SEALED = ("item-sealed", "identity-sheet")
ANY_PROTECTED = f"SELECT 1 FROM case_assertion WHERE {_HIDDEN} AND predicate <> %s LIMIT 1"
#: What each session has read and recorded. Lost with the process: then it is recorded once more.
_RECORDED: set[tuple[Path, str, str]] = set()
_LOCK = threading.Lock()


def record_reading(request: HttpRequest, reader: Reader, rule: Rule, match: ResolverMatch) -> None:
    """Record what this request will show, if it is protected; refuse the request if it cannot be recorded."""
    if not rule.recorded or reader.standing is None:
        return
    folder = folder_of(request)
    database = folder.database().as_read_by(reader.standing)
    page = match.url_name or ""
    if rule.about is not None:
        subjects = [one for one in rule.about(database, **match.kwargs) if protected(database, one)]
    else:
        subjects = [f"{ProjectedCase(database).case} {page}"] if _any_protected(database) else []
    session = sitting_of(request)
    if token_of(request) is not None:  # a token lasts for months: what it reads is recorded once a day
        session += f" {folder.surroundings.clock.now():%Y-%m-%d}"
    with _LOCK:
        fresh = [one for one in subjects if (folder.path, session, one) not in _RECORDED]
        if fresh:
            named = list(dict.fromkeys(one.partition(" ")[0] for one in fresh))
            _sign(request, folder, named, reader=reader.person, page=page)
            _RECORDED.update((folder.path, session, one) for one in fresh)


def protected(database: CaseDatabase, subject: str) -> bool:
    """Tell whether the page of a record may show its reader something that an ordinary member does not find.

    A page shows what is said about the record, what names it, and what is said about the records it names.
    """
    sealed = ",".join(["%s"] * len(_SEALED))
    named = (
        "SELECT l.target FROM case_assertion n JOIN case_link l ON l.assertion_id = n.id "
        "WHERE n.subject = %s AND n.predicate <> %s AND l.how IN ('value', 'item', 'source')"
    )
    query = (
        f"SELECT 1 FROM case_assertion WHERE subject = %s AND predicate IN ({sealed}) UNION ALL "
        f"SELECT 1 FROM case_assertion WHERE (subject = %s OR subject IN ({named})) AND predicate <> %s AND {_HIDDEN} "
        f"UNION ALL SELECT 1 FROM case_link WHERE target = %s AND {_HIDDEN} AND assertion_id NOT IN "
        "(SELECT id FROM case_assertion WHERE predicate = %s) LIMIT 1"
    )
    values = [subject, *_SEALED, subject, subject, READ, READ, subject, READ]
    with database.connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone() is not None


def _any_protected(database: CaseDatabase) -> bool:
    with database.connection.cursor() as cursor:
        cursor.execute(ANY_PROTECTED, [READ])
        return cursor.fetchone() is not None


def _sign(request: HttpRequest, folder: CaseFolder, subjects: list[str], *, reader: str, page: str) -> None:
    recorder = recorder_of(request, role=_ROLE)
    if recorder is None:
        try:
            key = server_key(folder)
            recorder = recorder_with(folder, key, role="server") if key else None
        except EmbersError:
            recorder = None
    if recorder is None:
        raise AccessDenied(
            "unrecorded",
            "Reading this must be recorded first, and nobody can sign that here.",
            "Unlock your key on the page of your account, or give this server a key with `embers account server`.",
        )
    try:
        recorder.record(reading(recorder, subjects, reader=reader, page=page))
    finally:
        recorder.journal.close()
