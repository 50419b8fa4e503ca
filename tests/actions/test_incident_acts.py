"""Acts, involvement, objectives, replies, merging and splitting: what is recorded, refused, and undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from velmora import VEL, Velmora, happenings, incident, units, velmora

from embers.access.standing import CONFIDENTIAL, INTERNAL, Standing
from embers.actions.acts import Claimant, circumstance, involve, record_act, state_objective
from embers.actions.incidents import (
    ask_for_reply,
    merge_incident,
    note_reply,
    qualify,
    relate_incidents,
    split_incident,
)
from embers.actions.people import name_person, protect
from embers.actions.recorder import Act
from embers.errors import ActionError, EmbersError, LawError
from embers.incidents.displayed import displayed
from embers.incidents.reading import claimants_of, claims_of, is_claim
from embers.journal.assertion import Relation
from embers.projections import models
from embers.projections.rebuild import differences


@pytest.fixture
def made(tmp_path: Path) -> Velmora:
    found = velmora(tmp_path)
    units(found)
    happenings(found)
    return found


def row(made: Velmora, code: str) -> models.Incident | None:
    database = made.folder.projection()
    return models.Incident.objects.using(database.alias).filter(code=code).first()


def test_an_act_has_times_and_places_with_roles_and_involvements_of_its_own(made: Velmora) -> None:
    act = made.view.subject(made.ids["act"])
    assert {value["role"] for value in act.values("act-time")} == {"began", "ended"}
    assert {value["role"] for value in act.values("act-place")} == {"happened", "launched-from"}
    found = made.view.kind("involvement").values()
    assert {(i.value("involvement-degree"), i.value("involvement-level")) for i in found} == {
        ("victim", "person"),
        ("alleged-direct", "party"),
        ("commanded-then", "person"),
    }
    (mode,) = [value for i in found for value in i.values("involvement-mode")]
    assert mode == {"mode": "mode:28.a"}


def test_an_involvement_names_what_its_level_says(made: Velmora) -> None:
    basis, act = made.basis(), made.ids["act"]
    with pytest.raises(ActionError):
        involve(made.recorder, act, "alleged-direct", level="unit", who=VEL, basis=basis)
    with pytest.raises(ActionError):
        involve(made.recorder, act, "alleged-direct", level="none", who=VEL, basis=basis)
    with pytest.raises(ActionError):
        involve(
            made.recorder,
            act,
            "victim",
            level="person",
            who=made.ids["W-001"],
            modes=["mode:28.a"],
            basis=basis,
        )
    with pytest.raises(LawError):
        involve(
            made.recorder,
            act,
            "alleged-direct",
            level="person",
            who=made.ids["C-01"],
            modes=["mode:99"],
            basis=basis,
        )
    _, nobody = involve(made.recorder, act, "alleged-direct", level="none", basis=basis)
    assert {said.predicate for said in nobody.assertions} == {
        "involvement-act",
        "involvement-degree",
        "involvement-level",
    }
    with pytest.raises(ActionError):
        record_act(made.recorder, made.ids["V-1"], "attack", places=[{"role": "happened"}], basis=basis)


def test_four_kinds_of_statement_on_an_objective_each_with_who_and_when(made: Velmora) -> None:
    def objective(kind: str, **more: str) -> None:
        claimant = Claimant(made.ids["monitors"], "independent", "2031-05-20")
        made.record(
            state_objective(made.recorder, made.ids["V-2"], kind, claimant, basis=made.basis(), **more)
        )

    objective("claimed-by-attacker", what="a depot")
    objective("seen", what="two lorries")
    objective("searched-none-found", method="walked the yard")
    objective("not-asked")
    record = made.view.subject(made.ids["V-2"])
    values = record.values("objective-statement")
    assert len({value["is"]["kind"] for value in values}) == 4
    assert all(value["claimant"] and value["as_of"] for value in values)
    claims = claims_of(record, made.view.subjects(claimants_of(record)))
    (one,) = [d for d in displayed(claims, (), policy=lambda _: "many") if d.field == "objective-statement"]
    assert (one.basis, len(one.values)) == ("several", 4)
    for kind, more in (("seen", {}), ("searched-none-found", {}), ("not-asked", {"what": "a depot"})):
        with pytest.raises(ActionError):
            objective(kind, **more)


def test_circumstances_are_claims(made: Velmora) -> None:
    claimant = Claimant(made.ids["monitors"], "independent", "2031-05-20")
    for predicate, said in (
        ("weapon-use", {"class": "artillery", "count": {"op": "gte", "n": 3, "unit": "objects"}}),
        ("damage-to", {"object": "stalls", "kind": "market-or-shop", "degree": "heavy"}),
        ("displacement", {"kind": "fled", "from": made.ids["karsel"]}),
        (
            "protected-status",
            {"object": "clinic", "kind": "medical", "marked": "not-known", "known_to_parties": "not-asked"},
        ),
        ("warning-given", {"answer": "none-given"}),
    ):
        made.record(
            circumstance(made.recorder, made.ids["V-1"], predicate, said, claimant, basis=made.basis())
        )
    record = made.view.subject(made.ids["V-1"])
    assert all(is_claim(held) for held in record.live("warning-given"))
    with pytest.raises(ActionError):
        circumstance(made.recorder, made.ids["V-1"], "killed", {}, claimant, basis=made.basis())
    with pytest.raises(EmbersError, match="degree"):
        circumstance(
            made.recorder,
            made.ids["V-1"],
            "damage-to",
            {"object": "stalls", "kind": "home", "degree": "utterly"},
            claimant,
            basis=made.basis(),
        )


def test_right_of_reply_is_a_letter_then_an_answer_or_silence_and_an_effect(made: Velmora) -> None:
    letter = made.record(
        ask_for_reply(made.recorder, made.ids["V-1"], VEL, sent="2031-08-01", due="2031-09-01")
    )
    held = made.view.held([letter])[letter]
    made.record(note_reply(made.recorder, held, "silence", day="2031-09-02", effect="nothing changed"))
    (outcome,) = made.view.subject(made.ids["V-1"]).values("reply-outcome")
    assert (outcome["letter"], outcome["outcome"], outcome["effect"]) == (
        letter,
        "silence",
        "nothing changed",
    )
    made.record(
        relate_incidents(
            made.recorder,
            made.ids["V-2"],
            made.ids["V-1"],
            "reprisal",
            reason="as announced",
            basis=made.basis(),
        )
    )
    made.record(qualify(made.recorder, made.ids["V-4"], "documented-not-qualified", reason="no place"))
    assert row(made, "V-4") is not None  # documented, not qualified: still in the list


def test_merging_keeps_the_code_and_is_undone(made: Velmora) -> None:
    made.claim("V-4", "killed", 9, "administration", as_of="2031-06-05")
    first = row(made, "V-1")
    assert first is not None
    act = merge_incident(made.recorder, made.view, made.ids["V-4"], made.ids["V-1"], reason="one event")
    entry = made.recorder.record(act).entry
    merged = row(made, "V-1")
    assert merged is not None
    assert (merged.claims, merged.killed_max) == (first.claims + 1, 9)
    assert row(made, "V-4") is None
    assert made.view.subject(made.ids["V-1"]).values("former-code") == ["V-4"]
    rebuilt = made.folder.path / "fresh.sqlite3"
    made.folder.rebuild(rebuilt)
    assert differences(made.folder.database(rebuilt), made.folder.projection()) == []
    for again in (made.ids["V-1"], made.ids["V-2"]):
        with pytest.raises(ActionError):
            merge_incident(made.recorder, made.view, made.ids["V-4"], again, reason="again")
    for said in entry.assertions:
        made.say(said.subject, "note", "two events after all", Relation("retracts", said.id))
    back = row(made, "V-1")
    assert back is not None
    assert (back.claims, back.killed_max) == (first.claims, first.killed_max)
    assert row(made, "V-4") is not None
    assert made.view.subject(made.ids["V-1"]).values("former-code") == []


def test_what_a_reader_may_not_read_of_a_merged_incident_counts_nowhere_for_them(made: Velmora) -> None:
    value = made.view.subject(made.ids["V-2"]).live("killed")[0].value | {
        "is": {"op": "eq", "n": 99, "unit": "persons"}
    }
    said = made.recorder.new_assertion(
        made.ids["V-4"], "killed", value, basis=made.basis(), marking="confidential"
    )
    made.record(Act("note.add", (said,), reason="said in a test"))
    made.record(
        merge_incident(made.recorder, made.view, made.ids["V-4"], made.ids["V-2"], reason="one event")
    )
    made.folder.projection().close()

    def highest(level: int) -> int | None:
        database = made.folder.projection_to_read().as_read_by(Standing(level))
        return models.Incident.objects.using(database.alias).get(code="V-2").killed_max

    assert (highest(INTERNAL), highest(CONFIDENTIAL)) == (0, 99)
    rebuilt = made.folder.path / "fresh.sqlite3"
    made.folder.rebuild(rebuilt)
    assert differences(made.folder.database(rebuilt), made.folder.projection()) == []


def test_what_was_merged_goes_on_with_its_incident(made: Velmora) -> None:
    for old, into in (("V-4", "V-1"), ("V-1", "V-2")):
        made.record(merge_incident(made.recorder, made.view, made.ids[old], made.ids[into], reason="one"))
    assert made.view.subject(made.ids["V-4"]).value("merged-into") == made.ids["V-2"]
    assert set(made.view.subject(made.ids["V-2"]).values("former-code")) == {"V-1", "V-4"}


def test_a_chain_two_devices_made_is_followed_to_its_end(made: Velmora) -> None:
    first = {code: row(made, code) for code in ("V-1", "V-2", "V-4")}
    # Neither device knew of the other: nothing was pointed onwards.
    for old, into in (("V-4", "V-1"), ("V-1", "V-2")):
        made.say(made.ids[old], "merged-into", made.ids[into])
    last = row(made, "V-2")
    assert last is not None
    assert last.claims == sum(one.claims for one in first.values() if one)
    assert (row(made, "V-1"), row(made, "V-4")) == (None, None)
    # A claim on the first of the chain is counted at its end.
    made.claim("V-4", "killed", 9, "administration", as_of="2031-06-05")
    later = row(made, "V-2")
    assert later is not None
    assert later.claims == last.claims + 1
    made.folder.rebuild(made.folder.path / "fresh.sqlite3")
    fresh = made.folder.database(made.folder.path / "fresh.sqlite3")
    assert differences(fresh, made.folder.projection()) == []


def test_of_incidents_merged_into_each_other_one_stands(made: Velmora) -> None:
    every = sum(one.claims for code in ("V-1", "V-2") if (one := row(made, code)))
    for old, into in (("V-2", "V-1"), ("V-1", "V-2")):
        made.say(made.ids[old], "merged-into", made.ids[into])
    stands = min(("V-1", "V-2"), key=lambda code: made.ids[code])
    found = {code: row(made, code) for code in ("V-1", "V-2")}
    assert [code for code, one in found.items() if one] == [stands]
    assert found[stands].claims == every  # type: ignore[union-attr]
    made.folder.rebuild(made.folder.path / "fresh.sqlite3")
    fresh = made.folder.database(made.folder.path / "fresh.sqlite3")
    assert differences(fresh, made.folder.projection()) == []


def test_splitting_moves_claims_and_leaves_the_old_code(made: Velmora) -> None:
    record = made.view.subject(made.ids["V-1"])
    claims = [held.id for held in record.held if held.live and held.predicate == "killed"]
    act = split_incident(
        made.recorder,
        made.view,
        made.ids["V-1"],
        {"V-6": claims[:1], "V-7": claims[1:2]},
        reason="two salvos",
    )
    entry = made.recorder.record(act).entry
    parts = {code: row(made, code) for code in ("V-1", "V-6", "V-7")}
    assert all(parts.values())
    assert parts["V-6"].claims == parts["V-7"].claims == 1  # type: ignore[union-attr]
    moved = next(said for said in entry.assertions if said.predicate == "killed")
    assert made.view.held([claims[0]])[claims[0]].status == "superseded"
    made.say(moved.subject, "note", "misread", Relation("retracts", moved.id))
    assert made.view.held([claims[0]])[claims[0]].status == "live"
    with pytest.raises(ActionError):
        split_incident(made.recorder, made.view, made.ids["V-1"], {"V-6": claims[2:3]}, reason="used code")
    with pytest.raises(ActionError):
        split_incident(
            made.recorder,
            made.view,
            made.ids["V-1"],
            {"V-8": [claims[2]], "V-9": [claims[2]]},
            reason="twice",
        )


def test_no_name_of_a_protected_person_enters_the_journal(made: Velmora) -> None:
    name = "Orsa Melling"
    with pytest.raises(ActionError) as caught:
        name_person(made.recorder, made.view, made.ids["W-001"], [(name, "en")], basis=made.basis())
    assert name not in str(caught.value)
    assert name.encode() not in made.folder.journal_path.read_bytes()
    made.record(protect(made.recorder, made.view, made.ids["W-001"], "agreed", reasons="signed consent"))
    made.record(
        name_person(
            made.recorder,
            made.view,
            made.ids["W-001"],
            [(name, "en"), ("Орса Меллинг", "ru")],
            basis=made.basis(),
        )
    )
    scripts = {v["script"] for v in made.view.subject(made.ids["W-001"]).values("person-name")}
    assert scripts == {"Latn", "Cyrl"}
    with pytest.raises(ActionError):
        protect(made.recorder, made.view, made.ids["W-001"], "sealed", reasons="changed mind")


def test_codes_are_never_used_twice(made: Velmora) -> None:
    incident(made, "V-9", "Another", day="2031-06-09", place="tevri", party="VEL")
    with pytest.raises(ActionError):
        split_incident(made.recorder, made.view, made.ids["V-9"], {"V-1": []}, reason="reuse")
