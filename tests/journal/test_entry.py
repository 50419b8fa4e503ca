from __future__ import annotations

import hashlib
import json

import pytest

from embers.errors import JournalError
from embers.journal.canonical import encode
from embers.journal.entry import MAX_BYTES, read_entry


def altered(signed, change):
    data = json.loads(signed.raw)
    change(data)
    return encode(data)


def test_reads_back_exactly(small):
    for signed in small.entries:
        again = read_entry(signed.raw)
        assert again == signed
        assert again.id == hashlib.sha256(b"\x00" + signed.raw).hexdigest()
        small_body = {name: part for name, part in json.loads(signed.raw).items() if name != "sig"}
        assert again.signed_bytes() == encode(small_body)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda e: e.update(extra=1), "extra"),
        (lambda e: e.pop("reason"), "reason"),
        (lambda e: e.update(seq=True), "seq"),
        (lambda e: e.update(seq=-1), "negative"),
        (lambda e: e.update(v=2), "version 2"),
        (lambda e: e["at"].update(zone="x"), "zone"),
        (lambda e: e["at"].update(offset_ms="0"), "offset_ms"),
        (lambda e: e["at"].update(offset_ms=True), "offset_ms"),
        (lambda e: e["assertions"][0].pop("s"), "lacks s"),
        (lambda e: e["assertions"][0].update(basis=[]), "empty optional part"),
        (lambda e: e["assertions"][0].update(valid=""), "empty optional part"),
        (lambda e: e["assertions"][0]["basis"][0].update(source="source:x"), "not both"),
        (lambda e: e["assertions"][0]["basis"][0].update(locator=""), "empty optional part"),
        (lambda e: e["assertions"][0].update(rel=[{"rel": "supersedes"}]), "lacks id"),
        (lambda e: e["objects"][0].update(sha256="00"), "SHA-256"),
        (lambda e: e["objects"][0].update(size=-1), "size"),
        (lambda e: e.update(seen={"x": [1]}), "seen"),
        (lambda e: e.update(seen={"x": [True, "0" * 64]}), "seen"),
        (lambda e: e["sig"].update(alg="rsa"), "rsa"),
        (lambda e: e["sig"].update(s="AA=="), "64 bytes"),
        (lambda e: e["sig"].update(s="!"), "base64"),
    ],
)
def test_anything_odd_is_refused_by_name(small, change, word):
    with pytest.raises(JournalError, match=word):
        read_entry(altered(small.entries[2], change))


def test_too_large_an_entry_says_what_to_do(small):
    with pytest.raises(JournalError, match="Put long content into an object"):
        small.journal.append(small.note("x" * MAX_BYTES), small.person)
    assert small.journal.store.size(small.origin) == 5


def test_the_largest_entry_fits(small):
    short = small.journal.append(small.note("x"), small.person)
    room = MAX_BYTES - len(short.raw)
    assert len(small.journal.append(small.note("x" * (room + 1)), small.person).raw) == MAX_BYTES
    with pytest.raises(JournalError, match="at most 65535"):
        small.journal.append(small.note("x" * (room + 2)), small.person)
