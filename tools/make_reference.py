"""Write docs/reference/{commands,errors,vocabulary,settings}.md from the code, or check that they are current.

python tools/make_reference.py           writes the pages
python tools/make_reference.py --check   exit code 1 and the names of pages that are out of date
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from embers import errors, settings
from embers.cli.main import app
from embers.vocabulary.loader import load_vocabulary
from embers.vocabulary.terms import CodeList, Predicate

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "reference"
NOTE = "<!-- Made by tools/make_reference.py from the code. Do not edit. -->\n\n"
Row = tuple[str, ...]


def table(head: Row, rows: Sequence[Row]) -> str:
    """Return a Markdown table."""
    cells = [[part.replace("|", "\\|").replace("\n", " ") for part in row] for row in rows]
    lines = [head, tuple("---" for _ in head), *cells]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


# --- commands -----------------------------------------------------------------------------------------


def commands_page() -> str:
    """Return the page of commands, walked from the command line itself."""
    root = typer.main.get_command(app)
    parts = [
        "# Commands\n",
        "Exit codes: 0 done, 1 a problem was found, 2 the call was wrong. With `--json` a command prints one JSON "
        "value; errors then have `error`, `message` and `hint`.\n",
    ]
    for name, command in walk(root, "embers"):
        parts.append(f"## {name}\n")
        parts.append((command.help or "").strip() + "\n")
        if rows := [parameter_row(parameter) for parameter in command.params if parameter.name != "help"]:
            parts.append(table(("", "default", "meaning"), rows))
    return "\n".join(parts)


def walk(command: Any, name: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Yield every command that does something, by its full name. Typer carries its own Click: no type to name."""
    children = getattr(command, "commands", None)
    if not children:
        yield name, command
        return
    for child, found in children.items():
        yield from walk(found, f"{name} {child}")


def parameter_row(parameter: Any) -> Row:  # noqa: ANN401 - see walk
    """Return one row of a command's table."""
    option = parameter.param_type_name == "option"
    named = ", ".join(parameter.opts) if option else str(parameter.name).upper()
    repeated = " (several)" if parameter.nargs == -1 or parameter.multiple else ""
    default = parameter.default
    shown = (
        "" if default is None or default is False or default == "" or callable(default) else f"`{default}`"
    )
    return f"`{named}`{repeated}", "required" if parameter.required else shown, str(parameter.help or "")


# --- errors -------------------------------------------------------------------------------------------


def error_codes() -> dict[str, set[str]]:
    """Return every error code raised anywhere, with the modules that raise it."""
    families = {
        name: kind.family
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.EmbersError)
    }
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "src" / "embers").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
                continue
            first = node.args[0]
            if node.func.id in families and isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.setdefault(f"{families[node.func.id]}.{first.value}", set()).add(module)
    return found


def errors_page() -> str:
    """Return the page of error codes by family."""
    parts = [
        "# Errors\n",
        "Every error a person can meet has a stable code, a sentence that names the thing, and a next step. Codes "
        "never change their meaning.\n",
    ]
    found = error_codes()
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, errors.EmbersError) and kind is not errors.EmbersError:
            mine = sorted(code for code in found if code.partition(".")[0] == kind.family)
            parts.append(f"## {kind.family}\n\n{(kind.__doc__ or '').strip()}\n")
            if mine:
                rows = [
                    (f"`{code}`", ", ".join(f"`{name}`" for name in sorted(found[code]))) for code in mine
                ]
                parts.append(table(("code", "raised in"), rows))
    return "\n".join(parts)


# --- vocabulary ---------------------------------------------------------------------------------------


def vocabulary_page() -> str:
    """Return the page of kinds, predicates and codes."""
    vocabulary = load_vocabulary()
    kinds = [(f"`{kind.id}`", kind.label, kind.definition) for kind in vocabulary.kinds.values()]
    parts = [
        "# Vocabulary\n",
        "A subject has a kind; what is said of it is a predicate with a value of one type. *One*: differing values "
        "are shown as contested. *Many*: values stand together. *Range*: all are kept, minimum and maximum are "
        "shown. A *claim* also says who claims it, as of when, and how it was read. *Sealed* values never stand in "
        "clear in the journal.\n",
        f"## Kinds\n\n{table(('kind', 'label', 'meaning'), kinds)}",
        "## Predicates\n",
    ]
    for kind in (*vocabulary.kinds, "*"):
        if mine := [p for p in vocabulary.predicates.values() if kind in p.of]:
            title = "Any kind" if kind == "*" else vocabulary.kinds[kind].label
            head = ("predicate", "label", "type", "how many", "sensitivity")
            parts.append(f"### {title}\n\n{table(head, [predicate_row(p) for p in mine])}")
    parts.append("## Codes\n")
    parts += [
        f"### {codes.label} (`{codes.id}`)\n\n{codes_table(codes)}" for codes in vocabulary.codes.values()
    ]
    return "\n".join(parts)


