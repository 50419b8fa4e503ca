"""The form of a first account: open questions only, the person under a code, consent before anything is asked.

It never asks a name, and not how the person is found again: that goes on the identity sheet, which is sealed.
"""

from __future__ import annotations

from embers.fieldwork.forms.asked_alike import (
    CODE,
    CODE_MESSAGE,
    DAY,
    MISSION,
    OPERATOR,
    PERSON_CODE,
    STAFF_CODE,
    TIMES,
)
from embers.fieldwork.forms.question import Form, Group, Question
from embers.fieldwork.interview import FIRST_ACCOUNT_GUIDE

#: The last question of the guide asks how to find the person again. Its answer is sealed, never on a phone.
GUIDE = FIRST_ACCOUNT_GUIDE[:-1]
_AGREED = "${agreed} = 'yes'"
_HEARD = "${heard_before} = 'us' or ${heard_before} = 'other'"
_CODE_ONLY = "A code has capital letters and at least one digit. A name has none."

_BEFORE = (
    Question(
        "note",
        "warning",
        "Never write a name here, not of the person, not of anybody they tell of: write codes. Names and contacts go "
        "on the identity sheet, which is sealed.",
    ),
    OPERATOR,
    MISSION,
    DAY,
    Question(
        "text",
        "language",
        "Language of the interview",
        hint="As a code: hy, az, ru, uk, en, ar.",
        constraint="regex(., '^[a-z]{2,3}$')",
        message="Two or three small letters, such as hy.",
        required=True,
    ),
    Question(
        "text",
        "interpreter",
        "Interpreter",
        hint="Staff code; empty if there is none.",
        constraint=STAFF_CODE,
        message="A staff code has letters and at least one digit. A name has none.",
    ),
    Question("select_one", "explained", "How consent was explained", choices="consent-means", required=True),
    Question("select_one", "agreed", "Does the person agree to be heard?", choices="yes-no", required=True),
    Question("text", "refusal_reason", "Reason, if one was given", relevant="${agreed} = 'no'"),
)
#: Asked of somebody who agreed only: a refusal stands under no code.
_WHO = Group(
    "who",
    "Person",
    (
        Question(
            "text",
            "person_code",
            "Code of the person",
            constraint=PERSON_CODE,
            message=_CODE_ONLY,
            required=True,
        ),
        Question(
            "select_one", "heard_before", "Heard before by somebody", choices="heard-before", required=True
        ),
        Question("text", "heard_by", "By which body", relevant="${heard_before} = 'other'", required=True),
        Question(
            "text",
            "heard_needed",
            "What is needed that the earlier account cannot give",
            relevant=_HEARD,
            required=True,
        ),
        Question("text", "setting", "Kind of room", hint="Never an address."),
        Question(
            "select_multiple",
            "uses",
            "What the person agrees to",
            choices="consent-use",
            without=("share",),
            hint="Sharing with a body is agreed on for each body by name, at the office.",
        ),
        Question(
            "text",
            "interview_code",
            "Code of the interview",
            constraint=CODE,
            message=CODE_MESSAGE,
            required=True,
        ),
    ),
    relevant=_AGREED,
)
_ACCOUNT = Group(
    "account",
    "First account",
    (
        Question(
            "audio",
            "recording",
            "Recording",
            relevant="selected(${uses}, 'recording')",
            parameters="quality=normal",
        ),
        *(
            Question("text", f"answer_{number}", question, appearance="multiline", required=number == 1)
            for number, question in enumerate(GUIDE, start=1)
        ),
        Question("image", "sketch", "Sketch by the person interviewed", hint="No names on it."),
    ),
    relevant=_AGREED,
)

FIRST_ACCOUNT_FORM = Form(
    "embers_first_account", "2026112801", "First account", "confidential", (*_BEFORE, *TIMES, _WHO, _ACCOUNT)
)
