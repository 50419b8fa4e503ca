"""Asks the API everything its document allows and much that it forbids (schemathesis), and says what was answered.

Half of the requests name records that are there: a random id stops at the first look.
"""

from __future__ import annotations

import hashlib
import random
import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from asking import Program, told
from hypothesis import HealthCheck, Phase, given, seed, settings
from office import Office
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from embers.projections.view import ProjectedCase

SENT = b"Exercise. Sent before the fuzzing began."
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def digest_of_sent() -> str:
    return hashlib.sha256(SENT).hexdigest()


@dataclass
class Answers:
    """How often each operation answered what, and what was wrong."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def total(self) -> int:
        return sum(self.statuses.values())

    def reached(self) -> set[str]:
        """Operations that answered something with success at least once."""
        return {operation for operation, status in self.statuses if status < 300}


def known_of(office: Office, item: str) -> dict[str, list[str]]:
    """Return what may stand for the parameters of an address, so that something is there; ids by what they are of."""
    circle = office.circle
    view = ProjectedCase(office.folder.database())
    held = view.subject(circle.incident).held
    return {
        "code": ["EX-1", "S1"],
        "sha256": [circle.sha256, digest_of_sent()],
        "kind": ["incident", "place", "person", "item", "unit"],
        "records": [circle.incident, circle.place, circle.source, circle.item, circle.organisation, item],
        "items": [item, circle.item],
        "assertions": [one.id for one in held],
        "claims": [one.id for one in held],
        "entries": [one.entry for one in held],
        "tasks": [office.people.persons["investigator"], circle.incident],
        "acts": [circle.incident],
        "asked": [one.id for one in held],
        "thread": [one.id for one in held],
        "trace": ["EX-1", circle.incident, item, held[0].id],
    }


def fuzz(office: Office, asking: Program, *, examples: int, first: int = 0) -> Answers:
    """Ask every operation ``examples`` times as the document has it and ``examples`` times otherwise."""
    found = Answers()
    digest = digest_of_sent()
    asking.ask("PUT", f"/api/v1/objects/{digest}", data=SENT)
    body = {"sha256": digest, "name": "sent", "title": "Sent", "source": "Exercise", "method": "sent"}
    item = told(asking.post("/items", body))["subjects"][0]
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", asking.app, base_url="http://127.0.0.1:8000")
    known = known_of(office, item)
    for result in schema.get_all_operations():
        operation = result.ok()
        assert operation is not None, result.err()
        if operation.label == "DELETE /api/v1/key":
            continue  # it would lock the key every other operation writes with
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _fuzz_one(operation, mode, asking, known=known, examples=examples, first=first, found=found)
    return found


def _meant(case: Case, chance: random.Random) -> None:
    """Put words of the vocabulary into a body, so that some of the writing gets past the first look."""
    body = case.body
    for one in [body, *(body.get("assertions") or [])]:
        if isinstance(one, dict) and "predicate" in one:
            one["predicate"] = chance.choice(["note", "incident-title", "killed"])
            one["basis"] = []
            if chance.random() < 0.7:
                one["value"] = chance.choice(["Words", {"text": "Words", "lang": "en"}])
            for name in ("valid", "confidence"):
                one.pop(name, None) if chance.random() < 0.7 else None
    if "kind" in body:
        body["kind"] = chance.choice(["incident", "place", "unit"])
    if "sha256" in body:
        body["sha256"] = digest_of_sent()


def _fuzz_one(
    operation: Any,
    mode: GenerationMode,
    asking: Program,
    *,
    known: dict[str, list[str]],
    examples: int,
    first: int,
    found: Answers,
) -> None:
    chance = random.Random(f"{operation.label} {mode} {first}")

    @seed(first)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        for name in case.path_parameters or {}:
            of = operation.path.split("/")[3] if name == "id" else name
            if chance.random() < 0.6:
                case.path_parameters[name] = chance.choice(known[of])
        if isinstance(case.body, dict) and chance.random() < 0.6:
            _meant(case, chance)
        if case.method.upper() == "PUT" and chance.random() < 0.7:
            case.body = SENT
            case.path_parameters["sha256"] = digest_of_sent()
        case.headers = {
            **dict(case.headers or {}),
            "Authorization": f"Bearer {asking.secret}",
            "Host": "127.0.0.1:8000",
        }
        if case.method.upper() == "POST" and chance.random() < 0.9:
            case.headers["Idempotency-Key"] = secrets.token_urlsafe(12)
        case.headers.pop("If-Match", None) if chance.random() < 0.7 else None
        response = case.call()
        found.statuses[operation.label, response.status_code] += 1
        try:
            case.validate_response(response, checks=_CHECKS)
        except BaseExceptionGroup as group:
            for error in group.exceptions:
                found.wrong.append(f"{operation.label} {mode}: {error}"[:1500])
        except AssertionError as error:
            found.wrong.append(f"{operation.label} {mode}: {error}"[:1500])

    try:
        ask()
    except schemathesis.errors.SchemathesisError as error:
        # An operation without parameters and body cannot be asked wrongly.
        if "Impossible" not in str(error) and "unsatisfiable" not in str(error).lower():
            raise
