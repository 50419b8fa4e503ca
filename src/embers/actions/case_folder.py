"""A case as one folder: journal, objects, projection, settings, exports. Copying it is a back-up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from embers.errors import ActionError
from embers.journal.journal import Journal
from embers.journal.keys import Keyring
from embers.objects.local import LocalObjectStore
from embers.projections.database import CaseDatabase
from embers.projections.rebuild import bring_up_to_date
from embers.surroundings import Surroundings

SETTINGS_NAME = "embers.toml"
#: A file of this name in a keyring says that its keys are for demonstrations only.
DEMO_MARK = "DEMO"


@dataclass(frozen=True, slots=True)
class CaseFolder:
    """The paths of one case and how to open what lies there."""

    path: Path
    keyring_path: Path
    surroundings: Surroundings
    passphrase: str = ""

    @property
    def journal_path(self) -> Path:
        """The journal's database."""
        return self.path / "journal.sqlite3"

    @property
    def objects_path(self) -> Path:
        """The folder of write-once objects."""
        return self.path / "objects"

    @property
    def projection_path(self) -> Path:
        """The disposable case database."""
        return self.path / "case.sqlite3"

    @property
    def exports_path(self) -> Path:
        """Where reports and dossiers are written."""
        return self.path / "exports"

    def require(self) -> None:
        """Refuse a folder that holds no case."""
        if not self.journal_path.exists():
            raise ActionError(
                "no-case",
                f"There is no case in {self.path}.",
                "Give the folder of a case, or make one with `embers init FOLDER`.",
            )

    def keyring(self) -> Keyring:
        """Open the keyring, which lies outside the case folder."""
        return Keyring(self.keyring_path, self.surroundings, passphrase=self.passphrase)

    def objects(self) -> LocalObjectStore:
        """Open the object store."""
        return LocalObjectStore(self.objects_path, self.surroundings)

    def journal(self, *, read_only: bool = False) -> Journal:
        """Open the journal; a reader needs no keyring."""
        self.require()
        return Journal.open(
            self.journal_path,
            self.surroundings,
            keyring=None if read_only else self.keyring(),
            objects=self.objects(),
        )

    def projection(self) -> CaseDatabase:
        """Return a writable projection that holds every entry of the journal."""
        return bring_up_to_date(self.journal(read_only=True), self.objects(), self.projection_path)

    def projection_to_read(self) -> CaseDatabase:
        """Return the projection read-only; it must be current."""
        self.require()
        database = CaseDatabase(self.projection_path, read_only=True)
        database.require_current()
        return database
