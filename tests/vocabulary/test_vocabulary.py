from __future__ import annotations

import dataclasses

import pytest

from embers.errors import VocabularyError
from embers.vocabulary import loader
from embers.vocabulary.loader import load_vocabulary
from embers.vocabulary.terms import CARDINALITIES, SENSITIVITIES, VALUE_TYPES

VOCABULARY = load_vocabulary()

#: Kinds the first case needs.
KINDS = {
    "case mission interview person party unit place site visit item source incident act involvement weapon scene "
    "proposition element-link finding exhibit report"
}


def test_every_promised_kind_is_there_with_words_for_people() -> None:
    assert set(" ".join(KINDS).split()) <= VOCABULARY.kinds.keys()
    for kind in VOCABULARY.kinds.values():
        assert kind.label
        assert kind.plural
        assert len(kind.definition) > 10, kind.id


def test_every_predicate_says_what_it_is_about_and_how_it_is_treated() -> None:
    for predicate in VOCABULARY.predicates.values():
        assert predicate.type in VALUE_TYPES
        assert predicate.cardinality in CARDINALITIES
        assert predicate.sensitivity in SENSITIVITIES
        assert predicate.label, predicate.id
        assert predicate.of
        assert predicate.type != "code" or predicate.codes in VOCABULARY.codes
        assert predicate.type != "record" or predicate.fields, predicate.id


def test_everything_sealed_is_sealed_both_ways() -> None:
    sealed = {p.id for p in VOCABULARY.predicates.values() if p.sensitivity == "sealed"}
    assert {"identity-sheet", "witness-statement"} <= sealed
    assert sealed == {p.id for p in VOCABULARY.predicates.values() if p.type == "sealed"}


def test_what_is_said_of_an_interview_is_not_open_save_its_code() -> None:
    about = {p.id: p.sensitivity for p in VOCABULARY.predicates.values() if "interview" in p.of}
    assert {id for id, sensitivity in about.items() if sensitivity == "open"} == {"interview-code"}


def test_labels_of_codes_are_unique_words() -> None:
    for codes in VOCABULARY.codes.values():
        labels = [term.label for term in codes.terms.values()]
        assert all(labels), codes.id
        assert len(set(labels)) == len(labels), codes.id
    assert VOCABULARY.label("side", "AZE") != "AZE"
    assert VOCABULARY.label("side", "a code of the future") == "a code of the future"


def test_unknown_predicate_suggests_the_nearest() -> None:
    with pytest.raises(VocabularyError) as caught:
        VOCABULARY.predicate("incident-titel")
    assert caught.value.code == "vocabulary.predicate"
    assert caught.value.hint == "Did you mean 'incident-title'?"
    with pytest.raises(VocabularyError, match="vocabulary"):
        VOCABULARY.predicate("zzzzzzzzzz")


def test_unknown_kind_lists_the_known() -> None:
    with pytest.raises(VocabularyError) as caught:
        VOCABULARY.kind("ghost")
    assert "incident" in caught.value.hint


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"type": "poem"}, "type poem"),
        ({"codes": "colours"}, "code list colours"),
        ({"of": frozenset({"ghost"})}, "kind ghost"),
        ({"kinds": frozenset({"ghost"})}, "kind ghost"),
        ({"cardinality": "some"}, "cardinality some"),
        ({"sensitivity": "hush"}, "sensitivity hush"),
        ({"sensitivity": "sealed"}, "go together"),
        ({"type": "sealed"}, "go together"),
    ],
)
def test_wrong_vocabulary_data_is_refused_by_name(change: dict[str, object], words: str) -> None:
    wrong = dataclasses.replace(VOCABULARY.predicate("case-scope"), **change)  # type: ignore[arg-type]
    broken = dataclasses.replace(VOCABULARY, predicates={**VOCABULARY.predicates, "case-scope": wrong})
    with pytest.raises(VocabularyError, match=words) as caught:
        loader._check(broken)
    assert "'case-scope'" in caught.value.message


def test_an_id_used_twice_is_refused() -> None:
    one = VOCABULARY.predicate("case-scope")
    with pytest.raises(VocabularyError, match="defined twice"):
        loader._unique([one, one], "Predicate")
