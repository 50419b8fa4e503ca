"""Values in words: labels from the vocabulary, names of subjects, addresses of their pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.urls import reverse
from django.utils.translation import gettext

from embers.case_view import Held, Json
from embers.dates import describe, parse
from embers.errors import DateError, VocabularyError
from embers.incidents.claim import claim_of, describe_number
from embers.incidents.reading import is_claim
from embers.places import degrees_text
from embers.projections import models
from embers.projections.view import batches
from embers.vocabulary.loader import load_vocabulary
from embers.vocabulary.terms import Field, Predicate
from embers.vocabulary.value import references
from embers.web.reading_words import date_words

#: The code list of each dimension of a category of people.
CATEGORY_LISTS = {"status": "sdg-status", "age": "sdg-age", "sex": "sex", "cause": "sdg-cause"}


@dataclass(frozen=True, slots=True)
class Name:
    """How a subject is called, and where its page is."""

    id: str
    code: str
    label: str

    @property
    def href(self) -> str:
        """The address of its page."""
        return href_of(self.id, self.code)

    @property
    def text(self) -> str:
        """Code and label, whichever there are."""
        return f"{self.code} {self.label}".strip() or self.id

    @property
    def kind(self) -> str:
        """The kind in its id."""
        return self.id.partition(":")[0]

    @property
    def handle(self) -> str:
        """What it is called in a line: its code, else its label, else its kind and the beginning of its id."""
        return self.code or self.label or self.short

    @property
    def short(self) -> str:
        """Its code, else its kind and the beginning of its id: for a row that shows its label beside it."""
        return self.code or f"{kind_label(self.kind)} {self.id.partition(':')[2][:8]}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A value in words. ``name`` is the subject it names, ``parts`` are the labelled fields of a record."""

    text: str
    lang: str = ""
    name: Name | None = None
    mono: bool = False
    parts: tuple[tuple[str, Shown], ...] = ()

    @property
    def href(self) -> str:
        """The address of the page of the subject it names, or nothing."""
        return self.name.href if self.name else ""


def label(predicate: str) -> str:
    """Return the label of a predicate, or its id where the vocabulary does not hold it."""
    found = load_vocabulary().predicates.get(predicate)
    return gettext(found.label) if found else predicate


def code_label(codes: str, term: str) -> str:
    """Return the words of a code."""
    return gettext(load_vocabulary().label(codes, term)) if term else ""


def side_label(side: str) -> str:
    """Return the neutral name of a side; several are joined."""
    return "; ".join(code_label("side", part) for part in side.split(";") if part)


def origin_label(origins: str) -> str:
    """Return the names of root origins; several are joined."""
    return "; ".join(code_label("origin", part) for part in origins.split(";") if part)


def kind_label(kind: str) -> str:
    """Return the word for a kind of subject."""
    found = load_vocabulary().kinds.get(kind)
    return gettext(found.label) if found else kind


def standing_words(status: str) -> str:
    """Return in words how an assertion stands."""
    return {"superseded": gettext("replaced by a later assertion"), "retracted": gettext("taken back")}.get(
        status, gettext("stands")
    )


def plural_label(kind: str) -> str:
    """Return the word for several subjects of a kind."""
    found = load_vocabulary().kinds.get(kind)
    return gettext(found.plural) if found else kind


def href_of(subject: str, code: str = "") -> str:
    """Return the page of a subject; a kind without one of its own has a page made from the vocabulary."""
    kind, _, bare = subject.partition(":")
    if kind in {"incident", "interview", "source", "examination", "mission"} and code:
        return reverse(kind, args=[code])
    if kind == "item":
        return reverse("item", args=[bare])
    return reverse("record", args=[kind, bare]) if bare else reverse("trace-of", args=[subject])


def names(alias: str, ids: Iterable[str]) -> dict[str, Name]:
    """Return the names of subjects in one query; an unknown one is named by its id."""
    wanted = dict.fromkeys(id for id in ids if id)
    found = {id: Name(id, "", id) for id in wanted}
    for batch in batches(wanted):
        rows = models.Subject.objects.using(alias).filter(id__in=batch)
        for id, code, text in rows.values_list("id", "code", "label"):
            found[id] = Name(id, code, text)
    return found


def day_words(text: str) -> str:
    """Return a date in the reader's language; a text that is no date stays as it is."""
    try:
        return describe(parse(text), date_words()) if text else ""
    except DateError:
        return text


