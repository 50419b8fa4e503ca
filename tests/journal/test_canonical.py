from __future__ import annotations

import json
import unicodedata

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from embers.errors import JournalError
from embers.journal.canonical import INTEGER_LIMIT, MAX_DEPTH, decode, encode

TEXT = st.text().map(lambda text: unicodedata.normalize("NFC", text))
KEYS = st.text(st.characters(max_codepoint=127))
NUMBERS = st.integers(-INTEGER_LIMIT + 1, INTEGER_LIMIT - 1)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)


@given(VALUES)
def test_same_bytes_as_the_reference_implementation(value):
    assert encode(value) == rfc8785.dumps(value)


@given(VALUES)
def test_reads_back_what_it_wrote(value):
    assert decode(encode(value)) == value


@given(VALUES, st.data())
def test_other_spellings_are_refused(value, data):
    loose = json.dumps(value, indent=1).encode()
    if loose != encode(value):
        with pytest.raises(JournalError):
            decode(loose)


@given(st.binary(max_size=60))
def test_any_bytes_are_either_canonical_or_refused(data):
    try:
        value = decode(data)
    except JournalError:
        return
    assert encode(value) == data


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b'{"a":1,"a":1}', "repeats"),
        (b"1.5", "not whole"),
        (b"1e3", "not whole"),
        (b"NaN", "not whole"),
        (b'{"b":1,"a":2}', "not in canonical form"),
        (b'{"a": 1}', "not in canonical form"),
        (b'"\\u0041"', "not in canonical form"),
        (b'"\\/"', "not in canonical form"),
        (b"-0", "not in canonical form"),
        (b"\xef\xbb\xbf1", "not in canonical form"),
        (b'"\xff"', "not JSON"),
        (b"1 2", "not JSON"),
        (b'"\\ud800"', "surrogate"),
        ('"e\u0301"'.encode(), "NFC"),
        ('{"é":1}'.encode(), "not ASCII"),
        (b"9007199254740992", "2\\*\\*53"),
        (b"[" * 40 + b"]" * 40, "nested"),
        (b"[" * 100_000, "not JSON"),
        (b"9" * 5000, "not JSON"),
        ("1".encode("utf-16"), "not in canonical form"),
    ],
)
def test_refusals_name_the_fault(data, word):
    with pytest.raises(JournalError, match=word):
        decode(data)


@pytest.mark.parametrize("value", [1.0, float("nan"), b"x", (1,), {1: 2}, {1}, INTEGER_LIMIT, -INTEGER_LIMIT])
def test_values_journals_do_not_hold(value):
    with pytest.raises(JournalError, match=r"\$\.a\[0\]"):
        encode({"a": [value]})


def test_depth_limit_is_exact():
    def nested(levels):
        value = None
        for _ in range(levels):
            value = [value]
        return value

    assert decode(encode(nested(MAX_DEPTH))) == nested(MAX_DEPTH)
    with pytest.raises(JournalError, match="nested"):
        encode(nested(MAX_DEPTH + 1))
