"""Every address of the server, read from its URL table, asked for the record nobody outside its circle may find."""

from __future__ import annotations

from circle_case import SECRET, Circle

from embers.ids import new_subject
from embers.surroundings import Surroundings
from embers.web.rules import routes
from embers.web.urls import urlpatterns

#: What stands for the parameters of an address. Each names the record in the compartment.
ARGUMENTS = {
    "item": lambda c: c.item.partition(":")[2],
    "item-view": lambda c: f"{c.item.partition(':')[2]}/view",
    "object": lambda c: c.sha256,
    "copy-plan": lambda c: f"{c.sha256}/0/plan.json",
    "copy-tile": lambda c: f"{c.sha256}/0/0/0/0.jpg",
    "copy-overlay": lambda c: f"{c.sha256}/overlay.png",
    "claim": lambda c: c.note,
    "trace-of": lambda c: c.item,
    "incident": lambda c: "EX-1",
    "interview": lambda c: "IV-0",
    "interview-typed": lambda c: "IV-0/typed",
    "source": lambda c: "S1",
    "welcome": lambda c: "secret",
    "mfa_remove_webauthn": lambda c: "1/remove",
    "mfa_edit_webauthn": lambda c: "1/name",
}
#: The same addresses for records that do not exist.
UNKNOWN = {
    "item": lambda: new_subject("item", Surroundings().randomness).partition(":")[2],
    "object": lambda: "0" * 64,
    "claim": lambda: new_subject("item", Surroundings().randomness).partition(":")[2],
    "trace-of": lambda: new_subject("item", Surroundings().randomness),
}
ROUTES = dict(routes(urlpatterns))
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
