"""Dates, times and numbers as the reader's language writes them.

Names of months and the order of day, month and year come from Django's own catalogues; the sentences around them
(:data:`embers.dates.SENTENCES`) from ours. Digits stay 0 to 9 in every language, so that a figure can be compared with
the source and copied.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.dateformat import format as formatted
from django.utils.formats import get_format
from django.utils.translation import get_language, gettext

from embers.case_view import Record
from embers.dates import ENGLISH, DateWords
from embers.language import lower

#: Between groups of three digits, so that no language's comma or point is taken for a decimal sign.
THIN_SPACE = "\u202f"


def date_words() -> DateWords:
    """Return how the reader's language tells dates."""
    if (get_language() or "en").partition("-")[0] == "en":
        return ENGLISH
    return DateWords(gettext, _day, _month)


def _day(day: date) -> str:
    return formatted(day, get_format("DATE_FORMAT"))


def _month(day: date) -> str:
    return formatted(day, get_format("YEAR_MONTH_FORMAT"))


def in_small_letters(text: str) -> str:
    """Return a text of the reader's language within a sentence: in Azerbaijani I becomes ı, and İ becomes i."""
    return lower(text, get_language() or "en")


def instant_words(text: str) -> str:
    """Return an instant in UTC (``2026-11-28T20:30:00Z``) as day and time; a text that is none stays as it is."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")  # noqa: DTZ007 - the Z is said in words
    except ValueError:
        return text
    return gettext("%(day)s, %(time)s UTC") % {
        "day": date_words().day(moment.date()),
        "time": f"{moment:%H:%M:%S}",
    }


@dataclass(frozen=True, slots=True)
class InLanguages:
    """A text in the reader's language or the first there is, with its language, and every other form of it."""

    text: str
    lang: str
    others: tuple[tuple[str, str], ...]


def in_languages(record: Record, predicate: str) -> InLanguages:
    """Return the forms of a text of a record; the others are what somebody recorded, in their own script."""
    forms = {(str(value["lang"]), str(value["text"])): None for value in record.values(predicate)}
    mine = (get_language() or "en").partition("-")[0]
    ordered = sorted(forms, key=lambda form: (form[0].partition("-")[0] != mine, form[0] != "en"))
    if not ordered:
        return InLanguages("", "", ())
    lang, text = ordered[0]
    return InLanguages(text, lang, tuple(ordered[1:]))


def number_words(count: int | None) -> str:
    """Return a whole number with thin spaces between thousands; nothing for none."""
    return "" if count is None else f"{count:,}".replace(",", THIN_SPACE)
