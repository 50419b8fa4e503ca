"""Verifying a whole case: journal, objects, and the projection against a fresh one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from embers.actions.case_folder import CaseFolder
from embers.actions.erased_copies import find_copies
from embers.actions.sync import look_at_copies
from embers.custody.time_bracket import Stamp, read_time_proofs
from embers.errors import EmbersError
from embers.journal.erasure import Erasure, erased_objects
from embers.journal.verify import Problem, verify_journal
from embers.projections.database import remove_database
from embers.projections.engine import beside
from embers.projections.rebuild import differences
from embers.surroundings import utc_text

_FORKED = "forked: its key signed two histories; both are kept, and nobody has said which one counts"
_DECIDE = "Find out which device was copied, then run `embers device accept`."
_FREE = "Run `embers sync free`: a crash or an old back-up left it here."
_ERASE = "Run `embers erase run`: a crash or an old back-up left it here, or a legal hold keeps it."


@dataclass(frozen=True, slots=True)
class CaseCheck:
    """What was checked in a case, and every problem with its place."""

    entries: int
    logs: int
    checkpoints: int
    objects: int
    projection: bool
    erased: tuple[str, ...]
    elsewhere: int
    apart: tuple[str, ...]
    problems: tuple[Problem, ...]
    mark: Mapping[str, tuple[int, str]]
    time: tuple[str, ...] = ()

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
    erased = erased_objects(journal.store)
    copies = look_at_copies(folder, journal)
    problems += [
        Problem(f"object {found.sha256}", found.what)
        for found in objects.verify_all()  # cut off while it was destroyed: named below as left over
        if found.sha256 not in erased and found.sha256 not in copies.given_up
    ]
    absent = sorted(report.objects - stored)
    problems += [
        Problem(f"object {sha256}", "is missing")
        for sha256 in absent
        if sha256 not in erased and sha256 not in copies.elsewhere
    ]
    problems += [Problem(f"log {origin}", _FORKED, _DECIDE) for origin in copies.forked]
    problems += [_left_over(sha256, erased[sha256]) for sha256 in sorted(stored & erased.keys())]
    problems += [
        Problem(f"object {sha256}", "should be gone: it was given up here", _FREE)
        for sha256 in sorted(stored & copies.given_up - erased.keys())
    ]
    problems += _left_wraps(folder, erased)
    problems += [
        Problem(path.relative_to(folder.path).as_posix(), "should be gone: its bytes were erased", _ERASE)
        for path in find_copies(folder.path, erased.keys(), folder.surroundings)
    ]
    stamps = read_time_proofs(journal, objects).stamps
    problems += _wrong_stamps(stamps)
    compared = False
    if with_projection and _has_projection(folder) and not problems:
        problems += _projection(folder)
        compared = True
    journal.close()
    return CaseCheck(
        entries=report.entries,
        logs=report.logs,
        checkpoints=report.checkpoints,
        objects=len(stored),
        projection=compared,
        erased=tuple(_erased(sha256, erased[sha256]) for sha256 in absent if sha256 in erased),
        elsewhere=len(copies.elsewhere & set(absent)),
        apart=copies.apart,
        problems=tuple(problems),
        mark=report.mark,
        time=tuple(_stamp_words(stamp) for stamp in stamps),
    )


def _stamp_words(stamp: Stamp) -> str:
    """Say in a line what a time-stamp is worth: whose it is, its time, which verifier accepts it today."""
    name = stamp.value.get("authority", "unknown")
    if not stamp.trusted or stamp.verdict.time is None:
        return f"{name}: kept, but proves no time: {stamp.verdict.problem or stamp.problems[0]}"
    states = ", ".join(f"{point.size} entries of {origin}" for origin, (point, _) in stamp.states.items())
    return f"{name}: {utc_text(stamp.verdict.time)} over {states}; accepted by {stamp.verdict.verifier}"


def _wrong_stamps(stamps: Sequence[Stamp]) -> list[Problem]:
    """A reply that was accepted once must be accepted for ever; what it covers must still be the history here."""
    found = []
    for stamp in stamps:
        where = f"time-stamp of {stamp.value.get('authority')} in entry {stamp.entry}"
        found += [Problem(where, what.rstrip(".")) for what in stamp.problems]
        if stamp.value.get("verifier") and not stamp.verdict.trusted:
            found.append(
                Problem(where, f"was accepted once and is not now: {stamp.verdict.problem}".rstrip("."))
            )
    return found


def _erased(sha256: str, erasure: Erasure) -> str:
    return f"object {sha256} was erased by entry {erasure.entry} on the ground {erasure.value['ground']}"


def _left_over(sha256: str, erasure: Erasure) -> Problem:
    what = f"should be gone: it was erased by entry {erasure.entry} on the ground {erasure.value['ground']}"
    return Problem(f"object {sha256}", what, _ERASE)


def _left_wraps(folder: CaseFolder, erased: Mapping[str, Erasure]) -> list[Problem]:
    names = folder.wraps().all()
    return [
        Problem(f"wrap {name.opens}.{name.key}", "should be gone: its object was erased", _ERASE)
        for name in names
        if name.opens in erased
    ]


def _has_projection(folder: CaseFolder) -> bool:
    """Tell whether anything was computed here yet; a server that cannot be asked is told of by the comparison."""
    try:
        database = folder.database()
        return database.engine.exists(database)
    except EmbersError:
        return True


def _projection(folder: CaseFolder) -> list[Problem]:
    hint = "Run `embers rebuild`; a projection can always be thrown away."
    fresh = beside(folder.projection_place, "check")
    try:
        remove_database(fresh)
        stored = folder.tables()
        if not stored.current():
            return [Problem(stored.name, "was made by another version of Embers", hint)]
        behind = folder.journal(read_only=True).store.last_position() - int(stored.meta("position") or 0)
        if behind > 0:  # cut off between an entry and its rows; comparing would name every one of them
            return [Problem(stored.name, f"is {behind} entries behind the journal", hint)]
        folder.rebuild(fresh)
        built = folder.tables(fresh)
        found = [
            Problem(f"projection, {text}", "differs from the journal", hint)
            for text in differences(stored, built)
        ]
        built.close()
        stored.close()
        remove_database(fresh)
        return found
    except EmbersError as error:
        return [Problem("the tables of the case", error.message, hint)]
