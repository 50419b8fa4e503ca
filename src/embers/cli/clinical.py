"""``embers detention`` and ``embers examination``: told of being held, seen on a body, stated by a clinician."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embers.cli.evidence import CASE_OPTION
from embers.cli.field_desk import FieldDesk, field_desk, typed
from embers.cli.output import JSON_OPTION, command, emit, say, table
from embers.errors import UsageError

if TYPE_CHECKING:
    from embers.access.policy import Policy
    from embers.journal.assertion import Basis

DETENTION = Annotated[str, typer.Argument(help="Code of the detention.")]
EXAMINATION = Annotated[str, typer.Argument(help="Code of the examination.")]
WHAT = Annotated[str, typer.Argument(help="Field, as docs/reference/vocabulary.md lists them.")]
FIELDS = Annotated[list[str], typer.Argument(help="FIELD=VALUE; a value without fields alone.")]
INTERVIEW = Annotated[str, typer.Option(help="Code of the interview it was told in.")]
ANSWER = Annotated[int, typer.Option(help="Number of the answer.")]


def _basis(desk: FieldDesk, interview: str, answer: int, item: str = "") -> list[Basis]:
    from embers.journal.assertion import Basis

    found = []
    if interview:
        locator = f"answer={answer}" if answer else ""
        found.append(Basis(item=desk.named("interview", interview).id, locator=locator))
    if item:
        found.append(Basis(item=item, locator=""))
    return found


def _policy(desk: FieldDesk) -> Policy:
    from embers.access.policy import policy

    return policy(desk.view, desk.signer.journal.roster())


@command
def detention_open(
    code: Annotated[str, typer.Argument(help="A new code for the detention, such as D-01.")],
    person: Annotated[str, typer.Argument(help="Code of the person held.")],
    period: Annotated[
        str, typer.Argument(help="From the day taken to the end, such as 2031-05-01/2031-05-09.")
    ],
    *,
    interview: INTERVIEW,
    answer: ANSWER = 0,
    incident: Annotated[str, typer.Option(help="Code of the incident.")] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Open the record of one person's detention, as told in an interview."""
    from embers.actions.records import Written, new_record
    from embers.ids import new_subject

    desk = field_desk(case)
    if any(one.text("detention-code") == code for one in desk.view.kind("detention").values()):
        raise UsageError("detention", f"There is a detention {code} already.", "Give a new code.")
    basis = tuple(_basis(desk, interview, answer))
    values = [
        ("detention-code", code),
        ("detention-of", desk.named("person", person).id),
        ("detention-period", period),
        *((("detention-incident", desk.named("incident", incident).id),) if incident else ()),
    ]
    subject = new_subject("detention", desk.signer.surroundings.randomness)
    act = new_record(desk.signer, subject, [Written(name, value, basis) for name, value in values])
    desk.tell(act, f"{code}: open.", as_json=as_json)


