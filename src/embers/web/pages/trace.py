"""The walk from a sentence to its evidence, step by step, and from evidence to every sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext

from embers.case_view import Held, Record
from embers.projections import models
from embers.projections.trace import Trace, TracedAssertion, trace
from embers.web.grounds import Said, explain
from embers.web.proofs import Proof, prove_all
from embers.web.shell import Crumb, Desk, desk, page
from embers.web.wording import Name, kind_label, label, names

#: Assertions walked down on one page; a table of claims alone has one for each of its rows.
_WALKED = 400


@dataclass(frozen=True, slots=True)
class GroundStep:
    """A source or item with the pinpoints in it, its preserved objects and its custody."""

    name: Name
    kind: str
    locators: tuple[str, ...]
    objects: tuple[Held, ...]
    custody: tuple[Held, ...]


def start(request: HttpRequest) -> HttpResponseBase:
    """Ask where to start, or go there: sentence, assertion, item, source code, exhibit number, digest."""
    text = request.GET.get("id", "").strip()[:200]
    if text:
        return HttpResponseRedirect(reverse("trace-of", args=[text]))
    at = desk(request)
    first = models.Sentence.objects.using(at.alias).filter(kind="fact").order_by("report", "ordinal").first()
    return page(
        request,
        "trace_start.html",
        title=gettext("Trace"),
        crumbs=[Crumb(gettext("Trace"))],
        example=first.sentence if first else "",
    )


def walk(request: HttpRequest, id: str) -> HttpResponseBase:
    """Show both walks from whatever ``id`` names."""
    at = desk(request)
    exhibited = _exhibited(at, id)
    if exhibited:
        return HttpResponseRedirect(reverse("trace-of", args=[exhibited]))
    walked = trace(at.database, id)
    down = walked.down[:_WALKED]
    said = explain(at, [one.held for one in down])
    subject = names(at.alias, [walked.start])[walked.start] if ":" in walked.start else None
    return page(
        request,
        "trace.html",
        title=gettext("Trace: %(what)s") % {"what": _heading(walked)[:80]},
        crumbs=[Crumb(gettext("Trace"), reverse("trace")), Crumb(id)],
        walked=walked,
        heading=_heading(walked),
        kind_words=gettext("Sentence") if walked.kind == "sentence" else kind_label(walked.kind),
        page_of_it=_own_page(walked, subject),
        section=_section(at, walked),
        assertions=_assertions(at, down, said),
        more=len(walked.down) - len(down),
        grounds=_grounds(at, down, walked),
        proofs=_proofs(at, down),
        heads=at.view.heads(),
    )


def _exhibited(at: Desk, text: str) -> str:
    """Return the item behind an exhibit number, or nothing."""
    row = models.Subject.objects.using(at.alias).filter(kind="exhibit", code=text).order_by("id").first()
    return str(at.view.subject(row.id).value("exhibit-item", "")) if row else ""


def _heading(walked: Trace) -> str:
    if walked.kind == "assertion":
        return label(walked.label)
    return walked.label or walked.start


def _own_page(walked: Trace, subject: Name | None) -> str:
    if walked.kind == "sentence":
        return f"{reverse('report')}#s-{walked.start}"
    if walked.kind == "assertion":
        return reverse("claim", args=[walked.start])
    return subject.href if subject and walked.kind in {"incident", "source", "item"} else ""


def _section(at: Desk, walked: Trace) -> str:
    if walked.kind != "sentence":
        return ""
    row = models.Sentence.objects.using(at.alias).filter(sentence=walked.start).first()
    return row.section if row else ""


def _assertions(
    at: Desk, down: Sequence[TracedAssertion], said: dict[str, Said]
) -> list[tuple[Said, Name, str]]:
    """Return each assertion with its subject and, for a claim, the claimant."""
    subjects = names(at.alias, (one.held.subject for one in down))
    rows = models.Claim.objects.using(at.alias).filter(id__in=[one.held.id for one in down])
    claimants = dict(rows.values_list("id", "claimant_name"))
    return [(said[one.held.id], subjects[one.held.subject], claimants.get(one.held.id, "")) for one in down]


def _grounds(at: Desk, down: Iterable[TracedAssertion], walked: Trace) -> list[GroundStep]:
    records: dict[str, Record] = {}
    locators: dict[str, dict[str, None]] = {}
    if walked.kind == "item":
        records[walked.start] = at.view.subject(walked.start)
        locators[walked.start] = {}
    for one in down:
        for ground in one.grounds:
            records[ground.record.id] = ground.record
            places = locators.setdefault(ground.record.id, {})
            if ground.locator:
                places[ground.locator] = None
    known = names(at.alias, records)
    return [
        GroundStep(
            known[id],
            record.kind,
            tuple(locators[id]),
            record.live("item-object"),
            record.live("custody-event"),
        )
        for id, record in sorted(records.items(), key=lambda pair: (pair[1].kind, known[pair[0]].text))
    ]


def _proofs(at: Desk, down: Iterable[TracedAssertion]) -> list[Proof]:
    proofs = prove_all(at, [one.held for one in down])
    return sorted(proofs.values(), key=lambda proof: (proof.entry.log, proof.entry.seq))
