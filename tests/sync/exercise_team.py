"""An invented office and its laptop, made by the commands people use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from embers.actions.case_folder import CaseFolder
from embers.actions.erasure import carry_out
from embers.actions.recorder import Act, Recorder
from embers.case_view import CaseView
from embers.cli.main import app
from embers.ids import new_subject
from embers.surroundings import Surroundings


class Team:
    """An office and a laptop made by commands, each with a keyring of its own."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self._patch = root, monkeypatch
        self.place: object = root / "stick"
        self.run("office", "init", root / "office", "--title", "Exercise", "--person", "staff-01")
        text = self.run("laptop", "device", "request", "staff-02", "--folder", root / "laptop")
        (root / "request.json").write_text(text)
        case = ("--case", root / "office")
        enrolled = json.loads(self.run("office", "device", "enrol", root / "request.json", *case, "--json"))
        self.run("office", "sync", "with", root / "stick", *case)
        opening = ("--opening", enrolled["opening"])
        self.run("laptop", "device", "join", root / "stick", root / "laptop", "--staff", "staff-02", *opening)

    def run(self, who: str, *words: object, code: int | None = 0) -> str:
        """Run a command as somebody; ``code`` is the exit code it must have, none if it may find something wrong."""
        self._patch.setenv("EMBERS_KEYRING", str(self.root / f"keys-{who}"))
        done = CliRunner().invoke(app, [str(word) for word in words])
        assert done.exit_code in ({0, 1} if code is None else {code}), (words, done.output, done.exception)
        return done.output

    def folder(self, who: str) -> CaseFolder:
        return CaseFolder(self.root / who, self.root / f"keys-{who}", Surroundings())

    def recorder(self, who: str) -> Recorder:
        folder = self.folder(who)
        person = folder.keyring().load_person("staff-01" if who == "office" else "staff-02")
        return Recorder(folder.journal(), folder.objects(), person, "investigator", Surroundings())

    def note(self, who: str, text: str = "seen") -> None:
        signer = self.recorder(who)
        subject = new_subject("incident", signer.surroundings.randomness)
        signer.record(Act("note.add", (signer.new_assertion(subject, "note", text),), reason="in a test"))

    def erase(self, who: str, view: CaseView) -> None:
        folder = self.folder(who)
        carry_out(self.recorder(who), view, folder.wraps(), folder.objects(), folder=folder.path)

    def take_in(self, who: str, data: bytes) -> None:
        path = self.root / "picture.jpg"
        path.write_bytes(data)
        self.run(who, "add", path, "--source", "exercise", "--case", self.root / who)

    def exchange(self, who: str) -> str:
        return self.run(who, "sync", "with", self.place, "--case", self.root / who)
