"""How commands speak: plain text for people, one JSON value with ``--json``, errors with a next step.

Exit codes: 0 done, 1 a problem was found, 2 the call was wrong.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, is_dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import typer

from embers.errors import EmbersError, StorageError, UsageError
from embers.journal.sqlite_connection import DATABASE_ERRORS

P = ParamSpec("P")
R = TypeVar("R")

DONE, PROBLEM, WRONG_CALL = 0, 1, 2
_STEERING = {
    code: f"\\u{code:04x}"
    for code in (*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    if chr(code) not in "\n\t"
}


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)


def for_terminal(text: str) -> str:
    """Write out what could steer a terminal or turn a line round, and bytes that are no text: anybody names files."""
    return text.translate(_STEERING).encode("utf-8", "backslashreplace").decode()


def say(text: str = "") -> None:
    """Print a line for a person."""
    sys.stdout.write(for_terminal(text) + "\n")


def emit(value: object) -> None:
    """Print one JSON value."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=_plain)
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode() + "\n")


def table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in aligned columns."""
    if not rows:
        return
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def fail(error: EmbersError, *, as_json: bool = False) -> typer.Exit:
    """Print an error and return the exit to raise."""
    if as_json:
        emit({"error": error.code, "message": error.message, "hint": error.hint})
    else:
        sys.stderr.write(f"embers: {for_terminal(error.message)}\n")
        if error.hint:
            sys.stderr.write(f"        {for_terminal(error.hint)}\n")
    return typer.Exit(WRONG_CALL if isinstance(error, UsageError) else PROBLEM)


def storage_error(error: Exception) -> StorageError | None:
    """Return what the disk or a database on it refused as an error with words; nothing for any other error."""
    if isinstance(error, BrokenPipeError):  # the reader of our output left; that is nobody's fault
        return None
    if isinstance(error, OSError):
        return StorageError.of(error)
    # Django raises errors of its own from the database's.
    database = isinstance(error, DATABASE_ERRORS) or isinstance(error.__cause__, DATABASE_ERRORS)
    return StorageError.of_database(error) if database else None


def command(function: Callable[P, R]) -> Callable[P, R]:
    """Turn an :class:`EmbersError`, or what the disk refused, into its message and exit code."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except EmbersError as error:
            raise fail(error, as_json=bool(kwargs.get("as_json"))) from error
        except Exception as error:
            known = storage_error(error)
            if known is None:
                raise
            raise fail(known, as_json=bool(kwargs.get("as_json"))) from error

    return run


JSON_OPTION: Any = typer.Option(False, "--json", help="Print one JSON value instead of text.")
