"""Claims: the table over all incidents, and one assertion with everything that stands behind it."""

from __future__ import annotations

from collections import Counter

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from embers.case_view import Held
from embers.projections import models
from embers.projections.trace import resting_on
from embers.web.grounds import explain
from embers.web.proofs import prove
from embers.web.shell import Crumb, Desk, desk, page, unknown
from embers.web.wording import label, names, show, side_label

PER_PAGE = 250


def claim_list(request: HttpRequest) -> HttpResponse:
    """List claims, filtered by field, side of the claimant and source."""
    at = desk(request)
    every = models.Claim.objects.using(at.alias)
    asked = {name: request.GET.get(name, "")[:60] for name in ("field", "side", "source")}
    overview = list(every.values_list("field", "side", "source"))
    known = names(at.alias, {source for _, _, source in overview})
    rows = every.order_by("incident", "field", "as_of", "rank")
    if asked["field"]:
        rows = rows.filter(field=asked["field"])
    if asked["side"]:
        rows = rows.filter(side=asked["side"])
    if asked["source"]:
        rows = rows.filter(source__in=[name.id for name in known.values() if name.code == asked["source"]])
    listed = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    incidents = names(at.alias, {row.incident for row in listed})
    shown = {held.id: show(held, {}) for held in at.view.held(row.id for row in listed).values()}
    return page(
        request,
        "claims.html",
        title=gettext("Claims"),
        crumbs=[Crumb(gettext("Claims"))],
        rows=[(row, incidents[row.incident], known.get(row.source), shown[row.id]) for row in listed],
        listed=listed,
        total=len(overview),
        asked=asked,
        fields=sorted((label(field), field) for field in {field for field, _, _ in overview}),
        sides=sorted((side_label(side), side, n) for side, n in Counter(s for _, s, _ in overview).items()),
        sources=sorted((name.code, name.label) for name in known.values()),
    )


def claim(request: HttpRequest, id: str) -> HttpResponse:
    """Show one assertion: value, claimant, origin, grounds, entry, place in the log, proof, company."""
    at = desk(request)
    held = at.view.held([id]).get(id)
    if held is None:
        near = models.Claim.objects.using(at.alias).values_list("id", flat=True)[:5000]
        raise unknown(gettext("The assertion"), id, list(near), where=reverse("claims"))
    others = at.view.naming(id)
    targets = at.view.held(target for _, target in held.relations)
    said = explain(at, [held, *others, *targets.values()])
    row = models.Claim.objects.using(at.alias).filter(id=id).first()
    subject = names(at.alias, [held.subject])[held.subject]
    return page(
        request,
        "claim.html",
        title=f"{said[id].label}: {said[id].shown.text}"[:120],
        crumbs=[Crumb(gettext("Claims"), reverse("claims")), Crumb(row.ref if row and row.ref else id)],
        one=said[id],
        row=row,
        subject=subject,
        relations=[(rel, said[target]) for rel, target in held.relations if target in said],
        named_by=[said[other.id] for other in others],
        same=_company(at, row, same=True) if row else [],
        other=_company(at, row, same=False) if row else [],
        proof=prove(at, held),
        sentences=resting_on(at.database, [id]),
        standing=_standing(held),
    )


def _company(at: Desk, row: models.Claim, *, same: bool) -> list[models.Claim]:
    """Return the other claims about the same field that share an origin with ``row``, or share none."""
    own = set(row.origins.split(";"))
    rows = models.Claim.objects.using(at.alias).filter(incident=row.incident, field=row.field)
    others = rows.exclude(id=row.id).order_by("as_of", "rank")
    return [other for other in others if bool(own & set(other.origins.split(";"))) is same]


def _standing(held: Held) -> str:
    return {"superseded": gettext("replaced by a later assertion"), "retracted": gettext("taken back")}.get(
        held.status, gettext("stands")
    )
