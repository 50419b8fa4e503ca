"""Tokens of a real authority (openssl), good ones and hostile ones, through both verifiers and somebody else's."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from stamp_authority import StampAuthority, openssl_verifies

from embers.custody import timestamp_authority
from embers.custody.timestamp import (
    FIRST,
    SECOND,
    Statement,
    imprint_of,
    read_reply,
    read_statement,
    request,
    verify_reply,
)
from embers.custody.timestamp_authority import MAX_REPLY, Authority, ask, read_authorities
from embers.errors import CustodyError
from embers.surroundings import Surroundings

DATA = Statement(("a note\n",), ("ab" * 32,)).encode()
NONCE = b"\x80" + os.urandom(15)


@pytest.fixture(scope="module")
def honest():
    made = StampAuthority("honest")
    yield made
    made.stop()


@pytest.fixture
def authority():
    """Return a maker of authorities, stopped at the end."""
    made = []

    def make(**more):
        made.append(StampAuthority("exercise", **more))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def get(of: StampAuthority, data: bytes = DATA, nonce: bytes = NONCE) -> bytes:
    return ask(Authority(of.name, of.url, of.roots), request(imprint_of(data), nonce))


def test_a_token_is_verified_and_openssl_agrees(honest, tmp_path):
    reply = get(honest)
    verdict = verify_reply(reply, imprint_of(DATA), honest.roots, nonce=NONCE)
    assert (verdict.verifier, verdict.problem) == (FIRST, "")
    assert abs(verdict.time - datetime.now(UTC)) < timedelta(minutes=10)
    assert openssl_verifies(reply, DATA, honest.roots, tmp_path)
    assert not openssl_verifies(reply, DATA + b" ", honest.roots, tmp_path)
    assert read_reply(reply).policy == "1.3.6.1.4.1.55555.1"


def test_a_token_with_unsorted_certificates_is_refused_by_one_verifier_and_read_by_the_other(
    authority, tmp_path
):
    """Real tokens of a large authority are like this; strict readers refuse them."""
    unsorted = authority(extra_certificates=True)
    reply = get(unsorted)
    verdict = verify_reply(reply, imprint_of(DATA), unsorted.roots, nonce=NONCE)
    assert (verdict.verifier, verdict.problem) == (SECOND, "")
    assert openssl_verifies(reply, DATA, unsorted.roots, tmp_path)
    assert not verify_reply(reply, imprint_of(b"other"), unsorted.roots).trusted


def test_the_second_verifier_trusts_no_more_than_the_first(authority, honest):
    unsorted = authority(extra_certificates=True)
    reply = bytearray(get(unsorted))
    assert not verify_reply(bytes(reply), imprint_of(DATA), honest.roots).trusted, "roots of somebody else"
    reply[-5] ^= 1  # in the signature
    verdict = verify_reply(bytes(reply), imprint_of(DATA), unsorted.roots)
    assert not verdict.trusted
    assert SECOND in verdict.problem


@pytest.mark.parametrize("extra", [False, True], ids=["first verifier", "second verifier"])
def test_a_certificate_that_expired_since_is_no_fault(authority, extra):
    short = authority(life=timedelta(seconds=3), extra_certificates=extra)
    reply = get(short)
    short.wait_until_expired()
    verdict = verify_reply(reply, imprint_of(DATA), short.roots)
    assert verdict.trusted, verdict.problem
    assert verdict.time <= short.until


@pytest.mark.parametrize("extra", [False, True], ids=["first verifier", "second verifier"])
def test_a_token_given_after_the_certificate_expired_is_not_trusted(authority, extra):
    expired = authority(life=timedelta(seconds=-60), extra_certificates=extra)
    assert not verify_reply(get(expired), imprint_of(DATA), expired.roots).trusted


def test_another_imprint_another_nonce_and_another_root_are_refused(honest, authority):
    reply = get(honest)
    assert "other bytes" in verify_reply(reply, imprint_of(b"x"), honest.roots).problem
    assert "nonce" in verify_reply(reply, imprint_of(DATA), honest.roots, nonce=b"\x01" * 16).problem
    assert not verify_reply(reply, imprint_of(DATA), authority().roots).trusted


def test_every_altered_byte_makes_a_token_untrusted_or_changes_nothing(honest):
    """No byte can be changed so that another time is trusted, and nothing raises."""
    reply = get(honest)
    good = verify_reply(reply, imprint_of(DATA), honest.roots)
    trusted = 0
    for place in range(0, len(reply), 7):
        altered = reply[:place] + bytes([reply[place] ^ 0x41]) + reply[place + 1 :]
        verdict = verify_reply(altered, imprint_of(DATA), honest.roots)
        if verdict.trusted:  # the status, or a certificate that is not the signer's
            trusted += 1
            assert verdict.time == good.time
    assert trusted < len(reply) / 7 / 4


@pytest.mark.parametrize("cut", [0, 1, 5, 100, 400, -1])
def test_a_cut_reply_is_named_and_not_trusted(honest, cut):
    verdict = verify_reply(get(honest)[:cut], imprint_of(DATA), honest.roots)
    assert not verdict.trusted
    assert verdict.problem


def test_a_refusal_is_told_in_the_words_of_the_authority(authority):
    def refuse(handler, query):
        return broken.reply(query[:-3] + b"\x00\x00\x00")

    broken = authority(misbehave=refuse)
    verdict = verify_reply(get(broken), imprint_of(DATA), broken.roots)
    assert "The authority refused: rejection" in verdict.problem


def slow(handler, query):
    handler.send_response(200)
    handler.end_headers()
    with suppress(OSError):
        for _ in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.1)


def redirect(handler, query):
    handler.send_response(302)
    handler.send_header("Location", "http://127.0.0.1:1/elsewhere")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


@pytest.mark.parametrize(
    ("misbehave", "words"),
    [
        (lambda handler, query: bytes(MAX_REPLY + 1), "more than 262144 bytes"),
        (slow, "took more than|timed out"),
        (redirect, "answered 302"),
        (lambda handler, query: handler.connection.shutdown(socket.SHUT_RDWR), "."),
    ],
    ids=["huge", "slow", "redirect", "hangs up"],
)
def test_an_authority_that_misbehaves_is_given_up(authority, monkeypatch, misbehave, words):
    monkeypatch.setattr(timestamp_authority, "PATIENCE", 1.0)
    start = time.monotonic()
    with pytest.raises(CustodyError, match=words) as raised:
        get(authority(misbehave=misbehave))
    assert raised.value.code == "custody.authority"
    assert time.monotonic() - start < 5


def test_an_authority_that_is_not_there_is_named():
    with pytest.raises(CustodyError, match="nobody gave no time-stamp"):
        ask(Authority("nobody", "http://127.0.0.1:9/", b""), b"x")


def test_statements_read_back_and_nothing_else_is_a_statement():
    assert read_statement(DATA) == Statement(("a note\n",), ("ab" * 32,))
    for wrong in (
        b"",
        b"{}",
        DATA + b" ",
        DATA.replace(b'"v":1', b'"v":2'),
        b'{"checkpoints":[1],"replies":[],"v":1}',
    ):
        with pytest.raises(CustodyError, match="malformed"):
            read_statement(wrong)


def test_the_list_of_authorities_is_read_strictly(tmp_path, honest):
    path = tmp_path / "authorities.toml"
    (tmp_path / "root.pem").write_bytes(honest.roots)
    good = f'[[authority]]\nname = "one"\nurl = "{honest.url}"\nroots = "root.pem"\n'
    path.write_text(good + good.replace('"one"', '"two"') + "qualified = true\n")
    one, two = read_authorities(path, Surroundings())
    assert (one.name, one.qualified, one.roots) == ("one", False, honest.roots)
    assert (two.name, two.qualified) == ("two", True)
    for wrong in (
        "",
        good + good,
        good.replace("http://", "ftp://"),
        good.replace("root.pem", "none.pem"),
        good + "colour = 1\n",
        good.replace('"one"', "1"),
        "not toml",
    ):
        path.write_text(wrong)
        with pytest.raises(CustodyError) as raised:
            read_authorities(path, Surroundings())
        assert raised.value.code == "custody.authorities"


def test_the_second_verifier_works_where_an_event_loop_is_running(authority):
    unsorted = authority(extra_certificates=True)
    reply = get(unsorted)

    async def inside() -> object:
        return verify_reply(reply, imprint_of(DATA), unsorted.roots, nonce=NONCE)

    # In a thread of its own: a browser's tests may have left a loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(asyncio.run, inside()).result().verifier == SECOND
