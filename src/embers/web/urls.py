"""Addresses of the pages. One line per page; every page only reads."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from embers.web.pages import (
    claims,
    home,
    incidents,
    items,
    law,
    maps,
    objects,
    report,
    search,
    sources,
    trace,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("incidents", incidents.incident_list, name="incidents"),
    path("incidents/<str:code>", incidents.incident, name="incident"),
    path("map", maps.case_map, name="map"),
    path("map.geojson", maps.geojson, name="map-geojson"),
    path("claims", claims.claim_list, name="claims"),
    path("claims/<str:id>", claims.claim, name="claim"),
    path("sources", sources.source_list, name="sources"),
    path("sources/<str:code>", sources.source, name="source"),
    path("items", items.item_list, name="items"),
    path("items/<str:id>", items.item, name="item"),
    path("objects/<str:sha256>", objects.preserved_object, name="object"),
    path("law", law.law, name="law"),
    path("report.css", report.report_style, name="report-style"),
    path("report", report.report, name="report"),
    path("trace", trace.start, name="trace"),
    path("trace/<path:id>", trace.walk, name="trace-of"),
    path("search", search.search, name="search"),
    path("account/", include("embers.web.accounts.urls")),
]

handler400 = "embers.web.shell.bad_request"
handler404 = "embers.web.shell.not_found"
handler500 = "embers.web.shell.fault"
