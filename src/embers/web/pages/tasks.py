"""Tasks: one's own, those one gave, and giving one."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from embers.access.roles import Permission
from embers.actions.tasks import finish_task, give_task, reopen_task
from embers.projections import models
from embers.projections.listing import Facet, Listing
from embers.surroundings import utc_text
from embers.vocabulary.loader import load_vocabulary
from embers.web.acting import key_at_hand, person_of, sign
from embers.web.listing import Shape, listed
from embers.web.reader import folder_of, policy_of, reader_of
from embers.web.shell import Crumb, desk, page, unknown
from embers.web.team_words import task_label
from embers.web.wording import kind_label, names

LISTING = Listing(
    table="case_task",
    orders={"due": "due", "given": "given_at"},
    tie="id",
    facets=(Facet("state", "state"), Facet("word", "word"), Facet("kind", "kind")),
    nullable=frozenset({"due"}),
    exact=("person", "giver"),
    day="due",
)
#: Whose tasks are listed, and the column that says so.
_OF = {"mine": "person", "given": "giver"}


def shape() -> Shape:
    """Return how tasks are listed."""
    return Shape(
        listing=LISTING,
        order="due",
        columns={
            "due": gettext("Due"),
            "word": gettext("Task"),
            "about": gettext("Record"),
            "person": gettext("Whose task"),
            "given": gettext("Given"),
            "state": gettext("State"),
            "act": gettext("Act"),
        },
        facets={"state": gettext("State"), "word": gettext("Task"), "kind": gettext("Kind of record")},
        words={"state": _state, "word": task_label, "kind": kind_label},
    )


def _state(state: str) -> str:
    return gettext("done") if state == "done" else gettext("open")


def task_list(request: HttpRequest) -> HttpResponse:
    """List tasks: one's own first, those one gave, or all; open ones unless another state is asked for."""
    at, me = desk(request), person_of(request)
    if not request.GET:
        request.GET = QueryDict(f"of={'mine' if me else 'all'}&state=open")
    of = request.GET.get("of", "mine" if me else "all")
    exact = {_OF[of]: (me, "of")} if of in _OF and me else {}
    found = listed(request, at, shape(), exact=exact)
    found = replace(found, narrowed=tuple(one for one in found.narrowed if one.title != "of"))
    today = utc_text(at.folder.surroundings.clock.now())[:10]
    known = names(at.alias, {id for row in found.rows for id in (row.about, row.person, row.giver)})
    assigns = reader_of(request).may(Permission.ASSIGN)
    return page(
        request,
        "tasks.html",
        title=gettext("Tasks"),
        crumbs=[Crumb(gettext("Tasks"))],
        listed=found,
        rows=[
            {
                "row": row,
                "about": known[row.about],
                "person": known[row.person],
                "giver": known.get(row.giver),
                "late": row.state == "open" and bool(row.due) and row.due < today,
                "acts": assigns or me in {row.person, row.giver},
            }
            for row in found.rows
        ],
        of=of,
        me=me,
        key=key_at_hand(request),
    )


def task(request: HttpRequest, id: str) -> HttpResponse:
    """Say that a task is done, or open it again; there is no page of one task, only the list."""
    at = desk(request)
    row = models.Task.objects.using(at.alias).filter(id=f"task:{id}").first()
    if row is None:
        raise unknown(gettext("The task"), id, [], where=reverse("tasks"))
    if request.method == "POST":
        act = reopen_task if request.POST.get("act") == "reopen" else finish_task
        text = request.POST.get("text", "")[:2000]
        sign(
            request,
            lambda recorder, rules: act(recorder, rules, at.view, row.id, text=text),
            role="investigator",
        )
    return HttpResponseRedirect(reverse("tasks"))


def task_new(request: HttpRequest) -> HttpResponse:
    """Give a task about a record."""
    at = desk(request)
    about = request.POST.get("about", request.GET.get("about", ""))[:60]
    record = at.view.subject(about)
    if not record.held:
        raise unknown(gettext("The record"), about, [], where=reverse("search"))
    if request.method == "POST":
        given = {name: request.POST.get(name, "")[:2000] for name in ("to", "word", "due", "text")}
        database = folder_of(request).database()
        sign(
            request,
            lambda recorder, rules: give_task(recorder, rules, database, about, **given),
            role="case lead",
        )
        return HttpResponseRedirect(f"{reverse('tasks')}?of=given")
    rules = policy_of(folder_of(request))
    people = [rules.of(person) for person in sorted(rules.with_key)]
    known = names(at.alias, [about, *(one.person for one in people)])
    return page(
        request,
        "task_new.html",
        title=gettext("Give a task"),
        crumbs=[Crumb(gettext("Tasks"), reverse("tasks")), Crumb(gettext("Give a task"))],
        about=known[about],
        people=[known[one.person] for one in people if one.roles],
        task_words=[(term, task_label(term)) for term in load_vocabulary().codes["task-word"].terms],
        key=key_at_hand(request),
    )
