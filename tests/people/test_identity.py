"""Candidate pairs with reasons, judgements, groups, and that taking a judgement back parts them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from velmora import Velmora, happenings, incident, person, units, velmora

from embers.actions.identity import judge, take_judgement_back
from embers.actions.people import name_person
from embers.case_view import Held, Record
from embers.errors import ActionError
from embers.people.candidates import MOST_ALIKE, candidates
from embers.people.identity import identities, merged, pair_of, together


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Velmora:
    found = velmora(tmp_path_factory.mktemp("velmora"))
    units(found)
    happenings(found)
    for code, name in (
        ("C-03", ("Ĭlva Sarn", "en")),
        ("C-04", ("Арен Довік", "uk")),
        ("C-05", ("Արեն Դովիկ", "hy")),
        ("C-06", ("Aren Dovic", "en")),
        ("C-07", ("Marta Quell", "en")),
    ):
        person(found, code, level="public-role")
        found.record(
            name_person(found.recorder, found.view, found.ids[code], [name], basis=found.basis("S3"))
        )
    incident(found, "V-5", "Explosions in Karsel", day="2031-05-07T10:00+04:00", place="karsel", party="VEL")
    return found


def found_pairs(made: Velmora, kind: str) -> dict[frozenset[str], tuple[set[str], set[str]]]:
    codes = {id: code for code, id in made.ids.items()}
    pairs = candidates(made.view.kind(kind), kind=kind).pairs
    return {
        frozenset({codes.get(one.pair.first, "staff"), codes.get(one.pair.second, "staff")}): (
            {reason.code for reason in one.reasons},
            {reason.code for reason in one.against},
        )
        for one in pairs
    }


def test_names_meet_across_scripts_and_spellings(made: Velmora) -> None:
    found = found_pairs(made, "person")
    assert "name-same" in found[frozenset({"C-02", "C-03"})][0]
    assert found[frozenset({"C-01", "C-05"})][0] & {"name-same", "name-sounds"}
    assert found[frozenset({"C-01", "C-04"})][0] & {"name-same", "name-sounds"}
    assert "name-near" in found[frozenset({"C-01", "C-06"})][0]
    assert not [pair for pair in found if "C-07" in pair]
    assert not [pair for pair in found if pair == frozenset({"C-01", "C-02"})]


def test_people_under_codes_meet_by_harm_and_ages_speak_against(made: Velmora) -> None:
    found = found_pairs(made, "person")
    assert found[frozenset({"W-001", "W-003"})][0] >= {"same-harm"}
    assert found[frozenset({"W-001", "W-002"})] == ({"same-harm", "same-source"}, {"age-differs"})


def test_incidents_meet_by_day_and_place(made: Velmora) -> None:
    assert found_pairs(made, "incident") == {
        frozenset({"V-1", "V-5"}): ({"same-day", "same-place", "same-source"}, set())
    }


def test_no_pair_is_merged_until_somebody_judges_and_taking_it_back_parts_them(tmp_path: Path) -> None:
    made = velmora(tmp_path)
    units(made)
    happenings(made)
    before = together(identities(made.view.kind("person").values()), made.view.kind("person"))
    assert all(len(group) == 1 for group in before.values())
    one, other = made.ids["W-001"], made.ids["W-003"]
    judgement = made.record(
        judge(made.recorder, made.view, one, other, "same", reasons="one hospital record")
    )
    found = identities(made.view.kind("person").values())
    assert found.groups == (tuple(sorted((one, other))),)
    (group,) = [g for g in together(found, made.view.kind("person")).values() if len(g) == 2]
    assert {held.subject for held in merged(group).held} == {one, other}
    assert (pair_of(one, other)) not in {
        c.pair for c in candidates(made.view.kind("person"), kind="person", judged=found.judged).pairs
    }
    made.record(
        take_judgement_back(
            made.recorder, made.view.held([judgement])[judgement], reason="two records after all"
        )
    )
    after = together(identities(made.view.kind("person").values()), made.view.kind("person"))
    assert {id: [r.id for r in group] for id, group in after.items()} == {
        id: [r.id for r in group] for id, group in before.items()
    }


def test_a_new_judgement_replaces_the_one_it_knows_and_is_undone_to_it(tmp_path: Path) -> None:
    made = velmora(tmp_path)
    happenings(made)
    one, other = made.ids["W-001"], made.ids["W-003"]
    made.record(judge(made.recorder, made.view, one, other, "unsure", reasons="too little"))
    second = made.record(judge(made.recorder, made.view, other, one, "same", reasons="one record"))

    def verdict() -> str:
        return identities(made.view.kind("person").values()).judged[pair_of(one, other)].verdict

    assert verdict() == "same"
    made.record(take_judgement_back(made.recorder, made.view.held([second])[second], reason="misread"))
    assert verdict() == "unsure"
    with pytest.raises(ActionError):
        judge(made.recorder, made.view, one, made.ids["V-1"], "same", reasons="nonsense")


def judgements(said: list[tuple[int, int, str]]) -> list[Record]:
    held: dict[str, list[Held]] = {f"person:{n}": [] for n in range(6)}
    for number, (one, other, what) in enumerate(said):
        subject = f"person:{one}"
        value = {"other": f"person:{other}", "judgement": what, "reasons": "r"}
        held[subject].append(
            Held(
                f"j{number}",
                subject,
                "identity-judgement",
                value,
                (),
                None,
                None,
                None,
                (),
                "live",
                False,
                "e",
            )
        )
    return [Record(id, tuple(found)) for id, found in held.items()]


SAID = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from(["same", "not-same", "unsure"])),
    max_size=8,
)


@given(SAID, st.randoms(use_true_random=False))
def test_groups_follow_from_the_judgements_alone(said: list[tuple[int, int, str]], random: object) -> None:
    shuffled = [(b, a, what) for a, b, what in said]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = identities(judgements(said)), identities(judgements(shuffled))
    assert (one.groups, one.apart) == (other.groups, other.apart)
    parted = {pair_of(f"person:{a}", f"person:{b}") for a, b, what in said if what == "not-same" and a != b}
    for group in one.groups:
        assert not any(pair.first in group and pair.second in group for pair in parted)
    assert set(one.group_of) == {id for group in one.groups for id in group}


def test_a_feature_everybody_shares_is_told_and_not_followed() -> None:
    def named(number: int) -> Record:
        value = {"name": "Common Name", "lang": "en", "kind": "full"}
        subject = f"person:{number:03d}"
        return Record(
            subject,
            (
                Held(
                    f"n{number}", subject, "person-name", value, (), None, None, None, (), "live", False, "e"
                ),
            ),
        )

    many = {record.id: record for record in map(named, range(MOST_ALIKE + 1))}
    found = candidates(many, kind="person")
    assert found.pairs == ()
    assert {count for _, count in found.too_common} == {MOST_ALIKE + 1}
    assert len(candidates(dict(list(many.items())[:3]), kind="person").pairs) == 3
