"""Keys of persons and devices, kept in a keyring outside the case folder.

The *person* signs entries, the *device* signs checkpoints. Private keys are PKCS8 PEM files readable by their
owner only, encrypted when a passphrase is given. The keyring also remembers the last size and root each
device key signed: a journal that is shorter, or differs, was cut or restored from a back-up.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from embers.errors import JournalError
from embers.journal.note import public_bytes, verifier_key
from embers.surroundings import Surroundings, write_new

_NAME = re.compile(r"^[a-z0-9][a-z0-9-]{0,39}$")


@dataclass(frozen=True, slots=True)
class PersonKey:
    """A person's signing key on one device."""

    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        """The 32 raw bytes of the public key."""
        return public_bytes(self.private.public_key())

    @property
    def id(self) -> str:
        """The key id entries name: ``ed25519:`` and the first half of the SHA-256 of the public key."""
        return person_key_id(self.public)

    def sign(self, data: bytes) -> bytes:
        """Sign bytes."""
        return self.private.sign(data)


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """A device's key for the one log it writes."""

    origin: str
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> str:
        """The public key as C2SP writes it."""
        return verifier_key(self.origin, public_bytes(self.private.public_key()))


@dataclass(frozen=True, slots=True)
class Remembered:
    """The last state of a log this device signed."""

    size: int
    root: str


def person_key_id(public: bytes) -> str:
    """Return the id of a person's public key."""
    return "ed25519:" + hashlib.sha256(public).hexdigest()[:32]


def public_text(public: bytes) -> str:
    """Return a raw public key as the journal writes it."""
    return base64.b64encode(public).decode()


