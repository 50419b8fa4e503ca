"""Addresses of the API, and the document that describes them (OpenAPI 3.1), made from the same operations."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, include, path

from embers.web.api import acts, journal, lists, material, persons, records, teamwork, writing
from embers.web.api.interface import api
from embers.web.api.once import HEADER
from embers.web.api.problems import MEDIA
from embers.web.rules import RULES, Door

BASE = "api/v1"
_WRITES_ONCE = frozenset({"post"})
_PARTS = (persons, lists, records, journal, writing, teamwork, acts, material)
for _part in _PARTS:
    api.add_router("", _part.router)


def document(request: HttpRequest) -> HttpResponse:
    """Return the document of the API."""
    del request
    return JsonResponse(openapi(), json_dumps_params={"ensure_ascii": False})


@lru_cache(maxsize=1)
def openapi() -> dict[str, Any]:
    """Return the OpenAPI document: every operation with its errors, its scope, and the key of an act."""
    found: dict[str, Any] = dict(api.get_openapi_schema(path_prefix=f"{BASE}/"))
    components = found["components"]
    components["schemas"]["Problem"] = _PROBLEM
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A token of an account."}
    }
    found["security"] = [{"token": []}]
    names = route_names()
    for address, methods in found["paths"].items():
        rule = RULES[names[address]]
        for method, operation in methods.items():
            needs = rule.needed_for(method.upper())
            any_of = [] if isinstance(needs, Door) else sorted(one.value for one in needs)
            operation["x-embers-scope"] = " or ".join(any_of)
            operation["responses"].setdefault("4XX", _refusals())
            if method in _WRITES_ONCE and operation["operationId"] != "unlockKey":
                operation.setdefault("parameters", []).append(_KEY)
            if method == "post" and ("/records/{id}" in address or "/assertions/" in address):
                operation["parameters"].append(_MATCH)
    return found


def _refusals() -> dict[str, Any]:
    return {
        "description": "Refused; see its code.",
        "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def route_names() -> dict[str, str]:
    """Return the name in the table of addresses of every path of the document."""
    found = {}
    for router_path, view in (
        (f"/{BASE}{given}", one) for part in _PARTS for given, one in part.router.path_operations.items()
    ):
        named = {operation.url_name for operation in view.operations}
        found[router_path.replace("{path:", "{")] = next(iter(named)) or ""
    return found


_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable: listed in docs/reference/errors.md."},
        "hint": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "string"}}},
    },
}
_KEY: dict[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": True,
    "description": "A fresh random text for each act; the same one when a request is sent again.",
    "schema": {"type": "string", "minLength": 8, "maxLength": 200, "pattern": "^[!-~]{8,200}$"},
}
_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the record as it was read; refused with 412 if it has changed since.",
    "schema": {"type": "string"},
}
urlpatterns: list[URLPattern | URLResolver] = [
    path("openapi.json", document, name="api-document"),
    path("v1/", include([one for one in api.urls[0] if getattr(one, "name", "") != "api-root"])),
]