@command
def detention_record(
    detention: DETENTION,
    what: WHAT,
    fields: FIELDS,
    *,
    interview: INTERVIEW = "",
    answer: ANSWER = 0,
    item: Annotated[str, typer.Option(help="Id of the item it was taken from.")] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Record a place, a condition, a method alleged, or how it ended. Everything rests on an interview or an item."""
    from embers.actions.records import Written, add_value

    desk = field_desk(case)
    value = typed(desk, what, fields)
    written = Written(what, value, tuple(_basis(desk, interview, answer, item)))
    act = add_value(desk.signer, desk.named("detention", detention).id, written)
    desk.tell(act, f"{detention}: {what} recorded.", as_json=as_json)


@command
def examination_open(
    code: Annotated[str, typer.Argument(help="A new code for the examination, such as E-01.")],
    person: Annotated[str, typer.Argument(help="Code of the person examined.")],
    *,
    kind: Annotated[str, typer.Option(help="clinical, documents, body.")],
    interview: Annotated[
        str, typer.Option(help="Code of the interview it was agreed to in; for the dead, with the family.")
    ] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Open an examination. A living person agreed to it in an interview whose consent is recorded."""
    from embers.actions.clinical import open_examination

    desk = field_desk(case)
    agreed = desk.named("interview", interview).id if interview else ""
    examined = desk.named("person", person).id
    _, act = open_examination(desk.signer, desk.view, code=code, kind=kind, person=examined, interview=agreed)
    desk.tell(act, f"{code}: open.", as_json=as_json)


@command
def examination_record(
    examination: EXAMINATION,
    what: WHAT,
    fields: FIELDS,
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Record what was agreed to, seen and done. What only a clinician states is refused here."""
    from embers.actions.clinical import record_of_examination

    desk = field_desk(case)
    record = desk.named("examination", examination)
    act = record_of_examination(desk.signer, record, [(what, typed(desk, what, fields))])
    desk.tell(act, f"{examination}: {what} recorded.", as_json=as_json)


@command
def examination_qualify(
    person: Annotated[str, typer.Argument(help="Staff code of the clinician.")],
    *,
    profession: Annotated[str, typer.Option(help="Such as forensic physician.")],
    qualification: Annotated[str, typer.Option(help="Degree, register and years.")],
    independence: Annotated[str, typer.Option(help="Whom they depend on, and that it is on nobody.")],
    training: Annotated[str, typer.Option(help="Training in the Istanbul or Minnesota Protocol.")] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Record a clinician's qualification; a case lead does, and never for themselves."""
    from embers.actions.clinical import Qualification, qualify

    desk = field_desk(case, role="case-lead")
    given = Qualification(profession, qualification, independence, training)
    act = qualify(desk.signer, _policy(desk), desk.named("staff", person).id, given)
    desk.tell(act, f"{person}: qualification recorded.", as_json=as_json)


@command
def examination_state(
    examination: EXAMINATION,
    finding: Annotated[str, typer.Argument(help="Number of the finding, or overall.")],
    degree: Annotated[
        str, typer.Argument(help="not-consistent, consistent, highly-consistent, typical, diagnostic.")
    ],
    *,
    account: Annotated[str, typer.Option(help="Which part of the account is meant.")],
    reasons: Annotated[str, typer.Option(help="Why this degree.")],
    other_causes: Annotated[str, typer.Option(help="Other causes considered.")] = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """State how far a finding agrees with the account. Only a clinician of the case can."""
    from embers.actions.clinical import Consistency, state_consistency

    desk = field_desk(case, role="clinician")
    stated = Consistency(finding, degree, account, reasons, other_causes)
    record = desk.named("examination", examination)
    act = state_consistency(desk.signer, _policy(desk), desk.view, record, stated)
    desk.tell(act, f"{examination}, {finding}: stated.", as_json=as_json)


@command
def examination_death(
    examination: EXAMINATION,
    *,
    cause: Annotated[str, typer.Option(help="Cause of death.")],
    manner: Annotated[str, typer.Option(help="natural, accident, own-hand, another-hand, undetermined.")],
    reasons: Annotated[str, typer.Option(help="Why.")],
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """State cause and manner of a death. Only a clinician of the case can."""
    from embers.actions.clinical import DeathStated, state_death

    desk = field_desk(case, role="clinician")
    record = desk.named("examination", examination)
    stated = DeathStated(cause, manner, reasons)
    act = state_death(desk.signer, _policy(desk), desk.view, record, stated)
    desk.tell(act, f"{examination}: stated.", as_json=as_json)


@command
def examination_show(
    examination: EXAMINATION, *, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION
) -> None:
    """Show the findings of an examination, and what clinicians state about each."""
    from embers.actions.clinical import stated_by_clinicians
    from embers.fieldwork.examination import Examination

    desk = field_desk(case)
    record = desk.named("examination", examination)
    found = Examination.of(record)
    roster = desk.signer.journal.roster()
    counting = stated_by_clinicians(desk.view, _policy(desk), roster, record.held)
    vocabulary = desk.signer.vocabulary
    rows = []
    for one in found.findings:
        where = (
            f"{vocabulary.label('body-side', one.value['side'])} "
            f"{vocabulary.label('body-region', one.value['region'])}, "
            f"{vocabulary.label('body-aspect', one.value['aspect'])}"
            if one.on_the_body
            else ""
        )
        degrees = [
            vocabulary.label("consistency", said.value["degree"])
            for said in one.stated
            if said.id in counting
        ]
        rows.append((one.code, where, one.value["description"], "; ".join(degrees) or "not stated"))
    if as_json:
        emit([dict(zip(("finding", "where", "description", "stated"), row, strict=True)) for row in rows])
        return
    table([("finding", "where", "description", "clinician"), *rows])


@command
def examination_map(
    examination: EXAMINATION,
    target: Annotated[Path, typer.Argument(help="File to write, such as map.svg.")],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Write the body map of an examination as an SVG drawing. A field case writes none: it would lie in the clear."""
    from embers.fieldwork.body_map import CAPTIONS, body_map_svg
    from embers.fieldwork.examination import Examination
    from embers.surroundings import write_new

    desk = field_desk(case)
    _ = desk.found.folder.exports_path  # refused in a field case
    found = Examination.of(desk.named("examination", examination))
    drawn = body_map_svg([one.value for one in found.findings if one.on_the_body], captions=CAPTIONS)
    write_new(desk.found.folder.surroundings.disk, target, drawn.encode())
    if as_json:
        emit({"file": str(target)})
    else:
        say(f"{target}: written. It shows a protected person's body: keep it like their identity.")
