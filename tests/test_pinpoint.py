"""Locators: every form is read, written one way, and what is no locator is kept and never guessed at."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embers.pinpoint import Cells, Pinpoint, column_letters, column_number, read_pinpoint

COUNT = st.integers(1, 10**9 - 1)
PLACE = st.integers(0, 10**9 - 1)
SECONDS = st.integers(0, 9_999_999_999).map(lambda ms: Decimal(ms) / 1000)


def ordered(numbers, *, apart=False):
    pairs = st.tuples(numbers, numbers).map(lambda pair: tuple(sorted(pair)))
    return pairs.filter(lambda pair: pair[0] < pair[1]) if apart else pairs


CELLS = st.builds(
    lambda rows, columns: Cells(rows[0], columns[0], rows[1], columns[1]),
    ordered(COUNT),
    ordered(st.integers(1, 18_278)),
)
PINPOINTS = st.builds(
    Pinpoint,
    page=st.none() | COUNT,
    paragraph=st.none() | ordered(COUNT),
    answer=st.none() | COUNT,
    row=st.just("") | st.from_regex(r"[A-Za-z0-9_.-]{1,12}", fullmatch=True),
    cell=st.none() | CELLS,
    seconds=st.none() | ordered(SECONDS),
    box=st.none() | st.tuples(PLACE, PLACE, COUNT, COUNT),
    polygon=st.just(()) | st.lists(st.tuples(PLACE, PLACE), min_size=3, max_size=12).map(tuple),
    offset=st.none() | ordered(PLACE, apart=True),
)


@given(PINPOINTS)
def test_what_is_written_is_read_back(pinpoint):
    again = read_pinpoint(pinpoint.text)
    assert again == pinpoint
    assert again.text == pinpoint.text


@given(st.text(max_size=80))
def test_any_text_is_read_without_losing_a_word(text):
    found = read_pinpoint(text)
    assert read_pinpoint(found.text).text == found.text
    assert len(found.text.split()) == len(text.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("page=3 box=10,20,300,200", Pinpoint(page=3, box=(10, 20, 300, 200))),
        ("seconds=12.50-15", Pinpoint(seconds=(Decimal("12.5"), Decimal(15)))),
        ("seconds=100", Pinpoint(seconds=(Decimal(100), Decimal(100)))),
        ("polygon=0,0,40,0,40,30", Pinpoint(polygon=((0, 0), (40, 0), (40, 30)))),
        ("cell=B2:D4", Pinpoint(cell=Cells(2, 2, 4, 4))),
        ("row=C161", Pinpoint(row="C161")),
        ("p. 4, second paragraph", Pinpoint(unread="p. 4, second paragraph")),
        ("page=3 page=4", Pinpoint(page=3, unread="page=4")),
        ("page=3 roughly", Pinpoint(page=3, unread="roughly")),
    ],
)
def test_forms(text, expected):
    assert read_pinpoint(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "page=0",
        "page=-1",
        "page=1e3",
        "page=٣",
        "box=1,2,0,4",
        "box=1,2,3",
        "box=1.5,2,3,4",
        "seconds=15-12",
        "seconds=1.2345",
        "seconds=nan",
        "polygon=0,0,1,1",
        "polygon=0,0,1,1,2",
        "polygon=" + ",".join(["1"] * 2000),
        "cell=12",
        "cell=D4:B2",
        "offset=5-5",
        "paragraph=6-4",
        "page=" + "9" * 50,
        "unread=3",
        "constructor=1",
    ],
)
def test_what_is_no_pinpoint_stays_unread(text):
    found = read_pinpoint(text)
    assert found == Pinpoint(unread=text)
    assert not found.known


@given(st.integers(1, 200_000))
def test_columns_have_letters(number):
    assert column_number(column_letters(number)) == number
