from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embers.dates import Edtf, contains, describe, order_key, overlaps, parse
from embers.errors import DateError

BOUNDS = [
    ("2020", "2020-01-01", "2020-12-31", "year"),
    ("202X", "2020-01-01", "2029-12-31", "decade"),
    ("19XX", "1900-01-01", "1999-12-31", "century"),
    ("2020-10", "2020-10-01", "2020-10-31", "month"),
    ("2020-02", "2020-02-01", "2020-02-29", "month"),
    ("2020-XX", "2020-01-01", "2020-12-31", "year"),
    ("2020-XX-XX", "2020-01-01", "2020-12-31", "year"),
    ("2020-10-XX", "2020-10-01", "2020-10-31", "month"),
    ("2020-10-0X", "2020-10-01", "2020-10-09", "month"),
    ("2020-10-3X", "2020-10-30", "2020-10-31", "month"),
    ("2020-10-17", "2020-10-17", "2020-10-17", "day"),
    ("2020-10-17?", "2020-10-17", "2020-10-17", "day"),
    ("2020-09-27/2020-11-10", "2020-09-27", "2020-11-10", "interval"),
    ("2020-09/2020-11", "2020-09-01", "2020-11-30", "interval"),
    ("[2020-09-27..2020-10-22]", "2020-09-27", "2020-10-22", "one-of"),
    ("[2020-10-10,2020-10-11]", "2020-10-10", "2020-10-11", "one-of"),
    ("[2020-10-20, 2020-10-01..2020-10-03]", "2020-10-01", "2020-10-20", "one-of"),
]


@pytest.mark.parametrize(("text", "earliest", "latest", "precision"), BOUNDS)
def test_bounds(text: str, earliest: str, latest: str, precision: str) -> None:
    found = parse(text)
    assert (str(found.earliest), str(found.latest), found.precision) == (earliest, latest, precision)
    assert found.text == text == str(found)


def test_open_and_unknown_ends_differ() -> None:
    open_end, unknown_end = parse("2020-10-01/.."), parse("2020-10-01/")
    assert (open_end.latest, open_end.open_end) == (None, True)
    assert (unknown_end.latest, unknown_end.open_end) == (None, False)
    open_start, unknown_start = parse("../2020-10-01"), parse("/2020-10-01")
    assert (open_start.earliest, open_start.open_start) == (None, True)
    assert (unknown_start.earliest, unknown_start.open_start) == (None, False)
    assert parse("[..2020-10-01]").open_start
    assert parse("[2020-10-01..]").latest is None


@pytest.mark.parametrize(
    ("text", "uncertain", "approximate"),
    [
        ("2020-10-17", False, False),
        ("2020-10-17?", True, False),
        ("2020-10~", False, True),
        ("2020%", True, True),
        ("2020-10-01?/2020-10-05~", True, True),
        ("[2020-10-01,2020-10-05~]", False, True),
    ],
)
def test_qualifiers(text: str, *, uncertain: bool, approximate: bool) -> None:
    assert (parse(text).uncertain, parse(text).approximate) == (uncertain, approximate)


def test_clock_times_keep_the_local_day_and_the_instant() -> None:
    local = parse("2020-10-17T01:00+04:00~")
    assert str(local.earliest) == "2020-10-17"
    assert local.earliest_instant is not None
    assert local.earliest_instant.isoformat() == "2020-10-16T21:00:00+00:00"
    assert local.latest_instant is not None
    assert local.latest_instant.isoformat() == "2020-10-16T21:00:59+00:00"
    assert overlaps(local, parse("2020-10-16T21:00Z"))
    assert overlaps(local, parse("2020-10-17"))
    assert not overlaps(local, parse("2020-10-16T21:01Z"))
    assert parse("2020-10-17T01:00:05Z").precision == "second"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "empty"),
        (" 2020", "blanks"),
        ("2020-13", "no such month: 13"),
        ("2020-00", "no such month: 00"),
        ("2021-02-29", "28 days"),
        ("2020-10-00", "no such day"),
        ("2020-10-4X", "no such day"),
        ("2020-02-3X", "no such day"),
        ("0000", "0000"),
        ("2020-1-1", "not a year, month or day"),
        ("20201017", "not a year"),
        ("XXXX", "not a year"),
        ("٢٠٢٠", "not a year"),
        ("17 October 2020", "not a year"),
        ("202X-05", "month in a year that is not known"),
        ("2020-XX-10", "day in a month that is not known"),
        ("2020-10-17T01:00", "without an offset"),
        ("2020-10-17T24:00Z", "no such time"),
        ("2020-10-17T01:00+15:00", "no such time"),
        ("2020-10-17T1:00Z", "not a date and time"),
        ("2020-10/2020-09", "ends before it begins"),
        ("2020-10-17T02:00Z/2020-10-17T01:00Z", "ends before it begins"),
        ("../..", "neither"),
        ("/", "neither"),
        ("2020/2021/2022", "more than one"),
        ("[2020", "closing"),
        ("[]", "empty choice"),
        ("[2020,]", "empty choice"),
        ("[..]", "empty choice"),
        ("[2020-10-05..2020-10-01]", "ends before it begins"),
        ("{2020,2021}", "all-of"),
        ("2020-10-17\n", "blanks"),
        ("2020\n/2021", "not a year"),
        ("0001-01-01T00:00+04:00", "leaves the years"),
    ],
)
def test_refusals_say_what_is_wrong(text: str, complaint: str) -> None:
    with pytest.raises(DateError) as caught:
        parse(text)
    assert complaint in caught.value.message
    assert caught.value.code == "date.edtf"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2020", "2020"),
        ("202X", "the 2020s"),
        ("20XX", "the years 2000 to 2099"),
        ("2020-10", "October 2020"),
        ("2020-XX", "2020, month not known"),
        ("2020-10-XX", "October 2020, day not known"),
        ("2020-10-1X", "October 2020, one of the days 10 to 19"),
        ("2020-10-07", "7 October 2020"),
        ("2020-10-17~", "about 17 October 2020"),
        ("2020-10-17?", "17 October 2020 (uncertain)"),
        ("2020-10-17%", "about 17 October 2020 (uncertain)"),
        ("2020-10-17T01:00+04:00~", "17 October 2020, about 01:00 (UTC+4)"),
        ("2020-10-17T01:00:30+03:30", "17 October 2020, 01:00:30 (UTC+3:30)"),
        ("2020-10-16T21:00Z", "16 October 2020, 21:00 (UTC)"),
        ("2020-09-27/2020-11-10", "from 27 September to 10 November 2020"),
        ("2020-12-30/2021-01-02", "from 30 December 2020 to 2 January 2021"),
        ("../2020-10-17", "until 17 October 2020 (start open)"),
        ("/2020-10-17", "until 17 October 2020 (start not known)"),
        ("2020-10-17/..", "from 17 October 2020 onwards"),
        ("2020-10-17/", "from 17 October 2020 (end not known)"),
        ("[2020-09-27..2020-10-22]", "some time between 27 September and 22 October 2020"),
        ("[2020-10-09..2020-10-15]", "some time between 9 and 15 October 2020"),
        ("[2020-10-10,2020-10-11]", "either 10 October 2020 or 11 October 2020"),
        ("[..2020-10-17]", "on or before 17 October 2020"),
        ("[2020-10-17..]", "on or after 17 October 2020"),
    ],
)
def test_wording(text: str, words: str) -> None:
    assert describe(parse(text)) == words


