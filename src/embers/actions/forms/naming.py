"""Names what one submission speaks of: the same submission, sent again or edited, names the same records."""

from __future__ import annotations

from dataclasses import dataclass, field

from embers.actions.recorder import Recorder
from embers.actions.sealing import coded_person
from embers.case_view import CaseView
from embers.errors import ActionError, VocabularyError
from embers.ids import derived_subject, kind_of


@dataclass(slots=True)
class SubmissionIds:
    """Ids derived from the case and from the random id of the first of a row of edits. ``new`` are persons to name."""

    case: str
    root: str
    recorder: Recorder
    view: CaseView
    reads: CaseView
    new: list[tuple[str, str]] = field(default_factory=list)

    def own(self, kind: str) -> str:
        """Return the record of a kind that the submission is about."""
        return derived_subject(kind, self.case, self.root)

    def item(self, *parts: str) -> str:
        """Return the item of a body or a file of the submission."""
        return derived_subject("item", self.case, self.root, *parts)

    def coded(self, code: str) -> str:
        """Return the person a code stands for; nothing for what is no code, which could be a name."""
        try:
            person, said = coded_person(self.recorder, self.view, code)
        except ActionError:
            return ""
        if said:
            person = derived_subject("person", self.case, self.root, code)
            self.new.append((person, code))
        return person

    def known(self, kind: str, id: str) -> bool:
        """Tell whether whoever sends finds a record of this kind under the id."""
        try:
            return kind_of(id) == kind and bool(self.reads.subject(id).held)
        except VocabularyError:
            return False
