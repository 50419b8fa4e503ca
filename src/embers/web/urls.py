"""Addresses of the pages. One line per page; which of them write stands in the rules."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from embers.web import converters  # noqa: F401 - makes <text:...> known
from embers.web.pages import (
    claims,
    command,
    copies,
    counts,
    deciding,
    home,
    identity,
    incidents,
    items,
    law,
    maps,
    objects,
    recording,
    records,
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
    path("incidents/<text:code>", incidents.incident, name="incident"),
    path("map", maps.case_map, name="map"),
    path("map.geojson", maps.geojson, name="map-geojson"),
    path("map.days", maps.days, name="map-days"),
    path("claims", claims.claim_list, name="claims"),
    path("claims/<str:id>", claims.claim, name="claim"),
    path("counts", counts.counts, name="counts"),
    path("counts.csv", counts.counts_csv, name="counts-csv"),
    path("command", command.command, name="command"),
    path("identity", identity.identity, name="identity"),
    path("claims/<str:id>/correct", recording.change, name="claim-correct"),
    path("claims/<str:id>/dispute", deciding.dispute_claim, name="claim-dispute"),
    path("claims/<str:id>/retract", deciding.retract_claim, name="claim-retract"),
    path("claims/<str:id>/undo", deciding.undo, name="claim-undo"),
    path("records", records.kinds, name="records"),
    path("records/drafts", recording.drafts, name="drafts"),
    path("records/choose", recording.choose, name="choose"),
    path("records/<str:kind>", records.record_list, name="record-list"),
    path("records/<str:kind>/new", recording.new, name="record-new"),
    path("records/<str:kind>/<str:id>", records.record, name="record"),
    path("records/<str:kind>/<str:id>/add", recording.add, name="record-add"),
    path("records/<str:kind>/<str:id>/history", records.history, name="record-history"),
    path("records/<str:kind>/<str:id>/values/<str:predicate>", deciding.values, name="record-values"),
    path("sources", sources.source_list, name="sources"),
    path("sources/<text:code>", sources.source, name="source"),
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
    path("api/", include("embers.web.api.urls")),
]

handler400 = "embers.web.shell.bad_request"
handler404 = "embers.web.shell.not_found"
handler500 = "embers.web.shell.fault"
