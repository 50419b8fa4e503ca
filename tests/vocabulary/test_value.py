from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embers.errors import VocabularyError
from embers.vocabulary.loader import load_vocabulary
from embers.vocabulary.value import check_value, references

VOCABULARY = load_vocabulary()
UUID = "00000000-0000-4000-8000-000000000001"
PARTY, PLACE, SOURCE = f"party:{UUID}", f"place:{UUID}", f"source:{UUID}"
ORGANISATION, PROPOSITION = f"organisation:{UUID}", f"proposition:{UUID}"
CLAIM = {"claimant": ORGANISATION, "side": "AZE", "scope": "incident", "reading": "direct"}
POINT = {"lat": 40_682_800, "lon": 46_360_600, "precision_m": 3000, "method": "settlement"}
DIGEST = "0a" * 32

ACCEPTED = [
    ("case", "case-scope", "Anything said in words."),
    ("case", "case-title", {"text": "Գանձակ", "lang": "hy"}),
    ("case", "case-title", {"text": "Gəncə", "lang": "az-Latn"}),
    ("case", "case-period", "2020-09-27/2020-11-10"),
    ("incident", "occurred", "[2020-10-01..2020-10-03]"),
    ("case", "case-exercise", False),
    ("case", "case-classification", "cls.iac"),
    ("case", "case-party", PARTY),
    ("unit", "unit-party", PARTY),
    ("incident", "incident-position", POINT),
    ("source", "source-address", "https://example.org/a?b=1"),
    ("proposition", "proposition-premises", [PROPOSITION]),
    ("person", "identity-sheet", {"sealed": DIGEST}),
    ("visit", "visit-team", ["F-01", "F-03"]),
    ("incident", "killed", {**CLAIM, "is": {"op": "eq", "n": 0, "unit": "persons"}}),
    ("incident", "killed", {**CLAIM, "is": {"op": "some", "unit": "persons"}}),
    ("incident", "killed", {**CLAIM, "is": {"op": "between", "n": 3, "to": 5, "unit": "persons"}}),
    (
        "incident",
        "weapon",
        {**CLAIM, "is": "a rocket", "as_of": "2020-10-17", "words": "a rocket, they said"},
    ),
]

REFUSED = [
    ("case", "case-scope", "", "must be text that is not empty"),
    ("case", "case-scope", "  ", "must be text that is not empty"),
    ("case", "case-scope", 7, "must be text"),
    ("case", "case-title", "bare words", "must be {text, lang}"),
    ("case", "case-title", {"text": "x", "lang": "english"}, "BCP 47"),
    ("case", "case-title", {"text": "x", "lang": "en", "more": 1}, "must be {text, lang}"),
    ("case", "case-period", "last Tuesday", "is not a date"),
    ("case", "case-period", "2020-02-30", "is not a date"),
    ("case", "case-exercise", 1, "must be true or false"),
    ("case", "case-classification", "cls.war", "the list 'classification' holds"),
    ("unit", "unit-party", PLACE, "must name a party, not a place"),
    ("unit", "unit-party", "the other side", "is not a subject id"),
    ("incident", "incident-position", {"lat": 1, "lon": 2}, "microdegrees"),
    ("incident", "incident-position", {**POINT, "lat": 91_000_000}, ""),
    ("incident", "incident-position", {**POINT, "precision_m": 0}, ""),
    ("source", "source-address", "javascript:alert(1)", "http or https"),
    ("source", "source-address", "https://", "http or https"),
    ("proposition", "proposition-premises", [], "list of subject ids"),
    ("proposition", "proposition-premises", [PLACE], "must name a proposition"),
    ("visit", "visit-team", "F-01", "must be a list of texts"),
    ("visit", "visit-team", ["F-01", ""], "must be text that is not empty"),
    ("incident", "killed", 13, "is a claim"),
    ("incident", "killed", {**CLAIM, "is": {"op": "eq", "unit": "persons"}}, "needs ['n']"),
    ("incident", "killed", {**CLAIM, "is": {"op": "eq", "n": -1, "unit": "persons"}}, "cannot be negative"),
    ("incident", "killed", {**CLAIM, "is": {"op": "eq", "n": True, "unit": "persons"}}, "whole number"),
    ("incident", "killed", {**CLAIM, "is": {"op": "eq", "n": 1.5, "unit": "persons"}}, "whole number"),
    ("incident", "killed", {**CLAIM, "is": {"op": "eq", "n": 1, "unit": "souls"}}, "the list 'unit' holds"),
    ("incident", "killed", {**CLAIM, "is": {"op": "between", "n": 1, "unit": "persons"}}, "needs"),
    ("incident", "killed", {"is": {"op": "some", "unit": "persons"}}, "lacks the field 'claimant'"),
    ("incident", "weapon", {**CLAIM, "is": "x", "mood": "sure"}, "unknown fields ['mood']"),
    ("incident", "weapon", {**CLAIM, "side": "them", "is": "x"}, "field 'side'"),
]


