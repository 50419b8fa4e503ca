"""Reviews: what waits for a second person, and one record with its values, comments and answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from embers.access.policy import Policy
from embers.access.roles import WORKING, Permission
from embers.actions.recorder import Act, Recorder
from embers.actions.reviews import (
    answer_review,
    ask_review,
    comment,
    is_own_work,
    read_digest,
    resolve,
    unresolve,
)
from embers.case_view import Record
from embers.errors import ActionError
from embers.projections.listing import Facet, Listing
from embers.projections.view import ProjectedCase
from embers.teamwork.review import WAITING, Review, Thread, reviewed_values, reviews_of, threads_of
from embers.web.acting import key_at_hand, person_of, persons_of, sign
from embers.web.grounds import Said, explain
from embers.web.listing import Shape, listed
from embers.web.reader import folder_of, policy_of, reader_of
from embers.web.shell import Crumb, Desk, desk, page, unknown
from embers.web.team_words import review_label
from embers.web.wording import Name, kind_label, names

LISTING = Listing(
    table="case_review",
    orders={"asked": "asked_at", "answered": "answered_at"},
    tie="id",
    facets=(Facet("state", "state"), Facet("kind", "kind"), Facet("whole", "whole")),
    day="asked_at",
    exact=("reviewer",),
)
#: Values shown on one page; the others are reached through the page of the record.
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Talk:
    """One thread with the names of who wrote in it."""

    thread: Thread
    said: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class ValueShown:
    """One value of the record with what was said about it."""

    said: Said
    asked: bool
    talks: tuple[Talk, ...]


def shape() -> Shape:
    """Return how reviews are listed."""
    return Shape(
        listing=LISTING,
        order="asked",
        columns={
            "record": gettext("Record"),
            "whole": gettext("What is reviewed"),
            "state": gettext("State"),
            "asked": gettext("Asked for"),
            "reviewer": gettext("Reviewer"),
            "answered": gettext("Answered"),
            "comments": gettext("Open comments"),
        },
        facets={
            "state": gettext("State"),
            "kind": gettext("Kind of record"),
            "whole": gettext("What is reviewed"),
        },
        words={"state": review_label, "kind": kind_label, "whole": whole_label},
        nothing={"reviewer": gettext("anybody who may review")},
    )


def whole_label(whole: str) -> str:
    """Return whether a whole record or single values were to be reviewed, in words."""
    return gettext("the record") if whole == "record" else gettext("single values")


def review_list(request: HttpRequest) -> HttpResponse:
    """List reviews, those that wait longest first; answered ones if they are asked for."""
    at = desk(request)
    if not request.GET:
        request.GET = QueryDict(f"state={WAITING}")
    found = listed(request, at, shape())
    known = names(at.alias, {id for row in found.rows for id in (row.record, row.asker, row.reviewer)})
    return page(
        request,
        "reviews.html",
        title=gettext("Reviews"),
        crumbs=[Crumb(gettext("Reviews"))],
        listed=found,
        rows=[
            (row, known[row.record], known.get(row.asker), known.get(row.reviewer), whole_label(row.whole))
            for row in found.rows
        ],
    )


def review(request: HttpRequest, id: str) -> HttpResponse:
    """Show a record as its reviewer reads it; answer, comment, ask."""
    at = desk(request)
    record = at.view.subject(id)
    if not record.held or not reviewed_values(record):
        raise unknown(gettext("The record"), id, [], where=reverse("search"))
    if request.method == "POST":
        _act(request, at, record)
        return HttpResponseRedirect(
            f"{reverse('review', args=[id])}#{request.POST.get('at', '')[:60] or 'main'}"
        )
    return _shown(request, at, record)


def _act(request: HttpRequest, at: Desk, record: Record) -> None:
    given = {name: request.POST.get(name, "")[:4000] for name in ("act", "text", "about", "thread", "to")}
    subject, view = record.id, at.view

    def draft(recorder: Recorder, rules: Policy) -> Act:
        match given["act"]:
            case "ask":
                values = [given["about"]] if given["about"] else []
                return ask_review(recorder, rules, view, subject, values=values, to=given["to"])
            case "accepted" | "changes" | "refused":
                return answer_review(
                    recorder,
                    rules,
                    view,
                    subject,
                    asked=request.POST.get("asked", "")[:60],
                    answer=given["act"],
                    reason=given["text"],
                    read=request.POST.get("read", "")[:64],
                    every=ProjectedCase(folder_of(request).database()),
                )
            case "comment":
                return comment(
                    recorder,
                    rules,
                    view,
                    subject,
                    text=given["text"],
                    about=given["about"],
                    thread=given["thread"],
                )
            case "resolve":
                return resolve(recorder, rules, view, subject, thread=given["thread"])
            case "unresolve":
                return unresolve(recorder, rules, view, subject, thread=given["thread"])
        raise ActionError("act", gettext("This form asks for nothing."), gettext("Open the page again."))

    sign(request, draft, role="reviewer" if given["act"] in {"accepted", "changes", "refused"} else "author")


def _shown(request: HttpRequest, at: Desk, record: Record) -> HttpResponse:
    persons = persons_of(request)
    entries = at.view.entries(held.entry for held in record.held)
    reviews = reviews_of(record, entries, persons)
    threads = threads_of(record, entries, persons)
    live = reviewed_values(record)
    people = names(
        at.alias,
        {record.id}
        | {id for one in reviews for id in (one.by, one.to, one.answered_by)}
        | {said.by for one in threads for said in one.comments}
        | set(persons.values()),
    )
    me, reader = person_of(request), reader_of(request)
    waiting = [one for one in reviews if one.state == WAITING]
    own = {
        one.id: me == one.by or is_own_work(at.view, record, one.values, person=me, persons=persons)
        for one in waiting
    }
    talks = [_talk(one, people) for one in threads]
    asked = {id for one in waiting for id in one.values}
    said = explain(at, live[:_SHOWN])
    values = [
        ValueShown(said[held.id], held.id in asked, tuple(t for t in talks if t.thread.about == held.id))
        for held in live[:_SHOWN]
    ]
    about = {held.id for held in live[:_SHOWN]}
    name = people[record.id]
    return page(
        request,
        "review.html",
        title=gettext("Review: %(record)s") % {"record": name.text},
        crumbs=[Crumb(gettext("Reviews"), reverse("reviews")), Crumb(name.text)],
        name=name,
        kind=kind_label(record.kind),
        reviews=[_told(one, people) for one in reversed(reviews)],
        waiting=[(one, own[one.id]) for one in waiting],
        whole_waits=any(one.whole for one in waiting),
        read=read_digest(record),
        values=values,
        more=max(0, len(live) - _SHOWN),
        talks=[t for t in talks if t.thread.about not in about],
        key=key_at_hand(request),
        may_review=reader.may(Permission.REVIEW),
        may_work=any(reader.may(one) for one in WORKING),
        reviewers=_reviewers(request, record, persons, people),
    )


def _reviewers(
    request: HttpRequest, record: Record, persons: Mapping[str, str], people: Mapping[str, Name]
) -> list[Name]:
    """Return who may be asked: people who may review and had no hand in the record."""
    rules, view, me = policy_of(folder_of(request)), desk(request).view, person_of(request)
    return [
        people[person]
        for person in sorted(set(persons.values()))
        if person != me
        and person in people
        and rules.of(person).may(Permission.REVIEW)
        and not is_own_work(view, record, (), person=person, persons=persons)
    ]


def _told(one: Review, people: Mapping[str, Name]) -> dict[str, object]:
    return {
        "review": one,
        "what": whole_label("record" if one.whole else "value"),
        "by": people.get(one.by),
        "to": people.get(one.to),
        "answered_by": people.get(one.answered_by),
    }


def _talk(thread: Thread, people: Mapping[str, Name]) -> Talk:
    return Talk(
        thread,
        tuple(
            (people[one.by].text if one.by in people else one.by[:12], one.at, one.text)
            for one in thread.comments
        ),
    )
