"""A value as people type it, for every type of the vocabulary: asked, read, and spelled out again to be corrected."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.translation import gettext

from embers import dates
from embers.actions.claim_values import unit_of
from embers.case_view import Json
from embers.errors import DateError, PlaceError
from embers.places import Point, degrees_text, microdegrees
from embers.vocabulary.loader import load_vocabulary
from embers.vocabulary.terms import Field, Predicate
from embers.web.forms.form import Form
from embers.web.wording import code_label, label

#: Languages a text is mostly in; a value may be in others.
LANGUAGES = ("en", "hy", "az", "ru", "uk", "ar", "ka", "fa", "tr", "fr")
_WHOLE = re.compile(r"-?\d{1,15}\Z", re.ASCII)
_COORDINATES = re.compile(r"\s*(-?[\d.]+)°?\s*[,;\s]\s*(-?[\d.]+)°?\s*\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """One value to ask for: the name of its field, what it is called, its type and what that needs."""

    name: str
    label: str
    type: str
    required: bool
    codes: str = ""
    kinds: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    unit: str = ""
    long: bool = True


def asked_of(predicate: Predicate, name: str, *, required: bool = True) -> Asked:
    """Return how to ask for the value of a predicate; for a claim, what it says is."""
    return Asked(
        name,
        label(predicate.id),
        predicate.type,
        required,
        predicate.codes,
        tuple(sorted(predicate.kinds)) or tuple(sorted(predicate.of - {"*"})),
        predicate.fields,
        unit_of(predicate.id),
        not predicate.id.endswith(("-code", "-zone", "-number")),
    )


def ask_value(form: Form, asked: Asked) -> Json:
    """Ask for one value; return it as the journal holds it, or nothing where none was given or it is wrong."""
    return _TYPES[asked.type](form, asked)


def spell(asked: Asked, value: Json) -> dict[str, str]:
    """Return the fields that ask for a value, filled in with it."""
    if asked.type == "record" and isinstance(value, dict):
        found: dict[str, str] = {}
        for part in asked.fields:
            if part.name in value:
                found |= spell(_part(asked, part), value[part.name])
        return found
    parts = _SPELLED.get(asked.type, lambda one: {"": str(one)})(value)
    return {f"{asked.name}.{part}" if part else asked.name: text for part, text in parts.items()}


_SPELLED: Mapping[str, Callable[[Json], dict[str, str]]] = {
    "lang-text": lambda value: {"": value["text"], "lang": value["lang"]},
    "quantity": lambda value: {part: str(given) for part, given in value.items()},
    "point": lambda value: {
        "": f"{degrees_text(value['lat'])}, {degrees_text(value['lon'])}",
        "precision": str(value["precision_m"]),
        "method": value["method"],
    },
    "yes-no": lambda value: {"": "yes" if value else "no"},
    "texts": lambda value: {"": "\n".join(value)},
    "refs": lambda value: {"": value[0]},
}


def _text(form: Form, asked: Asked) -> Json:
    options = _terms(asked.codes) if asked.codes else ()
    widget = "text" if asked.long and not options else "line"
    return form.ask(asked.name, asked.label, widget=widget, required=asked.required, options=options) or None


def _texts(form: Form, asked: Asked) -> Json:
    hint = gettext("One on each line.")
    given = form.ask(asked.name, asked.label, widget="text", hint=hint, required=asked.required)
    return [line.strip() for line in given.splitlines() if line.strip()] or None


def _lang_text(form: Form, asked: Asked) -> Json:
    text = form.ask(asked.name, asked.label, required=asked.required)
    lang = _language(
        form, Asked(f"{asked.name}.lang", gettext("In which language"), "language", required=False)
    )
    return {"text": text, "lang": lang} if text else None


def _language(form: Form, asked: Asked) -> str:
    present = form.text(asked.name)
    other = [present] if present and re.fullmatch(r"[a-z]{2,3}(-[A-Za-z]{2,4})*", present) else []
    known = [(one, one) for one in dict.fromkeys([*LANGUAGES, *other])]
    return form.ask(asked.name, asked.label, widget="choice", options=known, default="en") or "en"


def _code(form: Form, asked: Asked) -> Json:
    given = form.ask(
        asked.name,
        asked.label,
        widget="choice",
        options=_terms(asked.codes),
        required=asked.required,
    )
    return given or None


def _integer(form: Form, asked: Asked) -> Json:
    given = form.ask(asked.name, asked.label, required=asked.required, numeric=True)
    return _whole(form, asked.name, given)


def _yes_no(form: Form, asked: Asked) -> Json:
    options = (("yes", gettext("yes")), ("no", gettext("no")))
    given = form.ask(asked.name, asked.label, widget="choice", options=options, required=asked.required)
    return {"yes": True, "no": False}.get(given)


def _date(form: Form, asked: Asked) -> Json:
    hint = gettext("2020-10-17, 2020-10, 2020-10-17~ (about), 2020-10-01/2020-10-05 (from, to)")
    given = form.ask(asked.name, asked.label, hint=hint, required=asked.required)
    return read_date(form, asked.name, given)


def read_date(form: Form, name: str, given: str) -> str | None:
    """Return a date that can be read; another is refused beside its field."""
    try:
        return dates.parse(given).text if given else None
    except DateError as error:
        form.refuse(name, str(error))
        return None


def _url(form: Form, asked: Asked) -> Json:
    given = form.ask(asked.name, asked.label, required=asked.required)
    try:
        parts = urlsplit(given)
        good = parts.scheme in {"http", "https"} and bool(parts.netloc)
    except ValueError:
        good = False
    if given and not good:
        form.refuse(asked.name, gettext("Give an address that begins with https:// or http://."))
        return None
    return given or None


def _ref(form: Form, asked: Asked) -> Json:
    kinds = asked.kinds or tuple(load_vocabulary().kinds)
    return form.link(asked.name, asked.label, kinds=kinds, required=asked.required) or None


def _refs(form: Form, asked: Asked) -> Json:
    one = _ref(form, asked)
    return [one] if one else None


def _quantity(form: Form, asked: Asked) -> Json:
    name = asked.name
    operator = form.ask(
        f"{name}.op",
        gettext("How it is meant"),
        widget="choice",
        options=_terms("operator"),
        default="eq",
        in_row=True,
    )
    required = asked.required and operator != "some"
    given = form.ask(f"{name}.n", gettext("Number"), required=required, numeric=True, in_row=True)
    upper = form.ask(f"{name}.to", gettext("and (for “between”)"), numeric=True, in_row=True)
    unit = form.ask(
        f"{name}.unit",
        gettext("Of what"),
        widget="choice",
        options=_terms("unit"),
        default=asked.unit,
        in_row=True,
    )
    if operator == "some":
        if given or upper:
            form.refuse(f"{asked.name}.n", gettext("“Several, no figure given” has no number."))
        return {"op": operator, "unit": unit}
    low = _whole(form, f"{asked.name}.n", given, least=0)
    high = _whole(form, f"{asked.name}.to", upper, least=0)
    if operator != "between" and upper:
        form.refuse(f"{asked.name}.to", gettext("Only “between” has a second number."))
    if operator == "between" and low is not None and (high is None or high < low):
        form.refuse(f"{asked.name}.to", gettext("Give the larger number here."))
    if low is None:
        return None
    return {"op": operator, "n": low, "unit": unit} | ({"to": high} if operator == "between" else {})


def _point(form: Form, asked: Asked) -> Json:
    where = form.ask(
        asked.name,
        gettext("%(what)s: latitude and longitude") % {"what": asked.label},
        hint=gettext("In degrees, such as 40.68157, 46.36056."),
        required=asked.required,
    )
    metres = form.ask(
        f"{asked.name}.precision",
        gettext("Known within how many metres"),
        required=asked.required,
        numeric=True,
    )
    method = form.ask(
        f"{asked.name}.method",
        gettext("How it was found"),
        hint=gettext("Such as: settlement centroid, GNSS fix, geolocated from video."),
        required=asked.required,
    )
    if not where:
        return None
    found = _COORDINATES.match(where)
    if not found:
        form.refuse(asked.name, gettext("Write two numbers, first the latitude: 40.68157, 46.36056."))
        return None
    radius = _whole(form, f"{asked.name}.precision", metres, least=1)
    try:
        lat, lon = microdegrees(found[1]), microdegrees(found[2])
        Point(lat, lon, 1, "read")
    except PlaceError as error:
        form.refuse(asked.name, str(error))
        return None
    if radius is None or not method:
        return None
    try:
        return Point(lat, lon, radius, method).to_json()
    except PlaceError as error:
        form.refuse(f"{asked.name}.precision", str(error))
        return None


def _record(form: Form, asked: Asked) -> Json:
    found = {}
    for part in asked.fields:
        value = ask_value(form, _part(asked, part))
        if value is not None:
            found[part.name] = value
    # A language is always chosen; alone it says nothing.
    own, lang = f"{asked.name}.", f"{asked.name}.lang"
    return (
        found
        if any(form.text(name) for name in form.given if name.startswith(own) and name != lang)
        else None
    )


def _part(asked: Asked, part: Field) -> Asked:
    """Return how to ask for one field of a record. Its language is one of a list, as that of any text is."""
    return Asked(
        f"{asked.name}.{part.name}",
        gettext("In which language")
        if part.name == "lang"
        else gettext(part.name.replace("_", " ").capitalize()),
        "language" if part.name == "lang" else part.type,
        asked.required and not part.optional,
        part.codes,
        asked.kinds if part.type == "ref" else (),
        long=part.name in _LONG,
    )


#: Fields of records that hold sentences.
_LONG = frozenset({"text", "words", "reason", "reasons", "detail", "description", "note"})


def _whole(form: Form, name: str, given: str, *, least: int | None = None) -> int | None:
    if not given:
        return None
    if not _WHOLE.match(given) or (least is not None and int(given) < least):
        form.refuse(name, gettext("Write a whole number, such as 13."))
        return None
    return int(given)


def _terms(codes: str) -> tuple[tuple[str, str], ...]:
    return tuple((term, code_label(codes, term)) for term in load_vocabulary().codes[codes].terms)


_TYPES: Mapping[str, Callable[[Form, Asked], Json]] = {
    "text": _text,
    "texts": _texts,
    "lang-text": _lang_text,
    "code": _code,
    "integer": _integer,
    "yes-no": _yes_no,
    "date": _date,
    "url": _url,
    "ref": _ref,
    "refs": _refs,
    "quantity": _quantity,
    "point": _point,
    "record": _record,
    "language": _language,
}
