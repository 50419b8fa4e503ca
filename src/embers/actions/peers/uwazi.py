"""Reads CSV exports of Uwazi, alone or in a zip with their files.

Uwazi has no fixed vocabulary: each collection makes its own templates. The mapping is drafted from the names of the
templates and from what their cells look like; ``--write-mapping`` writes the draft to be changed and given back.
Entities have no id in such an export: they are known by template and title, persons by template and their order.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from embers.actions.peers.converted import Converted, degrees
from embers.actions.peers.export_files import ExportFiles, broken

_COMMON = ("Title", "Date added", "Template", "Documents", "Attachments", "Published")
#: Words of a template's name by what its entities are here.
_KINDS = {
    "incident": ("incident", "event", "attack", "violation", "strike"),
    "person": ("person", "victim", "witness", "individual", "detainee", "perpetrator", "people"),
    "organisation": ("organisation", "organization", "institution", "agency"),
    "place": ("place", "location", "settlement", "city", "village"),
    "source": (
        "source",
        "document",
        "report",
        "testimony",
        "publication",
        "media",
        "article",
        "video",
        "photo",
    ),
}
_TITLES = {
    "incident": "incident-title",
    "source": "source-title",
    "organisation": "organisation-name",
}
_ACCOUNTS = ("description", "summary", "narrative", "account", "abstract", "what happened")
_POINT = re.compile(r"-?\d{1,3}(?:\.\d+)?\|-?\d{1,3}(?:\.\d+)?\Z")
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
_SPAN = re.compile(r"(\d{4}-\d\d-\d\d)?~(\d{4}-\d\d-\d\d)?\Z")
_LINK = re.compile(r"[^|]*\|https?://\S+\Z")


@dataclass(slots=True)
class _Template:
    """One template: what its entities are here, and the values of each property."""

    name: str
    kind: str
    cells: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def read(files: ExportFiles, made: Converted) -> str:
    """Make the rows of an export; return the mapping drafted for them."""
    tables = [name for name in files.names if name.lower().endswith(".csv")]
    if len(tables) != 1:
        raise broken(files.path.name, f"it holds {len(tables)} tables, an export of Uwazi one")
    rows = _rows(files, tables[0])
    templates: dict[str, _Template] = {}
    for row in rows:
        found = templates.setdefault(row["Template"], _Template(row["Template"], _kind(row["Template"])))
        for name, cell in row.items():
            if name not in _COMMON and cell:
                found.cells[name].append(cell)
    titles = _titles(rows, templates)
    counts: dict[str, int] = defaultdict(int)
    people = frozenset(row["Title"] for row in rows if templates[row["Template"]].kind == "person")
    reader = _Reader(made, files, titles, people)
    for row in rows:
        template = templates[row["Template"]]
        if not template.kind:
            made.left_out[f"entities of the template {template.name}"] += 1
            continue
        counts[template.name] += 1
        key = _key(template, row["Title"], counts[template.name])
        reader.entity(row, template, key)
    return _mapping(templates, titles)


def _rows(files: ExportFiles, name: str) -> list[dict[str, str]]:
    try:
        with files.open(name) as handle:
            reader = csv.DictReader(io.TextIOWrapper(handle, encoding="utf-8-sig", newline=""), strict=True)
            if not {"Title", "Template"} <= set(reader.fieldnames or ()):
                raise broken(name, "it has no columns Title and Template; export it with Uwazi in English")
            return [
                {
                    key.replace("{", "(").replace("}", ")"): cell.strip()
                    for key, cell in row.items()
                    if isinstance(key, str) and isinstance(cell, str)
                }
                for row in reader
            ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise broken(name, str(error)) from error


def _kind(template: str) -> str:
    words = set(re.findall(r"[a-z]+", template.casefold()))
    words |= {word.removesuffix("s") for word in words}
    return next((kind for kind, names in _KINDS.items() if words & set(names)), "")


def _key(template: _Template, title: str, number: int) -> str:
    return f"{template.name} {number}" if template.kind == "person" else f"{template.name}: {title}"[:120]


def _titles(rows: list[dict[str, str]], templates: Mapping[str, _Template]) -> dict[str, tuple[str, str]]:
    """Return kind and key of every entity by title; a title two entities have names neither."""
    found: dict[str, tuple[str, str]] = {}
    twice: set[str] = set()
    counts: dict[str, int] = defaultdict(int)
    for row in rows:
        template = templates[row["Template"]]
        counts[template.name] += 1
        twice |= {row["Title"]} & found.keys()
        if template.kind:
            found[row["Title"]] = (template.kind, _key(template, row["Title"], counts[template.name]))
    return {title: named for title, named in found.items() if title not in twice}


@dataclass(slots=True)
class _Reader:
    """Makes rows of entities. ``titles`` are kind and key of every entity by its title, ``people`` those of persons."""

    made: Converted
    files: ExportFiles
    titles: Mapping[str, tuple[str, str]]
    people: frozenset[str]

    def entity(self, row: Mapping[str, str], template: _Template, key: str) -> None:
        """Make the rows of one entity."""
        name = template.name
        cells = {f"{name}: key": key}
        if template.kind == "person":
            self.made.leave("names of persons", [row["Title"]])
        else:
            cells[f"{name}: title"] = row["Title"]
        for column, cell in row.items():
            if column not in _COMMON and cell:
                cells |= self._property(template, key, column, cell)
        self.made.add(key, **cells)
        for column in ("Documents", "Attachments"):
            for number, address in enumerate(filter(None, row.get(column, "").split("|"))):
                self._held(template, key, f"{column} {number}", address)
        self.made.leave("date added and whether published", [row.get("Date added"), row.get("Published")])

    def _property(self, template: _Template, key: str, column: str, cell: str) -> dict[str, str]:
        """Return the cells of a property that has a place; what has none becomes a note, but not of a person."""
        named = f"{template.name}: {column}"
        form = _form(template.cells[column], self.titles)
        if form == "point":
            lat, lon = cell.split("|")
            return {f"{named} lat": degrees(lat), f"{named} lon": degrees(lon)}
        if form == "span":
            return {named: "/".join(part or ".." for part in cell.split("~"))}
        if form == "link":
            return {named: cell.partition("|")[2]}
        if form == "names":
            self._relations(template, key, column, cell)
        elif any(self.people & set(one.split("|")) for one in template.cells[column]):
            self.made.leave(f"{named}, which names persons and not only entities", [cell])
        elif form == "day" or _is_account(column):
            return {named: cell}
        elif template.kind == "person":
            self.made.leave(f"{named}, which may tell who a person is", [cell])
        else:
            self._note(template, f"{key} {column}", key, f"{column}: {cell}")
        return {}

    def _relations(self, template: _Template, key: str, column: str, cell: str) -> None:
        for number, title in enumerate(cell.split("|")):
            kind, named = self.titles[title]
            more = {f"{template.name}: to {kind}": named}
            self._note(template, f"{key} {column} {number}", key, f"{column}: {named}", **more)

    def _held(self, template: _Template, key: str, what: str, address: str) -> None:
        if template.kind == "person":
            self.made.leave("files of persons", [address])
            return
        name = address.rpartition("/")[2]
        found = self.made.file(self.files, name, name, {})
        told = f"{what.partition(' ')[0]} in the export: {name}"
        self._note(template, f"{key} {what}", key, told, **{f"{template.name}: media": found})

    def _note(self, template: _Template, row: str, key: str, note: str, **more: str) -> None:
        name = template.name
        self.made.add(row[:118], **{f"{name}: key": key, f"{name}: note": note, **more})


def _form(cells: Iterable[str], titles: Mapping[str, tuple[str, str]]) -> str:
    """Return what the cells of a property look like: all of them, or they are taken as text."""
    forms = (("point", _POINT), ("day", _DAY), ("span", _SPAN), ("link", _LINK))
    every = list(cells)
    for form, pattern in forms:
        if every and all(pattern.match(cell) for cell in every):
            return form
    if every and all(part in titles for cell in every for part in cell.split("|")):
        return "names"
    return "text"


def _is_account(column: str) -> bool:
    return column.casefold() in _ACCOUNTS


# --- the draft ------------------------------------------------------------------------------------

_HEAD = """# Drafted from the names of the templates of this export. Change what is wrong, and give it with --mapping.