def predicate_row(predicate: Predicate) -> Row:
    """Return one row of a kind's table."""
    described = predicate.type
    if predicate.codes:
        described += f" of `{predicate.codes}`"
    if predicate.kinds:
        described += " to " + ", ".join(f"`{kind}`" for kind in sorted(predicate.kinds))
    if predicate.fields:
        names = (f"{field.name}{' (optional)' if field.optional else ''}" for field in predicate.fields)
        described += ": " + ", ".join(names)
    if predicate.claim:
        described += "; claim"
    return f"`{predicate.id}`", predicate.label, described, predicate.cardinality, predicate.sensitivity


def codes_table(codes: CodeList) -> str:
    """Return the table of one list of codes."""
    return table(("code", "label"), [(f"`{term.id}`", term.label) for term in codes.terms.values()])


# --- settings -----------------------------------------------------------------------------------------


def settings_page() -> str:
    """Return the page of settings with their defaults."""
    rows = []
    for name, value in settings.defaults().items():
        # The keyring's default lies in the data folder of whoever runs this; the page must not depend on it.
        shown = "`embers/keyring` in your data folder" if name == "keyring" else f"`{value}`"
        written = "" if name in settings._NOT_IN_FILE else f"`{name}`"
        rows.append(
            (
                f"`{name}`",
                written,
                f"`{settings.PREFIX}{name.upper()}`",
                "empty" if value in ("", None) else shown,
            )
        )
    return (
        "# Settings\n\n"
        f"Read from `{settings.FILE_NAME}` in the case folder, then from the environment, then from flags; the later "
        "wins. An unknown name is refused. `embers config show` prints each value and where it came from.\n\n"
        + table(("setting", "in the file", "variable", "default"), rows)
        + "\n`EMBERS_PASSPHRASE` opens a keyring that has a passphrase. It is a secret, not a setting, and is never "
        "listed.\n"
    )


# --- the API ------------------------------------------------------------------------------------------


def api_page() -> str:
    """Return the page of operations, from the same document the server gives."""
    from embers.web.serve import prepare_django  # noqa: PLC0415 - the operations need prepared pages

    prepare_django()
    from embers.web.api.urls import openapi  # noqa: PLC0415

    document = openapi()
    parts = [
        "# The API\n",
        "Made from the OpenAPI document a server gives at `/api/openapi.json`. How it is used: "
        "[work with a case by a program](../how-to/api.md). *Scope* is what the token must name and its person may do; "
        "without one any valid token does.\n",
    ]
    groups: dict[str, list[Row]] = {}
    for address, methods in document["paths"].items():
        for method, operation in methods.items():
            given = [
                one["name"] + ("" if one["required"] else "?") for one in operation.get("parameters", [])
            ]
            row = (
                f"`{method.upper()} {address}`",
                f"`{operation['x-embers-scope']}`" if operation["x-embers-scope"] else "",
                operation.get("description", "").partition("\n")[0],
                ", ".join(f"`{one}`" for one in given),
            )
            groups.setdefault(operation["tags"][0], []).append(row)
    for group, rows in groups.items():
        parts.append(f"## {group}\n\n" + table(("operation", "scope", "what it does", "given"), rows))
    parts.append("## Bodies that are sent\n")
    for name, schema in sorted(document["components"]["schemas"].items()):
        if name.endswith("In"):
            needed = set(schema.get("required", []))
            rows = [
                (
                    f"`{field}`",
                    _json_type(told),
                    "required" if field in needed else "",
                    told.get("description", ""),
                )
                for field, told in schema["properties"].items()
            ]
            parts.append(f"### {name}\n\n{schema.get('description', '')}\n")
            parts.append(table(("field", "type", "", "meaning"), rows))
    return "\n".join(parts)


def _json_type(told: dict[str, Any]) -> str:
    if "anyOf" in told:
        return " or ".join(_json_type(one) for one in told["anyOf"])
    if "enum" in told:
        return ", ".join(f"`{one}`" for one in told["enum"])
    if told.get("type") == "array":
        return f"list of {_json_type(told['items'])}"
    return str(told.get("type") or told.get("$ref", "any JSON value").rpartition("/")[2])


def pages() -> dict[str, str]:
    """Return every page by file name."""
    made = {
        "commands.md": commands_page(),
        "errors.md": errors_page(),
        "vocabulary.md": vocabulary_page(),
        "settings.md": settings_page(),
        "api.md": api_page(),
    }
    return {name: NOTE + text for name, text in made.items()}


def stale() -> list[str]:
    """Return the names of pages that are missing or differ from what the code says."""
    return [
        name
        for name, text in pages().items()
        if not (TARGET / name).is_file() or (TARGET / name).read_text(encoding="utf-8") != text
    ]


def main() -> int:
    """Write or check the pages."""
    if "--check" in sys.argv[1:]:
        old = stale()
        for name in old:
            print(f"docs/reference/{name} is out of date; run python tools/make_reference.py")
        return 1 if old else 0
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (TARGET / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
