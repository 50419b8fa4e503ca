from __future__ import annotations

from dataclasses import replace

import pytest
from published_claims import published_claims

from embers.case_view import Ground, Held
from embers.errors import VocabularyError
from embers.incidents.claim import Claim, claim_of, describe_number

BASE = published_claims()["K20-33"][0]


def claim(operator: str, number: int | None, to: int | None = None) -> Claim:
    return replace(BASE, operator=operator, number=number, to=to)


@pytest.mark.parametrize(
    ("operator", "number", "to", "words"),
    [
        ("eq", 13, None, "13"),
        ("gte", 13, None, "at least 13"),
        ("lte", 60, None, "at most 60"),
        ("approx", 50, None, "about 50"),
        ("between", 8, 10, "between 8 and 10"),
        ("some", None, None, "several (no figure given)"),
        ("eq", 0, None, "none"),
        ("eq", None, None, "not known"),
    ],
)
def test_figures_in_words(operator: str, number: int | None, to: int | None, words: str) -> None:
    assert describe_number(claim(operator, number, to)) == words


def test_a_field_without_figure_shows_its_text() -> None:
    assert describe_number(replace(claim("eq", None), text="loitering munition")) == "loitering munition"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"operator": "gt"}, "operator"),
        ({"scope": "town"}, "scope"),
        ({"reading": "heard"}, "reading"),
        ({"origins": ()}, "root origin"),
        ({"operator": "eq", "number": -1}, "below zero"),
        ({"operator": "some", "number": 3}, "no figure"),
        ({"operator": "eq", "number": 3, "to": 4}, "between"),
        ({"operator": "between", "number": 3}, "between"),
        ({"operator": "between", "number": 5, "to": 4}, "below the lower"),
        ({"operator": "between", "number": None, "to": 4}, "lower one"),
    ],
)
def test_records_that_make_no_sense_are_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(VocabularyError, match=words):
        replace(BASE, **change)  # type: ignore[arg-type]


def held(value: object) -> Held:
    return Held(
        id="a1",
        subject="incident:1",
        predicate="injured",
        value=value,
        grounds=(Ground("item:9", "row=C1"), Ground("source:7")),
        valid=None,
        confidence=None,
        marking=None,
        relations=(),
        status="live",
        disputed=False,
        entry="e1",
    )


def test_a_claim_is_read_from_an_assertion() -> None:
    value = {
        "is": {"op": "between", "n": 8, "to": 10, "unit": "persons"},
        "claimant": "organisation:1",
        "side": "AZE",
        "scope": "incident",
        "reading": "secondary",
        "as_of": "2020-10-17",
        "earlier": True,
        "ref": "C1",
    }
    found = claim_of(held(value), claimant_name="Office", origins=("aze_gov",))
    assert describe_number(found) == "between 8 and 10"
    assert (found.field, found.source, found.ref) == ("injured", "source:7", "C1")
    assert found.earlier_in_series
    assert not found.inferred
    assert str(found.as_of) == "2020-10-17"
    words = claim_of(
        held({**value, "is": "denied", "op": "eq"}), claimant_name="Office", origins=("aze_gov",)
    )
    assert (words.number, words.text, words.unit) == (None, "denied", "")


@pytest.mark.parametrize("value", [None, "13", {"is": 3}, {"claimant": "organisation:1"}])
def test_other_assertions_are_not_claims(value: object) -> None:
    with pytest.raises(VocabularyError):
        claim_of(held(value), claimant_name="Office", origins=("aze_gov",))