@pytest.mark.parametrize(("kind", "predicate", "value"), ACCEPTED)
def test_fitting_values_are_accepted(kind: str, predicate: str, value: object) -> None:
    assert check_value(f"{kind}:{UUID}", predicate, value, VOCABULARY).id == predicate


@pytest.mark.parametrize(("kind", "predicate", "value", "words"), REFUSED)
def test_other_values_are_refused_with_a_sentence(
    kind: str, predicate: str, value: object, words: str
) -> None:
    subject = f"{kind}:{UUID}"
    with pytest.raises(VocabularyError) as caught:
        check_value(subject, predicate, value, VOCABULARY)
    assert words in caught.value.message
    assert caught.value.message.endswith((".", "subject id."))
    assert caught.value.hint


def test_every_value_type_in_use_is_tried_here() -> None:
    tried = {VOCABULARY.predicate(predicate).type for _, predicate, *_ in (*ACCEPTED, *REFUSED)}
    used = {p.type for p in VOCABULARY.predicates.values()}
    assert used - tried == {"record"}  # records have tests of their own below


def test_records_know_their_fields() -> None:
    good = {"text": "Something else explains it.", "state": "open"}
    check_value(PROPOSITION, "rival-explanation", good, VOCABULARY)
    for wrong, words in (
        ("text", "must be a record"),
        ({"text": "x"}, "lacks the field 'state'"),
        ({**good, "state": "sure"}, "field 'state' has 'sure'"),
        ({**good, "weight": 3}, "unknown fields ['weight']"),
    ):
        with pytest.raises(VocabularyError) as caught:
            check_value(PROPOSITION, "rival-explanation", wrong, VOCABULARY)
        assert words in caught.value.message


@pytest.mark.parametrize(
    "clear", ["Her name", {"text": "Her name", "lang": "en"}, {"sealed": "Her name"}, {}]
)
def test_sealed_predicates_refuse_clear_text(clear: object) -> None:
    sealed = [p for p in VOCABULARY.predicates.values() if p.type == "sealed"]
    assert sealed
    for predicate in sealed:
        for kind in predicate.of:
            with pytest.raises(VocabularyError) as caught:
                check_value(f"{kind}:{UUID}", predicate.id, clear, VOCABULARY)
            assert "Her name" not in caught.value.message


@given(
    st.sampled_from(sorted(p.id for p in VOCABULARY.predicates.values() if p.type == "sealed")),
    st.text(min_size=1),
)
def test_no_text_at_all_gets_into_a_sealed_predicate(predicate: str, text: str) -> None:
    kind = next(iter(VOCABULARY.predicate(predicate).of))
    for value in (text, {"sealed": text + "!"}, {"sealed": DIGEST, "note": text}, [text]):
        with pytest.raises(VocabularyError):
            check_value(f"{kind}:{UUID}", predicate, value, VOCABULARY)


def test_a_predicate_of_another_kind_is_refused() -> None:
    with pytest.raises(VocabularyError) as caught:
        check_value(PLACE, "killed", {}, VOCABULARY)
    assert caught.value.code == "vocabulary.predicate-kind"
    assert caught.value.hint == "It belongs to: incident."


@pytest.mark.parametrize("subject", ["incident", "incident:1", "Incident:" + UUID, "ghost:" + UUID, ""])
def test_a_subject_that_is_none_is_refused(subject: str) -> None:
    with pytest.raises(VocabularyError):
        check_value(subject, "note", "text", VOCABULARY)


def test_references_are_found_at_any_depth_once() -> None:
    value = {"a": [PARTY, {"b": PLACE}], "c": PARTY, "d": "not: an id", "e": "https://example.org"}
    assert references(value) == (PARTY, PLACE)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(VOCABULARY.predicates)), JSON)
def test_any_value_is_accepted_or_refused_with_our_own_error(predicate: str, value: object) -> None:
    kind = next(iter(sorted(VOCABULARY.predicate(predicate).of - {"*"})), "case")
    try:
        check_value(f"{kind}:{UUID}", predicate, value, VOCABULARY)
    except VocabularyError as error:
        assert error.message
        assert error.hint
