"""What an error says in the reader's language, by its code.

An error is raised far below the pages, in English, and names the thing it is about. A reader of English sees exactly
that. A reader of another language sees the sentence for its code, or for its family, and the exact words on demand.
Errors the pages raise themselves are in the reader's language already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy

_Sentences = tuple[str | Promise, str | Promise]
_AGAIN = gettext_lazy("Look at what was typed, and send it again.")
_KEEPER = gettext_lazy("Tell the person who keeps this case.")
_FOLDER = gettext_lazy("Ask the person who keeps this case; the server's output says more.")

#: By code.
CODES: Mapping[str, _Sentences] = MappingProxyType(
    {
        "projection.unknown": (
            gettext_lazy("This is not in the case, or not for you."),
            gettext_lazy("Start from the case, or search it."),
        ),
        "projection.query": (gettext_lazy("The question could not be read."), _AGAIN),
        "projection.schema": (gettext_lazy("The tables of this case are of another version."), _FOLDER),
        "projection.empty": (gettext_lazy("The tables of this case are empty."), _FOLDER),
        "object.missing": (gettext_lazy("The preserved bytes are not on this computer."), _KEEPER),
        "object.altered": (
            gettext_lazy("The preserved bytes are not what was preserved. They are not shown."),
            _KEEPER,
        ),
        "object.sealed": (gettext_lazy("This is sealed. It is opened outside these pages."), _KEEPER),
        "custody.copies-busy": (
            gettext_lazy("Too many copies are being made at once."),
            gettext_lazy("Open the page again in a minute."),
        ),
        "action.locked": (gettext_lazy("The case is locked."), _KEEPER),
        "action.no-case": (gettext_lazy("There is no case here."), _FOLDER),
        "action.reason": (gettext_lazy("A reason is missing."), _AGAIN),
        "date.edtf": (
            gettext_lazy("This is no date that can be read."),
            gettext_lazy("Write 2020-10-17, 2020-10, 2020-09-27/2020-11-10 or [2020-10-09..2020-10-15]."),
        ),
        "access.key": (
            gettext_lazy("This needs your signing key, and it is not unlocked."),
            gettext_lazy("Unlock it on the page of your account."),
        ),
        "access.unrecorded": (
            gettext_lazy("Reading this must be recorded first, and nobody can sign that here."),
            gettext_lazy("Unlock your key on the page of your account."),
        ),
        "access.report": (gettext_lazy("This report rests on something you may not read."), _KEEPER),
    }
)
#: By family, for every other code.
FAMILIES: Mapping[str, _Sentences] = MappingProxyType(
    {
        "journal": (gettext_lazy("A signed entry of this case is not sound, or cannot be written."), _KEEPER),
        "object": (gettext_lazy("Preserved bytes could not be read or written."), _KEEPER),
        "sync": (gettext_lazy("The exchange with another copy could not be done."), _KEEPER),
        "vocabulary": (gettext_lazy("A value has a form that the case does not know."), _AGAIN),
        "date": (gettext_lazy("This is no date that can be read."), _AGAIN),
        "place": (gettext_lazy("This is no position that can be used."), _AGAIN),
        "settings": (gettext_lazy("A setting of this case is wrong."), _FOLDER),
        "custody": (gettext_lazy("The material could not be handled without loss, so it was not."), _KEEPER),
        "imagery": (gettext_lazy("A picture or scene cannot be read."), _KEEPER),
        "law": (gettext_lazy("What the law part was given does not fit together."), _AGAIN),
        "consent": (gettext_lazy("What people consented to does not cover this."), _KEEPER),
        "fieldwork": (gettext_lazy("What was recorded in the field does not fit together."), _AGAIN),
        "api": (gettext_lazy("What a program asked for cannot be done."), _KEEPER),
        "report": (gettext_lazy("The report cannot be made."), _KEEPER),
        "projection": (gettext_lazy("The tables of this case cannot be used now."), _FOLDER),
        "action": (gettext_lazy("This was refused."), _AGAIN),
        "access": (gettext_lazy("You may not see or do this."), _KEEPER),
        "storage": (gettext_lazy("The computer could not read or write a file."), _FOLDER),
        "usage": (gettext_lazy("The server was started in a way that does not fit."), _FOLDER),
    }
)
#: What the pages say themselves, in the reader's language.
SPOKEN = frozenset({"custody.no-copy", "action.form", "imagery.layer"})


@dataclass(frozen=True, slots=True)
class Told:
    """An error as a page shows it; ``original`` are the exact words where others stand for them."""

    message: str
    hint: str
    original: str = ""


def in_reader_words(code: str, message: str, hint: str) -> Told:
    """Return an error in the reader's language; in English as it was raised."""
    language = (get_language() or "en").partition("-")[0]
    known = CODES.get(code) or FAMILIES.get(code.partition(".")[0])
    if language == "en" or known is None or code in SPOKEN:
        return Told(message, hint)
    return Told(str(known[0]), str(known[1]), f"{message} {hint}".strip())
