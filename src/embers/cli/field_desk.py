"""What the commands of fieldwork share: the open case, signing, and finding subjects by their codes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from embers.cli.where import Here, here, recorder, say_exercise
from embers.errors import UsageError

if TYPE_CHECKING:
    from embers.actions.recorder import Act, Recorder
    from embers.case_view import Record
    from embers.projections.view import ProjectedCase

#: By kind the predicate that holds the code people use.
_CODES = {
    "interview": "interview-code",
    "incident": "incident-code",
    "site": "site-code",
    "mission": "mission-code",
    "visit": "visit-code",
    "remnant": "remnant-code",
}


@dataclass(frozen=True, slots=True)
class FieldDesk:
    """An open case with its signer."""

    found: Here
    signer: Recorder

    @property
    def view(self) -> ProjectedCase:
        """The case as it stands now."""
        from embers.projections.view import ProjectedCase

        return ProjectedCase(self.found.folder.projection())

    def record(self, *acts: Act) -> list[str]:
        """Sign acts and bring the tables up to date; return the entries."""
        entries = [signed.id for signed in self.signer.record_all(acts)]
        self.found.folder.projection()
        return entries

    def named(self, kind: str, name: str) -> Record:
        """Return a subject by code or id; an unknown one is refused with the codes there are."""
        records = self.view.kind(kind)
        codes = {record.text(_CODES[kind]): record for record in records.values()}
        found = codes.get(name) or records.get(name)
        if found is None:
            raise UsageError(
                kind,
                f"There is no {kind} {name!r} in this case.",
                f"There are: {', '.join(sorted(codes)[:12]) or 'none yet'}.",
            )
        return found


def field_desk(case: Path | None, *, role: str = "investigator") -> FieldDesk:
    """Open a case for somebody who records fieldwork."""
    found = here(case)
    desk = FieldDesk(found, recorder(found, role=role))
    say_exercise(found)
    return desk
