"""A whole case on servers: the journal in PostgreSQL, the objects in an S3 bucket, through the ordinary commands."""

from __future__ import annotations

import json
import subprocess
from functools import partial

import called
import pytest
from postgres_server import programs
from typer.testing import CliRunner

from embers.cli.main import app


@pytest.fixture
def embers(monkeypatch, tmp_path, postgres, s3):
    monkeypatch.setenv("EMBERS_JOURNAL", postgres.address(postgres.database()) + "&password=correct-horse")
    monkeypatch.setenv("EMBERS_OBJECTS", f"s3://{s3.bucket()}/case?endpoint={s3.endpoint}")
    monkeypatch.setenv("EMBERS_KEYRING", str(tmp_path / "keys"))

    def run(*arguments, code=0):
        found = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert found.exit_code == code, found.output
        assert "correct-horse" not in found.output
        return found.stdout

    return run


def test_a_case_lives_on_servers(embers, tmp_path, monkeypatch, postgres):
    case = tmp_path / "case"
    embers("init", case, "--title", "Exercise on servers")
    settings = (case / "embers.toml").read_text()
    assert 'journal = "postgresql://' in settings
    assert "correct-horse" not in settings
    assert not (case / "journal.sqlite3").exists()
    monkeypatch.delenv("EMBERS_JOURNAL")  # from now on the folder says where its case is
    monkeypatch.delenv("EMBERS_OBJECTS")
    (tmp_path / "note.txt").write_text("An invented note, for the exercise.")
    added = json.loads(embers("add", tmp_path / "note.txt", "--source", "exercise", "--case", case, "--json"))
    assert [path for path in (case / "objects").rglob("*") if path.is_file()] == []
    check = json.loads(embers("verify", case, "--json"))
    assert (check["problems"], check["entries"]) == ([], 3)
    assert check["objects"] >= 1
    assert added[0]["sha256"] in embers("show", added[0]["item"], "--case", case)
    database = settings.partition("/case_")[2].partition("?")[0]
    postgres.query(f"case_{database}", "ALTER TABLE embers.entry DISABLE TRIGGER ALL")
    postgres.query(f"case_{database}", "UPDATE embers.entry SET raw = raw || ' '::bytea WHERE position = 3")
    assert "PROBLEM" in embers("verify", case, code=1)


def test_a_password_is_masked_and_refused_in_the_file(embers, tmp_path):
    case = tmp_path / "case"
    embers("init", case, "--title", "Exercise")
    listing = json.loads(embers("config", "show", "--case", case, "--json"))
    assert listing["journal"]["value"].endswith("password=***")
    (case / "embers.toml").write_text('journal = "postgresql://me:correct-horse@host/case"\n')
    found = embers("config", "show", "--case", case, "--json", code=1)
    assert json.loads(found)["error"] == "settings.password"


def test_two_cases_do_not_share_a_database(embers, tmp_path):
    embers("init", tmp_path / "one", "--title", "One")
    assert "already a journal" in CliRunner().invoke(
        app, ["init", str(tmp_path / "two"), "--title", "Two"]
    ).output  # fmt: skip


def done(*arguments):
    said = called.embers(*arguments)
    assert said.code == 0, said.err
    return said.out


def test_the_way_of_the_manual_with_three_roles_a_back_up_and_what_is_made_anew(
    tmp_path, postgres, monkeypatch
):
    """docs/how-to/team-server.md, step by step."""
    database = postgres.database()
    owner, daily, readers = (f"{name}_{database}" for name in ("owner", "team", "reader"))
    postgres.query(
        database,
        f"CREATE ROLE {owner} LOGIN; CREATE ROLE {daily} LOGIN; CREATE ROLE {readers}; "
        f"GRANT {readers} TO {daily}; GRANT CREATE ON DATABASE {database} TO {daily}; "
        f"ALTER DATABASE {database} OWNER TO {owner}",
    )
    case = tmp_path / "case"
    monkeypatch.setenv("EMBERS_KEYRING", str(tmp_path / "keys"))
    monkeypatch.setenv("EMBERS_JOURNAL", postgres.address(database, owner))
    done("init", case, "--title", "Exercise of the team")
    monkeypatch.delenv("EMBERS_JOURNAL")
    postgres.query(
        database,
        f"GRANT USAGE ON SCHEMA embers TO {daily}; "
        f"GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA embers TO {daily}",
    )

    def settle(name):
        address = postgres.address(name, daily)
        lines = (
            'person = "staff-01"',
            f'journal = "{address}"',
            f'tables = "{address}&schema=embers_case&reader={readers}"',
            f'accounts = "{address}&schema=embers_app"',
        )
        (tmp_path / "case" / "embers.toml").write_text("\n".join(lines) + "\n", "utf-8")

    settle(database)
    (tmp_path / "notes.txt").write_text("Exercise.\n")
    done("rebuild", "--case", case)
    done("add", tmp_path / "notes.txt", "--source", "exercise", "--title", "Notes", "--case", case)
    assert "Notes" in done("search", "notes", "--case", case)
    invited = done("account", "new", "staff-01", "--case", case, "--json")
    dump = [str(programs() / "pg_dump"), "--format=custom", "--exclude-schema=embers_case*"]
    run = partial(subprocess.run, check=True, capture_output=True)
    run([*dump, f"--file={tmp_path}/one.dump", postgres.address(database)])
    restored = postgres.database()
    postgres.query(restored, f"GRANT CREATE ON DATABASE {restored} TO {daily}")
    run([str(programs() / "pg_restore"), "--dbname", postgres.address(restored), f"{tmp_path}/one.dump"])
    settle(restored)
    assert postgres.query(restored, "SELECT count(*) FROM embers_app.accounts_invitation") == [(1,)]
    assert "welcome" in invited
    assert postgres.query(restored, "SELECT to_regnamespace('embers_case')") == [(None,)]
    done("rebuild", "--case", case)
    assert "Notes" in done("search", "notes", "--case", case)
    assert json.loads(done("verify", case, "--json"))["problems"] == []
