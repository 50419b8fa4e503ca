"""Writes a form as an XLSForm workbook, and as the XForm that pyxform makes of it, in every language at once.

pyxform (BSD-2) is the reference converter of XLSForm: what it accepts, ODK Collect, KoboCollect and Enketo show.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from embers.errors import FieldworkError
from embers.fieldwork.forms.catalogue import YES_NO
from embers.fieldwork.forms.question import Form, Question
from embers.vocabulary.loader import load_vocabulary

#: Returns an English sentence in a language, or the sentence itself where there is no translation yet.
Translate = Callable[[str, str], str]
Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the forms: its tag and its own name."""

    tag: str
    name: str

    @property
    def column(self) -> str:
        """How XLSForm names it in its columns."""
        return f"{self.name} ({self.tag})"


@dataclass(frozen=True, slots=True)
class XlsForm:
    """The three sheets of an XLSForm, as rows of named cells."""

    survey: tuple[Cells, ...]
    choices: tuple[Cells, ...]
    settings: Cells

    def sheets(self) -> dict[str, list[dict[str, Any]]]:
        """Return the sheets as pyxform takes them."""
        return {
            "survey": [dict(row) for row in self.survey],
            "choices": [dict(row) for row in self.choices],
            "settings": [dict(self.settings)],
        }


def xlsform(form: Form, languages: Iterable[Language], translate: Translate) -> XlsForm:
    """Return a form as XLSForm with its sentences in these languages, the first being the default."""
    spoken = tuple(languages)

    def said(column: str, text: str) -> Cells:
        return {f"{column}::{one.column}": translate(one.tag, text) for one in spoken} if text else {}

    survey: list[Cells] = []
    for row in form.rows:
        if isinstance(row, Question):
            survey.append(_asked(row, said))
            continue
        kind = "repeat" if row.repeat else "group"
        survey.append(
            {"type": f"begin {kind}", "name": row.name, "relevant": row.relevant, **said("label", row.label)}
        )
        survey += [_asked(one, said) for one in row.rows]
        survey.append({"type": f"end {kind}"})
    choices = [
        {"list_name": name, "name": id, **said("label", label)}
        for name, terms in _lists(form).items()
        for id, label in terms
    ]
    settings = {
        "form_title": translate(spoken[0].tag, form.title),
        "form_id": form.id,
        "version": form.version,
        "default_language": spoken[0].column,
    }
    return XlsForm(tuple(_filled(row) for row in survey), tuple(choices), settings)


def _asked(one: Question, said: Callable[[str, str], Cells]) -> Cells:
    type_ = one.type
    if one.table:
        type_ = f"{one.type}_from_file {one.table}.csv"
    elif one.choices:
        type_ = f"{one.type} {_list_name(one)}"
    return {
        "type": type_,
        "name": one.name,
        **said("label", one.label),
        **said("hint", one.hint),
        "relevant": one.relevant,
        "constraint": one.constraint,
        **said("constraint_message", one.message),
        "required": "yes" if one.required else "",
        "appearance": one.appearance,
        "default": one.default,
        "parameters": one.parameters,
    }


def _filled(row: Mapping[str, str]) -> Cells:
    return {name: text for name, text in row.items() if text}


def _list_name(one: Question) -> str:
    return "_without_".join(
        [one.choices.replace("-", "_"), *(left.replace("-", "_") for left in one.without)]
    )


def _lists(form: Form) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    codes = load_vocabulary().codes
    for one in form.questions.values():
        if one.choices == "yes-no":
            found[_list_name(one)] = list(YES_NO)
        elif one.choices:
            terms = codes[one.choices].terms.values()
            found[_list_name(one)] = [(term.id, term.label) for term in terms if term.id not in one.without]
    return found


def workbook(sheets: XlsForm) -> bytes:
    """Return an XLSForm as an .xlsx file."""
    from openpyxl import Workbook  # noqa: PLC0415 - costs more to load than everything else here

    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.sheets().items():
        sheet = book.create_sheet(name)
        columns = list(dict.fromkeys(column for row in rows for column in row))
        sheet.append(columns)
        for row in rows:
            sheet.append([row.get(column) for column in columns])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def xform(sheets: XlsForm) -> bytes:
    """Return the XForm of an XLSForm; what pyxform does not accept is refused with its words."""
    from pyxform.errors import PyXFormError  # noqa: PLC0415 - only who makes forms needs it
    from pyxform.xls2xform import convert  # noqa: PLC0415

    try:
        made: str = convert(xlsform=sheets.sheets(), validate=False, pretty_print=False).xform
    except PyXFormError as error:
        raise FieldworkError(
            "xform",
            f"pyxform does not accept the form {sheets.settings['form_id']}: {error}.",
            "Mend the form.",
        ) from error
    return made.encode()


def digest(data: bytes) -> str:
    """Return the hash by which OpenRosa names a version of a form or of a file of it.

    MD5 because the protocol says so: it tells a phone whether to fetch anew, and proves nothing.
    """
    return f"md5:{hashlib.md5(data, usedforsecurity=False).hexdigest()}"