def _days() -> st.SearchStrategy[date]:
    return st.dates(date(1, 1, 1), date(9998, 12, 31))


@st.composite
def edtf_texts(draw: st.DrawFn) -> str:
    first = draw(_days())
    last = first + timedelta(days=draw(st.integers(0, 400)))
    qualifier = draw(st.sampled_from(["", "?", "~", "%"]))
    one, two = f"{first.isoformat()}{qualifier}", last.isoformat()
    shapes = [one, two[:7], two[:4], f"{two[:3]}X", f"{two[:8]}XX", f"{one}/{two}", f"../{two}", f"{one}/.."]
    shapes += [f"/{two}", f"{one}/", f"[{one}..{two}]", f"[{two},{one}]", f"[..{two}]", f"[{one}..]"]
    shapes.append(f"{two}T{draw(st.integers(0, 23)):02d}:{draw(st.integers(0, 59)):02d}+04:00")
    return draw(st.sampled_from(shapes))


@given(edtf_texts())
def test_parse_keeps_text_and_orders_bounds(text: str) -> None:
    if text.startswith(("000X", "0000", "0001-01-01T0")):
        return
    found = parse(text)
    assert parse(str(found)) == found
    assert found.earliest is None or found.latest is None or found.earliest <= found.latest
    assert contains(found, found)
    assert overlaps(found, found)
    assert describe(found)


@given(edtf_texts(), edtf_texts())
def test_relations_agree_with_each_other(one: str, two: str) -> None:
    if any(text.startswith(("0000", "000X", "0001-01-01T0")) for text in (one, two)):
        return
    first, second = parse(one), parse(two)
    assert overlaps(first, second) == overlaps(second, first)
    if contains(first, second):
        assert overlaps(first, second)
    if first.latest and second.earliest and first.latest < second.earliest:
        assert order_key(first) < order_key(second)
        assert not contains(first, second)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_politely(text: str) -> None:
    try:
        assert isinstance(parse(text), Edtf)
    except DateError as error:
        assert repr(text) in error.message


@given(_days(), st.integers(0, 60), st.integers(0, 60))
def test_one_of_covers_exactly_its_days(start: date, length: int, shift: int) -> None:
    end = start + timedelta(days=length)
    probe = start + timedelta(days=shift)
    span = parse(f"[{start.isoformat()}..{end.isoformat()}]")
    assert contains(span, parse(probe.isoformat())) == (probe <= end)


def test_a_clock_time_does_not_cover_its_day() -> None:
    assert not contains(parse("2020-10-17T01:00Z"), parse("2020-10-17"))
    assert contains(parse("2020-10-17"), parse("2020-10-17T01:00Z"))


def test_chronology_puts_unknown_beginnings_at_their_end() -> None:
    texts = ["2020-10-17", "../2020-09-30", "2020-10-01T08:00Z", "2020-10-01T07:00Z", "2020-10"]
    assert sorted(texts, key=lambda text: order_key(parse(text))) == [
        "../2020-09-30",
        "2020-10",
        "2020-10-01T07:00Z",
        "2020-10-01T08:00Z",
        "2020-10-17",
    ]
