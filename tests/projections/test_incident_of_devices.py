"""One incident written on three devices: whatever the order of arrival, every copy displays the same values."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from two_logs import TwoLogs, two_logs

from embers.actions.decisions import decide
from embers.actions.recorder import Act
from embers.ids import new_subject
from embers.incidents.displayed import Displayed, displayed
from embers.incidents.reading import claimants_of, claims_of, decisions_of
from embers.journal.assertion import Relation
from embers.projections.database import CaseDatabase
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings
from embers.vocabulary.loader import load_vocabulary

RANDOM = Surroundings().randomness
DAYS = ["2020-10-17", "2020-10-18", "2020-10-19", "2020"]


def claim(made: TwoLogs, number: int, claimant: str, day: str) -> dict[str, object]:
    return {
        "is": {"op": "eq", "n": number, "unit": "persons"},
        "claimant": claimant,
        "side": "independent",
        "scope": "incident",
        "reading": "direct",
        "as_of": day,
    }


def values(database: CaseDatabase, incident: str) -> tuple[Displayed, ...]:
    view = ProjectedCase(database)
    record = view.subject(incident)
    claims = claims_of(record, view.subjects(claimants_of(record)))
    policy = load_vocabulary().predicates
    return displayed(claims, decisions_of(record), policy=lambda field: policy[field].cardinality)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["claim", "claim", "correct", "retract", "retract", "decide"]),
        st.integers(0, 30),
        st.integers(0, 9),
    ),
    min_size=2,
    max_size=9,
)


@settings(max_examples=15, deadline=None)
@given(STEPS, st.randoms(use_true_random=False))
def test_three_devices_in_any_interleaving_display_the_same(
    steps: list[tuple[str, int, int]], random: object
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = two_logs(Path(folder))
        incident = new_subject("incident", RANDOM)
        claimants = [new_subject("organisation", RANDOM) for _ in range(3)]
        said: list[str] = []
        for number, (what, pick, figure) in enumerate(steps):
            if number in {len(steps) // 3, 2 * len(steps) // 3}:
                made.second_device()
            value = claim(made, figure, claimants[pick % 3], DAYS[pick % 4])
            if what == "claim" or not said:
                said.append(made.say(incident, "killed", value))
            elif what == "correct":
                said.append(
                    made.say(incident, "killed", value, [Relation("supersedes", said[pick % len(said)])])
                )
            elif what == "retract":
                said.append(
                    made.say(incident, "note", "taken back", [Relation("retracts", said[pick % len(said)])])
                )
            else:
                chosen = decide(
                    made.recorder, incident, "killed", said[pick % len(said)], rule="chosen in a test"
                )
                made.recorder.record(Act("decision", (chosen,), reason="chosen in a test"))
                said.append(chosen.id)
        entries = made.signed()
        logs: dict[str, list[object]] = {}
        for entry in entries[1:]:
            logs.setdefault(entry.entry.log, []).append(entry)
        arrivals = [entries[0]]
        rest = list(logs.values())
        while any(rest):
            side = random.choice([part for part in rest if part])  # type: ignore[attr-defined]
            arrivals.append(side.pop(0))
        here = made.project(Path(folder, "here.sqlite3"), entries)
        there = made.project(Path(folder, "there.sqlite3"), arrivals, one_by_one=True)
        assert values(here, incident) == values(there, incident)
        here.close()
        there.close()


def test_retraction_restores_what_was_displayed(tmp_path: Path) -> None:
    made = two_logs(tmp_path)
    incident = new_subject("incident", RANDOM)
    government, ngo = new_subject("organisation", RANDOM), new_subject("organisation", RANDOM)
    first = made.say(incident, "killed", claim(made, 12, government, "2020-10-17"))
    made.say(incident, "killed", claim(made, 12, ngo, "2020-10-18"))
    states = []

    def state(name: str) -> tuple[str, str]:
        states.append(values(made.project(tmp_path / f"{name}.sqlite3", made.signed()), incident))
        return states[-1][0].text, states[-1][0].basis

    assert state("before") == ("12", "agreed")
    later = made.say(incident, "killed", claim(made, 15, government, "2020-10-19"))
    assert state("later") == ("12 to 15", "contested")
    back = made.say(incident, "note", "misread", [Relation("retracts", later)])
    assert state("taken-back") == ("12", "agreed")
    assert states[-1] == states[0]
    again = made.say(incident, "note", "it was right after all", [Relation("retracts", back)])
    assert state("restored") == ("12 to 15", "contested")
    assert states[-1] == states[1]
    made.say(incident, "killed", claim(made, 13, government, "2020-10-17"), [Relation("supersedes", first)])
    made.say(incident, "note", "no, misread", [Relation("retracts", again)])
    assert state("corrected") == ("12 to 13", "contested")


def test_a_new_decision_replaces_the_ones_it_knows_of(tmp_path: Path) -> None:
    made = two_logs(tmp_path)
    incident = new_subject("incident", RANDOM)
    one = made.say(incident, "killed", claim(made, 12, new_subject("organisation", RANDOM), "2020-10-17"))
    two = made.say(incident, "killed", claim(made, 15, new_subject("organisation", RANDOM), "2020-10-17"))

    def choose(chosen: str, *instead_of: str) -> str:
        said = decide(
            made.recorder, incident, "killed", chosen, rule="nearest witness", instead_of=instead_of
        )
        made.recorder.record(Act("decision", (said,), reason="chosen"))
        return said.id

    first = choose(one)
    choose(two, first)
    (shown,) = values(made.project(tmp_path / "a.sqlite3", made.signed()), incident)
    assert (shown.text, shown.basis) == ("15", "decided")
    made.second_device()
    choose(one)  # made without knowing of the other
    (shown,) = values(made.project(tmp_path / "b.sqlite3", made.signed()), incident)
    assert (shown.text, shown.basis) == ("12 to 15", "contested")
