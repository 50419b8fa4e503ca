from __future__ import annotations

import io
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embers.custody.bag import check_bag, write_bag
from embers.custody.bag_form import info_text, read_info, read_manifest, unwritten, written
from embers.errors import CustodyError
from embers.surroundings import LocalDisk, Surroundings

AROUND = Surroundings()
PAYLOAD = {
    "a.txt": b"one\n",
    "folder/b.bin": bytes(range(256)) * 40,
    "Gəncə/Գանձակ.txt": b"",
    "100%.txt": b"%",
}


def make(target, *, payload=PAYLOAD, around=AROUND, **choices):
    with write_bag(target, around, info={"Source-Organization": "An organisation"}, **choices) as bag:
        for name, data in payload.items():
            bag.add_bytes(name, data)
    return target


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def said(folder):
    return " | ".join(f"{problem.where}: {problem.what}" for problem in check_bag(folder))


def test_a_bag_is_complete_and_states_its_size(tmp_path):
    bag = make(tmp_path / "bag")
    assert check_bag(bag) == []
    info = read_info((bag / "bag-info.txt").read_text(encoding="utf-8"))
    assert info["Payload-Oxum"] == f"{sum(map(len, PAYLOAD.values()))}.{len(PAYLOAD)}"
    assert "data/100%25.txt" in (bag / "manifest-sha512.txt").read_text(encoding="utf-8")
    assert names_in(tmp_path) == ["bag"]


def test_each_kind_of_damage_is_named(tmp_path):
    bag = make(tmp_path / "bag")
    (bag / "data" / "a.txt").write_bytes(b"two\n")
    (bag / "data" / "folder" / "b.bin").unlink()
    (bag / "data" / "new").write_bytes(b"new")
    (bag / "data" / "link").symlink_to("/etc/passwd")
    (bag / "data" / "elsewhere").symlink_to("/etc")
    os.mkfifo(bag / "data" / "pipe")
    (bag / "bagit.txt").write_bytes(b"\xef\xbb\xbf" + (bag / "bagit.txt").read_bytes())
    with (bag / "manifest-sha256.txt").open("a") as handle:
        handle.write(f"{'0' * 64}  ../outside\n{'0' * 64}  data/a.txt\nnonsense\n")
    text = said(bag)
    for words in (
        "data/a.txt: was altered: its sha256 and sha512 differ",
        "data/folder/b.bin: is listed but missing",
        "data/new: is not listed in manifest-sha256.txt: it was added",
        "data/link: is a link",
        "data/elsewhere: is a link",
        "data/pipe: is a link, a special file",
        "bagit.txt: begins with a byte-order mark",
        "manifest-sha256.txt: line 5 names a path outside the package: '../outside'",
        "manifest-sha256.txt: line 6 names data/a.txt a second time",
        "manifest-sha256.txt: line 7 is not a digest and a path",
        "manifest-sha256.txt: was altered",
        "bag-info.txt: states Payload-Oxum",
    ):
        assert words in text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_altered_payload_byte_is_named(tmp_path, data):
    bag = tmp_path / "bag"
    if not bag.exists():
        make(bag)
    name = data.draw(st.sampled_from([name for name, content in PAYLOAD.items() if content]))
    path, whole = bag / "data" / name, PAYLOAD[name]
    place = data.draw(st.integers(0, len(whole) - 1))
    path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    assert f"data/{name}: was altered" in said(bag)
    path.write_bytes(whole)
    assert check_bag(bag) == []


@pytest.mark.parametrize(
    "name", ["", "/etc/passwd", "../up", "a/../../b", "a//b", ".", "C:/x", "a\\b", "a\0b"]
)
def test_paths_that_lead_out_are_refused(tmp_path, name):
    with pytest.raises(CustodyError, match="cannot be a path"):
        make(tmp_path / "bag", payload={name: b""})
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("names", [("a", "A"), ("é", "e\u0301"), ("a", "a/b"), ("a/b", "A")])
def test_names_that_meet_are_refused(tmp_path, names):
    with pytest.raises(CustodyError, match="already has"):
        make(tmp_path / "bag", payload=dict.fromkeys(names, b""))
    assert names_in(tmp_path) == []


def test_an_unexpected_digest_leaves_nothing(tmp_path):
    with (
        pytest.raises(CustodyError, match="not the recorded"),
        write_bag(tmp_path / "bag", AROUND, info={}) as bag,
    ):
        bag.add("a", io.BytesIO(b"x"), sha256="0" * 64)
    assert names_in(tmp_path) == []


def test_existing_folders_are_not_touched(tmp_path):
    bag = make(tmp_path / "bag")
    with pytest.raises(CustodyError, match="not overwritten"):
        make(bag)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(CustodyError, match="not a package written by Embers"):
        make(tmp_path / "mine", replace=True)
    (bag / "notes.txt").write_text("added by a person")
    with pytest.raises(CustodyError, match="files added later"):
        make(bag, replace=True)
    assert (bag / "notes.txt").exists()
    assert names_in(tmp_path) == ["bag", "mine"]


def test_replacing_swaps_whole_packages(tmp_path):
    bag = make(tmp_path / "bag")
    with pytest.raises(RuntimeError), write_bag(bag, AROUND, info={}, replace=True) as half:
        half.add_bytes("new", b"new")
        raise RuntimeError("the power fails, as far as Python can tell")
    assert check_bag(bag) == []
    assert (bag / "data" / "a.txt").exists()
    make(bag, payload={"new": b"new"}, replace=True)
    assert check_bag(bag) == []
    assert sorted(path.name for path in (bag / "data").iterdir()) == ["new"]
    assert names_in(tmp_path) == ["bag"]


class FailingDisk(LocalDisk):
    """Fails at the n-th writing operation, as a full or dying disk does."""

    def __init__(self, at):
        self.left = at

    def _count(self):
        self.left -= 1
        if self.left == 0:
            raise OSError(28, "No space left on device")

    def create(self, path):
        self._count()
        return super().create(path)

    def sync(self, handle):
        self._count()
        super().sync(handle)

    def replace(self, source, target):
        self._count()
        super().replace(source, target)


@pytest.mark.parametrize("replace", [False, True])
def test_a_failure_anywhere_leaves_all_or_nothing(tmp_path, replace):
    for at in range(1, 60):
        bag = tmp_path / str(at)
        if replace:
            make(bag, payload={"old": b"old"})
        disk = FailingDisk(at)
        try:
            make(bag, around=Surroundings(disk=disk), replace=replace)
        except OSError:
            assert not bag.exists() or (replace and check_bag(bag) == [] and (bag / "data" / "old").exists())
        else:
            assert disk.left > 0
            assert check_bag(bag) == []
            return
    raise AssertionError("never got through")


@given(st.text(st.characters(blacklist_categories=["Cs"]), min_size=1))
def test_paths_survive_a_manifest(path):
    assert unwritten(written(path)) == path
    assert "\n" not in written(path)


@given(st.text())
def test_any_text_can_be_read_as_a_manifest(text):
    found, problems = read_manifest(text)
    assert all(".." not in path.split("/") for path in found)
    assert all(isinstance(problem, str) for problem in problems)


def test_long_values_of_bag_info_are_folded():
    text = info_text({"External-Description": "first\nsecond"})
    assert read_info(text) == {"External-Description": "first\nsecond"}
    with pytest.raises(CustodyError, match="label"):
        info_text({"a: b\nPayload-Oxum": "1.1"})
