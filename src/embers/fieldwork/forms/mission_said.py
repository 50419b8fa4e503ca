"""What a filled form of a mission's day says: the log, and what was refused."""

from __future__ import annotations

from embers.fieldwork.forms.filled import Filled
from embers.fieldwork.forms.said import NOT_STATED, Ids, Said, only, row, staff_code


def said_of_day(filled: Filled, ids: Ids) -> Said:
    """Return what a day says of its mission; of a mission the case does not have, nothing."""
    mission = filled.get("mission")
    said = Said()
    said.operator = staff_code(said, filled.get("operator"), "operator") or NOT_STATED
    if not ids.known("mission", mission):
        said.warn("The mission it names is none of this case; nothing was taken over.")
        return said
    said.about = mission
    if text := filled.get("log"):
        value = {"day": filled.get("day"), "text": text, "by": said.operator}
        said.say("mission.log", mission, "mission-log", value, row("log"))
    if filled.get("refused") == "yes":
        value = only(
            day=filled.get("day"),
            kind=filled.get("refusal_kind"),
            by=filled.get("refused_by"),
            reason=filled.get("refusal_reason"),
        )
        said.say("mission.refusal", mission, "mission-refusal", value, row("refused"))
    return said
