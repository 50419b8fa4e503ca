"""Errors with a stable code, a human sentence and a next step.

Every error that can reach a person is an :class:`EmbersError`. The command line prints it, the web
pages translate it, the API returns ``code``. Codes never change their meaning; they are listed in
``docs/reference/errors.md`` and a test compares that page with the classes below.
"""

from __future__ import annotations


class EmbersError(Exception):
    """Something is wrong that a person can understand and act on.

    ``code`` is stable and machine readable (``journal.signature``), ``message`` names the thing and
    says what is wrong, ``hint`` says what to do next.
    """

    family = "embers"

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = f"{self.family}.{code}"
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[object, ...]:
        """Errors of worker processes come back whole; an exception is otherwise rebuilt from its message alone."""
        return _rebuilt, (type(self), self.__dict__)


def _rebuilt(kind: type[EmbersError], said: dict[str, str]) -> EmbersError:
    error = kind.__new__(kind, said["message"])
    error.__dict__.update(said)
    return error


class JournalError(EmbersError):
    """An entry, checkpoint or log is malformed, unsigned, altered or out of place."""

    family = "journal"


class ObjectError(EmbersError):
    """Stored bytes are missing, altered, or would be overwritten."""

    family = "object"


class SyncError(EmbersError):
    """A package, receipt or request of another copy is malformed, unproven, or cannot be carried now."""

    family = "sync"


class VocabularyError(EmbersError):
    """A kind, predicate, code or value is not in the vocabulary or has the wrong shape."""

    family = "vocabulary"


class DateError(EmbersError):
    """A date is not valid EDTF."""

    family = "date"


class PlaceError(EmbersError):
    """A coordinate is out of range or lacks precision or method."""

    family = "place"


class SettingsError(EmbersError):
    """A setting is unknown or has a value of the wrong kind."""

    family = "settings"


class CustodyError(EmbersError):
    """Material could not be taken in, handed over or packaged without loss."""

    family = "custody"


class FieldworkError(EmbersError):
    """A measurement, an interview or a visit is recorded incompletely, or contradicts itself."""

    family = "fieldwork"


class ConsentError(EmbersError):
    """Somebody's consent does not cover a use, or a record of consent is incomplete."""

    family = "consent"


class ImageryError(EmbersError):
    """A scene cannot be read, or its manifest does not say what it should."""

    family = "imagery"


class LawError(EmbersError):
    """A legal source, charge, proposition or ledger input is unknown or inconsistent."""

    family = "law"


class ReportError(EmbersError):
    """A report cannot be built: a sentence has no basis, a face is missing, a figure is unreadable."""

    family = "report"


class ProjectionError(EmbersError):
    """The case database does not match the journal, or is being written by somebody else."""

    family = "projection"


class ActionError(EmbersError):
    """A requested act is refused: it is incomplete, not allowed, or already done."""

    family = "action"


class AccessDenied(EmbersError):  # noqa: N818 - the field says "access denied"
    """The person acting may not see or do this."""

    family = "access"


_DISK = "What was confirmed before is safe. Check the disk's free space, health and permissions, then do it again."


class StorageError(EmbersError):
    """The computer could not read or write a file: a full or failing disk, a missing permission."""

    family = "storage"

    @classmethod
    def of(cls, error: OSError) -> StorageError:
        """Say what the system refused, and on which file when it tells."""
        what = error.strerror or str(error) or type(error).__name__
        named = f"{error.filename}: {what}" if error.filename else what
        return cls(
            "system",
            f"The computer could not read or write a file ({named}).",
            _DISK,
        )

    @classmethod
    def of_database(cls, error: Exception) -> StorageError:
        """Say that a database file could not be read or written."""
        return cls("database", f"A database of the case could not be read or written ({error}).", _DISK)


class ApiError(EmbersError):
    """A request to the API is refused before anything was done: no token, no key, a body that cannot be read."""

    family = "api"


class UsageError(EmbersError):
    """A command was called with arguments that make no sense together (exit code 2)."""

    family = "usage"
