"""The command line as people call it: real commands on the real demonstration and on a fresh small case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from called import embers

from embers import __version__
from embers.cli.main import app
from embers.law.examples import load_example

#: Commands without --json: one never ends, one prints a single word.
WITHOUT_JSON = {"serve", "version"}


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    children = getattr(command, "commands", None)
    if not children:
        yield path, command
        return
    for name, child in children.items():
        yield from commands(child, (*path, name))


COMMANDS = dict(commands(typer.main.get_command(app)))


@pytest.fixture(scope="module")
def case(demonstration: Any) -> Path:
    path: Path = demonstration.case
    return path


def test_the_promised_commands_are_there() -> None:
    promised = {"demo", "init", "add", "export", "show", "search", "trace", "verify", "rebuild", "serve"}
    pairs = {
        ("import", "published-facts"),
        ("import", "table"),
        ("report", "build"),
        ("dossier", "export"),
        ("config", "show"),
        ("law", "check"),
        ("law", "support"),
    }
    assert {*((name,) for name in promised), *pairs} <= COMMANDS.keys()


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_help_and_json(path: tuple[str, ...]) -> None:
    said = embers(*path, "--help")
    assert said.code == 0
    assert (COMMANDS[path].help or "").strip()
    assert ("--json" in said.out) == (path[-1] not in WITHOUT_JSON)


def test_version_and_bare_call() -> None:
    assert embers("version").out.strip() == __version__
    bare = embers()
    assert "Usage" in bare.out + bare.err


@pytest.mark.parametrize(
    "arguments",
    [("no-such-command",), ("trace",), ("init",), ("verify", "--mood"), ("law", "check", "x", "AZE", "ARM")],
)
def test_wrong_calls_have_exit_code_2(arguments: tuple[str, ...]) -> None:
    assert embers(*arguments).code == 2


def test_a_file_given_for_a_case_is_named_as_one(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("not a case", encoding="utf-8")
    done = embers("verify", str(tmp_path / "notes.txt"))
    assert done.code == 2
    assert "notes.txt is a file, not the folder of a case." in " ".join(
        (done.err + capfd.readouterr().err).split()
    )


def test_verify_case_and_dossier(case: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said = embers("verify", case)
    assert said.code == 0
    assert "Nothing was altered" in said.out
    assert "Not proven" in said.out
    found = embers("verify", case, "--json").json
    assert found["problems"] == []
    assert found["projection"] is True
    dossier = embers("verify", case / "exports" / "dossier")
    assert dossier.code == 0
    assert "PROVEN" in capfd.readouterr().out.upper()


def test_trace_both_ways(case: Path) -> None:
    up = embers("trace", "C161", "--case", case, "--json").json
    assert up["kind"] == "assertion"
    sentence = up["up"][0]["id"]
    down = embers("trace", sentence, "--case", case)
    assert down.code == 0
    for words in ("Down, to the evidence", "signed by", "rests on", "custody: receive", "object "):
        assert words in down.out
    assert embers("trace", sentence, "--case", case, "--json").json["kind"] == "sentence"
    table = embers("trace", "C161", "--case", case)
    assert sentence in table.out
    # The number printed beside the sentence leads to it, and down to the claim it was reached from.
    printed = embers("trace", up["up"][0]["number"], "--case", case, "--json").json
    assert printed["start"] == sentence
    assert up["start"] in {step["held"]["id"] for step in printed["down"]}
    # Every sentence reached from the claim leads back to it; nothing else is listed.
    for found in up["up"]:
        back = embers("trace", found["id"], "--case", case, "--json").json
        assert up["start"] in {step["held"]["id"] for step in back["down"]}, found["id"]


def test_show_and_search(case: Path) -> None:
    shown = embers("show", "K20-33", "--case", case)
    assert shown.code == 0
    lines = " ".join(shown.out.split())
    assert "Killed 21 persons, says Amnesty International, as of 14 January 2021 (C171)" in lines
    assert "rests on S20; Table claims.csv of the published set karabakh2020 row=C171" in lines
    assert "Time of every entry: not before: no outside proof; not after: no outside proof yet." in shown.out
    assert all(len(line) <= 120 for line in shown.out.splitlines())
    one = embers("show", "C171", "--case", case).out
    assert one.startswith("Incident K20-33 ")
    assert one.count("says ") == 1
    held = embers("show", "K20-33", "--case", case, "--json").json
    assert {"killed", "incident-title"} <= {entry["predicate"] for entry in held}
    for word in ("gence", "Гянджа", "Գյանջա"):
        found = embers("search", word, "--kind", "incident", "--case", case, "--json").json
        assert any("17 October" in hit["label"] for hit in found), word
    grouped = embers("search", "gence", "--limit", "8", "--case", case).out
    assert grouped.index("Place (1)\n  Gyanja / Gəncə") < grouped.index("Incident (5)\n  K20-")
    assert "The best 8 are shown" in grouped
    nothing = embers("search", "qqqqqqq", "--case", case)
    assert (nothing.code, nothing.out) == (0, "Nothing found.\n")


def test_law_check() -> None:
    said = embers("law", "check", "2020-10-17", "AZE", "ARM", "--json")
    applies = {found["instrument"]["id"]: found["applies"] for found in said.json}
    assert (applies["gc4"], applies["ap1"], applies["rome"], applies["cedaw"]) == (
        "yes",
        "no",
        "no",
        "unknown",
    )
    assert "Not as treaty law" in embers("law", "check", "2020-10-17", "AZE", "ARM").out


def test_law_support_gives_labels_of_the_worked_example(case: Path) -> None:
    expected = next(e for e in load_example("ganja").expected if e.profile == "prof.rgb" and not e.what_ifs)
    said = embers("law", "support", "K20-33", "--case", case, "--json").json
    shown = {
        f"{tested['charge']}#{key}": label for tested in said for key, label in tested["elements"].items()
    }
    assert shown == dict(expected.elements)
    words = embers("law", "support", "K20-33", "--case", case).out
    assert "Assumed, not held by this case" in words
    wrong = embers("law", "support", "S28", "--case", case)
    assert wrong.code == 2
    assert "not an incident" in wrong.err


@pytest.mark.parametrize("arguments", [("trace", "K20-99"), ("show", "K20-99"), ("search", "!!!")])
def test_errors_have_a_sentence_and_a_hint(arguments: tuple[str, ...], case: Path) -> None:
    said = embers(*arguments, "--case", case)
    assert said.code == 1
    message, hint = said.err.splitlines()
    assert message.startswith("embers: ")
    assert hint.strip()
    assert said.out == ""
    as_json = embers(*arguments, "--case", case, "--json")
    assert as_json.code == 1
    assert as_json.json.keys() == {"error", "message", "hint"}


def test_a_folder_without_a_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert embers("rebuild").code == 2
    said = embers("verify", tmp_path)
    assert said.code == 1
    assert "embers init" in said.err


def test_a_new_case_from_opening_to_dossier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMBERS_KEYRING", str(tmp_path / "keys"))
    monkeypatch.delenv("EMBERS_PERSON", raising=False)
    case = tmp_path / "case"
    note = tmp_path / "note.txt"
    note.write_text("Seen on the spot.\n")
    opened = embers("init", case, "--title", "A small case", "--json")
    assert opened.code == 0, opened.err
    assert (tmp_path / "keys").is_dir()
    assert list(case.rglob("*.pem")) == []
    assert embers("init", case, "--title", "Again").code == 1

    monkeypatch.chdir(case)
    added = embers("add", note, "--source", "a colleague", "--json")
    assert added.code == 0, added.err
    item = added.json[0]["item"]
    assert "note.txt" in embers("show", item).out
    assert embers("add", tmp_path / "missing.txt", "--source", "x").code == 1
    assert embers("dossier", "export", tmp_path / "early").code == 1

    built = embers("report", "build", "--json")
    assert built.code == 0, built.err
    assert (case / "exports" / "report.pdf").read_bytes().startswith(b"%PDF")
    assert built.json["recorded"] is True
    assert embers("report", "build", "--json").json["recorded"] is False
    exported = embers("dossier", "export", tmp_path / "dossier", "--json")
    assert exported.code == 0, exported.err
    assert embers("dossier", "export", tmp_path / "dossier").code == 1
    assert embers("verify", tmp_path / "dossier").code == 0
    assert embers("rebuild", "--json").json["entries"] > 3
    assert embers("verify", "--json").json["problems"] == []
    config = embers("config", "show", "--json").json
    assert config["keyring"] == {"value": str(tmp_path / "keys"), "origin": "EMBERS_KEYRING"}
    assert config["person"]["value"] == "staff-01"

    place = next(path for path in (case / "objects").rglob("*") if path.is_file())
    place.chmod(0o644)
    place.write_bytes(place.read_bytes() + b"!")
    broken = embers("verify")
    assert broken.code == 1
    assert f"object {place.name}" in broken.out


def test_what_the_disk_refuses_is_told_as_a_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    said = embers("init", tmp_path / "file" / "case", "--title", "A case")
    assert said.code == 1
    assert "could not read or write a file" in said.err
    assert "file" in said.err
    assert "do it again" in said.err
