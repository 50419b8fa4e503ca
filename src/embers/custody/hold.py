"""Legal holds: assertions that evidence must stay. They never protect the link to an identity from being cut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from embers.case_view import CaseView, Held

HOLD, RELEASED = "legal-hold", "legal-hold-released"
IDENTITY_LINK, EVIDENCE = "identity-link", "evidence"
#: The predicate whose objects tie a code to a person; erasing one cuts that link and nothing else.
IDENTITY = "identity-sheet"


@dataclass(frozen=True, slots=True)
class Use:
    """One assertion by which an object belongs to a subject."""

    sha256: str
    subject: str
    predicate: str


def uses(view: CaseView, objects: Iterable[str]) -> list[Use]:
    """Return what the case says each object is part of, in order of the objects."""
    found = []
    wanted = set(objects)
    for kind in ("item", "person", "interview"):
        for record in view.kind(kind).values():
            for held in record.held:
                found += [
                    Use(sha256, record.id, held.predicate) for sha256 in _digests(held) if sha256 in wanted
                ]
    return found


def objects_of(view: CaseView, subject: str, predicate: str = "") -> list[str]:
    """Return the digests of every object a subject has, or only those of one predicate."""
    held = view.subject(subject).held
    found = (sha256 for one in held if predicate in ("", one.predicate) for sha256 in _digests(one))
    return list(dict.fromkeys(found))


def derived(view: CaseView, items: Iterable[str]) -> list[str]:
    """Return the items derived from ``items``, and from those, and so on: they may show the same thing."""
    found: dict[str, None] = {}
    left = list(items)
    while left:
        parent = left.pop()
        for held in view.naming(parent):
            if held.predicate == "derived-from" and held.subject not in found:
                found[held.subject] = None
                left.append(held.subject)
    return list(found)


def holds_on(view: CaseView, objects: Iterable[str]) -> list[Held]:
    """Return the legal holds that block the erasure of evidence: on the case, or on a subject of these objects."""
    subjects = dict.fromkeys([view.case, *(use.subject for use in uses(view, objects))])
    return [held for subject in subjects for held in view.subject(subject).live(HOLD)]


def only_identity(view: CaseView, objects: Iterable[str]) -> bool:
    """Tell whether every object is an identity sheet and nothing else, whatever a request calls it."""
    wanted = set(objects)
    found = uses(view, wanted)
    return {use.sha256 for use in found} == wanted and {use.predicate for use in found} == {IDENTITY}


def _digests(held: Held) -> list[str]:
    value = held.value if isinstance(held.value, dict) else {}
    named = (value.get("sealed"), value.get("sha256"))
    return [digest for digest in named if isinstance(digest, str)]
