"""Embers asked the queries of ``incidents_at_scale.py`` over HTTP, by a program with a token.

A real ``embers serve`` with accounts in use answers as JSON, one request at a time on a connection of its own: as the
peer is asked in ``peer_search.py``. An answer has the thirty newest incidents, why each was found, and counts by kind.
"""

from __future__ import annotations

import http.client
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from editors import add_editors
from search_floors import Asked, spread
from served import served

from embers.access.policy import policy
from embers.actions.case_folder import CaseFolder
from embers.projections.view import ProjectedCase

_PATIENCE_S = 60


def token_of_a_reader(folder: CaseFolder) -> str:
    """Register somebody who may read, with an account, and return a token of theirs."""
    name = f"reader-{secrets.token_hex(3)}"
    add_editors(folder, "staff-01", [name])
    from embers.web.accounts.database import accounts_of  # noqa: PLC0415 - its models need a configured Django
    from embers.web.accounts.registry import Accounts  # noqa: PLC0415
    from embers.web.accounts.tokens import make_token  # noqa: PLC0415

    accounts = Accounts.of(folder)
    account = accounts.named(name)
    view = ProjectedCase(folder.projection())
    journal = folder.journal(read_only=True)
    may = policy(view, journal.roster()).of(account.person).permissions
    journal.close()
    with accounts_of(accounts.alias):
        return str(
            make_token(account, "searching", scopes=["read"], level="internal", days=1, may=may).secret
        )


@contextmanager
def asking(folder: CaseFolder) -> Iterator[Any]:
    """Serve a case and give what asks it one query and returns the answer."""
    token = token_of_a_reader(folder)
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    with served(folder) as port:

        def ask(asked: Asked) -> dict[str, Any]:
            query = {"kind": "incident"}
            query |= {"q": asked.text()} if asked.text() else {}
            query |= {"box": ",".join(map(str, asked.box))} if asked.box else {}
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
            try:
                line.request("GET", f"/api/v1/search?{urlencode(query)}", headers=headers)
                answer = line.getresponse()
                text = answer.read()
            finally:
                line.close()
            if answer.status != http.client.OK:
                raise SystemExit(f"{query} was answered {answer.status}: {text[:300]!r}")
            found: dict[str, Any] = json.loads(text)
            return found

        yield ask


def measure(folder: CaseFolder, asked: Mapping[str, Sequence[Asked]]) -> dict[str, tuple[float, float]]:
    """Return median and 95th percentile of an answer by kind of query, in milliseconds."""
    taken = {}
    with asking(folder) as ask:
        for kind, those in asked.items():
            for one in those[:2]:
                ask(one)
            taken[kind] = spread(ask, those)
    return taken
