"""Wrapped keys: write-once, found again, destroyed; their back-ups live for 30 days at most."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from embers.errors import ObjectError
from embers.objects.destroy import destroy_files
from embers.objects.wrap_backup import WrapBackup
from embers.objects.wraps import WrapFolder, WrapName
from embers.surroundings import LocalDisk, Surroundings


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = datetime(2020, 10, 17, 8, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


def named(number: int, key: int = 1) -> WrapName:
    return WrapName(f"{number:064x}", f"{key:032x}")


@pytest.fixture
def wraps(tmp_path: Path) -> WrapFolder:
    return WrapFolder(tmp_path / "wraps", Surroundings())


def test_wraps_are_stored_once_and_found_by_object_and_key(wraps):
    one, two, member = named(1), named(1, 2), WrapName("a" * 32, "b" * 32)
    assert wraps.put_all([(one, b"first"), (two, b"second"), (member, b"third")]) == 3
    wraps.put(one, b"another")
    assert wraps.get(one) == b"first"
    assert wraps.get(named(9)) is None
    assert wraps.of_object(one.opens) == [one, two]
    assert wraps.for_key(two.key) == [two]
    assert list(wraps.all()) == [one, two, member]
    assert wraps.destroy([one, named(9)]) == 1
    assert wraps.destroy([one]) == 0
    assert wraps.of_object(one.opens) == [two]


@pytest.mark.parametrize(
    "name", [WrapName("../x", "b" * 32), WrapName("a" * 64, "../y"), WrapName("a" * 32, "")]
)
def test_names_that_lead_elsewhere_are_refused(wraps, name):
    with pytest.raises(ObjectError, match="does not name a wrap"):
        wraps.put(name, b"x")
    with pytest.raises(ObjectError, match="too long"):
        wraps.put(named(1), bytes(5000))


def test_half_written_wraps_are_swept(wraps):
    wraps.put(named(1), b"x")
    side = wraps.path / "data" / "00" / ".incoming-1234"
    side.write_bytes(b"half")
    assert list(wraps.all()) == [named(1)]
    wraps.sweep()
    assert not side.exists()
    assert wraps.get(named(1)) == b"x"


class Recorded(LocalDisk):
    """Keeps what was written over a file before it was removed."""

    def __init__(self) -> None:
        self.last: dict[Path, bytes] = {}
        self.calls: list[str] = []

    def sync_files(self, paths):
        self.calls.append("sync_files")
        self.last |= {path: path.read_bytes() for path in paths}
        super().sync_files(paths)

    def remove(self, path):
        self.calls.append("remove")
        super().remove(path)

    def sync_folder(self, path):
        self.calls.append("sync_folder")
        super().sync_folder(path)


def test_destroying_overwrites_flushes_removes_and_flushes_again(tmp_path):
    disk = Recorded()
    files = [tmp_path / name for name in ("one", "two")]
    for path in files:
        path.write_bytes(b"secret" * 1000)
        path.chmod(0o444)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    assert destroy_files([*files, tmp_path / "absent", link], Surroundings(disk=disk)) == 2
    assert disk.calls == ["sync_files", "remove", "remove", "sync_folder"]
    for path in files:
        assert not path.exists()
        assert len(disk.last[path]) == 6000
        assert b"secret" not in disk.last[path]
    assert link.is_symlink()


def test_backups_live_thirty_days_at_most(tmp_path, wraps):
    watch = Watch()
    backup = WrapBackup(tmp_path / "stick", Surroundings(clock=watch))
    wraps.put_all([(named(1), b"one"), (named(2), b"two")])
    first = backup.write(wraps)
    assert (first.wraps, first.outdated) == (2, 0)
    watch.at += timedelta(days=29)
    assert backup.write(wraps).outdated == 0
    watch.at += timedelta(days=2)
    assert backup.write(wraps).outdated == 1
    assert not first.folder.exists()
    assert backup.write(wraps, keep=timedelta(hours=1)).outdated == 1
    for wrong in (timedelta(days=31), timedelta(0)):
        with pytest.raises(ObjectError, match="at most 30 days"):
            backup.write(wraps, keep=wrong)


def test_a_backup_brings_back_what_was_lost_but_nothing_erased(tmp_path, wraps):
    backup = WrapBackup(tmp_path / "stick", Surroundings())
    with pytest.raises(ObjectError, match="no key back-up"):
        backup.restore(wraps)
    wraps.put_all([(named(1), b"one"), (named(2), b"two"), (named(3), b"three")])
    backup.write(wraps)
    wraps.destroy([named(1), named(2)])
    assert backup.restore(wraps, but_not=[named(2).opens]) == 1
    assert wraps.get(named(1)) == b"one"
    assert wraps.get(named(2)) is None
    assert backup.forget([named(3).opens]) == 1
    assert not any(
        b"three" in path.read_bytes() for path in (tmp_path / "stick").rglob("*") if path.is_file()
    )
