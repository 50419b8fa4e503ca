"""What the commands of fieldwork share: the open case, signing, and finding subjects by their codes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from embers.cli.output import emit, say
from embers.cli.where import Here, here, recorder, say_exercise
from embers.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from embers.actions.recorder import Act, Recorder
    from embers.case_view import Record
    from embers.journal.assertion import JsonValue
    from embers.projections.view import ProjectedCase

#: By kind the predicate that holds the code people use.
_CODES = {
    "interview": "interview-code",
    "incident": "incident-code",
    "site": "site-code",
    "mission": "mission-code",
    "visit": "visit-code",
    "remnant": "remnant-code",
    "detention": "detention-code",
    "examination": "examination-code",
    "person": "person-code",
    "staff": "staff-code",
}
#: What is asked for by another word than its kind.
_KINDS = {"staff": "person"}


@dataclass(frozen=True, slots=True)
class FieldDesk:
    """An open case with its signer."""

    found: Here
    signer: Recorder

    @property
    def view(self) -> ProjectedCase:
        """The case as it stands now."""
        from embers.projections.view import ProjectedCase

        return ProjectedCase(self.found.folder.projection())

    def record(self, *acts: Act) -> list[str]:
        """Sign acts and bring the tables up to date; return the entries."""
        entries = [signed.id for signed in self.signer.record_all(acts)]
        self.found.folder.projection()
        return entries

    def tell(self, act: Act, said: str, *, as_json: bool) -> None:
        """Sign an act, and say so or print its entry."""
        entries = self.record(act)
        if as_json:
            emit({"entry": entries[0]})
        else:
            say(said)

    def named(self, kind: str, name: str) -> Record:
        """Return a subject by code or id; an unknown one is refused with the codes there are."""
        records = self.view.kind(_KINDS.get(kind, kind))
        codes = {code: record for record in records.values() if (code := record.text(_CODES[kind]))}
        found = codes.get(name) or records.get(name)
        if found is None:
            raise UsageError(
                kind,
                f"There is no {kind} {name!r} in this case.",
                f"There are: {', '.join(sorted(codes)[:12]) or 'none yet'}.",
            )
        return found


def pairs(values: list[str]) -> list[tuple[str, str]]:
    """Return values written as left=right."""
    found = [tuple(value.partition("=")[::2]) for value in values]
    if any(not left or not right for left, right in found):
        raise UsageError("pair", "One of the values is no pair.", "Write pairs as left=right.")
    return [(left, right) for left, right in found]


def typed(desk: FieldDesk, predicate: str, given: list[str]) -> JsonValue:
    """Return the value of a predicate from what was typed: FIELD=VALUE for a record, else the value alone."""
    known = desk.signer.vocabulary.predicate(predicate)
    if known.type != "record":
        return _read(desk, known.type, given[0], known.kinds)
    fields = {field.name: field for field in known.fields}
    found: dict[str, JsonValue] = {}
    for name, text in pairs(given):
        if name not in fields:
            raise UsageError("field", f"There is no field {name!r}.", "See docs/reference/vocabulary.md.")
        found[name] = _read(desk, fields[name].type, text, known.kinds)
    return found


def _read(desk: FieldDesk, type_: str, text: str, kinds: Iterable[str]) -> JsonValue:
    if type_ == "yes-no":
        return text in {"yes", "true"}
    if type_ == "texts":
        return [part.strip() for part in text.split(";") if part.strip()]
    if type_ == "integer":
        try:
            return int(text)
        except ValueError:
            raise UsageError("number", f"{text!r} is no whole number.", "Write digits only.") from None
    kind = next((one for one in sorted(kinds) if one in _CODES), "")
    if type_ == "ref" and kind and ":" not in text:
        return desk.named(kind, text).id
    return text


def field_desk(case: Path | None, *, role: str = "investigator") -> FieldDesk:
    """Open a case for somebody who records fieldwork."""
    found = here(case)
    desk = FieldDesk(found, recorder(found, role=role))
    say_exercise(found)
    return desk
