from __future__ import annotations

import dataclasses
import hashlib
import shutil
from pathlib import Path

import pytest

from embers.actions import demonstration as module
from embers.actions.case_folder import CaseFolder
from embers.actions.demonstration import BuiltCase, build_demonstration
from embers.actions.verification import verify_case
from embers.errors import ActionError
from embers.surroundings import Surroundings

DEMO = Path(__file__).parents[2] / "demo"


def build(root: Path) -> tuple[BuiltCase, ...]:
    return build_demonstration(
        root, published=DEMO / "karabakh2020", imagery=DEMO / "imagery", progress=lambda _: None
    )


def digests(root: Path) -> dict[str, str]:
    names = ("report.json", "report.html")
    return {
        f"{case}/{name}": hashlib.sha256((root / case / "exports" / name).read_bytes()).hexdigest()
        for case in ("karabakh2020", "imagery")
        for name in names
    }


def test_both_cases_say_where_their_parts_are(demonstration: object) -> None:
    built = demonstration.built  # type: ignore[attr-defined]
    assert [case.folder.name for case in built] == ["karabakh2020", "imagery"]
    for case in built:
        assert case.pdf.read_bytes().startswith(b"%PDF")
        assert (case.dossier / "bagit.txt").is_file()
        assert case.new_acts > 5
        assert case.entries > case.new_acts
        # The keys of a demonstration lie outside the cases and never travel with them.
        assert list(case.folder.rglob("*.pem")) == []


def test_a_second_run_adds_nothing_and_gives_the_same_report(demonstration: object, tmp_path: Path) -> None:
    root = tmp_path / "again"
    shutil.copytree(demonstration.root, root)  # type: ignore[attr-defined]
    before = digests(root)
    again = build(root)
    assert [case.new_acts for case in again] == [0, 0]
    assert [case.entries for case in again] == [case.entries for case in demonstration.built]  # type: ignore[attr-defined]
    assert digests(root) == before
    shutil.rmtree(root)


def test_a_folder_with_something_else_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(ActionError) as caught:
        build(tmp_path)
    assert caught.value.code == "action.folder"
    assert str(tmp_path) in caught.value.message
    assert caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["diary.txt"]


class StoppedError(Exception):
    pass


def test_an_interrupted_run_is_completed_by_the_next(
    demonstration: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "stopped"

    def stop(*_: object, **__: object) -> None:
        raise StoppedError

    # Once before anything is recorded, once between recording and the report.
    for name in ("import_published", "build_and_record"):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, stop)
            with pytest.raises(StoppedError):
                build(root)
    shutil.rmtree(root / "karabakh2020" / "exports", ignore_errors=True)
    built = build(root)
    assert built[0].new_acts == 0  # recorded before the second stop
    check = verify_case(CaseFolder(root / "karabakh2020", root / "keyring", Surroundings()))
    assert check.sound
    whole = demonstration.built  # type: ignore[attr-defined]
    assert [case.entries for case in built] == [case.entries for case in whole]
    assert [dataclasses.replace(c, folder=Path(), pdf=Path(), dossier=Path(), new_acts=0) for c in built] == [
        dataclasses.replace(c, folder=Path(), pdf=Path(), dossier=Path(), new_acts=0) for c in whole
    ]
