"""Addresses of the pages. One line per page; every page only reads."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from embers.web.pages import (
    claims,
    copies,
    home,
    incidents,
    interviews,
    items,
    law,
    maps,
    objects,
    report,
    search,
    sources,
    style,
    trace,
    viewers,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("incidents", incidents.incident_list, name="incidents"),
    path("incidents/<str:code>", incidents.incident, name="incident"),
    path("map", maps.case_map, name="map"),
    path("map.geojson", maps.geojson, name="map-geojson"),
    path("map.days", maps.days, name="map-days"),
    path("claims", claims.claim_list, name="claims"),
    path("claims/<str:id>", claims.claim, name="claim"),
    path("sources", sources.source_list, name="sources"),
    path("sources/<str:code>", sources.source, name="source"),
    path("items", items.item_list, name="items"),
    path("items/<str:id>", items.item, name="item"),
    path("items/<str:id>/view", viewers.item_view, name="item-view"),
    path("copies/<str:sha256>/<int:number>/plan.json", viewers.copy_plan, name="copy-plan"),
    path(
        "copies/<str:sha256>/<int:number>/<int:level>/<int:column>/<int:row>.jpg",
        viewers.copy_tile,
        name="copy-tile",
    ),
    path("copies/<str:sha256>/overlay.png", viewers.copy_overlay, name="copy-overlay"),
    path("objects/<str:sha256>", objects.preserved_object, name="object"),
    path("interviews/<str:code>", interviews.interview, name="interview"),
    path("interviews/<str:code>/typed", interviews.keep_typed, name="interview-typed"),
    path("law", law.law, name="law"),
    path("report.css", report.report_style, name="report-style"),
    path("report", report.report, name="report"),
    path("trace", trace.start, name="trace"),
    path("trace/<path:id>", trace.walk, name="trace-of"),
    path("search", search.search, name="search"),
    path("find.json", search.find, name="find"),
    path("sync", copies.copies, name="sync"),
    path("style", style.style, name="style"),
    path("account/", include("embers.web.accounts.urls")),
]

handler400 = "embers.web.shell.bad_request"
handler404 = "embers.web.shell.not_found"
handler500 = "embers.web.shell.fault"
