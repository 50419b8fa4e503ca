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
    custody,
    demo,
    device,
    erase,
    evidence,
    lock,
    outputs,
    seal,
    serve,
    settings,
    sync,
    tables,
    timestamp,
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

devices = typer.Typer(help="People and computers of a case.", no_args_is_help=True)
keys = typer.Typer(help="The organisation root, roster keepers, mirrors and witnesses.", no_args_is_help=True)
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
app.add_typer(roles, name="access")
app.add_typer(accounts, name="account")
keys.command("root")(device.key_root)
keys.command("keeper")(device.key_keeper)
keys.command("cosigner")(device.key_cosigner)
exchanges.command("with")(sync.run)
exchanges.command("status")(sync.status)
exchanges.command("free")(sync.free)
office.command("serve")(office_side.serve)
app.add_typer(devices, name="device")
app.add_typer(keys, name="key")
app.add_typer(exchanges, name="sync")
app.add_typer(office, name="office")


@app.command("version")
def version() -> None:
    """Print the version of Embers."""
    say(__version__)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
