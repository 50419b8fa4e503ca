"""Partial, uncertain and open dates, written in a subset of EDTF (ISO 8601-2:2019, annex A).

An investigation rarely knows more than "the first days of October" or "some day between the two": such
knowledge is neither rounded nor guessed here. :func:`parse` keeps the text and adds inclusive bounds.

Accepted: ``2020``, ``2020-10``, ``2020-10-17``; date and time with offset (``2020-10-17T01:00+04:00``,
``...Z``); unspecified digits (``202X``, ``2020-XX``, ``2020-10-XX``, ``2020-10-1X``); qualifiers ``?``
uncertain, ``~`` approximate, ``%`` both, at the end of a date; intervals ``a/b``, ``../b``, ``a/..``
(open), ``/b``, ``a/`` (unknown); one-of sets ``[a,b]``, ``[a..b]``, ``[a..]``, ``[..b]``.
Two liberties beyond the standard: seconds may be left out, and a date-time may carry a qualifier.

Refused, with a reason: time without offset, years outside 0001-9999, all-of sets ``{...}``, seasons.

Day bounds are the calendar days *as written* (in the place's own time), because a chronology speaks of
the local day. Instants are kept besides them, in UTC, when the text gives a clock time.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from types import MappingProxyType

from embers.errors import DateError

_DATE = re.compile(r"^(\d{1,4}X{0,3})(?:-(\d\d|XX)(?:-(\d\d|\dX|XX))?)?$", re.ASCII)
_TIME = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d)(?::(\d\d))?(Z|[+-]\d\d:\d\d)?$", re.ASCII)
_QUALIFIERS = {"?": (True, False), "~": (False, True), "%": (True, True)}
_HINT = "Write EDTF: 2020-10-17, 2020-10-XX, 2020-09-27/2020-11-10 or [2020-10-09..2020-10-15]."
_MONTH_NAMES = "January February March April May June July August September October November December"
_MONTHS = _MONTH_NAMES.split()
#: The sentences a date is told in; :class:`DateWords` says them in another language.
SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "about": "about %(day)s",
        "uncertain": "%(day)s (uncertain)",
        "clock": "%(day)s, %(clock)s (%(zone)s)",
        "about-clock": "%(day)s, about %(clock)s (%(zone)s)",
        "decade": "the %(year)ss",
        "years": "the years %(first)s to %(last)s",
        "no-month": "%(year)s, month not known",
        "no-month-no-day": "%(year)s, month and day not known",
        "no-day": "%(month)s, day not known",
        "days": "%(month)s, one of the days %(first)s to %(last)s",
        "until-open": "until %(day)s (start open)",
        "until-unknown": "until %(day)s (start not known)",
        "onwards": "from %(day)s onwards",
        "end-unknown": "from %(day)s (end not known)",
        "from-to": "from %(first)s to %(last)s",
        "on-or-before": "on or before %(day)s",
        "on-or-after": "on or after %(day)s",
        "between": "some time between %(first)s and %(last)s",
        "either": "either %(others)s or %(last)s",
    }
)


@dataclass(frozen=True, slots=True)
class Edtf:
    """A date as it is known: its text and what the text implies.

    ``earliest`` and ``latest`` are inclusive days, ``None`` where the text sets no bound.
    ``earliest_instant`` and ``latest_instant`` are inclusive aware UTC times, only for texts with a clock
    time. ``precision`` is one of ``century decade year month day minute second interval one-of``.
    ``open_start``/``open_end`` are true for ``..`` (deliberately open) and false for an unknown end.
    """

    text: str
    earliest: date | None
    latest: date | None
    precision: str
    uncertain: bool = False
    approximate: bool = False
    open_start: bool = False
    open_end: bool = False
    earliest_instant: datetime | None = None
    latest_instant: datetime | None = None

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=4096)
def parse(text: str) -> Edtf:
    """Read an EDTF text; raise :class:`DateError` naming the part that is wrong."""
    if not text or text != text.strip():
        raise _wrong(text, "is empty or has blanks around it")
    if text.startswith("{"):
        raise _wrong(text, "is an all-of set, which Embers does not use", "Record one assertion per date.")
    try:
        if text.startswith("["):
            return _parse_one_of(text)
        return _parse_interval(text) if "/" in text else _parse_point(text)
    except DateError as error:
        if repr(text) in error.message:
            raise
        # A part of an interval or set is wrong: name the whole as well, so that it can be found.
        raise DateError("edtf", f"In {text!r}: {error.message}", error.hint) from error


def overlaps(first: Edtf, second: Edtf) -> bool:
    """Tell whether both could be the same moment; compares instants if both have them, else days."""
    if first.earliest_instant and second.earliest_instant and first.latest_instant and second.latest_instant:
        return (
            first.earliest_instant <= second.latest_instant
            and second.earliest_instant <= first.latest_instant
        )
    return not (_before(first.latest, second.earliest) or _before(second.latest, first.earliest))


def contains(outer: Edtf, inner: Edtf) -> bool:
    """Tell whether every moment ``inner`` allows lies within ``outer``."""
    if outer.earliest_instant and outer.latest_instant and inner.earliest_instant and inner.latest_instant:
        return (
            outer.earliest_instant <= inner.earliest_instant and inner.latest_instant <= outer.latest_instant
        )
    if outer.earliest_instant or outer.latest_instant:
        return False  # a clock time never covers a whole day
    starts = outer.earliest is None or (inner.earliest is not None and outer.earliest <= inner.earliest)
    ends = outer.latest is None or (inner.latest is not None and inner.latest <= outer.latest)
    return starts and ends


def order_key(value: Edtf) -> tuple[str, str, str, str]:
    """Return a sort key for chronologies: first possible day, clock time, last possible day, text.

    What certainly ended before another began always comes first. A date without a beginning is placed
    at its end, a date without any bound last.
    """
    start = value.earliest or value.latest or date.max
    instant = value.earliest_instant.isoformat() if value.earliest_instant else ""
    return (start.isoformat(), instant, (value.latest or date.max).isoformat(), value.text)


def _english_day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _english_month(day: date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.year}"


@dataclass(frozen=True, slots=True)
class DateWords:
    """How a language tells dates. ``say`` translates one of :data:`SENTENCES`; ``day`` and ``month`` name them.

    ``shares``: a month or year two days have in common is named once, at the end, as English does.
    """

    say: Callable[[str], str] = str
    day: Callable[[date], str] = _english_day
    month: Callable[[date], str] = _english_month
    shares: bool = False

    def sentence(self, name: str, **parts: str) -> str:
        """Return a sentence with its parts filled in."""
        return self.say(SENTENCES[name]) % parts


ENGLISH = DateWords(shares=True)


def describe(value: Edtf, words: DateWords = ENGLISH) -> str:
    """Return the date in the words of a language.

    >>> describe(parse("[2020-09-27..2020-10-22]"))
    'some time between 27 September and 22 October 2020'
    """
    if value.precision == "one-of":
        return _describe_one_of(value, words)
    if value.precision == "interval":
        return _describe_interval(value, words)
    return _describe_point(value, words)


# --- reading ------------------------------------------------------------------------------------


def _wrong(text: str, problem: str, hint: str = _HINT) -> DateError:
    return DateError("edtf", f"The date {text!r} {problem}.", hint)


def _before(end: date | None, start: date | None) -> bool:
    return end is not None and start is not None and end < start


def _parse_point(text: str) -> Edtf:
    uncertain, approximate = _QUALIFIERS.get(text[-1:], (False, False))
    core = text[:-1] if uncertain or approximate else text
    found = _parse_time(core, text) if "T" in core else _parse_day(core, text)
    return replace(found, text=text, uncertain=uncertain, approximate=approximate)


def _parse_day(core: str, text: str) -> Edtf:
    match = _DATE.fullmatch(core)
    if not match or len(match[1]) != 4:
        raise _wrong(text, "is not a year, month or day")
    year, month, day = match[1], match[2], match[3]
    if "X" in year and month:
        raise _wrong(text, "has a month in a year that is not known")
    if month == "XX" and day not in (None, "XX"):
        raise _wrong(text, "has a day in a month that is not known")
    first, last = int(year.replace("X", "0")), int(year.replace("X", "9"))
    if last == 0 or (first == 0 and "X" not in year):
        raise _wrong(text, "has the year 0000, which Embers does not use")
    start, end = date(max(first, 1), 1, 1), date(last, 12, 31)
    precision = {0: "year", 1: "decade", 2: "century"}.get(year.count("X"), "century")
    if month and month != "XX":
        start, end = _month_bounds(int(year), int(month), text=text)
        precision = "month"
        if day and day != "XX":
            start, end = _day_bounds(start, end, day=day, text=text)
            precision = "day" if day.isdigit() else "month"
    return Edtf(core, start, end, precision)


def _month_bounds(year: int, month: int, *, text: str) -> tuple[date, date]:
    if not 1 <= month <= 12:
        raise _wrong(text, f"has no such month: {month:02d}")
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _day_bounds(start: date, end: date, *, day: str, text: str) -> tuple[date, date]:
    first = max(int(day.replace("X", "0")), 1 if "X" in day else 0)
    last = min(int(day.replace("X", "9")), end.day if "X" in day else 99)
    if not 1 <= first <= last <= end.day:
        raise _wrong(text, f"has no such day: that month has {end.day} days")
    return start.replace(day=first), start.replace(day=last)


def _parse_time(core: str, text: str) -> Edtf:
    match = _TIME.fullmatch(core)
    if not match:
        raise _wrong(text, "is not a date and time", "Write 2020-10-17T01:00+04:00 or 2020-10-16T21:00Z.")
    if not match[5]:
        raise _wrong(text, "has a time without an offset", "Add the offset of the place, for example +04:00.")
    day = _parse_day(match[1], text).earliest
    hour, minute, second = int(match[2]), int(match[3]), int(match[4] or 0)
    offset = _offset(match[5])
    if day is None or hour > 23 or minute > 59 or second > 59 or offset is None:
        raise _wrong(text, "has no such time of day or offset")
    try:
        instant = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=offset).astimezone(UTC)
        last = instant if match[4] else instant + timedelta(seconds=59)
    except OverflowError:
        raise _wrong(text, "leaves the years 0001-9999 in UTC") from None
    precision = "second" if match[4] else "minute"
    return Edtf(core, day, day, precision, earliest_instant=instant, latest_instant=last)


def _offset(text: str) -> timezone | None:
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 14 or minutes > 59:
        return None
    shift = timedelta(hours=hours, minutes=minutes)
    return timezone(-shift if text[0] == "-" else shift)


def _parse_interval(text: str) -> Edtf:
    start_text, _, end_text = text.partition("/")
    if "/" in end_text:
        raise _wrong(text, "has more than one '/'")
    start = None if start_text in ("", "..") else _parse_point(start_text)
    end = None if end_text in ("", "..") else _parse_point(end_text)
    if start is None and end is None:
        raise _wrong(text, "has neither a start nor an end")
    return _span(text, start, end, "interval", open_start=start_text == "..", open_end=end_text == "..")


def _span(
    text: str, start: Edtf | None, end: Edtf | None, precision: str, *, open_start: bool, open_end: bool
) -> Edtf:
    if start and end and _reversed(start, end):
        raise _wrong(text, "ends before it begins")
    known = [part for part in (start, end) if part]
    both_instants = start and end and start.earliest_instant and end.latest_instant
    return Edtf(
        text,
        start.earliest if start else None,
        end.latest if end else None,
        precision,
        uncertain=any(part.uncertain for part in known),
        approximate=any(part.approximate for part in known),
        open_start=open_start,
        open_end=open_end,
        earliest_instant=start.earliest_instant if start and both_instants else None,
        latest_instant=end.latest_instant if end and both_instants else None,
    )


def _reversed(start: Edtf, end: Edtf) -> bool:
    if start.earliest_instant and end.latest_instant:
        return end.latest_instant < start.earliest_instant
    return _before(end.latest, start.earliest)


def _parse_one_of(text: str) -> Edtf:
    if not text.endswith("]"):
        raise _wrong(text, "has no closing ']'")
    choices = [_parse_choice(part, text) for part in _choices(text)]
    starts = [choice.earliest for choice in choices if choice.earliest]
    ends = [choice.latest for choice in choices if choice.latest]
    first = [choice.earliest_instant for choice in choices if choice.earliest_instant]
    last = [choice.latest_instant for choice in choices if choice.latest_instant]
    timed = len(first) == len(last) == len(choices)
    return Edtf(
        text,
        min(starts) if len(starts) == len(choices) else None,
        max(ends) if len(ends) == len(choices) else None,
        "one-of",
        uncertain=any(choice.uncertain for choice in choices),
        approximate=any(choice.approximate for choice in choices),
        open_start=any(choice.open_start for choice in choices),
        open_end=any(choice.open_end for choice in choices),
        earliest_instant=min(first) if timed else None,
        latest_instant=max(last) if timed else None,
    )


def _choices(text: str) -> list[str]:
    return [part.strip() for part in text[1:-1].split(",")]


def _parse_choice(part: str, text: str) -> Edtf:
    if part in ("", ".."):
        raise _wrong(text, "has an empty choice")
    if ".." not in part:
        return _parse_point(part)
    start_text, _, end_text = part.partition("..")
    start = _parse_point(start_text) if start_text else None
    end = _parse_point(end_text) if end_text else None
    return _span(part, start, end, "one-of", open_start=not start, open_end=not end)


# --- wording ------------------------------------------------------------------------------------


def _describe_point(value: Edtf, words: DateWords) -> str:
    core = value.text.rstrip("?~%")
    if value.precision in ("minute", "second"):
        day, clock = core.split("T")
        hours = _TIME.fullmatch(core)
        zone = hours[5] if hours else "Z"
        parts = {"day": _day_words(day, words), "clock": clock.removesuffix(zone), "zone": _zone_words(zone)}
        told = words.sentence("about-clock" if value.approximate else "clock", **parts)
    else:
        told = _day_words(core, words)
        told = words.sentence("about", day=told) if value.approximate else told
    return words.sentence("uncertain", day=told) if value.uncertain else told


def _day_words(core: str, words: DateWords) -> str:
    year, month, day = [*core.split("-"), "", ""][:3]
    if "X" in year:
        first, last = str(max(int(year.replace("X", "0")), 1)), year.replace("X", "9")
        decade = year.count("X") == 1
        return (
            words.sentence("decade", year=f"{year[:3]}0")
            if decade
            else words.sentence("years", first=first, last=last)
        )
    if month == "XX":
        return words.sentence("no-month-no-day" if day else "no-month", year=year)
    if not month:
        return year
    name = words.month(date(int(year), int(month), 1))
    if day == "XX":
        return words.sentence("no-day", month=name)
    if "X" in day:
        first = str(max(int(day[0] + "0"), 1))
        return words.sentence("days", month=name, first=first, last=str(_last_day(core)))
    return words.day(date(int(year), int(month), int(day))) if day else name


def _last_day(core: str) -> int:
    latest = parse(core).latest
    return latest.day if latest else 31


def _zone_words(zone: str) -> str:
    if zone == "Z":
        return "UTC"
    hours, minutes = int(zone[1:3]), zone[4:6]
    return f"UTC{zone[0]}{hours}" + (f":{minutes}" if minutes != "00" else "")


def _describe_interval(value: Edtf, words: DateWords) -> str:
    start_text, _, end_text = value.text.partition("/")
    if start_text in ("", ".."):
        day = _describe_point(_parse_point(end_text), words)
        return words.sentence("until-open" if start_text else "until-unknown", day=day)
    if end_text in ("", ".."):
        day = _describe_point(_parse_point(start_text), words)
        return words.sentence("onwards" if end_text else "end-unknown", day=day)
    first, last = _pair_words(_parse_point(start_text), _parse_point(end_text), words)
    return words.sentence("from-to", first=first, last=last)


def _describe_one_of(value: Edtf, words: DateWords) -> str:
    told = [_choice_words(part, words) for part in _choices(value.text)]
    if len(told) == 1:
        return told[0]
    return words.sentence("either", others=", ".join(told[:-1]), last=told[-1])


def _choice_words(part: str, words: DateWords) -> str:
    if ".." not in part:
        return _describe_point(_parse_point(part), words)
    start_text, _, end_text = part.partition("..")
    if not start_text:
        return words.sentence("on-or-before", day=_describe_point(_parse_point(end_text), words))
    if not end_text:
        return words.sentence("on-or-after", day=_describe_point(_parse_point(start_text), words))
    first, last = _pair_words(_parse_point(start_text), _parse_point(end_text), words)
    return words.sentence("between", first=first, last=last)


def _pair_words(start: Edtf, end: Edtf, words: DateWords) -> tuple[str, str]:
    """Word two ends; where the language does so, a shared month or year once: ("9", "15 October 2020")."""
    first, last = _describe_point(start, words), _describe_point(end, words)
    plain = start.precision == end.precision == "day" and not (start.uncertain or end.uncertain)
    if not (words.shares and plain) or start.earliest is None or end.earliest is None:
        return first, last
    if (start.earliest.year, start.earliest.month) == (end.earliest.year, end.earliest.month):
        first = first.removesuffix(f" {_MONTHS[start.earliest.month - 1]} {start.earliest.year}")
    elif start.earliest.year == end.earliest.year:
        first = first.removesuffix(f" {start.earliest.year}")
    return first, last
