"""``embers consent``: what people interviewed agreed to, and what of the case's exports it lets stand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from embers.cli.evidence import CASE_OPTION
from embers.cli.field_desk import field_desk
from embers.cli.output import JSON_OPTION, PROBLEM, command, emit, say, table

INTERVIEW = Annotated[str, typer.Argument(help="Code of the interview.")]
USE_HELP = "analysis, publish-anonymous, publish-named, share, contact, recording."
FOR = Annotated[str, typer.Option("--for", help="Body that testimony is shared with, by name.")]


@command
def body(
    name: Annotated[str, typer.Argument(help="Name of the body, such as a court or commission.")],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Record a body that testimony may be shared with, so that people can consent to it by name."""
    from embers.actions.consent import name_body

    desk = field_desk(case)
    subject, act = name_body(desk.signer, name)
    desk.record(act)
    if as_json:
        emit({"body": subject})
    else:
        say(f"{name}: {subject}")


@command
def record(
    interview: INTERVIEW,
    use: Annotated[str, typer.Argument(help=USE_HELP)],
    *,
    given: Annotated[bool, typer.Option("--given/--refused", help="What the person decided.")],
    explained_by: Annotated[str, typer.Option(help="Code of whoever explained.")],
    language: Annotated[str, typer.Option(help="Language it was explained in, such as en.")],
    means: Annotated[str, typer.Option(help="read-aloud, written, both, pictures.")] = "read-aloud",
    interpreter: Annotated[str, typer.Option(help="Code of the interpreter.")] = "",
    guardian: Annotated[str, typer.Option(help="Who consented for a child, by relation.")] = "",
    capacity: Annotated[str, typer.Option(help="How it was clear that the person understood.")] = "",
    body_name: FOR = "",
    condition: Annotated[str, typer.Option(help="Not given until this is recorded as met.")] = "",
    not_before: Annotated[str, typer.Option(help="Not given before this day, such as 2031-05-01.")] = "",
    no_quotation: Annotated[bool, typer.Option(help="What was said, but not in the person's words.")] = False,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Record consent to one use, given or refused; it replaces what the person decided about that use before."""
    from embers.actions.consent import Scope, Talk, change_consent
    from embers.actions.editions import body_named

    desk = field_desk(case, role="interviewer")
    found = desk.named("interview", interview)
    talk = Talk(explained_by, language, means, interpreter=interpreter, guardian=guardian, capacity=capacity)
    scope = Scope(use, given, body_named(desk.view, body_name), condition, not_before, no_quotation)
    (entry,) = desk.record(change_consent(desk.signer, desk.view, found.id, talk, scope))
    if as_json:
        emit({"entry": entry})
    else:
        say(f"{interview}: {use} {'given' if given else 'refused'}.")


@command
def withdraw(
    interview: INTERVIEW,
    use: Annotated[str, typer.Argument(help=f"{USE_HELP} Without one: everything.")] = "",
    *,
    received_by: Annotated[str, typer.Option(help="Code of whoever was told.")],
    means: Annotated[str, typer.Option(help="How the person said so.")],
    body_name: FOR = "",
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Record that somebody takes consent back. Say afterwards what of the reports built so far may not stand."""
    from embers.actions.consent import withdraw_consent
    from embers.actions.editions import body_named

    desk = field_desk(case, role="interviewer")
    found = desk.named("interview", interview)
    act = withdraw_consent(
        desk.signer,
        found.id,
        received_by=received_by,
        means=means,
        use=use,
        body=body_named(desk.view, body_name),
    )
    (entry,) = desk.record(act)
    if as_json:
        emit({"entry": entry})
    else:
        say(
            f"{interview}: {use or 'every'} consent withdrawn. `embers consent check` names what may not stand."
        )


@command
def met(
    interview: INTERVIEW,
    scope: Annotated[str, typer.Argument(help="Id of the scope, from `embers consent show`.")],
    how: Annotated[str, typer.Argument(help="How the condition was met.")],
    *,
    case: Path | None = CASE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Record that the condition of a consent was met; until then it counts as not given."""
    from embers.actions.consent import meet_condition

    desk = field_desk(case)
    found = desk.named("interview", interview)
    (entry,) = desk.record(meet_condition(desk.signer, desk.view, found.id, scope, how=how))
    if as_json:
        emit({"entry": entry})
    else:
        say(f"{interview}: the condition is met.")


@command
def show(interview: INTERVIEW, *, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """Show what somebody consented to, refused and took back, and what each use may therefore hold."""
    from embers.fieldwork.consent import Consent, Use
    from embers.surroundings import utc_text

    desk = field_desk(case)
    found = desk.named("interview", interview)
    consent = Consent.of(found)
    day = utc_text(desk.found.folder.surroundings.clock.now())[:10]
    names = {id: one.text("organisation-name") for id, one in desk.view.kind("organisation").items()}
    bodies = dict.fromkeys(held.value["body"] for held in consent.scopes if held.value.get("body"))
    uses = [("analysis by the team", Use("analysis", day)), ("public report", Use("publish", day))]
    uses += [(f"sharing with {names[body]}", Use("share", day, body)) for body in bodies]
    permits = [(label, consent.permit(use)) for label, use in uses]
    if as_json:
        scopes = [{"id": held.id, **held.value} for held in consent.scopes]
        levels = {label: permit.level.name.lower() for label, permit in permits}
        emit({"scopes": scopes, "withdrawn": [held.value for held in consent.withdrawals], "permits": levels})
        return
    rows = []
    for held in consent.scopes:
        value = held.value
        limits = [
            names.get(value.get("body", ""), ""),
            value.get("condition", ""),
            value.get("not_before", ""),
        ]
        rows.append(
            (held.id, value["use"], "given" if value["given"] else "refused", "; ".join(filter(None, limits)))
        )
    table(rows)
    for held in consent.withdrawals:
        say(f"withdrawn: {held.value.get('use', 'everything')} ({held.value['means']})")
    say()
    table([(label, permit.level.name.lower(), permit.reason) for label, permit in permits])


@command
def check(*, case: Path | None = CASE_OPTION, as_json: bool = JSON_OPTION) -> None:
    """Name every sentence of the reports on record that consent does not, or no longer, let stand."""
    from embers.actions.editions import stale

    desk = field_desk(case)
    found = stale(desk.found.folder)
    if as_json:
        emit(found)
    elif not found:
        say("Consent covers every sentence of every report on record.")
    else:
        table([(one.edition, one.sentence, one.code, one.reason) for one in found])
        say(f"{len(found)} stale sentences. Build the report again, and tell whoever holds the old one.")
    if found:
        raise typer.Exit(PROBLEM)
