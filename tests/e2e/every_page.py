"""The address of every page a reader can open, by what it is called in tests."""

from __future__ import annotations

from showcase import Showcase


def every_page(case: Showcase) -> dict[str, str]:
    """Return one address for each page; :func:`test_every_route_is_here` keeps it complete."""
    return {
        "home": "/",
        "incidents": "/incidents",
        "incident": "/incidents/K20-33",
        "map": "/map",
        "claims": "/claims",
        "claim": f"/claims/{case.ganja_claim}",
        "sources": "/sources",
        "source": "/sources/S22",
        "items": "/items",
        "item": f"/items/{case.table_item.partition(':')[2]}",
        "item-view": f"/items/{case.picture.partition(':')[2]}/view",
        "law": "/law",
        "report": "/report",
        "trace": "/trace",
        "trace-of": f"/trace/{case.sentence}",
        "search": "/search?q=gence",
        "sync": "/sync",
        "style": "/style",
        "error": "/nowhere",
    }


#: Addresses that answer with something else than a page, and those of interviews: the showcase of published facts has
#: none, their page is judged in test_interview.py.
NO_PAGES = {
    "interview",
    "interview-typed",
    "map-geojson",
    "map-days",
    "find",
    "object",
    "report-style",
    "copy-plan",
    "copy-tile",
    "copy-overlay",
}
