"""The lock of a field case: one random key for everything in the folder, wrapped under a passphrase.

``lock.json`` holds the wrap: AES-256-GCM under a key that HKDF-SHA-256 makes from Argon2id of the passphrase (RFC 9106)
and, if the case has one, the bytes of a key file kept on another medium. Whoever destroys this small file, or the key
file, destroys the case on this laptop. A wrong passphrase and a wrong key file give the same answer.
"""

from __future__ import annotations

import base64
import json
import unicodedata
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from embers.errors import CustodyError
from embers.objects.destroy import destroy_files
from embers.surroundings import Surroundings, is_file, write_new

LOCK_NAME = "lock.json"
VERSION = 1
SHORTEST = 12
_LIMIT = 65_536
_NONCE = 12


@dataclass(frozen=True, slots=True)
class Argon2Cost:
    """What one guess costs. The default takes about a second on a field laptop and 256 MiB."""

    memory_kib: int = 256 * 1024
    iterations: int = 3
    lanes: int = 4


@dataclass(frozen=True, slots=True)
class CaseKey:
    """The key of a field case, from which every other one is derived. It is never printed by accident."""

    raw: bytes = field(repr=False)

    def derive(self, purpose: str) -> bytes:
        """Return the 32-byte key for one purpose: ``journal``, ``case``, ``objects``, ``keyring``, ``app``."""
        info = f"embers field case: {purpose}".encode()
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(self.raw)


@dataclass(frozen=True, slots=True)
class _Wrap:
    """``lock.json`` as read."""

    id: str
    cost: Argon2Cost
    salt: bytes
    key_file: bool
    wrapped: bytes = b""

    def header(self) -> dict[str, Any]:
        """Return everything but the wrapped key; it is authenticated with it."""
        kdf = {
            "name": "argon2id",
            "memory_kib": self.cost.memory_kib,
            "iterations": self.cost.iterations,
            "lanes": self.cost.lanes,
            "salt": base64.b64encode(self.salt).decode(),
        }
        return {"v": VERSION, "id": self.id, "kdf": kdf, "key_file": self.key_file}


def is_field_case(folder: Path) -> bool:
    """Tell whether a case folder has a lock."""
    return is_file(folder / LOCK_NAME)


def lock_id(folder: Path, surroundings: Surroundings) -> str:
    """Return the random id of a case's lock, by which its key holder is found."""
    return _read(folder, surroundings).id


def create_lock(
    folder: Path,
    passphrase: str,
    surroundings: Surroundings,
    *,
    key_file: Path | None = None,
    cost: Argon2Cost | None = None,
) -> CaseKey:
    """Make a new key and its lock; with ``key_file``, also write a new key file there, which must not exist yet."""
    require_good_passphrase(passphrase)
    if is_field_case(folder):
        raise CustodyError(
            "lock-exists", f"{folder} has a lock already.", "Unlock it, or choose another folder."
        )
    random = surroundings.randomness
    factor = b""
    if key_file is not None:
        factor = random.bytes(32)
        _write(key_file, factor, surroundings)
    key = CaseKey(random.bytes(32))
    wrap = _Wrap(random.bytes(16).hex(), cost or Argon2Cost(), random.bytes(16), key_file is not None)
    _store(folder, _wrapped(wrap, key, passphrase, factor, surroundings), surroundings)
    return key


def unlock(
    folder: Path, passphrase: str, surroundings: Surroundings, *, key_file: Path | None = None
) -> CaseKey:
    """Return the key of a field case; refuse a wrong passphrase or key file without saying which it was."""
    wrap = _read(folder, surroundings)
    cipher = AESGCM(_wrapping_key(wrap, passphrase, _factor(wrap, key_file, surroundings)))
    header = json.dumps(wrap.header(), sort_keys=True).encode()
    try:
        key = CaseKey(cipher.decrypt(wrap.wrapped[:_NONCE], wrap.wrapped[_NONCE:], header))
    except InvalidTag as error:
        raise CustodyError(
            "passphrase",
            "The case does not open with this passphrase" + (" and key file." if wrap.key_file else "."),
            "Try again, slowly: capital letters and the keyboard's language count. Nothing was changed.",
        ) from error
    _drop_old(folder, surroundings)
    return key


def change_passphrase(
    folder: Path, old: str, new: str, surroundings: Surroundings, *, key_file: Path | None = None
) -> None:
    """Wrap the same key under a new passphrase; the old wrap is destroyed, not only replaced."""
    require_good_passphrase(new)
    key = unlock(folder, old, surroundings, key_file=key_file)
    wrap = _read(folder, surroundings)
    fresh = replace(wrap, salt=surroundings.randomness.bytes(16))
    fresh = _wrapped(fresh, key, new, _factor(wrap, key_file, surroundings), surroundings)
    lock, beside, old_wrap = (folder / f"{LOCK_NAME}{end}" for end in ("", ".new", ".old"))
    _drop_old(folder, surroundings)
    destroy_files([beside], surroundings)
    _write(beside, _text(fresh), surroundings)
    surroundings.disk.link(
        lock, old_wrap
    )  # so that the old bytes can be overwritten once they have no other name
    surroundings.disk.replace(beside, lock)
    surroundings.disk.sync_folder(folder)
    _drop_old(folder, surroundings)


