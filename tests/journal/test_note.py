from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from embers.errors import JournalError
from embers.journal.note import (
    Checkpoint,
    open_note,
    public_bytes,
    read_checkpoint,
    read_verifier_key,
    sign_note,
    verifier_key,
)

# The example printed in C2SP signed-note 1.0.0, section "Verifier keys".
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
KEY = Ed25519PrivateKey.from_private_bytes(b"\7" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"\x08" * 32)


def test_the_specifications_own_example_verifies():
    name, public = read_verifier_key(EXAMPLE_KEY)
    assert verifier_key(name, public) == EXAMPLE_KEY
    assert open_note(EXAMPLE_NOTE, name, public) == "This is an example message.\n"
    with pytest.raises(JournalError, match="wrong"):
        open_note(EXAMPLE_NOTE.replace("message", "massage"), name, public)


def test_signatures_of_unknown_keys_are_ignored():
    note = sign_note("text\n", "x.example/log", KEY)
    strange = sign_note("text\n", "x.example/log", OTHER).split("\n\n")[1]
    witness = sign_note("other\n", "w.example", OTHER).split("\n\n")[1]
    public = public_bytes(KEY.public_key())
    assert open_note(note + strange + witness, "x.example/log", public) == "text\n"
    assert (
        open_note("text\n\n" + witness + strange + note.split("\n\n")[1], "x.example/log", public) == "text\n"
    )
    with pytest.raises(JournalError, match="not signed by"):
        open_note("text\n\n" + strange + witness, "x.example/log", public)


@pytest.mark.parametrize(
    "text", ["", "a", "a+b", "a+00000000+AAAA", EXAMPLE_KEY.replace("530d", "530e"), EXAMPLE_KEY[:-4]]
)
def test_bad_verifier_keys_are_refused(text):
    with pytest.raises(JournalError, match="verifier key"):
        read_verifier_key(text)


@pytest.mark.parametrize(
    "text",
    [
        "x\n1\n",
        "x\n01\nAAAA\n",
        "y\n1\n" + "A" * 43 + "=\n",
        "x\n1\nAAAA\n",
        "x\n-1\n" + "A" * 43 + "=\n",
        "x\n1\n" + "A" * 43 + "=\nmore\n",
    ],
)
def test_malformed_checkpoints_are_refused_even_if_signed(text):
    with pytest.raises(JournalError, match="malformed"):
        read_checkpoint(sign_note(text, "x", KEY), "x", public_bytes(KEY.public_key()))


def test_a_checkpoint_reads_back():
    point = Checkpoint("x", 7, b"\1" * 32)
    assert read_checkpoint(point.sign(KEY), "x", public_bytes(KEY.public_key())) == point
