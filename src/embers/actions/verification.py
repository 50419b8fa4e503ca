"""Verifying a whole case: journal, objects, and the projection against a fresh one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from embers.actions.case_folder import CaseFolder
from embers.errors import EmbersError
from embers.journal.verify import Problem, verify_journal
from embers.projections.database import CaseDatabase, remove_database
from embers.projections.rebuild import differences, rebuild


@dataclass(frozen=True, slots=True)
class CaseCheck:
    """What was checked in a case, and every problem with its place."""

    entries: int
    logs: int
    checkpoints: int
    objects: int
    projection: bool
    problems: tuple[Problem, ...]
    mark: Mapping[str, tuple[int, str]]

    @property
    def sound(self) -> bool:
        """Tell whether nothing was found wrong."""
        return not self.problems


def verify_case(folder: CaseFolder, *, with_projection: bool = True) -> CaseCheck:
    """Verify a case in full. Nothing in it is changed; a fresh projection is built beside it and removed."""
    journal = folder.journal(read_only=True)
    report = verify_journal(journal, keyring=folder.keyring())
    problems = list(report.problems)
    objects = folder.objects()
    stored = set(objects.all())
    problems += [Problem(f"object {found.sha256}", found.what) for found in objects.verify_all()]
    problems += [Problem(f"object {sha256}", "is missing") for sha256 in sorted(report.objects - stored)]
    compared = False
    if with_projection and folder.projection_path.exists() and not problems:
        problems += _projection(folder)
        compared = True
    journal.close()
    return CaseCheck(
        entries=report.entries,
        logs=report.logs,
        checkpoints=report.checkpoints,
        objects=len(stored),
        projection=compared,
        problems=tuple(problems),
        mark=report.mark,
    )


def _projection(folder: CaseFolder) -> list[Problem]:
    hint = "Run `embers rebuild`; a projection can always be thrown away."
    fresh = folder.projection_path.with_name("case.check.sqlite3")
    remove_database(fresh)
    try:
        stored = CaseDatabase(folder.projection_path, read_only=True)
        if not stored.current():
            return [Problem(str(folder.projection_path), "was made by another version of Embers", hint)]
        rebuild(folder.journal(read_only=True), folder.objects(), fresh)
        built = CaseDatabase(fresh, read_only=True)
        found = [
            Problem(f"projection, {text}", "differs from the journal", hint)
            for text in differences(stored, built)
        ]
        built.close()
        stored.close()
        return found
    except EmbersError as error:
        return [Problem(str(folder.projection_path), error.message, hint)]
    finally:
        remove_database(fresh)
