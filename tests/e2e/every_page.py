"""The address of every page a reader can open, by what it is called in tests."""

from __future__ import annotations

from showcase import Showcase


def every_page(case: Showcase) -> dict[str, str]:
    """Return one address for each page; :func:`test_every_route_is_here` keeps it complete."""
    incident = case.ganja.replace(":", "/")
    return {
        "home": "/",
        "incidents": "/incidents",
        "incident": "/incidents/K20-33",
        "map": "/map",
        "claims": "/claims",
        "claim-new": f"/claims/new?b0={case.picture}&b0.at=box%3D1,2,3,4",
        "claim": f"/claims/{case.ganja_claim}",
        "counts": "/counts",
        "command": "/command?place=Gence&day=2020-10-17",
        "identity": "/identity?kind=place",
        "claim-correct": f"/claims/{case.ganja_claim}/correct",
        "claim-dispute": f"/claims/{case.ganja_claim}/dispute",
        "claim-retract": f"/claims/{case.ganja_claim}/retract",
        "missing": "/missing",
        "records": "/records",
        "record-list": "/records/place",
        "record-new": "/records/place/new",
        "record": f"/records/{incident}",
        "record-add": f"/records/{incident}/add?field=killed",
        "record-add, choice of field": f"/records/{incident}/add",
        "record-history": f"/records/{incident}/history",
        "record-values": f"/records/{incident}/values/killed",
        "record, as known then": f"/records/{incident}?as_of=2999-01-01",
        "examination-new": "/records/examination/new",
        "sources": "/sources",
        "source": "/sources/S22",
        "items": "/items",
        "item": f"/items/{case.table_item.partition(':')[2]}",
        "item-view": f"/items/{case.picture.partition(':')[2]}/view",
        "law": "/law",
        "report": "/report",
        "trace": "/trace",
        "trace-of": f"/trace/{case.sentence}",
        "graph": "/graph",
        "graph-of": "/graph/K20-33",
        "search": "/search?q=gence",
        "tasks": "/tasks",
        "task-new": f"/tasks/new?about={case.ganja}",
        "reviews": "/reviews",
        "review": f"/reviews/{case.ganja}",
        "release": "/release",
        "saved": "/saved?page=incidents&query=party%3DAZE",
        "readings": "/readings",
        "sync": "/sync",
        "style": "/style",
        "error": "/nowhere",
    }


#: Addresses that answer with something else than a page, and those of fieldwork: the showcase of published facts
#: has none, their pages are judged in test_interview.py and test_fieldwork_pages.py.
NO_PAGES = {
    "claim-undo",
    "choose",
    "task",
    "saved-look",
    "interview",
    "interview-typed",
    "examination",
    "mission",
    "examination-state",
    "map-geojson",
    "map-days",
    "counts-csv",
    "map-groups",
    "map-layers",
    "map-layer-tile",
    "find",
    "object",
    "report-style",
    "copy-plan",
    "copy-tile",
    "copy-overlay",
}
