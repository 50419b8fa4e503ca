"""Byte ranges against a naive reading of RFC 9110, and what is refused."""

from __future__ import annotations

import io
import re

import pytest
from django.test import RequestFactory
from hypothesis import example, given, settings
from hypothesis import strategies as st

from embers.objects.local import LocalObjectStore
from embers.surroundings import Surroundings
from embers.web.ranges import Refused, Span, selected, send

DATA = bytes(range(256)) * 3 + b"the end"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return LocalObjectStore(tmp_path_factory.mktemp("ranges") / "objects", Surroundings())


@pytest.fixture(scope="module")
def sha256(store, showcase):  # the showcase configures Django
    return store.put(io.BytesIO(DATA)).sha256


def ask(store, sha256, method="get", **headers):
    response = getattr(RequestFactory(), method)("/", headers=headers)
    answer = send(response, store, sha256)
    return answer, b"".join(answer) if answer.streaming else answer.content


def naive(header: str, data: bytes) -> bytes | None:
    """Return the bytes of one range by walking over every position, or nothing where it is not satisfiable."""
    first, last = re.fullmatch(r"bytes=(\d*)-(\d*)", header).groups()
    if first:
        chosen = [n for n in range(len(data)) if n >= int(first) and (not last or n <= int(last))]
    else:
        chosen = [n for n in range(len(data)) if len(data) - n <= int(last)]
    return bytes(data[n] for n in chosen) or None


NUMBER = st.one_of(st.integers(0, 60), st.integers(0, 10**18 - 1)).map(str)
ONE = st.one_of(
    st.builds("bytes={}-{}".format, NUMBER, NUMBER),
    st.builds("bytes={}-".format, NUMBER),
    st.builds("bytes=-{}".format, NUMBER),
)


@given(header=ONE, size=st.integers(0, 50))
@example(header="bytes=0-0", size=1)
@example(header="bytes=-0", size=5)
@example(header="bytes=5-4", size=10)
@example(header="bytes=5-", size=5)
@settings(max_examples=600)
def test_one_range_is_what_a_naive_reading_gives(header, size):
    data = bytes(range(size))
    got = selected(header, size)
    expected = naive(header, data)
    if expected is None:
        assert isinstance(got, Refused)
    else:
        assert isinstance(got, Span)
        assert data[got.start : got.end] == expected


@given(header=st.text(max_size=90), size=st.integers(0, 50))
def test_no_header_whatever_gives_bytes_outside(header, size):
    got = selected(header, size)
    if isinstance(got, Span):
        assert 0 <= got.start < got.end <= size
    elif got is None:
        assert not header.lower().startswith("bytes=")


@given(rest=st.text(alphabet="0123456789-, \t=bytes", max_size=80))
def test_no_range_of_bytes_gives_bytes_outside(rest):
    got = selected(f"bytes={rest}", 20)
    assert isinstance(got, Refused) or 0 <= got.start < got.end <= 20


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-3", DATA[:4]),
        ("BYTES=0-3", DATA[:4]),
        ("bytes= 0-3 ", DATA[:4]),
        ("bytes=,0-3", DATA[:4]),
        ("bytes=3-", DATA[3:]),
        ("bytes=-7", b"the end"),
        (f"bytes=-{10**17}", DATA),
        (f"bytes=0-{10**17}", DATA),
    ],
)
def test_a_range_is_sent_with_its_place(store, sha256, header, expected):
    answer, body = ask(store, sha256, Range=header)
    assert answer.status_code == 206
    assert body == expected
    start = DATA.index(expected) if len(expected) > 4 else 0
    assert answer["Content-Range"] == f"bytes {start}-{start + len(expected) - 1}/{len(DATA)}"
    assert answer["Content-Length"] == str(len(expected))
    assert answer["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    "header",
    [
        "bytes=0-1,4-5",
        "bytes=0-,0-,0-,0-",
        "bytes=" + ",".join(f"{n}-{n}" for n in range(5000)),
        "bytes=0-" + "9" * 5000,
        "bytes=" + "9" * 19 + "-",
        "bytes=-0",
        "bytes=5-4",
        "bytes=-",
        "bytes=",
        "bytes=a-b",
        "bytes=-5-",
        "bytes=٣-٤",
        f"bytes={len(DATA)}-",
    ],
)
def test_abuse_is_refused_without_a_byte(store, sha256, header):
    answer, body = ask(store, sha256, Range=header)
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{len(DATA)}"
    assert len(body) < 100
    assert DATA[:16] not in body


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Range": "bytes=0-1", "If-Range": '"{tag}"'}, 206),
        ({"Range": "bytes=0-1", "If-Range": 'W/"{tag}"'}, 200),
        ({"Range": "bytes=0-1", "If-Range": '"another"'}, 200),
        ({"Range": "bytes=0-1", "If-Range": "Wed, 21 Oct 2020 07:28:00 GMT"}, 200),
        ({"Range": "bytes=99999-", "If-Range": '"another"'}, 200),
        ({"Range": "items=0-1"}, 200),
        ({"If-None-Match": '"{tag}"'}, 304),
        ({"If-None-Match": '"x", W/"{tag}"', "Range": "bytes=0-1"}, 304),
        ({"If-None-Match": '"x"'}, 200),
        ({"If-Match": '"{tag}"'}, 200),
        ({"If-Match": "*"}, 200),
        ({"If-Match": 'W/"{tag}"'}, 412),
        ({"If-Match": '"x"'}, 412),
    ],
)
def test_preconditions(store, sha256, headers, status):
    answer, body = ask(store, sha256, **{name: text.format(tag=sha256) for name, text in headers.items()})
    assert answer.status_code == status
    assert answer["ETag"] == f'"{sha256}"'
    assert body == {206: DATA[:2], 200: DATA}.get(status, b"")


def test_head_says_the_size_and_sends_nothing(store, sha256):
    answer, body = ask(store, sha256, method="head", Range="bytes=0-1")
    assert (answer.status_code, body) == (200, b"")
    assert answer["Content-Length"] == str(len(DATA))
    assert "Content-Range" not in answer
