"""Tasks, reviews and releases as people call them on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from called import embers
from test_access_commands import enrolled

TABLES = Path(__file__).parents[2] / "demo" / "karabakh2020"


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EMBERS_KEYRING", str(tmp_path / "keys"))
    monkeypatch.delenv("EMBERS_PERSON", raising=False)
    monkeypatch.delenv("EMBERS_PASSPHRASE", raising=False)
    folder = tmp_path / "case"
    assert embers("init", folder, "--title", "Exercise", "--person", "staff-01").code == 0
    for code, role in (("staff-02", "reviewer"), ("staff-03", "investigator")):
        enrolled(folder, code)
        assert embers("access", "grant", code, role, "--case", folder).code == 0
    note = tmp_path / "note.txt"
    note.write_text("Exercise.\n", "utf-8")
    assert embers("add", note, "--source", "exercise", "--method", "copy", "--case", folder).code == 0
    return folder


def act_as(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setenv("EMBERS_PERSON", code)


def the_item(case: Path) -> str:
    from embers.cli.where import here
    from embers.projections import models

    return models.Item.objects.using(here(case).folder.projection().alias).get().id


def test_a_task_from_hand_to_hand(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    item = the_item(case)
    given = embers(
        *("task", "give", item, "staff-03", "verify", "--due", "2031-05-06"), "--case", case, "--json"
    ).json
    assert "staff-03  verify  2031-05-06  open" in embers("task", "list", "--case", case).out
    act_as(monkeypatch, "staff-02")
    refused = embers("task", "done", given["subject"], "--case", case)
    assert (refused.code, "another person's" in refused.err) == (1, True)
    act_as(monkeypatch, "staff-03")
    assert embers("task", "done", given["subject"], "--text", "Done so.", "--case", case).code == 0
    assert embers("task", "list", "--case", case).out == "No tasks.\n"
    assert embers("task", "reopen", given["subject"], "--case", case).code == 0
    (one,) = embers("task", "list", "--case", case, "--json").json
    assert (one["state"], one["about"]) == ("open", item)
    assert embers("task", "give", item, "staff-02", "check", "--case", case).code == 1


def test_a_review_is_never_answered_by_whoever_had_a_hand_in_it(
    case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = the_item(case)
    assert embers("review", "list", "--case", case).out == "No reviews.\n"
    assert embers("review", "ask", item, "--case", case).code == 0
    own = embers("review", "answer", item, "accepted", "--case", case)
    assert (own.code, "own work" in own.err) == (1, True)
    act_as(monkeypatch, "staff-03")
    assert "may not review" in embers("review", "answer", item, "accepted", "--case", case).err
    act_as(monkeypatch, "staff-02")
    said = embers("review", "comment", item, "Which archive?", "--case", case, "--json").json
    assert "changes" in embers("review", "answer", item, "changes", "--case", case).out
    (one,) = embers("review", "list", "--state", "changes", "--case", case, "--json").json
    assert (one["record"], one["comments"]) == (item, 1)
    assert embers("review", "resolve", item, said["assertion"], "--case", case).code == 0
    assert embers("review", "answer", item, "accepted", "--case", case).code == 2, "none waits"
    act_as(monkeypatch, "staff-03")
    assert embers("review", "ask", item, "--to", "staff-02", "--case", case).code == 0
    act_as(monkeypatch, "staff-02")
    assert embers("review", "answer", item, "accepted", "--case", case).code == 0
    assert "accepted" in embers("review", "list", "--case", case).out


def test_an_approval_is_for_one_edition(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Truth Commission", "Court of Velmora"):
        assert embers("consent", "body", name, "--case", case).code == 0
    assert embers("report", "build", "--case", case).code == 0
    assert embers("report", "build", "--for", "Truth Commission", "--case", case).code == 0
    act_as(monkeypatch, "staff-02")
    for what in ("report", "dossier"):
        given = embers("release", "approve", what, "--for", "Truth Commission", "--case", case)
        assert (given.code, given.err) == (0, "")
    states = embers("release", "status", "--case", case, "--json").json
    assert {(one["what"], bool(one["for"]), bool(one["approval"])) for one in states} == {
        *(("report", True, True), ("dossier", True, True)),
        *(("report", False, False), ("dossier", False, False)),
    }
    told = embers("release", "status", "--case", case).out
    assert "dossier for Truth Commission" in told
    other = embers("release", "approve", "report", "--for", "Court of Velmora", "--case", case)
    assert (other.code, "no report yet" in other.err) == (1, True)
    assert embers("report", "build", "--for", "Truth Commission", "--case", case).code == 0
    folder = case / "exports" / "dossier"
    for body, draft in (("Truth Commission", False), ("Court of Velmora", True), ("", True)):
        done = embers("dossier", "export", "--replace", *(["--for", body] if body else []), "--case", case)
        assert done.code == 0, done.err
        assert ("DRAFT." in (folder / "data" / "README.txt").read_text("utf-8")) is draft, body


def test_nothing_leaves_unmarked_without_a_second_person(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pypdf import PdfReader

    pdf = case / "exports" / "report.pdf"

    def marked() -> list[bool]:
        return ["DRAFT" in page.extract_text() for page in PdfReader(pdf).pages]

    assert "draft" in embers("report", "build", "--case", case).out
    assert marked()
    assert all(marked())
    assert "DRAFT" in (case / "exports" / "report.html").read_text("utf-8")
    own = embers("release", "approve", "report", "--case", case)
    assert (own.code, "built themselves" in own.err) == (1, True)
    act_as(monkeypatch, "staff-03")
    assert "may not release" in embers("release", "approve", "report", "--case", case).err
    act_as(monkeypatch, "staff-02")
    assert embers("release", "approve", "report", "--to", "the Commission", "--case", case).code == 0
    assert "Approved for release." in embers("report", "build", "--case", case).out
    assert not any(marked())
    states = {
        one["what"]: one["approval"] for one in embers("release", "status", "--case", case, "--json").json
    }
    assert states["report"]["to"] == "the Commission"
    assert states["dossier"] is None
    # The dossier's approval is of its own: the approved report alone does not release the exhibits.
    assert embers("dossier", "export", "--case", case).code == 0
    readme = case / "exports" / "dossier" / "data" / "README.txt"
    assert "DRAFT." in readme.read_text("utf-8")
    act_as(monkeypatch, "staff-01")
    monkeypatch.setenv("EMBERS_UNAPPROVED", "refuse")
    refused = embers("dossier", "export", "--replace", "--case", case)
    assert (refused.code, "No second person" in refused.err) == (1, True)
    own = embers("release", "approve", "dossier", "--case", case)
    assert (own.code, "built themselves" in own.err) == (1, True), (
        "that somebody else built it again changes nothing"
    )
    act_as(monkeypatch, "staff-02")
    approved = embers("release", "approve", "dossier", "--case", case)
    assert approved.code == 0, approved.err
    exported = embers("dossier", "export", "--replace", "--case", case)
    assert exported.code == 0, exported.err
    told = readme.read_text("utf-8")
    assert "Approved for release by staff-02" in told
    entry = told.partition("data/entries/")[2].partition(".json")[0]
    assert "release-approved" in (readme.parent / "entries" / f"{entry}.json").read_text("utf-8")
    # Whatever is added to the case afterwards is not what was approved.
    assert embers("add", readme, "--source", "exercise", "--method", "copy", "--case", case).code == 0
    again = embers("dossier", "export", "--replace", "--case", case)
    assert (again.code, "No second person" in again.err) == (1, True)
    rebuilt = embers("report", "build", "--case", case)
    assert (rebuilt.code, "recorded and not written" in rebuilt.err) == (1, True)