def _drop_old(folder: Path, surroundings: Surroundings) -> None:
    """Destroy the wrap of an earlier passphrase, also one that a cut left behind; never the present one."""
    lock, old = folder / LOCK_NAME, folder / f"{LOCK_NAME}.old"
    if not old.exists():
        return
    if old.samefile(lock):  # a change was cut before it took effect
        surroundings.disk.remove(old)
    else:
        destroy_files([old], surroundings)


def destroy_lock(folder: Path, surroundings: Surroundings) -> bool:
    """Destroy the wrap: the case cannot be opened again on this laptop. Needs no passphrase. Tell if it was here."""
    there = is_field_case(folder)
    # Also what a cut left while a lock was written: the names of embers.surroundings.write_new begin with a dot.
    found = [path for pattern in (f"{LOCK_NAME}*", f".{LOCK_NAME}*") for path in folder.glob(pattern)]
    destroy_files([folder / LOCK_NAME, *found], surroundings)
    return there


def require_good_passphrase(passphrase: str) -> None:
    """Refuse a passphrase that would be guessed."""
    if len(passphrase) < SHORTEST or len(set(passphrase)) < SHORTEST // 2:
        raise CustodyError(
            "weak-passphrase",
            f"A passphrase needs at least {SHORTEST} characters that are not all alike.",
            "Take five or six words drawn by dice; length protects better than odd characters.",
        )


def _factor(wrap: _Wrap, key_file: Path | None, surroundings: Surroundings) -> bytes:
    if not wrap.key_file:
        return b""
    if key_file is None:
        raise CustodyError(
            "key-file", "This case needs its key file.", "Connect the medium and give --key-file."
        )
    try:
        with surroundings.disk.read(key_file) as handle:
            return handle.read(_LIMIT)
    except OSError as error:
        raise CustodyError(
            "key-file", f"The key file {key_file} cannot be read.", "Connect the medium it lies on."
        ) from error


def _wrapping_key(wrap: _Wrap, passphrase: str, factor: bytes) -> bytes:
    text = unicodedata.normalize("NFKC", passphrase).encode()
    cost = wrap.cost
    stretched = Argon2id(
        salt=wrap.salt, length=32, iterations=cost.iterations, lanes=cost.lanes, memory_cost=cost.memory_kib
    ).derive(text)
    return HKDF(algorithm=SHA256(), length=32, salt=wrap.salt, info=b"embers lock").derive(stretched + factor)


def _wrapped(wrap: _Wrap, key: CaseKey, passphrase: str, factor: bytes, surroundings: Surroundings) -> _Wrap:
    nonce = surroundings.randomness.bytes(_NONCE)
    header = json.dumps(wrap.header(), sort_keys=True).encode()
    return replace(
        wrap, wrapped=nonce + AESGCM(_wrapping_key(wrap, passphrase, factor)).encrypt(nonce, key.raw, header)
    )


def _text(wrap: _Wrap) -> bytes:
    return json.dumps(wrap.header() | {"wrapped": base64.b64encode(wrap.wrapped).decode()}, indent=1).encode()


def _store(folder: Path, wrap: _Wrap, surroundings: Surroundings) -> None:
    surroundings.disk.make_folder(folder)
    _write(folder / LOCK_NAME, _text(wrap), surroundings)


def _write(path: Path, data: bytes, surroundings: Surroundings) -> None:
    try:
        write_new(surroundings.disk, path, data, mode=0o600)
    except OSError as error:
        raise CustodyError(
            "lock-write",
            f"{path} cannot be written: {error.strerror}.",
            "Give a path that does not exist yet.",
        ) from error


def _read(folder: Path, surroundings: Surroundings) -> _Wrap:
    try:
        with surroundings.disk.read(folder / LOCK_NAME) as handle:
            data = json.loads(handle.read(_LIMIT))
        kdf = data["kdf"]
        cost = Argon2Cost(int(kdf["memory_kib"]), int(kdf["iterations"]), int(kdf["lanes"]))
        salt, wrapped = (base64.b64decode(text, validate=True) for text in (kdf["salt"], data["wrapped"]))
        if data["v"] != VERSION or kdf["name"] != "argon2id":
            raise ValueError
        return _Wrap(str(data["id"]), cost, salt, bool(data["key_file"]), wrapped)
    except FileNotFoundError as error:
        raise CustodyError(
            "no-lock", f"{folder} has no lock.", "It is an ordinary case, or its lock was destroyed."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise CustodyError(
            "lock",
            f"{folder / LOCK_NAME} is damaged.",
            "Restore it from its own back-up; nothing else opens the case.",
        ) from error
