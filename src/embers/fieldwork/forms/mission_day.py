"""The form of one day of a mission: the log, and what was refused."""

from __future__ import annotations

from embers.fieldwork.forms.asked_alike import DAY, MISSION, OPERATOR, TIMES
from embers.fieldwork.forms.question import Form, Question

_REFUSED = "${refused} = 'yes'"

MISSION_DAY = Form(
    "embers_mission_day",
    "2026112801",
    "Day of a mission, and what was refused",
    "confidential",
    (
        Question("note", "warning", "Never write a name here: write codes."),
        *TIMES,
        OPERATOR,
        MISSION,
        DAY,
        Question("text", "log", "Daily log", appearance="multiline"),
        Question("select_one", "refused", "Was anything refused?", choices="yes-no", required=True),
        Question(
            "select_one",
            "refusal_kind",
            "What was refused",
            choices="refusal-kind",
            relevant=_REFUSED,
            required=True,
        ),
        Question(
            "text",
            "refused_by",
            "By which body",
            hint="For a person: a person asked.",
            relevant=_REFUSED,
            required=True,
        ),
        Question("text", "refusal_reason", "Reason, if one was given", relevant=_REFUSED),
    ),
)