class Keyring:
    """A folder of private keys. It never lies inside a case folder and is never part of an export."""

    def __init__(self, path: Path, surroundings: Surroundings, *, passphrase: str = "") -> None:
        self.path = path
        self._surroundings = surroundings
        self._passphrase = passphrase.encode()
        self._places: dict[tuple[str, str], Path] = {}  # making a path costs more than asking for its file

    def create_person(self, name: str) -> PersonKey:
        """Make and store a person's key under a short name; an existing one is never replaced."""
        if not _NAME.match(name):
            raise JournalError(
                "key-name",
                f"{name!r} cannot name a key.",
                "Use lower-case letters, digits and hyphens, such as staff-01.",
            )
        private = Ed25519PrivateKey.from_private_bytes(self._surroundings.randomness.bytes(32))
        self._store(self._person_path(name), private)
        return PersonKey(private)

    def load_person(self, name: str) -> PersonKey:
        """Load a person's key."""
        return PersonKey(self._load(self._person_path(name), f"the person {name!r}"))

    def has_person(self, name: str) -> bool:
        """Tell whether a person's key is here."""
        return self._person_path(name).exists()

    def persons(self) -> list[str]:
        """Return the names of the persons whose keys are here."""
        folder = self.path / "persons"
        return sorted(path.stem for path in folder.glob("*.pem")) if folder.exists() else []

    def create_device(self) -> DeviceKey:
        """Make and store the key of a new log with a random origin that says nothing about place or people."""
        origin = f"embers.invalid/{self._surroundings.randomness.bytes(16).hex()}"
        private = Ed25519PrivateKey.from_private_bytes(self._surroundings.randomness.bytes(32))
        self._store(self._device_path(origin), private)
        return DeviceKey(origin, private)

    def load_device(self, origin: str) -> DeviceKey:
        """Load the key of a log."""
        return DeviceKey(origin, self._load(self._device_path(origin), f"the log {origin}"))

    def has_device(self, origin: str) -> bool:
        """Tell whether this device writes a log."""
        return self._device_path(origin).exists()

    def remember(self, origin: str, size: int, root: bytes) -> None:
        """Keep the last state this device signed for a log; an older one never replaces a newer one."""
        known = self.remembered(origin)
        if known is None or known.size <= size:  # else another process has signed more meanwhile
            self._write_state(self._state_path(origin), {"size": size, "root": root.hex()})

    def remembered(self, origin: str) -> Remembered | None:
        """Return the last state this device signed for a log, if it is this device's log."""
        data = self._read_state(self._state_path(origin))
        try:
            return None if data is None else Remembered(int(data["size"]), str(data["root"]))
        except (ValueError, KeyError, TypeError) as error:
            raise self._damaged(self._state_path(origin)) from error

    def renew_epoch(self, origin: str, before: str) -> str:
        """Give a log a new random mark, and keep the one it replaces until both places hold the new one.

        The caller is the only writer of the journal meanwhile.
        """
        epoch = self._surroundings.randomness.bytes(16).hex()
        path = self._place(origin, "epoch")
        self._write_state(path, {"epoch": epoch, "before": before})
        self._surroundings.disk.sync_folder(path.parent)
        return epoch

    def epochs(self, origin: str) -> tuple[str, ...]:
        """Return the marks a case folder may hold for a log: the newest and the one before it; none if unmarked."""
        data = self._read_state(self._place(origin, "epoch"))
        return () if data is None else (str(data.get("epoch")), str(data.get("before")))

    def end(self, origin: str, why: str) -> None:
        """Never sign for a log again; the first reason stays."""
        if not self.ended(origin):
            self._write_state(self._place(origin, "ended"), {"why": why})

    def ended(self, origin: str) -> str:
        """Return why this device will never sign for a log again, or nothing."""
        data = self._read_state(self._place(origin, "ended"))
        return "" if data is None else str(data.get("why"))

    def _write_state(self, path: Path, fields: Mapping[str, str | int]) -> None:
        disk = self._surroundings.disk
        fresh = Path(f"{path.parent}/{path.stem}.{self._surroundings.randomness.bytes(4).hex()}.new")
        with disk.create(fresh) as handle:
            handle.write(json.dumps(fields).encode())
            disk.sync(handle)  # without it a power cut could leave an empty file under the old name
        disk.replace(fresh, path)

    def _read_state(self, path: Path) -> dict[str, Any] | None:
        try:
            with self._surroundings.disk.read(path) as handle:
                data = json.loads(handle.read(4096))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise self._damaged(path) from error
        if not isinstance(data, dict):
            raise self._damaged(path)
        return data

    def _damaged(self, path: Path) -> JournalError:
        return JournalError("memory", f"{path} is damaged.", "Verify the case, then start a new log.")

    def create_named(self, kind: str, name: str) -> Ed25519PrivateKey:
        """Make and store a key for another purpose, such as a mirror's cosignatures."""
        private = Ed25519PrivateKey.from_private_bytes(self._surroundings.randomness.bytes(32))
        self._store(self.path / kind / f"{name}.pem", private)
        return private

    def load_named(self, kind: str, name: str) -> Ed25519PrivateKey:
        """Load a key for another purpose."""
        return self._load(self.path / kind / f"{name}.pem", f"the {kind} key {name!r}")

    def has_named(self, kind: str, name: str) -> bool:
        """Tell whether a key for another purpose is here."""
        return (self.path / kind / f"{name}.pem").exists()

    def origins(self) -> Iterator[str]:
        """Yield the origins of the logs this device writes."""
        folder = self.path / "devices"
        for path in sorted(folder.glob("*.pem")) if folder.exists() else ():
            yield f"embers.invalid/{path.stem}"

    def _person_path(self, name: str) -> Path:
        return self.path / "persons" / f"{name}.pem"

    def _device_path(self, origin: str) -> Path:
        return self._place(origin, "pem")

    def _state_path(self, origin: str) -> Path:
        return self._place(origin, "json")

    def _place(self, origin: str, kind: str) -> Path:
        found = self._places.get((origin, kind))
        if found is None:
            found = self.path / "devices" / f"{origin.rpartition('/')[2]}.{kind}"
            self._places[origin, kind] = found
        return found

    def _store(self, path: Path, private: Ed25519PrivateKey) -> None:
        secret: KeySerializationEncryption = (
            BestAvailableEncryption(self._passphrase) if self._passphrase else NoEncryption()
        )
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret)
        disk = self._surroundings.disk
        disk.make_folder(path.parent)
        self.path.chmod(0o700)
        try:
            write_new(disk, path, pem, mode=0o600)
        except FileExistsError:
            raise JournalError(
                "key-exists",
                f"There is already a key in {path}.",
                "Choose another name; keys are never replaced.",
            ) from None

    def _load(self, path: Path, whose: str) -> Ed25519PrivateKey:
        try:
            with self._surroundings.disk.read(path) as handle:
                key = load_pem_private_key(handle.read(65536), self._passphrase or None)
        except FileNotFoundError:
            raise JournalError(
                "no-key",
                f"The keyring {self.path} has no key of {whose}.",
                "Make one with `embers key new`, or start a new log.",
            ) from None
        except (ValueError, TypeError) as error:
            raise JournalError(
                "passphrase",
                f"The key of {whose} cannot be opened.",
                "Set EMBERS_PASSPHRASE to its passphrase.",
            ) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise JournalError("key", f"The key of {whose} is not an Ed25519 key.", "Restore the right file.")
        return key


class EpochFile:
    """The second place of each log's epoch, inside the case folder: ``device.epoch``.

    A keyring and a case folder that were not used together last hold different epochs. So a case restored from a
    back-up, or a keyring copied to another machine, is noticed even where no size differs.
    """

    def __init__(self, path: Path, surroundings: Surroundings) -> None:
        self.path = path
        self._surroundings = surroundings

    def read(self, origin: str) -> str:
        """Return the epoch the case folder holds for a log, or nothing."""
        return self._all().get(origin, "")

    def write(self, origin: str, epoch: str) -> None:
        """Keep a log's new epoch durably."""
        disk = self._surroundings.disk
        fresh = self.path.with_suffix(f".{self._surroundings.randomness.bytes(4).hex()}.new")
        with disk.create(fresh) as handle:
            handle.write(json.dumps({**self._all(), origin: epoch}, indent=1).encode())
            disk.sync(handle)
        disk.replace(fresh, self.path)

    def _all(self) -> dict[str, str]:
        try:
            with self._surroundings.disk.read(self.path) as handle:
                data = json.loads(handle.read(1 << 20))
        except FileNotFoundError:
            return {}
        except ValueError:
            return {}  # a damaged mark counts as a wrong one: the device starts a new log, nothing is lost
        return {str(origin): str(epoch) for origin, epoch in data.items()} if isinstance(data, dict) else {}
