"""Who signed an entry, as people call each other: by staff code, as far as the reader may know it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping

from embers.case_view import EntryInfo
from embers.journal.keys import person_key_id
from embers.projections import models
from embers.web.shell import Desk
from embers.web.wording import Name, names


def registered_keys(at: Desk) -> dict[str, tuple[bytes, str]]:
    """Return the keys the case registers by key id: the public key, and whose it is."""
    rows = models.Assertion.objects.using(at.alias).filter(kind="person", predicate="signing-key")
    found: dict[str, tuple[bytes, str]] = {}
    for text, subject in rows.order_by("rank").values_list("value", "subject"):
        try:
            public = base64.b64decode(str(json.loads(text).get("key")), validate=True)
        except (ValueError, binascii.Error):
            continue
        found.setdefault(person_key_id(public), (public, subject))
    return found


def signers_of(at: Desk, entries: Iterable[EntryInfo]) -> Mapping[str, Name]:
    """Return by key id who signed, in two queries; a key nobody registered is left out."""
    keys = {one.by for one in entries}
    persons = {key: person for key, (_, person) in registered_keys(at).items() if key in keys}
    known = names(at.alias, persons.values())
    return {key: known[person] for key, person in persons.items()}
