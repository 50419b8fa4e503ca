"""Records by what somebody types: the beginning of a code, words in any script, or the pasted address of a page.

Everything is asked of the reader's own tables, so a record they may not read is never offered, and naming its id gives
the same answer as naming one that does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

from embers.errors import ProjectionError
from embers.projections import models
from embers.projections.search import MAX_QUERY
from embers.projections.search_names import by_name_first
from embers.web.shell import Desk
from embers.web.wording import Name, names

#: Records offered at once; more would have to be read, not chosen.
OFFERED = 8
_ADDRESS = re.compile(r"/(?:records/([a-z-]+)|(items))/([0-9a-f-]{36})\b")


def find_named(at: Desk, words: str, kinds: Sequence[str]) -> list[Name]:
    """Return records of some kinds that somebody may mean: by code first, then by name, then by any words."""
    words = "".join(sign for sign in words if sign.isprintable()).strip()[:MAX_QUERY]
    found: dict[str, None] = {}
    if not words:
        return []
    of_kinds = models.Subject.objects.using(at.alias).filter(kind__in=list(kinds))
    for beginning in dict.fromkeys((words, words.upper())):
        rows = of_kinds.filter(code__gte=beginning, code__lt=beginning + "\U0010ffff").order_by("code")
        found |= dict.fromkeys(rows.values_list("id", flat=True)[:OFFERED])
    if len(found) < OFFERED:
        with suppress(ProjectionError):  # signs without a word
            found |= dict.fromkeys(
                one.subject for one in by_name_first(at.database, words, kinds=tuple(kinds), limit=OFFERED)
            )
    if len(found) < OFFERED:
        rows = of_kinds.filter(label__icontains=words).order_by("label")
        found |= dict.fromkeys(rows.values_list("id", flat=True)[:OFFERED])
    # Words may hold filters of the search, such as kind:; what is offered is of the kinds asked for all the same.
    offered = [id for id in found if id.partition(":")[0] in kinds]
    known = names(at.alias, offered[:OFFERED])
    return list(known.values())


def read_link(at: Desk, id: str, kinds: Sequence[str]) -> Name | None:
    """Return the record with an id, if it is of one of the kinds and the reader may read it."""
    row = models.Subject.objects.using(at.alias).filter(id=id, kind__in=list(kinds)).first() if id else None
    return Name(row.id, row.code, row.label) if row else None


def named_by_address(at: Desk, text: str, kinds: Sequence[str]) -> Name | None:
    """Return the record whose page's address was pasted."""
    found = _ADDRESS.search(urlsplit(text).path) if "/" in text else None
    return read_link(at, f"{found[1] or 'item'}:{found[3]}", kinds) if found else None


def locator_of_address(text: str) -> str:
    """Return the place in an item that a pasted address of a viewer shows; nothing if it is none."""
    return parse_qs(urlsplit(text).query).get("at", [""])[0] if "/view" in text else ""
