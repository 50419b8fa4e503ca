"""``embers interview``: opened, asked, corrected, read back, closed; claims from answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from embers.cli.evidence import CASE_OPTION
from embers.cli.field_desk import field_desk
from embers.cli.output import JSON_OPTION, command, emit, say
from embers.errors import UsageError

INTERVIEW = Annotated[str, typer.Argument(help="Code of the interview.")]
LANGUAGE = Annotated[str, typer.Option(help="Language, such as en or hy.")]


@command
def open_(
    code: Annotated[str, typer.Argument(help="A new code for the interview, such as IV-017.")],
    person: Annotated[str, typer.Argument(help="Code of the person, such as W-017. Never a name.")],
    held: Annotated[str, typer.Argument(help="Day, such as 2031-05-09.")],
    *,
    interviewer: Annotated[str, typer.Option(help="Staff code.")],
    language: LANGUAGE,
    heard_before: Annotated[str, typer.Option(help="no, us, other, unknown.")],
    heard_by: Annotated[str, typer.Option(help="Which body heard the person before.")] = "",
    needed: Annotated[str, typer.Option(help="Why one more interview is needed all the same.")] = "",
    interpreter: Annotated[str, typer.Option(help="Code of the interpreter.")] = "",
    setting: Annotated[str, typer.Option(help="Kind of room; no address.")] = "",
    mode: Annotated[str, typer.Option(help="full, or first-account.")] = "full",
    mission: Annotated[str, typer.Option(help="Code of the mission.")] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Open an interview, once it is recorded whether somebody heard the person before."""
    from embers.actions.interviews import Setting, open_interview
    from embers.fieldwork.interview import Preparation

    desk = field_desk(case, role="interviewer")
    subject, act = open_interview(
        desk.signer,
        desk.view,
        code=code,
        person_code=person,
        held=held,
        preparation=Preparation(heard_before, heard_by, needed),
        setting=Setting(interviewer, language, interpreter=interpreter, setting=setting),
        mode=mode,
        mission=desk.named("mission", mission).id if mission else "",
    )
    desk.record(act)
    if as_json:
        emit({"interview": subject})
    else:
        say(f"{code}: open. Record consent before the first question: `embers consent record {code} ...`")


@command
def guide(
    allegation: Annotated[
        str, typer.Argument(help="Allegation, such as shelling_civilians; empty: first account.")
    ] = "",
    *,
    as_json: bool = JSON_OPTION,
) -> None:
    """Print what to ask about: the six questions of a first account, or the topics of an allegation."""
    from embers.fieldwork.interview import FIRST_ACCOUNT_GUIDE
    from embers.law.guides import guide_for

    lines = (
        [(g.topic, g.ask) for g in guide_for(allegation)]
        if allegation
        else [("", q) for q in FIRST_ACCOUNT_GUIDE]
    )
    if as_json:
        emit([{"topic": topic, "ask": ask} for topic, ask in lines])
        return
    for topic, ask in lines:
        say(f"{topic}: {ask}" if topic else ask)