def moment_words(text: str) -> str:
    """Return a claimed time (``2026-11-28T20:22:26Z``) as day and minute in UTC."""
    day, _, time = text.partition("T")
    return f"{day_words(day)}, {time[:5]} UTC" if time else day_words(day)


def host_of(address: str) -> str:
    """Return the host name of an address. Addresses of some pages contain names of private persons."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def show(held: Held, known: Mapping[str, Name], *, reveal: bool = False) -> Shown:
    """Return the value of an assertion in words. A sealed one is named, not shown.

    A confidential one neither, but where it is worked with (``reveal``): who may not read it has not come this far.
    """
    predicate = load_vocabulary().predicates.get(held.predicate)
    confidential = held.marking == "confidential" or (predicate and predicate.sensitivity == "confidential")
    if (confidential and not reveal) or (predicate and predicate.sensitivity == "sealed"):
        return Shown(gettext("held, not shown here"))
    if is_claim(held) and isinstance(held.value["is"], dict) and predicate and predicate.type == "record":
        return _typed(held.value["is"], predicate.type, predicate.codes, known, predicate)
    if is_claim(held):
        return _claim(held)
    if predicate is None:
        return Shown(str(held.value))
    return _typed(held.value, predicate.type, predicate.codes, known, predicate)


def _claim(held: Held) -> Shown:
    try:
        claim = claim_of(held, claimant_name="", origins=("-",))
    except VocabularyError:
        return Shown(str(held.value["is"]))
    if claim.unit:
        unit = code_label("unit", claim.unit)
        # The units of the vocabulary are plain English plurals; one of them is one.
        exactly_one = claim.number == 1 and claim.to is None
        whom = ", ".join(code_label(CATEGORY_LISTS[name], value) for name, value in claim.category)
        words = f"{describe_number(claim)} {unit.removesuffix('s') if exactly_one else unit}"
        return Shown(f"{words} ({whom})" if whom else words)
    prefix = {"approx": gettext("about"), "gte": gettext("at least"), "lte": gettext("at most")}
    return Shown(f"{prefix.get(claim.operator, '')} {claim.text}".strip())


def _typed(
    value: Json, type_: str, codes: str, known: Mapping[str, Name], predicate: Predicate | None = None
) -> Shown:
    if isinstance(value, dict):
        if type_ == "lang-text":
            return Shown(str(value.get("text", "")), lang=str(value.get("lang", "")))
        if type_ == "point":
            return Shown(point_words(value))
        return _record(value, predicate.fields if predicate else (), known)
    if isinstance(value, list):
        return Shown("; ".join(_typed(part, type_, codes, known).text for part in value))
    if type_ in {"ref", "refs"} and str(value) in known:
        name = known[str(value)]
        return Shown(name.text, name=name)
    return _plain(value, type_, codes)


def _plain(value: Json, type_: str, codes: str) -> Shown:
    if type_ == "code" or codes:
        return Shown(code_label(codes, str(value)))
    if type_ == "date":
        return Shown(day_words(str(value)))
    if type_ == "yes-no":
        return Shown(gettext("yes") if value else gettext("no"))
    if type_ == "url":
        return Shown(host_of(str(value)) or gettext("held, not shown here"))
    return Shown(str(value), mono=type_ == "digest")


def _record(value: Mapping[str, Json], fields: Iterable[Field], known: Mapping[str, Name]) -> Shown:
    parts = []
    for field in fields:
        if value.get(field.name) not in (None, "", []):
            title = field.name.replace("_", " ")
            parts.append((title, _typed(value[field.name], field.type, field.codes, known)))
    if len(parts) == 1:
        return parts[0][1]
    return Shown("; ".join(f"{title}: {part.text}" for title, part in parts), parts=tuple(parts))


def point_words(value: Mapping[str, Json]) -> str:
    """Return a position with its precision and how it was found; a point alone would claim too much."""
    lat, lon = degrees_text(value["lat"]), degrees_text(value["lon"])
    return gettext("%(lat)s, %(lon)s, within %(metres)s m (%(method)s)") % {
        "lat": lat,
        "lon": lon,
        "metres": value.get("precision_m", "?"),
        "method": value.get("method", ""),
    }


def referred(held: Iterable[Held]) -> list[str]:
    """Return every subject the values and grounds of assertions name."""
    found: list[str] = []
    for entry in held:
        found += [ground.target for ground in entry.grounds]
        found += references(entry.value)
    return found
