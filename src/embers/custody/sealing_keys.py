"""The age keys of persons, kept in the keyring beside their signing keys and never inside a case folder."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from embers.errors import CustodyError
from embers.objects.age_key import AgeIdentity
from embers.surroundings import Surroundings, write_new


class SealingKeys:
    """The folder ``sealing`` of a keyring: an X25519 key in PKCS8 for each person, encrypted under a passphrase."""

    def __init__(self, keyring: Path, surroundings: Surroundings, *, passphrase: str = "") -> None:
        self.path = keyring / "sealing"
        self._surroundings = surroundings
        self._passphrase = passphrase.encode()

    def has(self, name: str) -> bool:
        """Tell whether a person's key is here."""
        return self._place(name).exists()

    def create(self, name: str) -> AgeIdentity:
        """Make and store a person's key; an existing one is never replaced."""
        identity = AgeIdentity.fresh(self._surroundings.randomness)
        secret: KeySerializationEncryption = (
            BestAvailableEncryption(self._passphrase) if self._passphrase else NoEncryption()
        )
        private = X25519PrivateKey.from_private_bytes(identity.raw)
        disk = self._surroundings.disk
        disk.make_folder(self.path)
        self.path.chmod(0o700)
        place = self._place(name)
        try:
            pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret)
            write_new(disk, place, pem, mode=0o600)
        except FileExistsError:
            raise CustodyError(
                "key-exists", f"There is already an age key in {place}.", "Keys are never replaced."
            ) from None
        return identity

    def load(self, name: str) -> AgeIdentity:
        """Load a person's key."""
        place = self._place(name)
        try:
            with self._surroundings.disk.read(place) as handle:
                key = load_pem_private_key(handle.read(65536), self._passphrase or None)
        except FileNotFoundError:
            raise CustodyError(
                "no-age-key",
                f"{name!r} has no age key in {self.path}.",
                "Make one with `embers seal key`; sealed content opens only where its reader's key is.",
            ) from None
        except (ValueError, TypeError) as error:
            raise CustodyError(
                "age-passphrase", f"The age key of {name!r} cannot be opened.", "Set EMBERS_PASSPHRASE."
            ) from error
        if not isinstance(key, X25519PrivateKey):
            raise CustodyError("age-key", f"{place} is not an X25519 key.", "Restore the right file.")
        return AgeIdentity(key.private_bytes_raw())

    def _place(self, name: str) -> Path:
        if not name.replace("-", "").isalnum():
            raise CustodyError(
                "key-name", f"{name!r} cannot name a key.", "Use a staff code such as staff-01."
            )
        return self.path / f"{name}.pem"
