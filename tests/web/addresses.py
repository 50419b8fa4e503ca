"""Every address of the server, read from its URL table, asked for the record nobody outside its circle may find."""

from __future__ import annotations

import re

from circle_case import SECRET, Circle

from embers.ids import new_subject
from embers.surroundings import Surroundings
from embers.web.rules import routes
from embers.web.urls import urlpatterns


def bare(subject: str) -> str:
    """Return a subject's id without its kind, as addresses bear it."""
    return subject.partition(":")[2]


def without_id(text: str, given: str) -> str:
    """Return a text without the id an address was asked with."""
    found = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", given)
    return text.replace(found[0] if found else given, "ID")


#: What stands for the parameters of an address. Each names the record in the compartment.
ARGUMENTS = {
    "item": lambda c: bare(c.item),
    "item-view": lambda c: f"{bare(c.item)}/view",
    "object": lambda c: c.sha256,
    "copy-plan": lambda c: f"{c.sha256}/0/plan.json",
    "copy-tile": lambda c: f"{c.sha256}/0/0/0/0.jpg",
    "copy-overlay": lambda c: f"{c.sha256}/overlay.png",
    "claim": lambda c: c.note,
    "trace-of": lambda c: c.item,
    "graph-of": lambda c: c.item,
    "incident": lambda c: "EX-1",
    "interview": lambda c: "IV-0",
    "interview-typed": lambda c: "IV-0/typed",
    "source": lambda c: "S1",
    "mission": lambda c: "M-0",
    "examination": lambda c: "E-0",
    "examination-state": lambda c: "E-0/state",
    "claim-correct": lambda c: f"{c.note}/correct",
    "claim-dispute": lambda c: f"{c.note}/dispute",
    "claim-retract": lambda c: f"{c.note}/retract",
    "claim-undo": lambda c: f"{c.note}/undo",
    "record-list": lambda c: "item",
    "record-new": lambda c: "incident/new",
    "record": lambda c: f"item/{bare(c.item)}",
    "record-add": lambda c: f"item/{bare(c.item)}/add",
    "record-history": lambda c: f"item/{bare(c.item)}/history",
    "record-values": lambda c: f"item/{bare(c.item)}/values/item-title",
    "map-layer-tile": lambda c: "0000000000000000/0/0/0",
    "task": lambda c: c.item.partition(":")[2],
    "review": lambda c: c.item,
    "saved-look": lambda c: "1",
    "welcome": lambda c: "secret",
    "account-token-revoke": lambda c: "1/revoke",
    "account-token-sign": lambda c: "1/sign",
    "mfa_remove_webauthn": lambda c: "1/remove",
    "mfa_edit_webauthn": lambda c: "1/name",
}
#: The same addresses for records that do not exist.
UNKNOWN = {
    "item": lambda: new_subject("item", Surroundings().randomness).partition(":")[2],
    "object": lambda: "0" * 64,
    "claim": lambda: new_subject("item", Surroundings().randomness).partition(":")[2],
    "trace-of": lambda: new_subject("item", Surroundings().randomness),
    "record": lambda: f"item/{bare(new_subject('item', Surroundings().randomness))}",
    "record-add": lambda: f"item/{bare(new_subject('item', Surroundings().randomness))}/add",
    "record-history": lambda: f"item/{bare(new_subject('item', Surroundings().randomness))}/history",
    "record-values": lambda: f"item/{bare(new_subject('item', Surroundings().randomness))}/values/item-title",
    "claim-correct": lambda: f"{bare(new_subject('item', Surroundings().randomness))}/correct",
    "claim-dispute": lambda: f"{bare(new_subject('item', Surroundings().randomness))}/dispute",
    "claim-retract": lambda: f"{bare(new_subject('item', Surroundings().randomness))}/retract",
    "claim-undo": lambda: f"{bare(new_subject('item', Surroundings().randomness))}/undo",
    "graph-of": lambda: new_subject("item", Surroundings().randomness),
    "review": lambda: new_subject("item", Surroundings().randomness),
}
EVERY_ROUTE = dict(routes(urlpatterns))
#: Pages and what they fetch. Operations of the API have a table of their own: test_api_guard.py.
ROUTES = {name: route for name, route in EVERY_ROUTE.items() if not route.startswith("api/")}
#: Words that stand only in what is kept in the compartment or is confidential.
PLANTED = (SECRET, SECRET.rpartition(" ")[2], "9 killed", "launcher", "Safehouse")


def route_to(name: str, argument: str) -> str:
    """Return the path of a route with its parameter filled in."""
    route = ROUTES[name]
    return f"/{route[: route.index('<')]}{argument}" if "<" in route else f"/{route}"


def address(name: str, circle: Circle) -> str:
    """Return a route's address for the hidden record, with every question that could bring it up."""
    if "<" in ROUTES[name]:
        assert name in ARGUMENTS, f"say in ARGUMENTS how to ask {name} for the hidden record"
    path = route_to(name, ARGUMENTS[name](circle) if "<" in ROUTES[name] else "")
    return f"{path}?q={SECRET.rpartition(' ')[2]}&item={circle.item}&incident=EX-1"
