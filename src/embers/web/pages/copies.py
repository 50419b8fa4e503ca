"""Copies and safety: what would be lost with this computer, who holds the rest, and what to do next.

The page only reads what this computer remembers. It opens no connection, and works in a case that never met another.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext

from embers.actions.sync import CopiesKnown, LogStatus, copies_known
from embers.journal.roster import KnownCosigner
from embers.projections import models
from embers.sync.cosignature import read_cosignature, signed_at
from embers.sync.safety import OPERATORS
from embers.sync.state import Meeting
from embers.web.shell import Crumb, Desk, desk, page
from embers.web.wording import Name, names

#: Items and records listed by name; the rest is counted.
_LISTED = 50
#: Entries that are not yet safe looked at for the records they are about.
_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Unsafe:
    """What would be lost or held by one only: number of items and entries, bytes, and the first items by name."""

    items: int
    nowhere_else: int
    entries: int
    bytes: int
    rows: tuple[UnsafeItem, ...]


@dataclass(frozen=True, slots=True)
class UnsafeItem:
    """One item that two keepers have not confirmed; ``alone`` when nobody else has confirmed it at all."""

    item: models.Item
    href: str
    alone: bool


@dataclass(frozen=True, slots=True)
class Unsent:
    """A record with entries signed on this computer that are not yet safe: how many, the last, the least safe."""

    about: Name
    entries: int
    last: str
    state: str


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do next, and what to type for it."""

    words: str
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Met:
    """One place this copy exchanged with: how it was reached, when, and what moved."""

    meeting: Meeting
    carrier: str
    at: datetime
    ago: str


@dataclass(frozen=True, slots=True)
class Keeper:
    """One mirror or witness the case names, how many entries of all logs it has confirmed, and when it signed last."""

    name: str
    operator: str
    role: str
    confirmed: int
    signed: datetime | None


@dataclass(frozen=True, slots=True)
class History:
    """One log with the name of its device and the state it is in: a word for the sign, and a sentence."""

    log: LogStatus
    whose: str
    state: str
    words: str


def copies(request: HttpRequest) -> HttpResponse:
    """Show what is not yet safe, in words, and exactly what to do next."""
    at = desk(request)
    journal = at.folder.journal(read_only=True)
    try:
        known = copies_known(at.folder, journal)
    finally:
        journal.close()
    unsafe = _unsafe(at, known)
    state, answer = _answer(known, unsafe)
    return page(
        request,
        "sync.html",
        title=gettext("Copies and safety"),
        crumbs=[Crumb(gettext("Copies and safety"))],
        state=state,
        answer=answer,
        unsafe=unsafe,
        more=max(0, unsafe.items - len(unsafe.rows)),
        unsent=_unsent(at, known),
        tasks=list(_tasks(at, known)),
        met=[_met(one, at.folder.surroundings.clock.now()) for one in known.meetings],
        keepers=_keepers(known),
        needed=OPERATORS,
        histories=_histories(at, known),
        known=known,
    )


def _beyond(at: Desk, sizes: Mapping[str, int]) -> QuerySet[models.Entry]:
    """Return the entries that lie beyond these sizes of their logs."""
    rows = models.Entry.objects.using(at.alias)
    covered = Q(pk__in=[])
    for origin, size in sizes.items():
        covered |= Q(log=origin, seq__lt=size)
    return rows.exclude(covered) if sizes else rows.all()


def _unsafe(at: Desk, known: CopiesKnown) -> Unsafe:
    def items(entries: QuerySet[models.Entry]) -> QuerySet[models.Item]:
        told = models.Assertion.objects.using(at.alias).filter(
            predicate="item-object", entry_id__in=entries.values("id")
        )
        return models.Item.objects.using(at.alias).filter(id__in=told.values("subject"))

    entries = _beyond(at, known.safe)
    found = items(entries)
    alone = items(_beyond(at, known.with_one))
    listed = list(found.order_by("title", "id")[:_LISTED])
    lonely = set(alone.filter(id__in=[row.id for row in listed]).values_list("id", flat=True))
    known_names = names(at.alias, [row.id for row in listed])
    stored = models.StoredObject.objects.using(at.alias).filter(entry_id__in=entries.values("id"))
    return Unsafe(
        items=found.count(),
        nowhere_else=alone.count(),
        entries=known.entries_unsafe,
        bytes=stored.aggregate(all=Sum("size"))["all"] or 0,
        rows=tuple(UnsafeItem(row, known_names[row.id].href, row.id in lonely) for row in listed),
    )


def _unsent(at: Desk, known: CopiesKnown) -> list[Unsent]:
    """Return what was signed here last and is not yet safe, by record, as far as whoever asks may read it."""
    own = [log.origin for log in known.logs if log.own]
    rows = _beyond(at, known.safe).filter(log__in=own).order_by("-position")[:_LOOKED_AT]
    entries = list(rows.values_list("id", "log", "seq", "claimed_at"))
    told = models.Assertion.objects.using(at.alias).filter(entry_id__in=[id for id, *_ in entries])
    about = dict(told.order_by("-rank").values_list("entry_id", "subject"))  # of several, the first said
    grouped: dict[str, list[tuple[str, str]]] = {}
    for id, log, seq, claimed in entries:
        if id in about:
            grouped.setdefault(about[id], []).append((claimed, known.confirmed.state(log, seq)))
    chosen = list(grouped)[:_LISTED]
    found = names(at.alias, chosen)
    return [
        Unsent(
            found[one],
            len(grouped[one]),
            grouped[one][0][0],
            "open" if any(state == "open" for _, state in grouped[one]) else "part",
        )
        for one in chosen
    ]


