"""Records of every kind, from the vocabulary: which kinds there are, the list of one, one record, and its history."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext

from embers.access.roles import Permission
from embers.actions.records import written_by_hand
from embers.case_view import Held, Record
from embers.journal.standing import DECIDING
from embers.projections import models
from embers.projections.as_of import CaseAsOf, read_moment
from embers.projections.listing import Facet, Listing
from embers.vocabulary.loader import load_vocabulary
from embers.vocabulary.terms import Kind
from embers.web.acting import persons_of
from embers.web.at_work import at_work
from embers.web.drafts import shelf
from embers.web.families import person as person_told
from embers.web.listing import Shape, listed
from embers.web.pages.recording import crumbs_of, first_asked, known_record
from embers.web.reader import reader_of
from embers.web.shell import Crumb, Desk, desk, not_found, page
from embers.web.story import UNTOLD, story_of
from embers.web.told import Account, accounts_of
from embers.web.wording import Name, day_words, label, moment_words, names

#: Kinds with a list made by hand, and its address.
_OWN_LISTS = {"incident": "incidents", "source": "sources", "item": "items"}
#: Kinds that are begun on a page made by hand.
_OWN_NEW = frozenset({"examination"})
#: Records listed that name this one; an organisation is named by every claim it makes.
_NAMING = 100
_LISTING = Listing(
    table="case_subject",
    orders={"code": "code", "label": "label", "first": "first"},
    tie="id",
    facets=(Facet("kind", "kind"),),
    exact=("kind",),
)
#: Fields shown after all others: what is written about values, not about the thing.
_LAST = ("note",)
#: Fields with a place of their own on the page, or told in the history.
_APART = UNTOLD | {"decision"}


@dataclass(frozen=True, slots=True)
class FieldShown:
    """One field of a record with the values that stand in it."""

    predicate: str
    label: str
    accounts: tuple[Account, ...]
    contested: bool
    decided: bool
    writable: bool


@dataclass(frozen=True, slots=True)
class Then:
    """What the page of the past says about itself."""

    words: str
    left_out: int
    text: str


def kinds(request: HttpRequest) -> HttpResponse:
    """List the kinds of record with how many there are, and where a new one is begun."""
    at = desk(request)
    rows = models.Subject.objects.using(at.alias).values("kind").annotate(count=Count("id"))
    counted = {row["kind"]: row["count"] for row in rows}
    may = reader_of(request).may(Permission.RECORD)
    found = [
        (
            kind,
            gettext(kind.plural),
            reverse(_OWN_LISTS[kind.id]) if kind.id in _OWN_LISTS else reverse("record-list", args=[kind.id]),
            counted.get(kind.id, 0),
            may and _begun_here(kind),
        )
        for kind in load_vocabulary().kinds.values()
        if counted.get(kind.id) or _begun_here(kind)
    ]
    return page(
        request,
        "records.html",
        title=gettext("Records"),
        crumbs=[Crumb(gettext("Records"))],
        kinds=found,
        drafts=len(shelf.of_person(reader_of(request).person)),
    )


def _begun_here(kind: Kind) -> bool:
    return kind.by_hand == "all" or kind.id in _OWN_NEW


def record_list(request: HttpRequest, kind: str) -> HttpResponseBase:
    """List the records of one kind."""
    known = load_vocabulary().kinds.get(kind)
    if known is None:
        return not_found(request)
    if kind in _OWN_LISTS:
        return HttpResponseRedirect(reverse(_OWN_LISTS[kind]))
    at = desk(request)
    columns = {"code": gettext("Code"), "label": gettext("Name"), "first": gettext("First recorded")}
    # Records of some kinds have no code, of others no name: the one that all lack would only repeat the other.
    mine = models.Subject.objects.using(at.alias).filter(kind=kind)
    coded, named = mine.exclude(code="").exists(), mine.exclude(label="").exists()
    if not (coded and named):
        del columns["code" if named else "label"]
    shape = Shape(listing=_LISTING, order=next(iter(columns)), columns=columns, facets={}, words={})
    found = listed(request, at, shape, exact={"kind": (kind, "kind")})
    return page(
        request,
        "record_list.html",
        title=gettext(known.plural),
        crumbs=[Crumb(gettext("Records"), reverse("records")), Crumb(gettext(known.plural))],
        kind=known,
        listed=found,
        rows=[(Name(row.id, row.code, row.label), day_words(row.first[:10])) for row in found.rows],
        both=coded and named,
        may_begin=_begun_here(known) and reader_of(request).may(Permission.RECORD),
        searches=reverse("missing") if kind == "person" else "",
    )


def record(request: HttpRequest, kind: str, id: str) -> HttpResponse:
    """Show one record with every field, each value with who said so; or as it was known at an entry or on a day."""
    at = desk(request)
    moment = request.GET.get("as_of", "").strip()
    if moment:
        return _as_of(request, at, kind, id, moment=moment)
    name, found = known_record(at, kind, id)
    fields = _fields(request, at, found)
    here = {field.predicate for field in fields}
    writable = written_by_hand(load_vocabulary(), kind)
    return page(
        request,
        "record.html",
        title=name.text if name.code or name.label else name.handle,
        crumbs=crumbs_of(kind, name),
        name=name,
        fields=fields,
        open_fields=[one for one in writable if one.id not in here and not one.claim and one.id not in _LAST],
        naming=_naming(at, name.id),
        **at_work(request, at, found),
        person=person_told(at, found) if kind == "person" else None,
        then=None,
    )


def _as_of(request: HttpRequest, at: Desk, kind: str, id: str, *, moment: str) -> HttpResponse:
    name, _ = known_record(at, kind, id)
    then = read_moment(at.view, moment)
    view = CaseAsOf(at.database, then)
    past = Desk(at.folder, at.database, view, at.case)
    known = view.subject(name.id)
    every = view.rows(name.id, at.folder.objects(), persons=persons_of(request))
    rows = every.get(models.Subject, [])
    shown = Name(name.id, rows[0].code, rows[0].label) if rows else Name(name.id, "", "")
    words = (
        gettext("the end of %(day)s (UTC), by the times devices claim") % {"day": day_words(then.day)}
        if then.entry is None
        else gettext("entry %(number)s, signed %(time)s")
        % {"number": then.entry.seq, "time": moment_words(then.entry.claimed_at)}
    )
    return page(
        request,
        "record.html",
        title=shown.text if shown.code or shown.label else shown.handle,
        crumbs=[*crumbs_of(kind, name), Crumb(gettext("As known then"))],
        name=shown,
        kind=kind,
        bare=id,
        fields=_fields(request, past, known),
        naming=[],
        then=Then(words, view.left_out(name.id), moment),
    )


def _fields(request: HttpRequest, at: Desk, record: Record) -> list[FieldShown]:
    vocabulary = load_vocabulary()
    kind = vocabulary.kinds.get(record.kind)
    asked = [one.id for one in first_asked(kind)] if kind and kind.first else []
    order = dict.fromkeys([*asked, *vocabulary.predicates, *(one.predicate for one in record.held)])
    hand = {one.id for one in written_by_hand(vocabulary, record.kind)}
    live = [one for one in record.held if one.live and one.predicate not in _APART and not _beside(one)]
    told: dict[str, list[Account]] = {}
    for account in accounts_of(request, at, record, live):
        told.setdefault(account.said.held.predicate, []).append(account)
    found = []
    for id in [
        *(one for one in order if one in told and one not in _LAST),
        *(one for one in _LAST if one in told),
    ]:
        known = vocabulary.predicates.get(id)
        differ = len({repr(one.said.held.value) for one in told[id]}) > 1
        found.append(
            FieldShown(
                id,
                label(id),
                tuple(told[id]),
                contested=known is not None and known.cardinality == "one" and record.one(id).contested,
                decided=differ and any(one.chosen for one in told[id]),
                writable=id in hand,
            )
        )
    return found


def _beside(held: Held) -> bool:
    """Tell whether a note is about an assertion; the history tells it, and the page shows what it does."""
    return held.predicate == "note" and any(rel in DECIDING for rel, _ in held.relations)


def _naming(at: Desk, subject: str) -> list[tuple[Name, str, str]]:
    """Return the records that name this one in a value, with the field and the assertion; the first of many."""
    links = models.Link.objects.using(at.alias).filter(target=subject, how="value")
    ids = list(links.order_by("id").values_list("assertion_id", flat=True)[:_NAMING])
    rows = models.Assertion.objects.using(at.alias).filter(id__in=ids, status="live").exclude(subject=subject)
    told = list(rows.exclude(predicate__in=UNTOLD).order_by("rank").values_list("subject", "predicate", "id"))
    known = names(at.alias, [row[0] for row in told])
    return [(known[subject], label(predicate), id) for subject, predicate, id in told]


def history(request: HttpRequest, kind: str, id: str) -> HttpResponse:
    """Tell the history of a record: who did what on which day, according to whom, and why."""
    at = desk(request)
    name, found = known_record(at, kind, id)
    return page(
        request,
        "record_history.html",
        title=gettext("History of %(what)s") % {"what": name.handle},
        crumbs=crumbs_of(kind, name, gettext("History")),
        name=name,
        kind=kind,
        bare=id,
        chapters=story_of(at, found),
    )
