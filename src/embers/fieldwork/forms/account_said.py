"""What a filled form of a first account says: consent, the setting, and each answer as it was given."""

from __future__ import annotations

from embers.fieldwork.forms.filled import Filled
from embers.fieldwork.forms.first_account import GUIDE
from embers.fieldwork.forms.said import NOT_STATED, Ids, Link, Said, only, row, staff_code
from embers.fieldwork.interview import FIRST_ACCOUNT

_OPEN, _CONSENT, _ANSWER, _ITEM = "interview.open", "consent.record", "interview.answer", "interview.item"
#: Uses the form asks about. What is asked and not chosen is refused; sharing is agreed on for each body at the office.
USES = ("analysis", "publish-anonymous", "publish-named", "contact", "recording")


def said_of_account(filled: Filled, ids: Ids) -> Said:
    """Return what a first account says. A person who did not agree is heard of only as a refusal, without any code."""
    said = Said()
    said.operator = staff_code(said, filled.get("operator"), "operator") or NOT_STATED
    if filled.get("agreed") != "yes":
        return _refused(filled, said, ids)
    interview = said.about = said.testimony = ids.own("interview")
    person = ids.coded(filled.get("person_code"))
    if person:
        said.say(_OPEN, interview, "interview-of", person, row("person_code"))
    else:
        said.warn(
            "The code of the person is no code; it was not taken over. Say on the interview who was heard."
        )
    code = filled.get("interview_code") or f"P-{interview[-6:]}"
    interpreter = staff_code(said, filled.get("interpreter"), "interpreter")
    language = filled.get("language") or "und"
    said.say(_OPEN, interview, "interview-code", code, row("interview_code"))
    said.say(_OPEN, interview, "interview-held", filled.get("day"), row("day"))
    said.say(_OPEN, interview, "interview-mode", FIRST_ACCOUNT, row("form"))
    if ids.known("mission", filled.get("mission")):
        said.say(_OPEN, interview, "interview-mission", filled.get("mission"), row("mission"))
    else:
        said.warn("The mission it names is none of this case.")
    before = only(
        heard_before=filled.get("heard_before") or "unknown",
        by=filled.get("heard_by"),
        needed=filled.get("heard_needed"),
    )
    said.say(_OPEN, interview, "interview-preparation", before, row("heard_before"))
    setting = only(
        interviewer=said.operator, language=language, interpreter=interpreter, setting=filled.get("setting")
    )
    said.say(_OPEN, interview, "interview-setting", setting, row("language"))
    _consent(filled, said, interview, language, interpreter)
    _answers(filled, said, interview, language)
    return said


def _consent(filled: Filled, said: Said, interview: str, language: str, interpreter: str) -> None:
    talk = only(
        explained_by=said.operator, language=language, means=filled.get("explained"), interpreter=interpreter
    )
    if filled.get("explained"):
        said.say(_CONSENT, interview, "consent-talk", talk, row("explained"))
    chosen = filled.get("uses").split()
    for use in USES:
        said.say(_CONSENT, interview, "consent-scope", {"use": use, "given": use in chosen}, row("uses", use))


def _answers(filled: Filled, said: Said, interview: str, language: str) -> None:
    for number, question in enumerate(GUIDE, start=1):
        if text := filled.get(f"answer_{number}"):
            value = {
                "number": number,
                "phase": "account",
                "question": question,
                "answer": text,
                "language": language,
            }
            said.say(_ANSWER, interview, "interview-answer", value, row("answer", str(number)))
    for name, role, title in (("recording", "recording", "Recording"), ("sketch", "sketch", "Sketch")):
        if file := filled.get(name):
            if name == "recording" and "recording" not in filled.get("uses").split():
                said.warn("A recording came although the person did not agree to one; no export may hold it.")
            link = Link(file, _ITEM, interview, "interview-item", {"role": role}, title, row(name))
            said.links.append(link)


def _refused(filled: Filled, said: Said, ids: Ids) -> Said:
    mission = filled.get("mission")
    if not ids.known("mission", mission):
        said.warn("The mission it names is none of this case, so the refusal stands in the submission only.")
        return said
    said.about = mission
    value = only(
        day=filled.get("day"), kind="interview", by="a person asked", reason=filled.get("refusal_reason")
    )
    said.say("mission.refusal", mission, "mission-refusal", value, row("agreed"))
    return said