[table]
name = "uwazi"
title = "Export of Uwazi, as rows"
source = "Uwazi"
row = "{Row}"
formulas = "text"
marking = "internal"
"""


def _mapping(templates: Mapping[str, _Template], titles: Mapping[str, tuple[str, str]]) -> str:
    text = [_HEAD]
    for template in templates.values():
        if template.kind:
            text.append(_record(template, titles))
    return "\n".join(text)


def _quoted(words: str) -> str:
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _record(template: _Template, titles: Mapping[str, tuple[str, str]]) -> str:
    name, kind = template.name, template.kind
    says: list[str] = []

    def say(predicate: str, value: str, more: str = "") -> None:
        says.append(f"\n[[record.say]]\npredicate = {_quoted(predicate)}\nvalue = {value}\n{more}")

    key = _quoted(f"{{{name}: key}}")
    if kind == "person":
        say("person-code", _quoted(f"UWA-{{{name}: key}}"))
        reasons = "Imported under a code; the name stays outside the case until it is sealed."
        say("protection-level", f'{{ level = "sealed", reasons = {_quoted(reasons)} }}')
        first = f'\n[[record]]\nkind = "person"\nkey = {key}\nonce = true\n' + "".join(says)
        says.clear()
    else:
        first = ""
        title = _quoted(f"{{{name}: title}}")
        if kind == "place":
            say("place-name", f'{{ name = {title}, lang = "und", used_by = "unknown" }}')
        else:
            say(_TITLES[kind], title, 'lang = "und"\n')
    days = {"incident": "occurred", "source": "source-published"}
    for column, cells in template.cells.items():
        form = _form(cells, titles)
        named = f"{name}: {column}"
        if form == "point" and kind in {"incident", "place"}:
            where = ", ".join(f"{end} = {_quoted(f'{{{named} {end}}}')}" for end in ("lat", "lon"))
            how = '"in the export, whose precision is not stated"'
            say(f"{kind}-position", f'{{ {where}, precision_m = "5000", method = {how} }}')
        elif form in {"day", "span"} and kind in days:
            say(days.pop(kind), _quoted(f"{{{named}}}"))
        elif form == "link" and kind == "source":
            say("source-address", _quoted(f"{{{named}}}"))
        elif form == "text" and _is_account(column) and kind == "incident":
            say("incident-account", _quoted(f"{{{named}}}"))
    media = f'sources = [{{ kind = "item", key = {_quoted(f"{{{name}: media}}")} }}]\n'
    say("note", _quoted(f"{{{name}: note}}"), media)
    for other, predicate in (("place", "incident-place"), ("incident", "related-incident")):
        if kind == "incident":
            say(predicate, f'{{ kind = "{other}", key = {_quoted(f"{{{name}: to {other}}}")} }}')
    return first + f'\n[[record]]\nkind = "{kind}"\nkey = {key}\n' + "".join(says)
