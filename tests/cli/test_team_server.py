"""A whole case on servers: the journal in PostgreSQL, the objects in an S3 bucket, through the ordinary commands."""

from __future__ import annotations

import json

import pytest
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
