"""A case as one folder: journal, objects, projection, settings, exports. Copying it is a back-up."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from embers.custody.field_lock import CaseKey, is_field_case
from embers.custody.sealing_keys import SealingKeys
from embers.errors import ActionError
from embers.journal.journal import Journal
from embers.journal.keys import Keyring
from embers.journal.place import Place
from embers.journal.sqlite_connection import DATABASE_ERRORS, connect
from embers.objects.locked import LockedObjectStore
from embers.objects.place import open_objects
from embers.objects.store import ObjectStore
from embers.objects.wraps import WrapFolder
from embers.projections.database import CaseDatabase
from embers.projections.rebuild import bring_up_to_date, rebuild
from embers.settings import ACCOUNTS_FILE, EXPORTS_FOLDER, JOURNAL_FILE, OBJECTS_FOLDER, TABLES_FILE
from embers.surroundings import Surroundings

SETTINGS_NAME = "embers.toml"
#: A file of this name in a keyring says that its keys are for demonstrations only.
DEMO_MARK = "DEMO"
#: What SQLite says of a file it cannot read at all: an encrypted one.
_NO_DATABASE = "not a database"


@dataclass(frozen=True, slots=True)
class CaseFolder:
    """The paths of one case and how to open what lies there.

    ``key`` is the key of an unlocked field case. Without it nothing of a field case can be read, its keyring included.
    """

    path: Path
    keyring_path: Path
    surroundings: Surroundings
    passphrase: str = field(default="", repr=False)
    key: CaseKey | None = None
    journal_address: str = field(default="", repr=False)
    objects_address: str = ""
    tables_address: str = field(default="", repr=False)
    accounts_address: str = field(default="", repr=False)

    @property
    def journal_path(self) -> Path:
        """The journal's database, unless it lies on a server."""
        return self.path / JOURNAL_FILE

    @property
    def journal_place(self) -> Place:
        """Where the journal lies: the file, or the address of a database on a server."""
        return self.journal_address or self.journal_path

    @property
    def objects_path(self) -> Path:
        """The folder of write-once objects."""
        return self.path / OBJECTS_FOLDER

    @property
    def projection_path(self) -> Path:
        """The disposable case database, unless it lies on a server."""
        return self.path / TABLES_FILE

    @property
    def projection_place(self) -> Place:
        """Where the disposable case database lies: the file, or the address of a schema on a server."""
        return self.tables_address or self.projection_path

    @property
    def accounts_path(self) -> Path:
        """The accounts, second factors and sessions of the web application, unless they lie on a server."""
        return self.path / ACCOUNTS_FILE

    def accounts_key(self) -> bytes:
        """Return the key of the accounts of a field case; nothing for an ordinary case."""
        return self._key_for("app")

    @property
    def exports_path(self) -> Path:
        """Where reports and dossiers are written; refused in a field case, where they would lie in the clear."""
        if self.key is not None:
            raise ActionError(
                "field-export",
                "A field case writes no reports or dossiers: they would lie on this laptop in the clear.",
                "Sync the case and build them at the office.",
            )
        return self.path / EXPORTS_FOLDER

    @property
    def wraps_path(self) -> Path:
        """The folder of wrapped keys; back it up apart from everything else, and for a short time only."""
        return self.path / "wraps"

    def require(self) -> None:
        """Refuse a folder that holds no case, or one that is locked. A journal on a server shows when it is opened."""
        self.require_unlocked()
        addresses = (self.journal_address, self.objects_address, self.tables_address, self.accounts_address)
        if self.key is not None and any(addresses):
            raise ActionError(
                "field-server",
                "A field case keeps everything in its own folder, where it is encrypted.",
                "Take the server's address out of the settings; sync brings the case to the server.",
            )
        if self.journal_address:
            return
        if not self.journal_path.exists():
            raise ActionError(
                "no-case",
                f"There is no case in {self.path}.",
                "Give the folder of a case, or make one with `embers init FOLDER`.",
            )
        if self.key is None and not self._readable():
            raise ActionError(
                "no-lock",
                f"The case in {self.path} is encrypted and its lock is gone.",
                "It was destroyed by `embers panic`, or lock.json was lost. Nothing here can be opened again.",
            )

    def require_unlocked(self) -> None:
        """Refuse a folder with a lock whose key is not at hand: what is written there would lie in the clear."""
        if self.key is None and is_field_case(self.path):
            raise ActionError(
                "locked",
                f"The case in {self.path} is locked.",
                "Run `embers unlock`, or set EMBERS_PASSPHRASE for one command.",
            )

    def _readable(self) -> bool:
        """Tell whether the journal is not encrypted. Asked of SQLite, never by opening the file.

        Closing a file takes away every lock this process holds on it (POSIX); another program that leaves would then
        believe that nobody uses the journal and delete its write-ahead log under a running office.
        """
        try:
            db = connect(self.journal_path, mode="ro")
            try:
                db.execute("PRAGMA schema_version").fetchall()
            finally:
                db.close()
        except DATABASE_ERRORS as error:
            return _NO_DATABASE not in str(
                error
            )  # whatever else is wrong is said where the journal is opened
        return True

    def _key_for(self, purpose: str) -> bytes:
        return self.key.derive(purpose) if self.key else b""

    def keyring(self) -> Keyring:
        """Open the keyring, which lies outside the case folder. A field case has one of its own, opened by its key."""
        if self.key is None:
            return Keyring(self.keyring_path, self.surroundings, passphrase=self.passphrase)
        name = f"field-{self.key.derive('keyring name')[:8].hex()}"
        passphrase = self.key.derive("keyring").hex()
        return Keyring(self.keyring_path / name, self.surroundings, passphrase=passphrase)

    def sealing_keys(self) -> SealingKeys:
        """Open the age keys of this keyring's persons."""
        ring = self.keyring()
        passphrase = self.key.derive("keyring").hex() if self.key else self.passphrase
        return SealingKeys(ring.path, self.surroundings, passphrase=passphrase)

    def objects(self) -> ObjectStore:
        """Open the object store: the folder, or the bucket on a server."""
        if self.key is not None:
            return LockedObjectStore(self.objects_path, self.surroundings, key=self._key_for("objects"))
        return open_objects(self.objects_address or self.objects_path, self.surroundings)

    def wraps(self) -> WrapFolder:
        """Open the folder of wrapped keys."""
        return WrapFolder(self.wraps_path, self.surroundings)

    def create_journal(self) -> Journal:
        """Create the empty journal of a new case."""
        return Journal.create(
            self.journal_place,
            self.surroundings,
            keyring=self.keyring(),
            objects=self.objects(),
            key=self._key_for("journal"),
        )

    def journal(self, *, read_only: bool = False) -> Journal:
        """Open the journal; a reader needs no keyring."""
        self.require()
        return Journal.open(
            self.journal_place,
            self.surroundings,
            keyring=None if read_only else self.keyring(),
            objects=self.objects(),
            key=self._key_for("journal"),
        )

    def database(self, place: Place | None = None) -> CaseDatabase:
        """Open a projection read-only, this case's own by default, without looking whether it is current."""
        return CaseDatabase(place or self.projection_place, read_only=True, key=self._key_for("case"))

    def tables(self, place: Place | None = None) -> CaseDatabase:
        """Open a projection as it is, for all readers at once: to compare it, never to show it."""
        return CaseDatabase(place or self.projection_place, key=self._key_for("case"))

    def rebuild(self, place: Place | None = None) -> int:
        """Compute a projection again from the journal, this case's own by default; return the entries applied."""
        journal = self.journal(read_only=True)
        try:
            return rebuild(journal, self.objects(), place or self.projection_place, key=self._key_for("case"))
        finally:
            journal.close()

    def projection(self) -> CaseDatabase:
        """Return the projection, to be read, after bringing in every entry of the journal."""
        journal = self.journal(read_only=True)
        return bring_up_to_date(journal, self.objects(), self.projection_place, key=self._key_for("case"))

    def projection_to_read(self) -> CaseDatabase:
        """Return the projection read-only; it must be current."""
        self.require()
        database = self.database()
        database.require_current()
        return database
