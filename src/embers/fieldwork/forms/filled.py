"""A form as somebody filled it in, however it came: sent by a phone, or read back from an export.

The same answers give the same digest, whatever file carried them: so a submission that came from the phone is known
again in an export of another server.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from embers.errors import FieldworkError
from embers.fieldwork.forms.catalogue import form_named
from embers.fieldwork.forms.question import FILES, Form
from embers.journal.canonical import encode

_UUID = re.compile(r"(?:uuid:)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\Z")
_NUMBERS = frozenset({"decimal", "integer"})
#: Places of a degree that are compared; phones write more, and exports fewer.
_PLACES = Decimal("0.0000001")
Answers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Filled:
    """The answers to one form under the id the phone gave it. Empty answers are left out.

    ``replaces`` is the id of the submission it edits, ``root`` that of the first in a row of edits, where they are
    said. ``unknown`` names answers to questions this version of the form does not ask.
    """

    form: Form
    version: str
    instance: str
    answers: Answers
    repeats: Mapping[str, tuple[Answers, ...]]
    replaces: str = ""
    root: str = ""
    unknown: tuple[str, ...] = ()

    def get(self, name: str) -> str:
        """Return the answer to a question outside of repeats; empty if there is none."""
        return self.answers.get(name, "")

    def each(self, name: str) -> tuple[Answers, ...]:
        """Return the rounds of a repeat."""
        return self.repeats.get(name, ())

    @property
    def digest(self) -> str:
        """The SHA-256 over form and answers in canonical JSON."""
        said = {
            "form": self.form.id,
            "answers": dict(self.answers),
            "repeats": {name: [dict(one) for one in rounds] for name, rounds in self.repeats.items()},
        }
        return hashlib.sha256(encode(said)).hexdigest()

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files the answers speak of, each once."""
        rounds = [self.answers, *(one for each in self.repeats.values() for one in each)]
        named = [
            text
            for answers in rounds
            for name, text in answers.items()
            if self.form.questions[name].type in FILES
        ]
        return tuple(dict.fromkeys(named))


def instance_id(text: str) -> str:
    """Return the id a phone gave a submission, without its prefix; what is no UUID is refused, or could be guessed."""
    found = _UUID.match(text.strip().lower())
    if found is None:
        raise FieldworkError(
            "instance",
            "The submission has no id of the kind uuid:..., by which it would be known when it comes again.",
            "Fill in the form with ODK Collect, KoboCollect or Enketo; they give one.",
        )
    return found[1]


def fill(
    form: Form,
    answers: Iterable[tuple[str, str]],
    repeats: Mapping[str, Sequence[Iterable[tuple[str, str]]]],
    *,
    version: str,
    instance: str,
    replaces: str = "",
    root: str = "",
) -> Filled:
    """Return a filled form from answers as they stand in some file; they are brought to one way of writing."""
    unknown: dict[str, None] = {}
    rounds = {
        name: tuple(one for one in (_kept(form, found, unknown) for found in each) if one)
        for name, each in repeats.items()
        if name in form.repeats
    }
    return Filled(
        form,
        version,
        instance_id(instance),
        _kept(form, answers, unknown),
        {name: each for name, each in rounds.items() if each},
        instance_id(replaces) if replaces else "",
        instance_id(root) if root else "",
        tuple(unknown),
    )


def _kept(form: Form, found: Iterable[tuple[str, str]], unknown: dict[str, None]) -> Answers:
    kept = {}
    for name, text in found:
        asked = form.questions.get(name)
        if asked is None:
            if text.strip() and not name.startswith("_") and name not in _OWN:
                unknown[name] = None
            continue
        if said := _one_way(asked.type, text):
            kept[name] = said
    return kept


#: What a form holds that is no answer.
_OWN = frozenset({"start", "end", "warning", "keep_away", "instanceID", "deprecatedID", "instanceName"})


def _one_way(type_: str, text: str) -> str:
    said = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    if type_ == "select_multiple":
        return " ".join(sorted(set(said.split())))
    if type_ == "date":
        return said[:10]
    if type_ in _NUMBERS:
        return _number(said)
    if type_ == "geopoint":
        return " ".join(_number(part) for part in said.split())
    return said


def _number(text: str) -> str:
    try:
        value = Decimal(text)
        if not value.is_finite() or abs(value) >= 10**12:
            return text
        return format(value.quantize(_PLACES).normalize() + 0, "f")
    except InvalidOperation:
        return text


def read_submission(root: ET.Element) -> Filled:
    """Return what the XML of a submission holds (ODK XForms specification); its elements bear local names."""
    form = form_named(root.get("id", "") or root.tag)
    answers: list[tuple[str, str]] = []
    repeats: dict[str, list[list[tuple[str, str]]]] = {}
    meta: dict[str, str] = {}
    for name, text, at in _leaves(root, form):
        if at is None:
            answers.append((name, text))
        elif at[0] == "meta":
            meta[name] = text
        else:
            rounds = repeats.setdefault(at[0], [])
            while len(rounds) <= at[1]:
                rounds.append([])
            rounds[at[1]].append((name, text))
    return fill(
        form,
        answers,
        repeats,
        version=root.get("version", "")[:40],
        instance=meta.get("instanceID") or root.get("instanceID") or "",
        replaces=meta.get("deprecatedID", ""),
        root=meta.get("rootUuid", ""),
    )


def _leaves(root: ET.Element, form: Form) -> Iterator[tuple[str, str, tuple[str, int] | None]]:
    """Yield name, text and round of every element without children; groups are walked through."""
    counts: dict[str, int] = {}

    def walk(
        parent: ET.Element, at: tuple[str, int] | None
    ) -> Iterator[tuple[str, str, tuple[str, int] | None]]:
        for child in parent:
            inside = at
            if at is None and child.tag in form.repeats:
                inside = (child.tag, counts.get(child.tag, 0))
                counts[child.tag] = inside[1] + 1
            elif at is None and child.tag == "meta":
                inside = ("meta", 0)
            if len(child):
                yield from walk(child, inside)
            else:
                yield child.tag, child.text or "", inside

    yield from walk(root, None)
