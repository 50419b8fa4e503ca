"""Sealed content: round trips, an independent reading of the format, and what is refused."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import struct
import tracemalloc
from pathlib import Path

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embers.errors import ObjectError
from embers.objects.age_key import AgeIdentity, fingerprint, read_recipient
from embers.objects.local import LocalObjectStore
from embers.objects.padding import SMALLEST, padded_length
from embers.objects.pipe import WrittenStream
from embers.objects.sealed import FRAME, Label, seal_into, unseal
from embers.surroundings import Surroundings

LABEL = Label("text/plain", "exercise-note.txt")
AROUND = Surroundings()


@pytest.fixture
def store(tmp_path: Path) -> LocalObjectStore:
    return LocalObjectStore(tmp_path / "objects", AROUND)


@pytest.fixture
def key() -> AgeIdentity:
    return AgeIdentity.fresh(AROUND.randomness)


def sealed(store, key, content: bytes | io.RawIOBase, label: Label = LABEL):
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    return seal_into(store, stream, label, data_key=key, randomness=AROUND.randomness)


def opened(store, key, made):
    parts: list[bytes] = []
    with store.open(made.sha256) as stream:
        return unseal(stream, made.commitment, data_key=key, write=parts.append), b"".join(parts)


@pytest.mark.parametrize("size", [0, 1, 100, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME + 7, 1_000_000])
def test_what_is_sealed_comes_out(store, key, size):
    content = bytes(range(256)) * (size // 256 + 1)
    found, out = opened(store, key, sealed(store, key, content[:size]))
    assert out == content[:size]
    assert (found.label, found.size) == (LABEL, size)
    assert found.sha256 == hashlib.sha256(content[:size]).hexdigest()


def test_the_bytes_are_what_the_format_page_says(store, key):
    """Read with age itself and by hand, as a stranger would from FORMAT.md."""
    made = sealed(store, key, b"abc" * 40_000)
    raw = store.open(made.sha256).read()
    assert raw.startswith(b"age-encryption.org/v1\n")
    plain = pyrage.decrypt(raw, [pyrage.x25519.Identity.from_str(key.text)])
    magic, rest = plain[:17], plain[17:]
    salt, rest = rest[:32], rest[32:]
    label, rest = rest[: rest.index(b"\n") + 1], rest[rest.index(b"\n") + 1 :]
    content = b""
    while True:
        (length,) = struct.unpack(">I", rest[:4])
        rest = rest[4:]
        if not length:
            break
        content, rest = content + rest[:length], rest[length:]
    assert magic == b"embers-sealed-v1\n"
    assert json.loads(label) == {"media": "text/plain", "name": "exercise-note.txt"}
    assert content == b"abc" * 40_000
    assert not any(rest)
    assert len(plain) == padded_length(len(plain))
    assert hmac.new(salt, label + content, hashlib.sha256).hexdigest() == made.commitment


def test_short_contents_look_alike_and_say_nothing(store, key):
    sizes = [sealed(store, key, text).size for text in (b"", b"N. Example", b"x" * 3000)]
    # age adds a random "grease" stanza of up to a few hundred bytes; the content itself has one length.
    assert max(sizes) - min(sizes) < 600
    made = [sealed(store, key, b"the same name") for _ in range(2)]
    assert made[0].sha256 != made[1].sha256
    assert made[0].commitment != made[1].commitment
    assert made[0].commitment != hmac.new(b"", b"the same name", hashlib.sha256).hexdigest()


@given(st.integers(min_value=0, max_value=10**12))
def test_padding_costs_little_and_never_shrinks(length):
    padded = padded_length(length)
    assert padded >= max(length, SMALLEST)
    assert length <= SMALLEST or padded <= length * 1.12
    assert padded_length(padded) == padded


@settings(max_examples=25, deadline=None)
@given(place=st.floats(min_value=0, max_value=1, exclude_max=True), bit=st.integers(0, 7))
def test_no_flipped_bit_goes_unnoticed(tmp_path_factory, place, bit):
    store = LocalObjectStore(tmp_path_factory.mktemp("flip"), AROUND)
    key = AgeIdentity.fresh(AROUND.randomness)
    made = sealed(store, key, b"exercise content")
    raw = bytearray(store.open(made.sha256).read())
    raw[int(place * len(raw))] ^= 1 << bit
    with pytest.raises(ObjectError):
        unseal(io.BytesIO(bytes(raw)), made.commitment, data_key=key, write=lambda _: None)


def test_cut_content_another_key_and_another_text_are_refused(store, key):
    made = sealed(store, key, b"x" * 200_000)
    raw = store.open(made.sha256).read()
    other = AgeIdentity.fresh(AROUND.randomness)
    for data, opener, code in (
        (raw[:-65_552], key, "object.sealed"),
        (raw[:100], key, "object.sealed"),
        (raw, other, "object.sealed"),
    ):
        with pytest.raises(ObjectError) as caught:
            unseal(io.BytesIO(data), made.commitment, data_key=opener, write=lambda _: None)
        assert caught.value.code == code
    # Somebody who holds the key puts another text in its place: age is content, the commitment is not.
    swapped = sealed(store, key, b"y" * 200_000)
    with pytest.raises(ObjectError) as caught, store.open(swapped.sha256) as stream:
        unseal(stream, made.commitment, data_key=key, write=lambda _: None)
    assert caught.value.code == "object.commitment"


@pytest.mark.parametrize(
    "plain", [b"", b"something else\n" * 20, b"embers-sealed-v1\n" + bytes(32) + b"{}\n" + bytes(4)]
)
def test_an_age_file_of_somebody_else_is_not_sealed_content(key, plain):
    raw = pyrage.encrypt(plain, [read_recipient(key.recipient)])
    with pytest.raises(ObjectError) as caught:
        unseal(io.BytesIO(raw), "0" * 64, data_key=key, write=lambda _: None)
    assert caught.value.code == "object.sealed-form"


class Broken(io.RawIOBase):
    def readable(self):
        return True

    def read(self, size=-1):
        raise OSError(5, "the card was pulled out")


def test_failures_of_source_and_target_are_told_as_themselves(store, key):
    with pytest.raises(OSError, match="the card was pulled out"):
        sealed(store, key, Broken())
    assert list(store.all()) == []
    made = sealed(store, key, b"x" * 100_000)

    def full(_data):
        raise OSError(28, "no space left")

    with pytest.raises(OSError, match="no space left"), store.open(made.sha256) as stream:
        unseal(stream, made.commitment, data_key=key, write=full)
    with pytest.raises(ObjectError, match="too long"):
        sealed(store, key, b"", Label("text/plain", "n" * 5000))


class Endless(io.RawIOBase):
    """Many zero bytes that exist nowhere."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left

    def readable(self):
        return True

    def read(self, size=-1):
        count = min(size, self.left)
        self.left -= count
        return bytes(count)


