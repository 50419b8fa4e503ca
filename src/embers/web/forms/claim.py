"""What surrounds a value: who claims it, where it was read, and who may read it."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext

from embers.access.standing import LEVELS
from embers.actions.records import Written
from embers.case_view import Ground, Held, Json
from embers.journal.assertion import Basis
from embers.vocabulary.loader import load_vocabulary
from embers.vocabulary.terms import Predicate
from embers.web.forms.form import Form
from embers.web.forms.links import locator_of_address
from embers.web.forms.pasted import read_pasted, why_not
from embers.web.forms.value import ask_value, asked_of, read_date, spell
from embers.web.wording import code_label

#: Bases one form asks for. More belong into an assertion of their own.
MOST_BASES = 6


def ask_written(form: Form, predicate: Predicate) -> Written | None:
    """Ask for a value and all that surrounds it; nothing while the value is missing or cannot be taken."""
    value = ask_said(form, predicate)
    basis = ask_basis(form)
    marking = ask_marking(form)
    return None if value is None else Written(predicate.id, value, basis, marking)


def ask_said(form: Form, predicate: Predicate) -> Json:
    """Ask for the value of a predicate, and for a claim who claims it."""
    form.group("")
    value = ask_value(form, asked_of(predicate, "v"))
    if not predicate.claim:
        return value
    form.group(gettext("Who says so"))
    claimant = form.link(
        "claimant",
        gettext("Claimant"),
        kinds=("organisation",),
        required=True,
        hint=gettext("Who makes the claim, which need not be who publishes it."),
    )
    side = form.ask(
        "side",
        gettext("Side of the claimant"),
        widget="choice",
        options=[("", gettext("as recorded of the claimant")), *_terms("side")],
    )
    as_of = form.ask("as_of", gettext("As of"), hint=gettext("The day the claim speaks of, if it says so."))
    reading = form.ask(
        "reading", gettext("Read"), widget="choice", options=_terms("reading"), default="direct"
    )
    scope = form.ask(
        "scope", gettext("It covers"), widget="choice", options=_terms("claim-scope"), default="incident"
    )
    words = form.ask("words", gettext("In the words of the source"), widget="text")
    form.group(gettext("More about the claim"), folded=True)
    operator = "" if predicate.type == "quantity" else _operator(form)
    earlier = form.tick("earlier", gettext("An earlier figure of the same running count"))
    inferred = form.tick("inferred", gettext("Worked out by us, not stated by the claimant"))
    day = read_date(form, "as_of", as_of)
    if value is None or not claimant:
        return None
    told = {
        "is": value,
        "claimant": claimant,
        "side": side or _side_of(form, claimant),
        "scope": scope,
        "reading": reading,
        "as_of": day,
        "op": operator,
        "words": words,
        "earlier": earlier,
        "inferred": inferred,
    }
    return {name: part for name, part in told.items() if part not in (None, "", False)}


def _operator(form: Form) -> str:
    return form.ask(
        "op",
        gettext("How it is meant"),
        widget="choice",
        options=[
            ("", gettext("as it stands")),
            *(one for one in _terms("operator") if one[0] in _TEXT_OPERATORS),
        ],
    )


_TEXT_OPERATORS = frozenset({"approx", "gte", "lte"})


def _side_of(form: Form, claimant: str) -> str:
    return str(form.at.view.subject(claimant).value("organisation-side", "unknown"))


def ask_basis(form: Form) -> tuple[Basis, ...]:
    """Ask where it was read or told: items, sources or interviews, each with the place in it."""
    found = []
    given = sum(1 for number in range(MOST_BASES) if _given(form, number))
    for number in range(min(MOST_BASES, given + 1)):
        form.group(
            gettext("Where it was read") if number == 0 else gettext("Also read in"), folded=number > 0
        )
        basis = _ask_one(form, f"b{number}")
        if basis:
            found.append(basis)
    return tuple(found)


def _given(form: Form, number: int) -> bool:
    return bool(form.text(f"b{number}") or form.text(f"b{number}.words"))


def _ask_one(form: Form, name: str) -> Basis | None:
    pasted = locator_of_address(form.text(f"{name}.words"))
    if pasted and not form.text(f"{name}.at"):
        form.given[f"{name}.at"] = pasted
    target = form.link(
        name,
        gettext("Item or source"),
        kinds=("item", "source", "interview"),
        hint=gettext("By code or words, or paste the address of a viewer."),
    )
    given = form.ask(
        f"{name}.at",
        gettext("Place in it"),
        hint=gettext("page=3 · seconds=12.5-15 · 0:12-0:15 · box=10,20,300,200 · polygon=… · row=C161"),
    )
    locator = read_pasted(locator_of_address(given) or given)
    if locator and not target:
        form.refuse(name, gettext("Say in which item or source this place is."))
    if target.startswith("item:") and (why := why_not(locator)):
        form.refuse(f"{name}.at", why)
    if not target:
        return None
    return (
        Basis(item=target, locator=locator)
        if target.startswith(("item:", "interview:"))
        else Basis(source=target, locator=locator)
    )


def ask_marking(form: Form) -> str | None:
    """Ask who may read it. It is never read by more than the vocabulary lets read such a value."""
    form.group(gettext("Who may read it"), folded=True)
    options = [(level, code_label("marking", level)) for level in LEVELS]
    marking = form.ask(
        "marking", gettext("Handling marking"), widget="choice", options=options, default=LEVELS[0]
    )
    return marking if marking in LEVELS[1:] else None


def spelled(held: Held, predicate: Predicate) -> dict[str, str]:
    """Return the fields of a form filled in with an assertion, to be corrected."""
    value = held.value
    given: dict[str, str] = {}
    if predicate.claim:
        for name in ("claimant", "side", "as_of", "reading", "scope", "words", "op"):
            given[name] = str(value.get(name, ""))
        given |= {name: "yes" for name in ("earlier", "inferred") if value.get(name)}
        value = value["is"]
    given |= spell(asked_of(predicate, "v"), value)
    given |= _bases(held.grounds)
    if held.marking:
        given["marking"] = held.marking
    return given


def _bases(grounds: Iterable[Ground]) -> dict[str, str]:
    given: dict[str, str] = {}
    for number, ground in enumerate(list(grounds)[:MOST_BASES]):
        given |= {f"b{number}": ground.target, f"b{number}.at": ground.locator}
    return given


def _terms(codes: str) -> list[tuple[str, str]]:
    return [(term, code_label(codes, term)) for term in load_vocabulary().codes[codes].terms]
