"""The command line. Every command has ``--json``; exit codes are 0 done, 1 a problem was found, 2 wrong call.

Heavy libraries are imported inside the commands that need them, so that `embers --help` answers at once.
"""

from __future__ import annotations

import typer

from embers import __version__
from embers.cli import case, checks, demo, evidence, outputs, serve, settings
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

app.command("demo")(demo.demo)
app.command("init")(case.init)
app.command("add")(evidence.add)
app.command("import")(evidence.import_published)
app.command("show")(evidence.show)
app.command("search")(evidence.search)
app.command("trace")(evidence.trace)
app.command("verify")(checks.verify)
app.command("rebuild")(checks.rebuild)
app.command("serve")(serve.serve)
report.command("build")(outputs.report_build)
dossier.command("export")(outputs.dossier_export)
config.command("show")(settings.show)
law.command("check")(outputs.law_check)
law.command("support")(outputs.law_support)
app.add_typer(report, name="report")
app.add_typer(dossier, name="dossier")
app.add_typer(config, name="config")
app.add_typer(law, name="law")


@app.command("version")
def version() -> None:
    """Print the version of Embers."""
    say(__version__)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
