"""The tables of a case on a server: the same rows as in a file, several processes at once, roles, hostile values."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from circle_case import Circle
from django.db.utils import DatabaseError
from large_case_here import large_case
from on_server import on_server, schema_on
from two_logs import TwoLogs, two_logs

from embers.access.standing import OPEN, Standing
from embers.actions.case_folder import CaseFolder
from embers.actions.verification import verify_case
from embers.errors import ProjectionError, SettingsError
from embers.ids import new_subject
from embers.projections import models
from embers.projections.database import CaseDatabase
from embers.projections.engine import engine_of
from embers.projections.listing import Asked, counts, rows
from embers.projections.postgres_engine import parted
from embers.projections.postgres_search import tokens
from embers.projections.projector import Projector
from embers.projections.rebuild import differences, dump
from embers.projections.search import kind_counts, page, read_query, search
from embers.surroundings import Surroundings
from embers.web.pages.incidents import LISTING as INCIDENTS

QUERIES = (
    *("hospital", "hosp", "air strike", '"air strike"', "X-000003", "code:X-000003", "bridge party:RED"),
    *("kind:incident date:2035-10", "date:2035-10-05..2035-10-07 bomb", "kind:source", "o'clock"),
)


def plain(database: CaseDatabase) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Yield rows without what differs by design: yes and no as numbers, words that only one index keeps."""
    for table, row in dump(database):
        values = tuple(int(value) if isinstance(value, bool) else value for value in row)
        if table != "case_meta" or values[0] != "schema":
            yield table, values[:9]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, postgres) -> tuple[CaseFolder, CaseFolder]:
    in_file = large_case(tmp_path_factory.mktemp("both"), 220)
    there = on_server(in_file, postgres)
    there.rebuild()
    return in_file, there


def test_every_row_is_the_same_as_in_a_file(both: tuple[CaseFolder, CaseFolder]) -> None:
    ours, theirs = (list(plain(folder.tables())) for folder in both)
    assert len(ours) > 5000
    assert ours == theirs


@pytest.mark.parametrize("text", QUERIES)
def test_every_search_gives_the_same_in_the_same_order(
    both: tuple[CaseFolder, CaseFolder], text: str
) -> None:
    query = read_query(text)
    ours, theirs = (folder.database() for folder in both)
    mine, other = page(ours, query, limit=50), page(theirs, query, limit=50)
    assert mine == other
    assert kind_counts(ours, query) == kind_counts(theirs, query)
    best = [page(one, query, limit=2000, best=True) for one in (ours, theirs)]
    assert {one.subject for one in best[0].found} == {one.subject for one in best[1].found}
    if mine.following:
        assert page(ours, query, after=mine.following) == page(theirs, query, after=mine.following)


def test_ranking_puts_names_before_texts(both: tuple[CaseFolder, CaseFolder]) -> None:
    assert page(both[1].database(), read_query("X-000003"), best=True).found[0].label.startswith("X-000003")


def test_words_are_cut_as_sqlite_cuts_them() -> None:
    texts = [
        "Gəncə, Գյանջա — Гянджа; Ёлка йод Їжак",
        "K20-33 o'Brien’s x_y 3.14 №5 ½ a\u0301b ÅÉÎ İstanbul ISPARTA ß ﬁ",
        "مدينة غزّة გორი Ⴀბგ ΑΒΓ Ωμέγα 東京 한국",
        "a\x00b\tc\nd",
    ]
    db = sqlite3.connect(":memory:")
    db.execute('CREATE VIRTUAL TABLE t USING fts5(x, tokenize="unicode61 remove_diacritics 2")')
    db.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)")
    for text in texts:
        db.execute("DELETE FROM t")
        db.execute("INSERT INTO t VALUES (?)", (text.replace("\x00", " "),))
        theirs = [row[0] for row in db.execute("SELECT term FROM v ORDER BY offset")]
        assert tokens(text) == theirs


def small(path: Path, server) -> tuple[TwoLogs, str]:
    made = two_logs(path)
    made.folder = on_server(made.folder, server)
    incident = new_subject("incident", Surroundings().randomness)
    made.say(incident, "incident-code", "EX-1")
    return made, incident


