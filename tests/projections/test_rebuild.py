"""A projection is a function of the set of entries: rebuilt, incremental, one by one, in any order of arrival."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from two_logs import TwoLogs, rows_without_order, two_logs

from embers.actions.case_folder import CaseFolder
from embers.errors import ProjectionError
from embers.ids import new_subject
from embers.journal.assertion import Relation
from embers.projections import projector as projector_module
from embers.projections.database import CaseDatabase
from embers.projections.projector import Projector
from embers.projections.rebuild import differences, digest, dump, rebuild
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings


def rebuilt(folder: CaseFolder, path: Path) -> CaseDatabase:
    journal = folder.journal(read_only=True)
    applied = rebuild(journal, folder.objects(), path)
    assert applied == sum(1 for _ in journal.entries())
    journal.close()
    return CaseDatabase(path, read_only=True)


def test_rebuilt_demonstration_equals_the_incremental_one_row_by_row(
    demo_case: CaseFolder, demo_database: CaseDatabase, tmp_path: Path
) -> None:
    fresh = rebuilt(demo_case, tmp_path / "fresh.sqlite3")
    kept, built = list(dump(demo_database)), list(dump(fresh))
    tables = {table for table, _ in kept}
    assert {
        "case_entry",
        "case_assertion",
        "case_claim",
        "case_sentence",
        "search_text",
        "search_box",
    } <= tables
    assert len(kept) > 10_000
    assert differences(demo_database, fresh) == []
    assert kept == built
    assert digest(demo_database) == digest(fresh)


def test_demonstration_applied_in_small_pieces_is_the_same(
    demo_case: CaseFolder, demo_database: CaseDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 37 entries to a transaction, so that references cross many borders.
    monkeypatch.setattr(projector_module, "BATCH", 37)
    database = CaseDatabase(tmp_path / "pieces.sqlite3")
    database.create_tables()
    journal = demo_case.journal(read_only=True)
    Projector(database, demo_case.objects()).catch_up(journal)
    assert differences(demo_database, database) == []
    assert Projector(database, demo_case.objects()).catch_up(journal) == 0
    journal.close()


def test_a_changed_row_of_any_kind_is_a_difference(
    demo_copy: Callable[[], CaseFolder], demo_database: CaseDatabase
) -> None:
    copy = CaseDatabase(demo_copy().projection_path)
    with copy.connection.cursor() as cursor:
        cursor.execute("UPDATE case_incident SET killed_max = 9 WHERE code = 'K20-33'")
        cursor.execute("DELETE FROM case_link WHERE id = 7")
        cursor.execute(
            "UPDATE search_text SET folded = 'x' WHERE rowid = (SELECT max(id) FROM search_subject)"
        )
    found = differences(copy, demo_database)
    assert {text.partition(":")[0] for text in found} == {"case_incident", "case_link", "search_text"}
    assert digest(copy) != digest(demo_database)


def small_case(path: Path) -> tuple[TwoLogs, list[str], str]:
    made = two_logs(path)
    incident = new_subject("incident", Surroundings().randomness)
    said = [
        made.say(incident, "incident-title", {"text": "First title", "lang": "en"}),
        made.say(incident, "occurred", "2020-10-17"),
    ]
    return made, said, incident


def test_two_logs_in_another_order_of_arrival_give_the_same_state(tmp_path: Path) -> None:
    made, said, incident = small_case(tmp_path)
    own = len(made.signed())
    made.second_device()
    better = {"text": "Second title", "lang": "en"}
    made.say(incident, "incident-title", better, [Relation("supersedes", said[0])])
    made.say(incident, "note", "I doubt the day.", [Relation("disputes", said[1])])
    first, second = made.signed()[:own], made.signed()[own:]
    assert {entry.entry.log for entry in first}.isdisjoint(entry.entry.log for entry in second)
    here = made.project(tmp_path / "here.sqlite3", [*first, *second], one_by_one=True)
    there = made.project(tmp_path / "there.sqlite3", [first[0], *second, *first[1:]], one_by_one=True)
    assert rows_without_order(here) == rows_without_order(there)
    record = ProjectedCase(there).subject(incident)
    assert [held.value for held in record.live("incident-title")] == [better]
    assert {held.id: held.status for held in record.held}[said[0]] == "superseded"
    assert [held.disputed for held in record.live("occurred")] == [True]


def expected(id: str, about: dict[str, list[tuple[str, str]]]) -> tuple[str, bool]:
    """What a reader works out by hand, from the last word backwards; nothing here is about itself in a circle."""

    def by(what: str, one: str) -> list[str]:
        return [bearer for rel, bearer in about[one] if rel == what]

    def taken_back(one: str) -> bool:
        return any(not taken_back(bearer) for bearer in by("retracts", one))

    def replaced(one: str) -> bool:
        return any(not taken_back(bearer) or replaced(bearer) for bearer in by("supersedes", one))

    status = "retracted" if taken_back(id) else "superseded" if replaced(id) else "live"
    return status, any(not taken_back(bearer) for bearer in by("disputes", id))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["say", "supersedes", "retracts", "disputes"]), st.integers(0, 20), st.integers(0, 1)
    ),
    min_size=1,
    max_size=9,
)


@settings(max_examples=12, deadline=None)
@given(STEPS, st.randoms(use_true_random=False))
def test_statuses_follow_from_the_relations_alone(steps: list[tuple[str, int, int]], random: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made, said, incident = small_case(Path(folder))
        about: dict[str, list[tuple[str, str]]] = {id: [] for id in said}
        cut = len(steps) // 2
        own = 0
        for number, (what, pick, _) in enumerate(steps):
            if number == cut:
                own = len(made.signed())
                made.second_device()
            target = said[pick % len(said)]
            relations = [] if what == "say" else [Relation(what, target)]
            said.append(made.say(incident, "note", f"step {number}", relations))
            about[said[-1]] = []
            if relations:
                about[target].append((what, said[-1]))
        first, second = made.signed()[:own], made.signed()[own:]
        arrivals = [first[0]] if first else []
        rest = [first[1:], list(second)]
        while any(rest):
            side = random.choice([part for part in rest if part])  # type: ignore[attr-defined]
            arrivals.append(side.pop(0))
        scattered = made.project(Path(folder, "a.sqlite3"), arrivals, one_by_one=True)
        fresh = rebuilt(made.folder, Path(folder, "b.sqlite3"))
        assert rows_without_order(scattered) == rows_without_order(fresh)
        for held in ProjectedCase(fresh).subject(incident).held:
            assert (held.status, held.disputed) == expected(held.id, about)
        for database in (scattered, fresh):
            database.close()


def test_a_projection_of_another_version_is_refused_to_readers_and_rebuilt_by_the_writer(
    demo_copy: Callable[[], CaseFolder], demo_database: CaseDatabase
) -> None:
    folder = demo_copy()
    stale = CaseDatabase(folder.projection_path)
    stale.set_meta("schema", "made by an older Embers")
    stale.close()
    with pytest.raises(ProjectionError) as caught:
        folder.projection_to_read()
    assert caught.value.code == "projection.schema"
    assert "embers rebuild" in caught.value.hint
    assert differences(folder.projection(), demo_database) == []


def test_a_failed_rebuild_leaves_the_old_projection(
    demo_copy: Callable[[], CaseFolder], demo_database: CaseDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = demo_copy()

    def cut(self: Projector, persons: object, *, fresh: bool) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(Projector, "derive_all", cut)
    with pytest.raises(OSError, match="no space"):
        rebuild(folder.journal(read_only=True), folder.objects(), folder.projection_path)
    assert differences(CaseDatabase(folder.projection_path, read_only=True), demo_database) == []
