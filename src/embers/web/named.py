"""Which records an address names. The reader's own tables are asked: what they may not read is not named to them."""

from __future__ import annotations

from embers.errors import ProjectionError
from embers.projections import models
from embers.projections.database import CaseDatabase
from embers.projections.neighbourhood import LAW, neighbourhood
from embers.projections.trace import find


def incident(database: CaseDatabase, code: str) -> list[str]:
    """Return the incident with a code."""
    found = models.Subject.objects.using(database.alias).filter(kind="incident")
    return list((found.filter(code=code) | found.filter(id=code)).values_list("id", flat=True))


def source(database: CaseDatabase, code: str) -> list[str]:
    """Return the source with a code or id."""
    found = models.Subject.objects.using(database.alias).filter(kind="source")
    return list((found.filter(code=code) | found.filter(id=code)).values_list("id", flat=True))


def interview(database: CaseDatabase, code: str) -> list[str]:
    """Return the interview with a code."""
    found = models.Subject.objects.using(database.alias).filter(kind="interview", code=code)
    return list(found.values_list("id", flat=True))


def examination(database: CaseDatabase, code: str) -> list[str]:
    """Return the examination with a code."""
    found = models.Subject.objects.using(database.alias).filter(kind="examination", code=code)
    return list(found.values_list("id", flat=True))


def mission(database: CaseDatabase, code: str) -> list[str]:
    """Return the mission with a code."""
    found = models.Subject.objects.using(database.alias).filter(kind="mission", code=code)
    return list(found.values_list("id", flat=True))


def item(database: CaseDatabase, id: str) -> list[str]:
    """Return the item."""
    del database
    return [id if ":" in id else f"item:{id}"]


def claim(database: CaseDatabase, id: str) -> list[str]:
    """Return what a claim is about."""
    found = models.Assertion.objects.using(database.alias).filter(id=id)
    return list(found.values_list("subject", flat=True))


def preserved_object(database: CaseDatabase, sha256: str, **_part: int) -> list[str]:
    """Return the records whose assertions name an object; any part of it is told of as the whole."""
    stored = models.StoredObject.objects.using(database.alias).filter(sha256=sha256)
    entries = list(stored.values_list("entry_id", flat=True))
    said = models.Assertion.objects.using(database.alias).filter(entry_id__in=entries, value__contains=sha256)
    return sorted(set(said.values_list("subject", flat=True)))


def traced(database: CaseDatabase, id: str) -> list[str]:
    """Return what is walked: a record, or the record an assertion is about."""
    return [id] if ":" in id else claim(database, id)


def record(database: CaseDatabase, kind: str, id: str, **_more: str) -> list[str]:
    """Return the record of a kind."""
    del database
    return [f"{kind}:{id}"]


def subject(database: CaseDatabase, id: str) -> list[str]:
    """Return the record with an id."""
    del database
    return [id]


def entry(database: CaseDatabase, id: str) -> list[str]:
    """Return the records an entry says something of."""
    said = models.Assertion.objects.using(database.alias).filter(entry_id=id)
    return sorted(set(said.values_list("subject", flat=True)))


def around(database: CaseDatabase, id: str) -> list[str]:
    """Return every record that is drawn around one."""
    try:
        kind, start = find(database, id)
    except ProjectionError:
        return []
    started = claim(database, start) if kind == "assertion" else [start]
    # With and without the law: a bound leaves out other records in one drawing than in the other.
    drawn = (
        neighbourhood(database, record, without=without)
        for record in started
        for without in (frozenset(), LAW)
    )
    return sorted({one for found in drawn for one in found.steps})


def task(database: CaseDatabase, id: str) -> list[str]:
    """Return the record a task is about."""
    found = models.Task.objects.using(database.alias).filter(id=f"task:{id}")
    return list(found.values_list("about", flat=True))
