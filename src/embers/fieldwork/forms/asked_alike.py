"""Questions that every form asks in the same words."""

from __future__ import annotations

from embers.fieldwork.forms.question import Question

#: A code has a digit, so that it is no name: staff codes as missions record them, codes of people as sheets do.
STAFF_CODE = "regex(., '^[A-Za-z][A-Za-z0-9-]*[0-9][A-Za-z0-9-]*$') and string-length(.) <= 20"
PERSON_CODE = "regex(., '^[A-Z0-9][A-Z0-9-]*$') and regex(., '^.*[0-9].*$') and string-length(.) <= 20"
#: A code of a site, an interview, a crater: it may be looked for later, so it holds no space.
CODE = "regex(., '^[A-Za-z0-9][A-Za-z0-9./-]*$') and string-length(.) <= 30"
CODE_MESSAGE = "Letters, digits and hyphens, without a space."
PAST = ". <= today()"
PAST_MESSAGE = "A day that is over, or today."

#: When the form was opened and finished on the phone. They stay in the preserved submission.
TIMES = (Question("start", "start"), Question("end", "end"))

OPERATOR = Question(
    "text",
    "operator",
    "Staff code",
    hint="Your code, such as F-03; never your name.",
    constraint=STAFF_CODE,
    message="A staff code has letters and at least one digit. A name has none.",
    required=True,
)
MISSION = Question("select_one", "mission", "Mission", table="missions", required=True)
DAY = Question("date", "day", "Day", default="today()", constraint=PAST, message=PAST_MESSAGE, required=True)


def whole(
    name: str, label: str, *, most: int = 100_000, required: bool = False, relevant: str = ""
) -> Question:
    """Ask for a length in whole millimetres."""
    return Question(
        "integer",
        name,
        label,
        constraint=f". > 0 and . <= {most}",
        message="Whole millimetres, more than 0.",
        required=required,
        relevant=relevant,
    )


def degrees(name: str, label: str, *, hint: str = "", required: bool = False, relevant: str = "") -> Question:
    """Ask for a direction in degrees, clockwise from north."""
    return Question(
        "decimal",
        name,
        label,
        hint=hint,
        constraint=". >= 0 and . < 360",
        message="Degrees from 0 up to 360, 360 itself not included.",
        required=required,
        relevant=relevant,
    )