@command
def ask(
    interview: INTERVIEW,
    question: Annotated[str, typer.Argument(help="The question as asked.")],
    answer: Annotated[str, typer.Argument(help="The answer as given.")],
    *,
    language: LANGUAGE,
    phase: Annotated[str, typer.Option(help="engage, account, closure.")] = "account",
    topic: Annotated[str, typer.Option(help="Topic of the guide.")] = "",
    seconds: Annotated[str, typer.Option(help="Stretch of the recording, such as 12.5-40.")] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Record a question and its answer."""
    from embers.actions.interviews import Asked, record_answer

    desk = field_desk(case, role="interviewer")
    record = desk.named("interview", interview)
    number, act = record_answer(
        desk.signer, record, Asked(question, answer, language, phase=phase, topic=topic, seconds=seconds)
    )
    desk.record(act)
    if as_json:
        emit({"answer": number})
    else:
        say(f"{interview}: answer {number} recorded.")


@command
def correct(
    interview: INTERVIEW,
    answer: Annotated[int, typer.Argument(help="Number of the answer.")],
    text: Annotated[str, typer.Argument(help="The correction in the person's words.")],
    *,
    language: LANGUAGE,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Record what the person corrected. The answer stays; both are read together."""
    from embers.actions.interviews import correct_answer

    desk = field_desk(case, role="interviewer")
    record = desk.named("interview", interview)
    (entry,) = desk.record(correct_answer(desk.signer, record, answer, text, language=language))
    if as_json:
        emit({"entry": entry})
    else:
        say(f"{interview}: correction to answer {answer} recorded.")


@command
def read_back(
    interview: INTERVIEW,
    *,
    language: LANGUAGE,
    by: Annotated[str, typer.Option(help="Code of whoever read it.")],
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Record that the account was read back so far."""
    from embers.actions.interviews import read_back as read_back_act

    desk = field_desk(case, role="interviewer")
    record = desk.named("interview", interview)
    (entry,) = desk.record(read_back_act(desk.signer, record, language=language, by=by))
    if as_json:
        emit({"entry": entry})
    else:
        say(f"{interview}: read back.")


@command
def close(
    interview: INTERVIEW,
    *,
    interviewee: Annotated[str, typer.Option(help="How the person signed: paper, spoken, mark.")],
    interviewer: Annotated[str, typer.Option(help="How the interviewer signed: key, paper.")] = "key",
    interpreter: Annotated[str, typer.Option(help="How the interpreter signed, if there was one.")] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Close an interview: its transcript becomes an item, with the signatures of both over its digest."""
    from embers.actions.interviews import close_interview

    desk = field_desk(case, role="interviewer")
    record = desk.named("interview", interview)
    signed = [("interviewee", interviewee), ("interviewer", interviewer)]
    signed += [("interpreter", interpreter)] if interpreter else []
    item, act = close_interview(desk.signer, record, signed)
    desk.record(act)
    if as_json:
        emit({"transcript": item})
    else:
        say(f"{interview}: closed. Transcript: {item}")


@command
def item(
    interview: INTERVIEW,
    subject: Annotated[str, typer.Argument(help="Id of the item.")],
    role: Annotated[str, typer.Argument(help="recording, transcript, translation, sketch, given, shown.")],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Say what an item is to an interview; consent then covers it as it covers the interview."""
    from embers.actions.interviews import link_item

    desk = field_desk(case, role="interviewer")
    record = desk.named("interview", interview)
    (entry,) = desk.record(link_item(desk.signer, desk.view, record, subject, role=role))
    if as_json:
        emit({"entry": entry})
    else:
        say(f"{interview}: {subject} linked as {role}.")


@command
def claim(
    interview: INTERVIEW,
    answer: Annotated[int, typer.Argument(help="Number of the answer.")],
    words: Annotated[str, typer.Argument(help="The words of the answer it rests on, exactly.")],
    *,
    incident: Annotated[str, typer.Option(help="Code of the incident.")],
    field: Annotated[str, typer.Option(help="What is claimed, such as killed or conduct-claimed.")],
    value: Annotated[str, typer.Option(help="Words, or a number such as 3, >=3, ~3, 3-5.")],
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Record a claim made in an answer, with the words and the pinpoint in it."""
    from embers.actions.claim_values import claimed_value
    from embers.actions.interviews import Quoted, claim_from_answer

    desk = field_desk(case, role="analyst")
    record = desk.named("interview", interview)
    found = desk.signer.vocabulary.predicates.get(field)
    if found is None:
        raise UsageError("field", f"There is no field {field!r}.", "See docs/reference/vocabulary.md.")
    act = claim_from_answer(
        desk.signer,
        record,
        Quoted(answer, words),
        incident=desk.named("incident", incident).id,
        predicate=field,
        value=claimed_value(found, value),
    )
    desk.record(act)
    if as_json:
        emit({"claim": act.assertions[0].id})
    else:
        say(f"{incident}: claim recorded from answer {answer} of {interview}.")
