"""An error is the same error after a worker process handed it over."""

from __future__ import annotations

import pickle

import pytest

from embers.errors import EmbersError, SyncError


@pytest.mark.parametrize("kind", [EmbersError, SyncError])
def test_an_error_comes_back_whole_from_a_worker(kind):
    sent = kind("proof", "The proof of entry 3 does not hold.", "Ask for the package again.")
    back = pickle.loads(pickle.dumps(sent))
    assert type(back) is kind
    assert (back.code, back.message, back.hint) == (sent.code, sent.message, sent.hint)
    assert str(back) == str(sent)
    assert back.args == sent.args
