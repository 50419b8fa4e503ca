"""Examinations as recorded: what was seen on a body, and what a clinician states about it.

A finding is what was seen. How far it agrees with what the person tells is a judgement of one of five degrees, made by
a clinician and by nobody else (Istanbul Protocol, chapters IV and V). Nothing here adds degrees up or compares them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from embers.case_view import Held, Record
from embers.errors import FieldworkError

CLINICAL, DOCUMENTS, BODY = "clinical", "documents", "body"
#: What a statement is about when it is about all findings together.
OVERALL = "overall"
BODY_FINDING, PSYCHOLOGICAL_FINDING, SCENE_TRACE = "body-finding", "psychological-finding", "scene-trace"
#: By predicate the letter of the numbers its findings bear.
FINDINGS = {BODY_FINDING: "F", PSYCHOLOGICAL_FINDING: "P", SCENE_TRACE: "T"}
#: What is recorded of a dead body and its scene alone, in the order it is told in.
OF_THE_DEAD = ("death-scene", "body-as-found", SCENE_TRACE, "body-identified", "autopsy")
STATED, DEATH_STATED = "consistency-stated", "death-stated"
#: What only a clinician states.
STATEMENTS = frozenset({STATED, DEATH_STATED})
QUALIFICATION = "clinician-qualification"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding with the statements about it; ``id`` is the assertion."""

    id: str
    code: str
    value: dict[str, Any]
    stated: tuple[Held, ...]

    @property
    def on_the_body(self) -> bool:
        """Tell whether it has a region."""
        return "region" in self.value


@dataclass(frozen=True, slots=True)
class Examination:
    """One examination with its findings by number and the statements on all of them together."""

    id: str
    code: str
    kind: str
    person: str
    interview: str
    findings: tuple[Finding, ...]
    overall: tuple[Held, ...]
    on_death: tuple[Held, ...]

    @classmethod
    def of(cls, record: Record) -> Examination:
        """Read an examination from its record."""
        stated = record.live(STATED)
        held = [one for predicate in FINDINGS for one in record.live(predicate) if predicate != SCENE_TRACE]
        return cls(
            record.id,
            record.text("examination-code"),
            str(record.value("examination-kind", CLINICAL)),
            str(record.value("examination-of", "")),
            str(record.value("examination-interview", "")),
            tuple(
                Finding(
                    one.id,
                    str(one.value["code"]),
                    one.value,
                    tuple(said for said in stated if said.value["finding"] == one.value["code"]),
                )
                for one in held
            ),
            tuple(said for said in stated if said.value["finding"] == OVERALL),
            record.live(DEATH_STATED),
        )

    def next_code(self, letter: str) -> str:
        """Return the next free number with a letter, such as ``F-3``."""
        taken = [one.code.partition("-")[2] for one in self.findings if one.code.startswith(f"{letter}-")]
        return f"{letter}-{max((int(n) for n in taken if n.isdigit()), default=0) + 1}"

    def require_finding(self, code: str) -> None:
        """Refuse a statement about a finding that is not recorded."""
        known = [one.code for one in self.findings]
        if code != OVERALL and code not in known:
            raise FieldworkError(
                "finding",
                f"The examination {self.code} has no finding {code!r}.",
                f"Record it first, or state on all of them: {OVERALL}. There are: {', '.join(known) or 'none'}.",
            )


def require_own_numbers(record: Record, values: Sequence[tuple[str, Any]]) -> None:
    """Refuse a finding whose number another finding of the examination bears."""
    taken = {value["code"] for predicate in FINDINGS for value in record.values(predicate)}
    for predicate, value in values:
        if predicate not in FINDINGS:
            continue
        if value["code"] in taken:
            raise FieldworkError(
                "finding-code",
                f"There is a finding {value['code']} in {record.text('examination-code')} already.",
                "Give the next free number.",
            )
        taken.add(value["code"])
