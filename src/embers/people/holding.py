"""Whether something said to hold at a time held on a day: yes, possibly, or no. What is not known is never "no".

The time is EDTF text. An interval whose ends are known holds on every day within it. An end that is not known
(``2020-09-27/``) leaves every later day possible; an open end (``2020-09-27/..``) holds on. A month, a year, one of
several days, an uncertain or approximate date hold at some time within their bounds, so possibly on each day of them.
Without any time everything is possible.
"""

from __future__ import annotations

from datetime import date

from embers.dates import Edtf, parse

YES, POSSIBLY, NO = "yes", "possibly", "no"
_SURE = frozenset({"day", "minute", "second"})


def holds(valid: str | None, day: date) -> str:
    """Return whether something with this validity held on ``day``."""
    if not valid:
        return POSSIBLY
    time = parse(valid)
    if time.precision != "interval":
        return _point(time, day)
    start_text, _, end_text = valid.partition("/")
    for known, other in ((start_text, end_text), (end_text, start_text)):
        if known not in ("", "..") and not other:
            point = parse(known)
            if point.earliest == point.latest == day:  # the one day of an end that is known
                return _point(point, day)
    start = _side(start_text, day, after=True)
    end = _side(end_text, day, after=False)
    if NO in (start, end):
        return NO
    return YES if start == end == YES else POSSIBLY


def distance(valid: str | None, day: date) -> int | None:
    """Return how many days lie between a time and a day; nothing if the time is not known or has no such bound."""
    time = parse(valid) if valid else None
    if time is None:
        return None
    if time.earliest and day < time.earliest:
        return (time.earliest - day).days
    if time.latest and day > time.latest:
        return (day - time.latest).days
    return 0


def _point(time: Edtf, day: date) -> str:
    if (time.earliest and day < time.earliest) or (time.latest and day > time.latest):
        return POSSIBLY if time.approximate and distance(time.text, day) == 1 else NO
    sure = time.precision in _SURE and not (time.uncertain or time.approximate)
    return YES if sure else POSSIBLY


def _side(text: str, day: date, *, after: bool) -> str:
    """Return whether ``day`` is on the right side of one end of an interval."""
    if text == "..":
        return YES
    if not text:
        return POSSIBLY
    end = parse(text)
    first, last = end.earliest, end.latest
    if first is None or last is None:
        return POSSIBLY
    unsure = end.uncertain or end.approximate
    if first <= day <= last:
        return YES if first == last and not unsure else POSSIBLY
    right = day > last if after else day < first
    return (POSSIBLY if unsure else YES) if right else (POSSIBLY if unsure else NO)
