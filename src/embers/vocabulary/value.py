"""Checks the value of an assertion against its predicate, before anything is signed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from embers import dates, places
from embers.errors import DateError, PlaceError, VocabularyError
from embers.ids import kind_of
from embers.vocabulary.loader import Vocabulary
from embers.vocabulary.terms import CodeList, Field, Predicate

_DIGEST = re.compile(r"^[0-9a-f]{64}$")
#: A code of one case in a list that is open: a party of a conflict the packaged list does not know.
_OWN_CODE = re.compile(r"[A-Z][A-Z0-9]{1,15}(/[A-Z][A-Z0-9]{1,15})?\Z")
_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$")
CLAIM_FIELDS = (
    Field("claimant", "ref", optional=False),
    Field("side", "code", optional=False, codes="side"),
    Field("as_of", "date", optional=True),
    Field("scope", "code", optional=False, codes="claim-scope"),
    Field("reading", "code", optional=False, codes="reading"),
    Field("op", "code", optional=True, codes="operator"),
    Field("earlier", "yes-no", optional=True),
    Field("inferred", "yes-no", optional=True),
    Field("status", "code", optional=True, codes="sdg-status"),
    Field("age", "code", optional=True, codes="sdg-age"),
    Field("sex", "code", optional=True, codes="sex"),
    Field("cause", "code", optional=True, codes="sdg-cause"),
    Field("words", "text", optional=True),
    Field("ref", "text", optional=True),
)


class _Wrong(Exception):  # noqa: N818 - carries a sentence fragment up to the one place that names the predicate
    pass


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Wrong("must be text that is not empty")
    return value


def _texts(value: object) -> None:
    if not isinstance(value, list):
        raise _Wrong("must be a list of texts")
    for entry in value:
        _text(entry)


def _lang_text(value: object) -> None:
    if not isinstance(value, dict) or set(value) != {"text", "lang"}:
        raise _Wrong("must be {text, lang}")
    _text(value["text"])
    if not isinstance(value["lang"], str) or not _LANGUAGE.match(value["lang"]):
        raise _Wrong(f"has {value['lang']!r} as language; use a BCP 47 tag such as en, hy or az-Latn")


def _integer(value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Wrong("must be a whole number")


def _yes_no(value: object) -> None:
    if not isinstance(value, bool):
        raise _Wrong("must be true or false")


def _date(value: object) -> None:
    try:
        dates.parse(_text(value))
    except DateError as error:
        raise _Wrong(f"is not a date: {error.message}") from error


def _url(value: object) -> None:
    parts = urlsplit(_text(value))
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise _Wrong("must be an http or https address")


def _digest(value: object) -> None:
    if not isinstance(value, str) or not _DIGEST.match(value):
        raise _Wrong("must be a SHA-256 digest, 64 lower-case hexadecimal digits")


def _point(value: object) -> None:
    keys = {"lat", "lon", "precision_m", "method"}
    if not isinstance(value, dict) or set(value) != keys:
        raise _Wrong("must be {lat, lon, precision_m, method} with microdegrees")
    try:
        places.Point(**value)
    except PlaceError as error:
        raise _Wrong(error.message) from error


def _sealed(value: object) -> None:
    if not isinstance(value, dict) or set(value) != {"sealed"}:
        raise _Wrong("is protected and may only point to a sealed object")
    _digest(value["sealed"])


def _quantity(value: object, vocabulary: Vocabulary) -> None:
    if not isinstance(value, dict) or not {"op", "unit"} <= set(value) <= {"op", "unit", "n", "to"}:
        raise _Wrong("must be {op, n, to, unit}")
    _code(value["op"], "operator", vocabulary)
    _code(value["unit"], "unit", vocabulary)
    needs = {"some": set(), "between": {"n", "to"}}.get(value["op"], {"n"})
    if set(value) - {"op", "unit"} != needs:
        raise _Wrong(f"with operator {value['op']!r} needs {sorted(needs) or 'no number'}")
    for name in needs:
        _integer(value[name])
        if value[name] < 0:
            raise _Wrong("cannot be negative")


def takes(listed: CodeList, text: str) -> bool:
    """Tell whether a list holds a code, or is open to it as a case's own."""
    return text in listed.terms or (listed.open and bool(_OWN_CODE.match(text)))


