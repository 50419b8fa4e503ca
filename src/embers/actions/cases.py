"""Opening a case: the folder, the first signed entry, and what the case says about itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from embers.actions.case_folder import SETTINGS_NAME, CaseFolder
from embers.actions.recorder import Act, Recorder
from embers.errors import ActionError
from embers.ids import derived_subject, new_id, new_subject
from embers.journal.assertion import JsonValue
from embers.journal.entry import EntryDraft
from embers.journal.journal import Journal, key_assertion, log_assertion
from embers.journal.roster import OPENING
from embers.settings import without_password
from embers.surroundings import write_new


@dataclass(frozen=True, slots=True)
class CaseProfile:
    """What a case says about itself; every text is printed in its reports."""

    title: str
    scope: str
    period: str
    naming: str
    profile: str
    classifications: Sequence[str] = ()
    notices: Sequence[str] = ()
    limits: Sequence[str] = ()
    methods: Sequence[str] = ()
    exercise: bool = False


def describe_case(recorder: Recorder, case: str, profile: CaseProfile) -> Act:
    """Say what the case is about: scope, period, naming policy, counting profile, limits."""
    values: list[tuple[str, JsonValue]] = [
        ("case-title", {"text": profile.title, "lang": "en"}),
        ("case-scope", profile.scope),
        ("case-period", profile.period),
        ("case-naming", profile.naming),
        ("case-profile", profile.profile),
        ("case-exercise", profile.exercise),
        *(("case-classification", code) for code in profile.classifications),
        *(("case-notice", text) for text in profile.notices),
        *(("case-limit", text) for text in profile.limits),
        *(("case-method", text) for text in profile.methods),
    ]
    said = [recorder.new_assertion(case, predicate, value) for predicate, value in values if value != ""]
    return Act("case.describe", tuple(said), reason="Scope and rules of the case, the same for every party.")


def name_party(recorder: Recorder, code: str, name: str, *, key: str) -> Act:
    """Name a party to the conflict, neutrally."""
    party = derived_subject("party", key, code)
    return Act(
        "party.name",
        (
            recorder.new_assertion(party, "party-code", code),
            recorder.new_assertion(party, "party-name", {"text": name, "lang": "en"}),
        ),
    )


def open_case(folder: CaseFolder, *, staff: str, role: str, settings: str = "") -> Recorder:
    """Create a case folder with its first signed entry, and return a recorder for the person who opened it.

    ``staff`` is the short name of the person's key and a code, never a person's name. A folder that already
    holds a case is refused; nothing in it is touched.
    """
    if folder.journal_path.exists() and folder.journal(read_only=True).logs():
        raise ActionError(
            "exists", f"There is already a case in {folder.path}.", "Open it, or choose another folder."
        )
    surroundings = folder.surroundings
    for path in (folder.path, folder.objects_path):
        surroundings.disk.make_folder(path)
    if folder.key is None:
        surroundings.disk.make_folder(folder.exports_path)
    ring = folder.keyring()
    person = ring.load_person(staff) if ring.has_person(staff) else ring.create_person(staff)
    device = ring.create_device()
    settings_path = folder.path / SETTINGS_NAME
    if not settings_path.exists():
        write_new(surroundings.disk, settings_path, (settings or _settings(folder, staff)).encode())
    cut_off = folder.journal_path.exists()  # an opening that did not come to its first entry
    journal = folder.journal() if cut_off else folder.create_journal()
    recorder = Recorder(journal, folder.objects(), person, role, surroundings)
    case = new_id(surroundings.randomness)
    staff_subject = new_subject("person", surroundings.randomness)
    first = (
        key_assertion(new_id(surroundings.randomness), staff_subject, person),
        recorder.new_assertion(staff_subject, "staff-code", staff),
        log_assertion(
            new_id(surroundings.randomness), new_subject("device", surroundings.randomness), device
        ),
        recorder.new_assertion(f"case:{case}", "note", "The case was opened."),
    )
    draft = EntryDraft(
        act=OPENING,
        role=role,
        at=recorder.claimed(surroundings.clock.now()),
        assertions=first,
        reason="Opening of the case; this entry registers the keys that trust in it begins with.",
    )
    journal.start_log(draft, person, case=case, device=device)
    return recorder


def _settings(folder: CaseFolder, staff: str) -> str:
    """Return the first settings of a case: who works here, and which servers hold it. Never a password."""
    lines = [f'person = "{staff}"']
    if folder.journal_address:
        lines.append(f'journal = "{without_password(folder.journal_address)}"')
    if folder.objects_address:
        lines.append(f'objects = "{folder.objects_address}"')
    for name, address in (("tables", folder.tables_address), ("accounts", folder.accounts_address)):
        if address:
            lines.append(f'{name} = "{without_password(address)}"')
    return "\n".join([*lines, ""])


def case_subject(journal: Journal) -> str:
    """Return the subject id of the case a journal belongs to."""
    return f"case:{journal.logs()[0].case}"
