"""Addresses for phones. The one to type into ODK Collect is that of the server with /api/openrosa."""

from __future__ import annotations

from django.urls import path

from embers.web.openrosa import pages

urlpatterns = [
    path("formList", pages.form_list, name="openrosa-forms"),
    path("forms/<slug:id>", pages.form, name="openrosa-form"),
    path("forms/<slug:id>/manifest", pages.manifest, name="openrosa-manifest"),
    path("forms/<slug:id>/<slug:name>.csv", pages.form_table, name="openrosa-table"),
    path("submission", pages.submission, name="openrosa-submission"),
]