def test_entries_brought_in_by_another_process_meanwhile_are_not_lost(
    tmp_path: Path, postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, incident = small(tmp_path, postgres)
    folder = made.folder
    folder.projection()
    made.say(incident, "incident-title", {"text": "First", "lang": "en"})
    real = Projector._chunks
    meddled = []

    def meddling(self: Projector, journal, after):
        for chunk in real(self, journal, after):
            if not meddled:
                meddled.append(1)
                made.say(incident, "note", "said meanwhile")
                folder.rebuild()  # other tables in their place, further than these were
                made.say(incident, "note", "and after that")
            yield chunk

    monkeypatch.setattr(Projector, "_chunks", meddling)
    folder.projection()
    monkeypatch.undo()
    assert (
        differences(folder.tables(), made.project(tmp_path / "all.sqlite3", made.signed())) != []
    )  # ids differ
    fresh = schema_on(postgres)
    folder.rebuild(fresh)
    assert differences(folder.tables(), folder.tables(fresh)) == []
    assert len(models.Assertion.objects.using(folder.database().alias).filter(subject=incident)) == 4


def test_several_processes_begin_on_nothing_and_find_the_same(tmp_path: Path, postgres) -> None:
    made, _ = small(tmp_path, postgres)
    code = (
        "import sys\nfrom pathlib import Path\nfrom embers.actions.case_folder import CaseFolder\n"
        "from embers.surroundings import Surroundings\n"
        "folder = CaseFolder(Path(sys.argv[1]), Path(sys.argv[2]), Surroundings(), tables_address=sys.argv[3])\n"
        "print(folder.projection().meta('position'))"
    )
    where = [str(made.folder.path), str(made.folder.keyring_path), made.folder.tables_address]
    begun = [
        subprocess.Popen(
            [sys.executable, "-c", code, *where], env=os.environ, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    assert {one.communicate(timeout=120)[0].strip() for one in begun} == {"2"}
    assert made.folder.tables().meta("position") == "2"


def test_a_reader_goes_on_while_tables_are_replaced_and_old_ones_go_when_nobody_reads(
    tmp_path: Path, postgres
) -> None:
    made, _ = small(tmp_path, postgres)
    folder = made.folder
    folder.projection()
    schema = engine_of(folder.projection_place).tables
    reader = folder.database()
    assert models.Incident.objects.using(reader.alias).count() == 1
    with psycopg.connect(parted(folder.tables_address)[0]) as slow:
        slow.execute("SET embers.reader = 'holder'")
        slow.execute(f"SELECT count(*) FROM {schema}_read.case_incident")
        folder.rebuild()  # does not wait for the reader in the middle of something
        assert models.Incident.objects.using(reader.alias).count() == 1
        assert slow.execute(f"SELECT count(*) FROM {schema}_read.case_incident").fetchone() == (1,)
    folder.rebuild()
    left = postgres.query(
        parted(folder.tables_address)[0].partition("?")[0].rpartition("/")[2],
        "SELECT nspname FROM pg_namespace WHERE nspname LIKE %s",
        f"{schema}\\_%",
    )
    assert left == [(f"{schema}_read",)]


def test_a_rebuild_that_fails_leaves_what_was_there(
    tmp_path: Path, postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = small(tmp_path, postgres)
    folder = made.folder
    folder.projection()

    def cut(self: Projector, persons: object, *, fresh: bool) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(Projector, "derive_all", cut)
    with pytest.raises(OSError, match="no space"):
        folder.rebuild()
    monkeypatch.undo()
    assert models.Incident.objects.using(folder.projection_to_read().alias).count() == 1
    assert verify_case(folder).problems == ()


def test_tables_of_another_version_are_refused_to_readers_and_rebuilt_by_the_writer(
    tmp_path: Path, postgres
) -> None:
    made, _ = small(tmp_path, postgres)
    made.folder.projection()
    made.folder.tables().set_meta("schema", "made by an older Embers")
    with pytest.raises(ProjectionError) as caught:
        made.folder.projection_to_read()
    assert caught.value.code == "projection.schema"
    assert made.folder.projection().current()


def test_a_schema_of_another_case_is_refused_and_stays(tmp_path: Path, postgres) -> None:
    made, _ = small(tmp_path / "one", postgres)
    made.folder.projection()
    other = two_logs(tmp_path / "other")
    wrong = replace(other.folder, tables_address=made.folder.tables_address)
    for attempt in (wrong.projection, wrong.rebuild):
        with pytest.raises(ProjectionError) as caught:
            attempt()
        assert caught.value.code == "projection.other-case"
    assert models.Incident.objects.using(made.folder.database().alias).count() == 1


def test_verification_compares_with_the_journal_and_names_a_changed_row(tmp_path: Path, postgres) -> None:
    made, _ = small(tmp_path, postgres)
    made.folder.projection()
    assert verify_case(made.folder).projection
    made.folder.tables().change("UPDATE case_incident SET code = %s", ["EX-2"])
    assert any("EX-2" in problem.where for problem in verify_case(made.folder).problems)


@pytest.fixture
def roles(tmp_path: Path, postgres) -> tuple[Circle, str]:
    """A case whose daily role owns its tables, and whose web readers become another role."""
    database = postgres.database()
    team, web = f"team_{database}", f"web_{database}"
    postgres.query(
        database,
        f"CREATE ROLE {team} LOGIN; CREATE ROLE {web}; GRANT {web} TO {team}; "
        f"GRANT CREATE ON DATABASE {database} TO {team}",
    )
    circle = Circle(tmp_path)
    circle.keep()
    address = f"{postgres.address(database, team)}&schema=one&reader={web}"
    circle.folder = circle.people.folder = circle.made.folder = replace(circle.folder, tables_address=address)
    return circle, web


def test_readers_have_a_role_that_finds_views_and_nothing_else(roles: tuple[Circle, str]) -> None:
    circle, web = roles
    database = circle.as_read_by(Standing(OPEN))
    assert database.rows("SELECT current_user") == [(web,)]
    assert search(database, "Testford") != []
    assert search(database, "Lusaber") == []
    for statement in ("SELECT * FROM one.case_claim", "DELETE FROM one_read.case_claim", "CREATE TABLE x ()"):
        with pytest.raises(DatabaseError, match=r"permission denied|read-only|no schema"):
            database.run(statement)
    assert verify_case(circle.folder).problems == ()


def test_a_role_without_the_rights_is_told_which_it_lacks(roles: tuple[Circle, str], postgres) -> None:
    circle, _ = roles
    circle.folder.projection()
    name = parted(circle.folder.tables_address)[0].partition("?")[0].rpartition("/")[2]
    postgres.query(name, f"REVOKE CREATE ON DATABASE {name} FROM team_{name}")
    with pytest.raises(ProjectionError) as caught:
        circle.folder.rebuild()
    assert caught.value.code == "projection.rights"
    assert "CREATE on the database" in caught.value.hint
    assert search(circle.as_read_by(None), "Testford") != []


def test_whoever_waits_too_long_for_another_writer_is_told_that_nothing_is_lost(
    tmp_path: Path, postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embers.projections.postgres_engine._PATIENCE_S", 1)
    made, incident = small(tmp_path, postgres)
    made.folder.projection()
    bare, named = parted(made.folder.tables_address)
    with psycopg.connect(bare) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (named["schema"],))
        made.say(incident, "note", "said meanwhile")
        with pytest.raises(ProjectionError) as caught:
            made.folder.projection()
    assert caught.value.code == "projection.busy"
    assert made.folder.projection().meta("position") == "3"


def test_what_only_postgres_would_refuse_is_projected(tmp_path: Path, postgres) -> None:
    made, incident = small(tmp_path, postgres)
    long = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(15_000))
    made.say(incident, "incident-title", {"text": f"A\x00B {long}", "lang": "en"})
    made.say(incident, "conduct", "shelling " + long[:3000])
    made.say(incident, "incident-account", "a" * 5000 + " hospital")
    database = made.folder.projection()
    row = models.Incident.objects.using(database.alias).get(code="EX-1")
    assert row.title.startswith("A\ufffdB 一")
    assert len(row.title.encode()) <= 2600
    assert [one.subject for one in search(database, "hospital")] == [incident]
    assert search(database, "\x00B") != []
    asked = Asked("when", terms={"party": "x\x00y"})
    assert rows(database, INCIDENTS, asked, counted=counts(database, INCIDENTS, asked), limit=5).rows == ()
    place = replace(asked, place=(7, "x"))
    with pytest.raises(ProjectionError, match="place in the list"):
        rows(database, INCIDENTS, place, counted=counts(database, INCIDENTS, asked), limit=5)


def test_a_server_that_is_not_there_is_named_without_the_password(tmp_path: Path) -> None:
    made = two_logs(tmp_path)
    nowhere = f"postgresql://someone:secretword@/nothing?host={tmp_path}"
    folder = replace(made.folder, tables_address=nowhere)
    for attempt in (folder.rebuild, lambda: folder.database().current()):
        with pytest.raises(ProjectionError) as caught:
            attempt()
        assert caught.value.code == "projection.server"
        assert "secretword" not in f"{caught.value} {caught.value.hint}"
    assert "secretword" not in repr(folder)


@pytest.mark.parametrize("name", ["x;DROP", "1st", "A", "a" * 41, "p g", "'"])
def test_only_plain_names_become_schemas(name: str) -> None:
    with pytest.raises(SettingsError):
        parted(f"postgresql://team@db.invalid/case?schema={name}")
    with pytest.raises(SettingsError):
        parted(f"postgresql://team@db.invalid/case?reader={name}")


def test_an_address_keeps_what_the_library_reads() -> None:
    bare, named = parted("postgresql://team@db.invalid/case?sslmode=verify-full&schema=one&reader=web")
    assert bare == "postgresql://team@db.invalid/case?sslmode=verify-full"
    assert named == {"schema": "one", "reader": "web"}
