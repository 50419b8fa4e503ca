"""The command line. Every command has ``--json``; exit codes are 0 done, 1 a problem was found, 2 wrong call.

Heavy libraries are imported inside the commands that need them, so that `embers --help` answers at once.
"""

from __future__ import annotations

import typer

from embers import __version__
from embers.cli import (
    access,
    account,
    audit,
    case,
    checks,
    clinical,
    consent,
    cosign,
    custody,
    demo,
    device,
    erase,
    evidence,
    fieldwork,
    forms,
    incidents,
    interview,
    lock,
    outputs,
    packs,
    seal,
    serve,
    settings,
    sync,
    tables,
    team,
    timestamp,
    token,
)
from embers.cli import (
    office as office_side,
)
from embers.cli.output import say

app = typer.Typer(
    name="embers",
    help="Investigation system for violations of the laws of war: every sentence walks back to signed evidence.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
report = typer.Typer(help="Build reports.", no_args_is_help=True)
dossier = typer.Typer(help="Export dossiers.", no_args_is_help=True)
config = typer.Typer(help="Show settings.", no_args_is_help=True)
law = typer.Typer(help="Ask the legal layer.", no_args_is_help=True)

holding = typer.Typer(help="Say who holds an item, both people signing.", no_args_is_help=True)
auditing = typer.Typer(
    help="Read stored objects again, here and elsewhere; repair them.", no_args_is_help=True
)
sealing = typer.Typer(help="Seal content, open it, keep its wrapped keys.", no_args_is_help=True)
compartment = typer.Typer(help="Say who can open what is sealed.", no_args_is_help=True)
erasure = typer.Typer(help="Erase keys and bytes, with two approvers.", no_args_is_help=True)
importing = typer.Typer(help="Import tables of others; take an import back.", no_args_is_help=True)
hold = typer.Typer(help="Keep evidence from being erased.", no_args_is_help=True)

app.command("demo")(demo.demo)
app.command("init")(case.init)
app.command("add")(evidence.add)
app.command("export")(tables.export)
app.command("show")(evidence.show)
app.command("search")(evidence.search)
app.command("trace")(evidence.trace)
app.command("verify")(checks.verify)
app.command("timestamp")(timestamp.timestamp)
app.command("rebuild")(checks.rebuild)
app.command("serve")(serve.serve)
app.command("unlock")(lock.unlock)
app.command("lock")(lock.lock)
app.command("passphrase")(lock.passphrase)
app.command("panic")(lock.panic)
report.command("build")(outputs.report_build)
dossier.command("export")(outputs.dossier_export)
config.command("show")(settings.show)
law.command("check")(outputs.law_check)
law.command("support")(outputs.law_support)
sealing.command("key")(seal.key)
sealing.command("sheet")(seal.sheet)
sealing.command("item")(seal.item)
sealing.command("copy")(seal.copy)
sealing.command("open")(seal.open_)
sealing.command("backup")(seal.backup)
sealing.command("restore")(seal.restore)
compartment.command("new")(seal.compartment_new)
compartment.command("add")(seal.compartment_add)
compartment.command("remove")(seal.compartment_remove)
compartment.command("renew")(seal.compartment_renew)
compartment.command("list")(seal.compartment_list)
erasure.command("ask")(erase.ask)
erasure.command("approve")(erase.approve)
erasure.command("run")(erase.run)
erasure.command("list")(erase.list_)
hold.command("set")(erase.hold_set)
hold.command("release")(erase.hold_release)
holding.command("receive")(custody.receive)
holding.command("hand-over")(custody.hand_over)
holding.command("take-over")(custody.take_over)
holding.command("seal")(custody.seal)
holding.command("open")(custody.open_)
holding.command("access")(custody.access)
holding.command("migrate")(custody.migrate)
holding.command("return")(custody.give_back)
holding.command("chain")(custody.chain)
auditing.command("run")(audit.run)
auditing.command("status")(audit.status)
auditing.command("challenge")(audit.challenge)
auditing.command("answer")(audit.answer)
auditing.command("check")(audit.check)
auditing.command("repair")(audit.repair)
importing.command("published-facts")(evidence.import_published)
importing.command("table")(tables.import_table)
importing.command("undo")(tables.undo)
importing.command("export")(tables.import_export)
importing.command("forms")(forms.import_forms)
app.add_typer(importing, name="import")
app.add_typer(holding, name="custody")
app.add_typer(auditing, name="audit")
app.add_typer(sealing, name="seal")
app.add_typer(compartment, name="compartment")
app.add_typer(erasure, name="erase")
app.add_typer(hold, name="hold")
app.add_typer(report, name="report")
app.add_typer(dossier, name="dossier")
app.add_typer(config, name="config")
app.add_typer(law, name="law")

phone_forms = typer.Typer(help="Forms for phones, and what came of them.", no_args_is_help=True)
phone_forms.command("write")(forms.write)
phone_forms.command("arrived")(forms.arrived)
app.add_typer(phone_forms, name="forms")

consents = typer.Typer(help="What people interviewed agreed to; every export obeys it.", no_args_is_help=True)
for name in ("body", "record", "withdraw", "met", "show", "check"):
    consents.command(name)(getattr(consent, name))
interviews = typer.Typer(help="Record interviews, and claim from answers.", no_args_is_help=True)
interviews.command("open")(interview.open_)
for name in ("guide", "ask", "correct", "close", "item", "claim"):
    interviews.command(name)(getattr(interview, name))
interviews.command("read-back")(interview.read_back)
missions = typer.Typer(
    help="Plan missions; record stops, refusals, clocks, days, debriefs.", no_args_is_help=True
)
for name in ("plan", "stop", "refusal", "clock", "log", "debrief", "effort"):
    missions.command(name)(getattr(fieldwork, f"mission_{name}"))
missions.command("show")(packs.show)
missions.command("device-key")(packs.device_key)
missions.command("pack")(packs.pack)
missions.command("open-pack")(packs.open_)
missions.command("pack-back")(packs.back)
sites = typer.Typer(help="Record impact sites and what they may mean. Safety first.", no_args_is_help=True)
for name in ("open", "visit", "safety", "measure", "munitions", "origin"):
    sites.command(name)(getattr(fieldwork, f"site_{name}"))
detentions = typer.Typer(
    help="Record what people tell of being held: places, conditions, methods alleged.", no_args_is_help=True
)
for name in ("open", "record"):
    detentions.command(name)(getattr(clinical, f"detention_{name}"))
examinations = typer.Typer(
    help="Record examinations and findings on a body; a clinician states how they agree with the account.",
    no_args_is_help=True,
)
for name in ("open", "record", "qualify", "state", "death", "show", "map"):
    examinations.command(name)(getattr(clinical, f"examination_{name}"))
app.add_typer(detentions, name="detention")
app.add_typer(examinations, name="examination")
app.add_typer(missions, name="mission")
app.add_typer(sites, name="site")
app.add_typer(consents, name="consent")
app.add_typer(interviews, name="interview")

devices = typer.Typer(help="People and computers of a case.", no_args_is_help=True)
keys = typer.Typer(
    help="The organisation root, roster keepers, mirrors and witnesses; certificates.", no_args_is_help=True
)
exchanges = typer.Typer(help="Exchange with other copies of the case.", no_args_is_help=True)
office = typer.Typer(help="The office's side of exchanges.", no_args_is_help=True)
devices.command("request")(device.request)
devices.command("enrol")(device.enrol)
devices.command("join")(device.join)
devices.command("list")(device.list_)
devices.command("lost")(device.lost)
devices.command("revoke")(device.lost)
devices.command("accept")(device.accept)
devices.command("renew")(device.renew)
roles = typer.Typer(help="Roles of people in the case.", no_args_is_help=True)
roles.command("grant")(access.grant)
roles.command("revoke")(access.revoke)
roles.command("list")(access.list_)
roles.command("second-factor")(access.second_factor)
accounts = typer.Typer(help="Who can log in to the web application.", no_args_is_help=True)
accounts.command("new")(account.new)
accounts.command("new-password")(account.new_password)
accounts.command("list")(account.list_)
accounts.command("disable")(account.disable)
accounts.command("enable")(account.enable)
accounts.command("reset-factor")(account.reset_factor)
accounts.command("server")(account.server)
tasks = typer.Typer(help="Who was asked to do what about which record.", no_args_is_help=True)
tasks.command("give")(team.task_give)
tasks.command("done")(team.task_done)
tasks.command("reopen")(team.task_reopen)
tasks.command("list")(team.task_list)
reviews = typer.Typer(help="Review by a second person.", no_args_is_help=True)
reviews.command("ask")(team.review_ask)
reviews.command("answer")(team.review_answer)
reviews.command("comment")(team.review_comment)
reviews.command("resolve")(team.review_resolve)
reviews.command("list")(team.review_list)
releases = typer.Typer(help="What may leave the house.", no_args_is_help=True)
releases.command("status")(team.release_status)
releases.command("approve")(team.release_approve)
app.add_typer(tasks, name="task")
app.add_typer(reviews, name="review")
app.add_typer(releases, name="release")
app.add_typer(roles, name="access")
tokens = typer.Typer(help="What programs ask the API with.", no_args_is_help=True)
tokens.command("new")(token.make)
tokens.command("list")(token.list_)
tokens.command("revoke")(token.revoke)
accounts.add_typer(tokens, name="token")
app.add_typer(accounts, name="account")
keys.command("root")(device.key_root)
keys.command("keeper")(device.key_keeper)
keys.command("cosigner")(device.key_cosigner)
keys.command("certificate")(device.key_certificate)
exchanges.command("with")(sync.run)
exchanges.command("status")(sync.status)
exchanges.command("free")(sync.free)
office.command("serve")(office_side.serve)
witnessing = typer.Typer(help="Witnesses of other organisations: be one, or ask one.", no_args_is_help=True)
witnessing.command("new")(cosign.new)
witnessing.command("serve")(cosign.serve)
witnessing.command("answer")(cosign.answer)
witnessing.command("logs")(cosign.logs)
witnessing.command("ask")(cosign.ask)
witnessing.command("status")(cosign.status)
app.add_typer(devices, name="device")
app.add_typer(keys, name="key")
app.add_typer(exchanges, name="sync")
app.add_typer(office, name="office")
app.add_typer(witnessing, name="cosign")

happened = typer.Typer(help="Incidents: merge, split, relate.", no_args_is_help=True)
happened.command("merge")(incidents.merge)
happened.command("split")(incidents.split)
happened.command("relate")(incidents.relate)
sameness = typer.Typer(help="Judge whether records are the same. Nothing is merged.", no_args_is_help=True)
sameness.command("pairs")(incidents.pairs)
sameness.command("judge")(incidents.judge)
sameness.command("take-back")(incidents.take_back)
app.add_typer(happened, name="incident")
app.add_typer(sameness, name="identity")
app.command("who-commanded")(incidents.who_commanded)
app.command("who-held")(incidents.who_held)
app.command("counts")(incidents.counts)


@app.command("version")
def version() -> None:
    """Print the version of Embers."""
    say(__version__)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
