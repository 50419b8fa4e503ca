"""What people work on about one record: its open tasks and its reviews, for the record's own page."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from embers.projections import models
from embers.web.shell import Desk
from embers.web.wording import Name, names


@dataclass(frozen=True, slots=True)
class Work:
    """Open tasks and reviews of one record, with the names of people, and where to go on."""

    tasks: tuple[tuple[models.Task, Name], ...]
    reviews: tuple[models.Review, ...]
    review_href: str
    task_href: str


def work_on(at: Desk, subject: str) -> Work:
    """Return what is worked on about a record, as far as its reader may know of it."""
    tasks = list(
        models.Task.objects.using(at.alias).filter(about=subject, state="open").order_by("due", "id")
    )
    reviews = models.Review.objects.using(at.alias).filter(record=subject).order_by("-asked_at", "id")
    known = names(at.alias, [one.person for one in tasks])
    return Work(
        tuple((one, known[one.person]) for one in tasks),
        tuple(reviews[:5]),
        reverse("review", args=[subject]),
        f"{reverse('task-new')}?about={subject}",
    )
