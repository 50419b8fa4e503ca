"""Every form for phones, by its id."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from embers.errors import FieldworkError
from embers.fieldwork.forms.first_account import FIRST_ACCOUNT_FORM
from embers.fieldwork.forms.mission_day import MISSION_DAY
from embers.fieldwork.forms.question import Form
from embers.fieldwork.forms.site_visit import SITE_VISIT

FORMS: Mapping[str, Form] = MappingProxyType(
    {form.id: form for form in (SITE_VISIT, FIRST_ACCOUNT_FORM, MISSION_DAY)}
)
#: Words of choices that no code list holds.
YES_NO = (("yes", "yes"), ("no", "no"))


def form_named(id: str) -> Form:
    """Return a form by its id; an unknown one is refused."""
    if id not in FORMS:
        raise FieldworkError(
            "form",
            f"{id[:60]!r} is no form of this version of Embers.",
            f"Known: {', '.join(sorted(FORMS))}. Tables of other forms come in with `embers import table`.",
        )
    return FORMS[id]


def sentences() -> list[str]:
    """Return every sentence the forms show that is no label of the vocabulary, each once."""
    said = [text for form in FORMS.values() for text in form.sentences()]
    return list(dict.fromkeys([*said, *(label for _, label in YES_NO)]))
