"""The forms as a phone fetches them: made once from the vocabulary, with the case's own lists beside them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import lru_cache

from embers.case_view import CaseView
from embers.custody.load_file import harmless
from embers.fieldwork.forms.catalogue import FORMS, form_named
from embers.fieldwork.forms.question import Form
from embers.fieldwork.forms.xlsform import Language, XlsForm, digest, xform, xlsform
from embers.web.languages import in_language, offered

#: The lists a form may ask for: kind of record, and the predicate that words it. Codes only, never titles.
TABLES = {"missions": ("mission", "mission-code"), "sites": ("site", "site-code")}


@dataclass(frozen=True, slots=True)
class Offered:
    """A form as it is offered: what it asks, its XForm, and the hash a phone compares."""

    form: Form
    xform: bytes
    hash: str


def sheets(id: str) -> XlsForm:
    """Return a form as XLSForm in every language of the pages, English first."""
    languages = [Language(tag, name) for tag, name in offered()]
    return xlsform(form_named(id), languages, in_language)


@lru_cache(maxsize=len(FORMS))
def offered_form(id: str) -> Offered:
    """Return one form; made at its first use, which takes about a second."""
    data = xform(sheets(id))
    return Offered(form_named(id), data, digest(data))


def table(name: str, view: CaseView) -> bytes:
    """Return a list of the case as CSV: the id of each record, and its code."""
    kind, predicate = TABLES[name]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("name", "label"))
    rows = [(id, record.text(predicate)) for id, record in view.kind(kind).items()]
    for id, code in sorted(rows, key=lambda row: (row[1], row[0])):
        writer.writerow((id, harmless(code or id[-4:])))
    return out.getvalue().encode()
