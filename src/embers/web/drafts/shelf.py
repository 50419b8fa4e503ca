"""Keeps, finds and throws away the drafts of one person. They survive the death of browser and server.

Nobody without an account has any: there is no person they would belong to.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from embers.errors import ActionError
from embers.web.drafts.models import Draft

#: Bytes of one draft, and drafts of one person; the oldest give way.
LARGEST, MOST = 200_000, 100
#: Fields that belong to a form and not to what somebody typed.
_NOT_TYPED = frozenset({"csrfmiddlewaretoken", "draft", "place", "keep", "look"})
_PLACE = re.compile(r"/(?:records|claims|interviews)/[A-Za-z0-9/?=._-]{1,180}\Z", re.ASCII)
_TOKEN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


@dataclass(frozen=True, slots=True)
class Kept:
    """One draft: its token, the form it belongs to, what was typed, and when it was kept."""

    token: str
    place: str
    given: Mapping[str, str]
    at: datetime

    @property
    def when(self) -> str:
        """When it was kept, to the minute, in UTC."""
        return f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"

    @property
    def href(self) -> str:
        """The address at which it is gone on with."""
        return f"{self.place}{'&' if '?' in self.place else '?'}draft={self.token}"

    @property
    def extract(self) -> str:
        """The beginning of the longest text in it, to know it again by."""
        return max(self.given.values(), key=len, default="")[:80]


def new_token() -> str:
    """Return the name of a draft that is to come."""
    return str(uuid.uuid4())


def is_token(text: str) -> bool:
    """Tell whether a text may name a draft."""
    return bool(_TOKEN.match(text))


def keep(person: str, place: str, token: str, given: Mapping[str, str]) -> datetime:
    """Keep what a person has typed so far; what was kept under this token before is replaced. Return when."""
    typed = {name: value for name, value in given.items() if name not in _NOT_TYPED}
    text = json.dumps(typed, ensure_ascii=False)
    if not is_token(token) or not _PLACE.match(place) or len(text.encode()) > LARGEST:
        raise ActionError("draft", gettext("This draft could not be kept."), gettext("Shorten it."))
    at = timezone.now()
    with transaction.atomic():
        Draft.objects.update_or_create(
            person=person, token=token, defaults={"place": place, "given": text, "kept": at}
        )
        surplus = Draft.objects.filter(person=person).order_by("-kept").values_list("id", flat=True)[MOST:]
        if surplus:
            Draft.objects.filter(id__in=list(surplus)).delete()
    return at


def of_person(person: str, place: str = "") -> list[Kept]:
    """Return a person's drafts, of one form or of all, newest first."""
    if not person:
        return []
    rows = Draft.objects.filter(person=person, **({"place": place} if place else {})).order_by("-kept")
    return [Kept(row.token, row.place, json.loads(row.given), row.kept) for row in rows]


def find(person: str, token: str) -> Kept | None:
    """Return one draft of a person, if they have it."""
    return next((one for one in of_person(person) if one.token == token), None) if token else None


def throw_away(person: str, token: str) -> None:
    """Delete one draft of a person."""
    if person:
        Draft.objects.filter(person=person, token=token).delete()
