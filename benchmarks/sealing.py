"""Sealing at size: content sealed and opened, a member leaving a large compartment, an unlock, an encrypted journal.

    python benchmarks/sealing.py [--megabytes 1000] [--wraps 100000] [--folder DIR] [--write]

Floors in the same run: ChaCha20-Poly1305 over 64 KiB pieces, a wrap opened and made again in memory, Argon2id alone,
rows written to plain SQLite.
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from results import machine, report

from embers.actions.compartments import finish_removal
from embers.custody.compartment import Compartment, CompartmentKey
from embers.custody.field_lock import Argon2Cost, create_lock, unlock
from embers.journal.sqlite_connection import connect
from embers.objects.age_key import AgeIdentity, fingerprint
from embers.objects.local import LocalObjectStore
from embers.objects.locked import LockedObjectStore
from embers.objects.sealed import Label, seal_into, unseal
from embers.objects.wraps import WrapFolder, WrapName
from embers.surroundings import Surroundings

AROUND = Surroundings()


class Content(io.RawIOBase):
    """Bytes that are made while they are read, so that no disk stands before the cipher."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._left, self._piece = size, os.urandom(1 << 20)

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        count = min(size, self._left, len(self._piece))
        self._left -= count
        return self._piece[:count]


def timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def content(folder: Path, megabytes: int) -> dict[str, object]:
    size = megabytes * 1_000_000
    key = AgeIdentity.fresh(AROUND.randomness)
    store = LocalObjectStore(folder / "sealed", AROUND)
    start = time.perf_counter()
    made = seal_into(
        store, Content(size), Label("video/mp4", "x"), data_key=key, randomness=AROUND.randomness
    )  # type: ignore[arg-type]
    sealing = time.perf_counter() - start
    start = time.perf_counter()
    with store.open(made.sha256) as stream:
        found = unseal(stream, made.commitment, data_key=key, write=lambda _: None)
    opening = time.perf_counter() - start
    if found.size != size:
        raise SystemExit("what was sealed did not come out")
    locked = LockedObjectStore(folder / "locked", AROUND, key=bytes(32))
    storing = timed(lambda: locked.put(Content(size)))  # type: ignore[arg-type]
    cipher, piece = ChaCha20Poly1305(bytes(32)), os.urandom(65_536)
    pieces = 4000

    def encrypt() -> None:
        for _ in range(pieces):
            cipher.encrypt(bytes(12), piece, None)

    floor = timed(encrypt)
    return {
        "megabytes": megabytes,
        "seal_mb_per_s": round(megabytes / sealing),
        "open_mb_per_s": round(megabytes / opening),
        "field_store_mb_per_s": round(megabytes / storing),
        "floor_chacha20_mb_per_s": round(pieces * 65_536 / 1e6 / floor),
        "padding_percent": round(100 * (made.size - size) / size, 2),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def membership(folder: Path, count: int) -> dict[str, object]:
    """Time what a compartment of ``count`` sealed objects costs when somebody leaves."""
    wraps = WrapFolder(folder / "wraps", AROUND)
    own, old, new = (AgeIdentity.fresh(AROUND.randomness) for _ in range(3))
    for key in (old, new):
        wraps.put(
            WrapName(fingerprint(key.recipient), fingerprint(own.recipient)), key.wrap_for(own.recipient)
        )
    name = fingerprint(old.recipient)
    wrapped = AgeIdentity.fresh(AROUND.randomness).wrap_for(old.recipient)
    writing = timed(
        lambda: wraps.put_all(
            (WrapName(AROUND.randomness.bytes(32).hex(), name), wrapped) for _ in range(count)
        )
    )
    keys = (CompartmentKey(old.recipient, 1), CompartmentKey(new.recipient, 2))
    compartment = Compartment("compartment:x", "x", keys, {"person:x": own.recipient}, {})
    start = time.perf_counter()
    done = finish_removal(wraps, compartment, own=own)
    seconds = time.perf_counter() - start
    if done.renewed != count or any(wraps.of_object(one.opens)[1:] for one in list(wraps.all())[:10]):
        raise SystemExit("not every wrap was renewed")
    floor = timed(lambda: [old.unwrap(wrapped).wrap_for(new.recipient) for _ in range(1000)]) / 1000
    return {
        "wraps": count,
        "wraps_written_per_s": round(count / writing),
        "leave_seconds": round(seconds, 1),
        "rewrapped_per_s": round(count / seconds),
        "floor_pyrage_rewrap_per_s": round(1 / floor),
    }


def locking(folder: Path) -> dict[str, object]:
    cost = Argon2Cost()
    create_lock(folder / "case", "six plain words for one case", AROUND)
    opening = timed(lambda: unlock(folder / "case", "six plain words for one case", AROUND))
    argon2 = Argon2id(
        salt=bytes(16), length=32, iterations=cost.iterations, lanes=cost.lanes, memory_cost=cost.memory_kib
    )
    return {
        "unlock_seconds": round(opening, 2),
        "floor_argon2id_seconds": round(timed(lambda: argon2.derive(b"x")), 2),
        "argon2id_mib": cost.memory_kib // 1024,
        "sqlcipher_rows_per_s": round(_rows(folder / "encrypted.sqlite3", bytes(32))),
        "floor_sqlite_rows_per_s": round(_rows(folder / "plain.sqlite3", b"")),
    }


def _rows(path: Path, key: bytes, count: int = 50_000) -> float:
    db = connect(path, mode="rwc", key=key)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB)")

    def write() -> None:
        db.execute("BEGIN")
        db.executemany("INSERT INTO t(b) VALUES (?)", ((bytes(600),) for _ in range(count)))
        db.execute("COMMIT")

    seconds = timed(write)
    db.close()
    return count / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--wraps", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="a folder on the disk to measure; default: temporary")
    parser.add_argument(
        "--write", action="store_true", help="append the result to docs/reference/performance.md"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
        folder = Path(scratch)
        found = {
            **machine(),
            **content(folder, options.megabytes),
            **membership(folder, options.wraps),
            **locking(folder),
        }
    report(found, write=options.write)


if __name__ == "__main__":
    main()