def _answer(known: CopiesKnown, unsafe: Unsafe) -> tuple[str, str]:
    """Return the sign and the one sentence that answers whether this computer may be lost."""
    if any(log.forked and log.accepted is None for log in known.logs):
        return "halt", gettext("A history was signed twice. Find out why before you go on.")
    if not unsafe.entries:
        keepers = gettext("Everything on this computer is safe: two keepers have confirmed all of it.")
        return "done", keepers
    what = ngettext("%(many)s entry", "%(many)s entries", unsafe.entries) % {"many": unsafe.entries}
    if unsafe.items:
        what = ngettext("%(many)s item", "%(many)s items", unsafe.items) % {"many": unsafe.items}
    size = filesizeformat(unsafe.bytes)
    told = gettext("Not yet safe: %(what)s (%(size)s). Keep this computer.") % {"what": what, "size": size}
    return ("part" if any(known.with_one.values()) else "open"), told


def _tasks(at: Desk, known: CopiesKnown) -> Iterator[Task]:
    """Yield what to do next, the most urgent first."""
    case = f"--case {shlex.quote(str(at.folder.path.absolute()))}"
    for log in known.logs:
        if log.forked and log.accepted is None:
            words = gettext(
                "The key of %(log)s signed two histories: somebody worked on a copy of that device. Both are kept, "
                "and nothing new of it counts. Find out which device was the real one; then a keeper says how far it "
                "counts."
            )
            accept = f'embers device accept {log.origin} SIZE ROOT --reason "WHY" {case}'
            yield Task(words % {"log": log.origin}, (f"embers device list {case}", accept))
    if any(one.refused for one in known.asked):
        words = gettext("A witness refused to sign a history of this case. Find out why before you go on.")
        yield Task(words, (f"embers cosign status {case}",))
    if any(one.here for one in known.erasures):
        words = gettext("An erasure was ordered that this computer has not carried out.")
        yield Task(words, (f"embers erase run {case}",))
    places = [one.place for one in known.meetings]
    again = tuple(f"embers sync with {shlex.quote(place)} {case}" for place in places)
    if (known.entries_unsafe or known.waiting) and places:
        yield Task(gettext("Exchange again with the places this computer knows."), again)
    elif known.entries_unsafe:
        words = gettext("Make a second copy: on an encrypted stick, at the office, or in a bucket.")
        kinds = ("/media/STICK", "https://OFFICE", "'s3://BUCKET/CASE?endpoint=URL'")
        yield Task(words, tuple(f"embers sync with {place} {case}" for place in kinds))
    operators = {one.operator for one in known.cosigners if one.role == "mirror"}
    if known.entries_unsafe and len(operators) < OPERATORS:
        named = gettext("This case names no keeper.")
        if operators:
            named = gettext("This case names one keeper only.")
        words = gettext(
            "Nothing counts as safe before keepers of two different organisations have confirmed it. On the computer "
            "of a further keeper, once:"
        )
        command = 'embers key cosigner mirror --operator "NAME OF THE ORGANISATION"'
        yield Task(f"{named} {words}", (command,))
    others = [one for one in known.erasures if not one.here or len(one.unconfirmed) > 1]
    if others:
        words = gettext(
            "Other devices have not confirmed an erasure. Exchange, carry it there, and run on each of them:"
        )
        yield Task(words, ("embers erase run",))


def _met(meeting: Meeting, now: datetime) -> Met:
    carriers = {
        "folder": gettext("folder or stick"),
        "https": gettext("office, over HTTPS"),
        "bucket": gettext("bucket"),
    }
    at = _moment(meeting.at)
    ago = gettext("%(time)s ago") % {"time": timesince(at, now)}
    return Met(meeting, carriers[meeting.carrier], at, ago)


def _keepers(known: CopiesKnown) -> list[Keeper]:
    roles = {
        "mirror": gettext("keeps everything and says so"),
        "witness": gettext("watches for a second history"),
    }
    return [
        Keeper(
            one.name,
            one.operator,
            roles.get(one.role, one.role),
            sum(receipt.size for receipt in known.receipts if receipt.cosigner == one.name),
            _last_signed(known, one),
        )
        for one in known.cosigners
    ]


def _last_signed(known: CopiesKnown, one: KnownCosigner) -> datetime | None:
    """Return when a keeper or witness signed last, by its own clock."""
    times = [asked.answered for asked in known.asked if asked.cosigner == one.name and asked.answered]
    notes = (receipt.note for receipt in known.receipts if receipt.cosigner == one.name)
    times += [signed_at(read_cosignature(note, one.vkey)) for note in notes]
    return _moment(max(times)) if times else None


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _histories(at: Desk, known: CopiesKnown) -> Sequence[History]:
    devices = names(at.alias, [log.device for log in known.logs if log.device])
    found = []
    for log in known.logs:
        named = devices[log.device].text if log.device in devices else gettext("device not named")
        whose = gettext("this computer") if log.own else named
        found.append(History(log, whose, *_state(log)))
    return sorted(found, key=lambda one: (not one.log.own, one.whose, one.log.origin))


def _state(log: LogStatus) -> tuple[str, str]:
    if log.forked and log.accepted is None:
        return "halt", gettext("forked: two histories, both kept apart")
    if log.accepted is not None:
        return "part", gettext("counts up to entry %(size)s; what is beyond is kept apart") % {
            "size": log.accepted
        }
    if log.safe >= log.entries:
        return "done", gettext("safe")
    if log.with_one >= log.entries:
        return "part", gettext("one keeper has confirmed all of it")
    if log.with_one:
        return "part", gettext("one keeper has confirmed a part of it")
    return "open", gettext("no keeper has confirmed any of it")
