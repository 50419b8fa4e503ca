"""What somebody has typed at an interview and not yet signed: on the server within seconds, theirs alone.

It lies in ``app.sqlite3`` (encrypted in field mode), flushed with every keeping, and never in the journal or in the
browser's storage. Signing it throws it away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from django.utils.translation import gettext

from embers.errors import ActionError
from embers.web.accounts.models import Typed

LARGEST = 100_000
FIELDS = ("question", "answer", "language", "seconds", "topic")


def keep(person: str, place: str, given: Mapping[str, str]) -> None:
    """Keep what a person has typed so far; empty fields leave nothing behind."""
    fields = {name: given[name] for name in FIELDS if given.get(name)}
    text = json.dumps(fields, ensure_ascii=False)
    if len(text.encode()) > LARGEST:
        raise ActionError(
            "typed", gettext("This answer is too long to be kept."), gettext("Record it in parts.")
        )
    if fields:
        Typed.objects.update_or_create(person=person, place=place, defaults={"fields": text})
    else:
        forget(person, place)


def kept(person: str, place: str) -> dict[str, str]:
    """Return what a person had typed, or nothing."""
    row = Typed.objects.filter(person=person, place=place).first() if person else None
    return dict(json.loads(row.fields)) if row else {}


def forget(person: str, place: str) -> None:
    """Throw away what was typed."""
    Typed.objects.filter(person=person, place=place).delete()
