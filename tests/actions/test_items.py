from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import open_case
from embers.actions.items import ItemOrigin, acquire_file, acquire_folder, derive_item, record_check
from embers.actions.recorder import Recorder
from embers.actions.verification import verify_case
from embers.errors import ActionError, EmbersError
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings

ORIGIN = ItemOrigin("A note", "a colleague", "copy of a file", licence="CC BY 4.0", attribution="them")
BYTES = b"Seen on the spot.\n"
SHA256 = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> CaseFolder:
    return CaseFolder(tmp_path / "case", tmp_path / "keys", Surroundings())


@pytest.fixture
def recorder(folder: CaseFolder) -> Recorder:
    return open_case(folder, staff="staff-01", role="investigator")


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "note.txt"
    path.write_bytes(BYTES)
    return path


def test_a_file_becomes_an_item_with_digest_origin_and_custody(
    folder: CaseFolder, recorder: Recorder, note: Path
) -> None:
    new = acquire_file(recorder, note, ORIGIN)
    signed = recorder.record(new.act)
    assert [ref.sha256 for ref in signed.entry.objects] == [SHA256]
    with folder.objects().open(SHA256) as handle:
        assert handle.read() == BYTES
    assert note.read_bytes() == BYTES
    record = ProjectedCase(folder.projection()).subject(new.id)
    assert record.text("item-title") == "A note"
    assert record.value("item-origin") == {
        "source": "a colleague",
        "method": "copy of a file",
        "licence": "CC BY 4.0",
        "attribution": "them",
    }
    stored = record.value("item-object")
    assert (stored["sha256"], stored["size"], stored["role"]) == (SHA256, len(BYTES), "original")
    assert [event["step"] for event in record.values("custody-event")] == ["receive"]
    assert verify_case(folder).sound


def test_a_derivative_names_every_parent_tool_and_parameters(
    folder: CaseFolder, recorder: Recorder, note: Path
) -> None:
    parents = [acquire_file(recorder, note, ORIGIN) for _ in range(2)]
    recorder.record_all([parent.act for parent in parents])
    child, act = derive_item(
        recorder,
        b"SEEN ON THE SPOT.\n",
        name="loud.txt",
        media="text/plain",
        title="Louder",
        parents=[parent.id for parent in parents],
        tool="tr",
        version="1",
        parameters="a-z A-Z",
    )
    recorder.record(act)
    record = ProjectedCase(folder.projection()).subject(child)
    assert {value["item"] for value in record.values("derived-from")} == {parent.id for parent in parents}
    assert record.value("item-object")["role"] == "derived"
    assert {ground.target for held in record.live("derived-from") for ground in held.grounds} == {
        parent.id for parent in parents
    }
    with folder.objects().open(SHA256) as handle:
        assert handle.read() == BYTES


def test_a_check_is_recorded_with_its_outcome_and_as_custody(
    folder: CaseFolder, recorder: Recorder, note: Path
) -> None:
    new = acquire_file(recorder, note, ORIGIN)
    check = record_check(
        recorder, new.id, what="manifest", outcome="verified in part", detail="1 of 2 files."
    )
    recorder.record_all([new.act, check])
    record = ProjectedCase(folder.projection()).subject(new.id)
    assert record.value("item-check")["outcome"] == "verified in part"
    assert [event["step"] for event in record.values("custody-event")] == ["receive", "check"]


def test_a_folder_is_one_item_with_every_file(
    folder: CaseFolder, recorder: Recorder, note: Path, tmp_path: Path
) -> None:
    product = tmp_path / "product"
    (product / "inner").mkdir(parents=True)
    (product / "inner" / "a.txt").write_bytes(b"a")
    (product / "b.txt").write_bytes(b"b")
    (product / "link.txt").symlink_to(note)
    new = acquire_folder(recorder, product, ORIGIN)
    recorder.record(new.act)
    record = ProjectedCase(folder.projection()).subject(new.id)
    assert {value["name"] for value in record.values("item-object")} == {"b.txt", "inner/a.txt"}
    # A link is not followed, and that it was left out is said.
    assert any("link.txt" in warning for warning in record.values("item-warning"))
    assert not folder.objects().has(SHA256)


def test_an_empty_folder_and_a_missing_file_are_refused(recorder: Recorder, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ActionError) as caught:
        acquire_folder(recorder, tmp_path / "empty", ORIGIN)
    assert caught.value.code == "action.empty-folder"
    with pytest.raises(EmbersError) as missing:
        acquire_file(recorder, tmp_path / "nothing.txt", ORIGIN)
    assert "nothing.txt" in missing.value.message
    assert missing.value.hint
