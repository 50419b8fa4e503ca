"""The demonstration: its cases from their data, verified, with report and dossier. Running it again is safe."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from embers.actions.case_folder import DEMO_MARK, CaseFolder
from embers.actions.cases import case_subject, open_case
from embers.actions.dossiers import export_dossier
from embers.actions.editions import body_named
from embers.actions.exercise.case import body_of, build_exercise, is_complete
from embers.actions.imagery_case import import_imagery
from embers.actions.published.case import import_published
from embers.actions.published.known import known_ids
from embers.actions.recorder import Recorder
from embers.actions.reports import build_and_record
from embers.actions.verification import verify_case
from embers.errors import ActionError
from embers.projections.view import ProjectedCase
from embers.reporting.faces import font_folder
from embers.surroundings import Surroundings

STAFF = "demo-01"
_MARK_TEXT = b"Keys in this folder sign demonstration cases only. Do not use them for anything else.\n"
Progress = Callable[[str], None]
Import = Callable[[Recorder, set[str], str], int]


@dataclass(frozen=True, slots=True)
class BuiltCase:
    """One demonstration case and where its parts are."""

    title: str
    folder: Path
    pdf: Path
    dossier: Path
    entries: int
    objects: int
    new_acts: int


def build_demonstration(
    folder: Path, *, published: Path, imagery: Path, progress: Progress, exercise: Path | None = None
) -> tuple[BuiltCase, ...]:
    """Build or complete the cases below ``folder``; refuse a folder that holds anything else.

    With ``exercise`` the training case of an invented country is built too.
    """
    surroundings = Surroundings()
    ring = folder / "keyring"
    if folder.exists() and any(folder.iterdir()) and not (ring / DEMO_MARK).exists():
        raise ActionError(
            "folder", f"{folder} is not empty and is no demonstration.", "Choose another folder."
        )
    surroundings.disk.make_folder(ring)
    if not (ring / DEMO_MARK).exists():
        with surroundings.disk.create(ring / DEMO_MARK) as handle:
            handle.write(_MARK_TEXT)

    def facts(recorder: Recorder, known: set[str], case: str) -> int:
        return import_published(recorder, published, known=known, case=case)

    def scenes(recorder: Recorder, known: set[str], case: str) -> int:
        font = font_folder() / "NotoSans-Regular.ttf"
        return import_imagery(recorder, imagery, known=known, case=case, font=font)

    built = [
        _build(CaseFolder(folder / name, ring, surroundings), run, progress)
        for name, run in (("karabakh2020", facts), ("imagery", scenes))
    ]
    if exercise is not None:
        built.append(_build_exercise(CaseFolder(folder / "exercise", ring, surroundings), exercise, progress))
    return tuple(built)


def _build(folder: CaseFolder, run: Import, progress: Progress) -> BuiltCase:
    recorder = _recorder(folder)
    progress(f"{folder.path.name}: recording")
    case = case_subject(recorder.journal)
    new = run(recorder, known_ids(recorder.journal), case)
    return _finish(folder, recorder, progress, new=new, body="")


def _build_exercise(folder: CaseFolder, source: Path, progress: Progress) -> BuiltCase:
    """Build the exercise anew if a former run was cut off: its ids are random, so it cannot be gone on with."""
    recorder = _recorder(folder)
    case = case_subject(recorder.journal)
    if not is_complete(folder, case) and recorder.journal.heads()[0].size > 1:
        recorder.journal.close()
        folder.projection().close()
        shutil.rmtree(folder.path)
        recorder = _recorder(folder)
        case = case_subject(recorder.journal)
    progress(f"{folder.path.name}: recording")
    new = build_exercise(folder, recorder, source, case=case)
    body = body_named(ProjectedCase(folder.projection()), body_of(source))
    build_and_record(folder, recorder)
    return _finish(folder, recorder, progress, new=new, body=body)


def _finish(folder: CaseFolder, recorder: Recorder, progress: Progress, *, new: int, body: str) -> BuiltCase:
    case = case_subject(recorder.journal)
    progress(f"{folder.path.name}: {new} new signed acts; building the report")
    report = build_and_record(folder, recorder, body=body)
    progress(f"{folder.path.name}: writing the dossier")
    dossier = export_dossier(folder, folder.exports_path / "dossier", replace=True, body=body)
    progress(f"{folder.path.name}: verifying")
    check = verify_case(folder)
    if not check.sound:
        first = check.problems[0]
        raise ActionError("verify", f"{folder.path}: {first.where}: {first.what}.", first.hint)
    title = ProjectedCase(folder.projection_to_read()).subject(case).text("case-title")
    return BuiltCase(title, folder.path, report.pdf, dossier.path, check.entries, check.objects, new)


def _recorder(folder: CaseFolder) -> Recorder:
    if not folder.journal_path.exists():
        if folder.path.exists():  # a former run was stopped before the case was opened: nothing is lost by it
            shutil.rmtree(folder.path)
        return open_case(folder, staff=STAFF, role="demonstration")
    return Recorder(
        journal=folder.journal(),
        objects=folder.objects(),
        person=folder.keyring().load_person(STAFF),
        role="demonstration",
        surroundings=folder.surroundings,
    )
