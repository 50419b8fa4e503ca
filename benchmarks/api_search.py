"""Embers asked the queries of ``incidents_at_scale.py`` over HTTP, by a program with a token.

A real ``embers serve`` with accounts in use answers as JSON, one request at a time on a connection of its own: as the
peer is asked in ``peer_search.py``. An answer has the thirty newest incidents, why each was found, and counts by kind.
"""

from __future__ import annotations

import http.client
import json
import secrets
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from editors import add_editors
from peer_search import alone
from search_floors import Asked, Taken, spreads
from served import served

from embers.actions.case_folder import CaseFolder


def token_of_a_reader(folder: CaseFolder) -> str:
    """Register somebody who may read, with an account, and return a token of theirs."""
    name = f"reader-{secrets.token_hex(3)}"
    add_editors(folder, "staff-01", [name])
    from embers.web.accounts.database import accounts_of  # noqa: PLC0415 - its models need a configured Django
    from embers.web.accounts.registry import Accounts  # noqa: PLC0415
    from embers.web.accounts.tokens import make_token  # noqa: PLC0415
    from embers.web.reader import policy_of  # noqa: PLC0415

    accounts = Accounts.of(folder)
    account = accounts.named(name)
    may = policy_of(folder).of(account.person).permissions
    with accounts_of(accounts.alias):
        return str(
            make_token(account, "searching", scopes=["read"], level="internal", days=1, may=may).secret
        )


def measure(folder: CaseFolder, asked: Mapping[str, Sequence[Asked]]) -> Taken:
    """Serve a case, and return median and 95th percentile of an answer by kind of query, in milliseconds."""
    headers = {"Authorization": f"Bearer {token_of_a_reader(folder)}", "Accept": "application/json"}
    with served(folder) as port:

        def ask(one: Asked) -> None:
            path = f"/api/v1/search?{urlencode({'kind': 'incident', **one.parameters()})}"
            answer, text = alone(f"127.0.0.1:{port}", "GET", path, headers)
            if answer.status != http.client.OK:
                raise SystemExit(f"{path} was answered {answer.status}: {text[:300]!r}")
            json.loads(text)

        return spreads(ask, asked)