def test_memory_does_not_grow_with_the_content(store, key):
    tracemalloc.start()
    try:
        made = sealed(store, key, Endless(64 * 1024 * 1024))
        with store.open(made.sha256) as stream:
            found = unseal(stream, made.commitment, data_key=key, write=lambda _: None)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.size == 64 * 1024 * 1024
    assert peak < 12 * 1024 * 1024


def test_a_stream_nobody_reads_ends_its_thread():
    def write_for_ever(sink):
        while True:
            sink.write(bytes(65536))

    stream = WrittenStream(write_for_ever)
    assert stream.read(10) == bytes(10)
    stream.close()
    assert not stream._thread.is_alive()


def test_keys_are_those_of_age(key):
    theirs = pyrage.x25519.Identity.from_str(key.text)
    assert str(theirs) == key.text
    assert str(theirs.to_public()) == key.recipient
    assert key.raw.hex() not in repr(key)
    other = AgeIdentity.fresh(AROUND.randomness)
    wrapped = key.wrap_for(other.recipient)
    assert other.unwrap(wrapped) == key
    with pytest.raises(ObjectError, match="does not open"):
        key.unwrap(wrapped)
    with pytest.raises(ObjectError, match="not 32 bytes"):
        other.unwrap(pyrage.encrypt(b"short", [read_recipient(other.recipient)]))
    for wrong in ("", "age1", key.text, key.recipient[:-1] + "b"):
        with pytest.raises(ObjectError, match="not an age public key"):
            read_recipient(wrong)
    assert len(fingerprint(key.recipient)) == 32
