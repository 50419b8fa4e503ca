"""Claims: the table over all incidents, and one assertion with everything that stands behind it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from embers.projections import models
from embers.projections.listing import Facet, Listing
from embers.projections.trace import resting_on
from embers.web.grounds import explain
from embers.web.listing import Shape, listed
from embers.web.proofs import prove
from embers.web.shell import Crumb, Desk, desk, page, unknown
from embers.web.wording import label, names, show, side_label, standing_words

_EXACT = ("incident", "source")
LISTING = Listing(
    table="case_claim",
    orders={"incident": "incident", "as_of": "as_of"},
    tie="rank",
    facets=(Facet("field", "field"), Facet("side", "side")),
    exact=_EXACT,
    led=frozenset(
        {("field", "incident"), ("side", "incident"), ("source", "incident"), ("incident", "incident")}
    ),
    long=True,
)


def claim_list(request: HttpRequest) -> HttpResponse:
    """List claims, filtered by field, side of the claimant, incident and source."""
    at = desk(request)
    given = {kind: request.GET.get(kind, "").strip()[:60] for kind in _EXACT}
    exact = exact_of(request, at)
    found = listed(request, at, shape(), exact=exact)
    known = names(at.alias, {id for row in found.rows for id in (row.incident, row.source)})
    shown = {held.id: show(held, {}) for held in at.view.held(row.id for row in found.rows).values()}
    return page(
        request,
        "claims.html",
        title=gettext("Claims"),
        crumbs=[Crumb(gettext("Claims"))],
        listed=found,
        rows=[(row, known[row.incident], known.get(row.source), shown[row.id]) for row in found.rows],
        incident_code=given["incident"],
        source_code=given["source"],
        kept=[pair for pair in found.hidden if pair[0] not in given],
    )


def exact_of(request: HttpRequest, at: Desk) -> dict[str, tuple[str, str]]:
    """Return the incident and the source a request names by their codes, as a list takes them."""
    given = {kind: request.GET.get(kind, "").strip()[:60] for kind in _EXACT}
    return {kind: (_subject_with(at, kind, code), kind) for kind, code in given.items() if code}


def _subject_with(at: Desk, kind: str, code: str) -> str:
    """Return the subject of a kind with a code; one that is not in the case has no claims."""
    row = models.Subject.objects.using(at.alias).filter(kind=kind, code=code).order_by("id").first()
    return row.id if row else ""


def shape() -> Shape:
    """Return how the list of claims is shown."""
    return Shape(
        listing=LISTING,
        order="incident",
        columns={
            "claim": gettext("Claim"),
            "incident": gettext("Incident"),
            "field": gettext("Field"),
            "value": gettext("What is claimed"),
            "claimant": gettext("Claimant"),
            "side": gettext("Side"),
            "as_of": gettext("As of"),
            "source": gettext("Source"),
        },
        facets={"field": gettext("Field"), "side": gettext("Side of the claimant")},
        words={"field": label, "side": side_label},
    )


def claim(request: HttpRequest, id: str) -> HttpResponse:
    """Show one assertion: value, claimant, origin, grounds, entry, place in the log, proof, company."""
    at = desk(request)
    held = at.view.held([id]).get(id)
    if held is None:
        raise unknown(gettext("The assertion"), id, [], where=reverse("claims"))
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
        standing=standing_words(held.status),
    )


def _company(at: Desk, row: models.Claim, *, same: bool) -> list[models.Claim]:
    """Return the other claims about the same field that share an origin with ``row``, or share none."""
    own = set(row.origins.split(";"))
    rows = models.Claim.objects.using(at.alias).filter(incident=row.incident, field=row.field)
    others = rows.exclude(id=row.id).order_by("as_of", "rank")
    return [other for other in others if bool(own & set(other.origins.split(";"))) is same]