def _code(value: object, codes: str, vocabulary: Vocabulary) -> None:
    listed = vocabulary.codes[codes]
    if not isinstance(value, str) or not takes(listed, value):
        raise _Wrong(f"has {value!r}; the list {codes!r} holds {', '.join(listed.terms)}")


def _ref(value: object, kinds: frozenset[str]) -> None:
    kind = kind_of(_text(value))
    if kinds and kind not in kinds:
        raise _Wrong(f"must name a {' or '.join(sorted(kinds))}, not a {kind}")


def _refs(value: object, kinds: frozenset[str]) -> None:
    if not isinstance(value, list) or not value:
        raise _Wrong("must be a list of subject ids")
    for entry in value:
        _ref(entry, kinds)


def _record(value: object, fields: tuple[Field, ...], vocabulary: Vocabulary) -> None:
    if not isinstance(value, dict):
        raise _Wrong("must be a record")
    known = {field.name for field in fields}
    if unknown := set(value) - known:
        raise _Wrong(f"has unknown fields {sorted(unknown)}; known are {sorted(known)}")
    for field in fields:
        if field.name not in value:
            if field.optional:
                continue
            raise _Wrong(f"lacks the field {field.name!r}")
        try:
            _typed(value[field.name], field.type, vocabulary, codes=field.codes)
        except _Wrong as error:
            raise _Wrong(f"field {field.name!r} {error}") from error


_PLAIN: Mapping[str, Callable[[object], object]] = {
    "text": _text,
    "texts": _texts,
    "lang-text": _lang_text,
    "integer": _integer,
    "yes-no": _yes_no,
    "date": _date,
    "url": _url,
    "digest": _digest,
    "point": _point,
    "sealed": _sealed,
}


def _typed(
    value: object,
    type_: str,
    vocabulary: Vocabulary,
    *,
    codes: str = "",
    kinds: frozenset[str] = frozenset(),
    fields: tuple[Field, ...] = (),
) -> None:
    if check := _PLAIN.get(type_):
        check(value)
    elif type_ == "code":
        _code(value, codes, vocabulary)
    elif type_ == "ref":
        _ref(value, kinds)
    elif type_ == "refs":
        _refs(value, kinds)
    elif type_ == "quantity":
        _quantity(value, vocabulary)
    else:
        _record(value, fields, vocabulary)


def _claim(value: object, predicate: Predicate, vocabulary: Vocabulary) -> None:
    if not isinstance(value, dict) or "is" not in value:
        raise _Wrong("is a claim and must be {is, claimant, side, scope, reading, ...}")
    _record({name: part for name, part in value.items() if name != "is"}, CLAIM_FIELDS, vocabulary)
    _typed(
        value["is"],
        predicate.type,
        vocabulary,
        codes=predicate.codes,
        kinds=predicate.kinds,
        fields=predicate.fields,
    )


def check_value(subject: str, predicate_id: str, value: object, vocabulary: Vocabulary) -> Predicate:
    """Return the predicate if ``value`` fits it; raise :class:`VocabularyError` saying what does not."""
    predicate = vocabulary.predicate(predicate_id)
    kind = vocabulary.kind(kind_of(subject))
    if not predicate.applies_to(kind.id):
        raise VocabularyError(
            "predicate-kind",
            f"{predicate.id!r} cannot be said of a {kind.label.lower()}.",
            f"It belongs to: {', '.join(sorted(predicate.of))}.",
        )
    try:
        if predicate.claim:
            _claim(value, predicate, vocabulary)
        else:
            _typed(
                value,
                predicate.type,
                vocabulary,
                codes=predicate.codes,
                kinds=predicate.kinds,
                fields=predicate.fields,
            )
    except _Wrong as wrong:
        raise VocabularyError(
            "value",
            f"The value of {predicate.id!r} on {subject} {wrong}.",
            f"Its type is {predicate.type!r}; see docs/reference/vocabulary.md.",
        ) from wrong
    return predicate


def references(value: object) -> tuple[str, ...]:
    """Return every subject id named anywhere inside a value, in order, without repeats."""
    found: dict[str, None] = {}

    def look(part: object) -> None:
        if isinstance(part, str):
            if ":" in part:
                try:
                    kind_of(part)
                except VocabularyError:
                    return
                found[part] = None
        elif isinstance(part, list):
            for entry in part:
                look(entry)
        elif isinstance(part, dict):
            for entry in part.values():
                look(entry)

    look(value)
    return tuple(found)
