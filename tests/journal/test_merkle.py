from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from embers.errors import JournalError
from embers.journal.merkle import (
    CompactRange,
    compact,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)


def naive_root(leaves):
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def subtrees(leaves):
    return lambda level, index: naive_root(leaves[index << level : (index + 1) << level])


class GrowingTree(RuleBasedStateMachine):
    """The incremental tree is the naive one after every step, and its proofs hold."""

    def __init__(self):
        super().__init__()
        self.leaves, self.tree = [], CompactRange()

    @rule(data=st.binary(max_size=8), times=st.integers(1, 20))
    def append(self, data, times):
        for number in range(times):
            leaf = leaf_hash(data + bytes([number]))
            done = self.tree.append(leaf)
            self.leaves.append(leaf)
            for level, index, hash in done:
                assert hash == naive_root(self.leaves[index << level : (index + 1) << level])

    @rule()
    def reload(self):
        self.tree = compact(len(self.leaves), subtrees(self.leaves))

    @precondition(lambda self: self.leaves)
    @rule(pick=st.integers(0, 10**6))
    def inclusion(self, pick):
        size = len(self.leaves)
        index = pick % size
        path = inclusion_proof(index, size, subtrees(self.leaves))
        assert verify_inclusion(self.leaves[index], index, size, path, self.tree.root())
        assert not verify_inclusion(leaf_hash(b"other"), index, size, path, self.tree.root())
        assert not verify_inclusion(self.leaves[index], index, size, [*path, b"\0" * 32], self.tree.root())

    @precondition(lambda self: self.leaves)
    @rule(pick=st.integers(0, 10**6))
    def consistency(self, pick):
        size = len(self.leaves)
        old = pick % size + 1
        path = consistency_proof(old, size, subtrees(self.leaves))
        before = naive_root(self.leaves[:old])
        assert verify_consistency(old, before, size, self.tree.root(), path)
        assert not verify_consistency(old, leaf_hash(b"x"), size, self.tree.root(), path)
        if old < size:
            assert not verify_consistency(old, before, size, leaf_hash(b"x"), path)

    @invariant()
    def same_root(self):
        assert self.tree.root() == naive_root(self.leaves) == root_of(self.leaves)


GrowingTree.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestGrowingTree = GrowingTree.TestCase


@given(st.integers(1, 70), st.data())
@settings(deadline=None)
def test_a_changed_proof_proves_nothing(size, data):
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_proof(index, size, subtrees(leaves))
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        altered = [*path]
        altered[place] = bytes([altered[place][0] ^ 1]) + altered[place][1:]
        assert not verify_inclusion(leaves[index], index, size, altered, naive_root(leaves))
        assert not verify_inclusion(leaves[index], index, size, path[:-1], naive_root(leaves))


def test_every_small_proof():
    for size in range(1, 34):
        leaves = [leaf_hash(bytes([number])) for number in range(size)]
        root = naive_root(leaves)
        for index in range(size):
            path = inclusion_proof(index, size, subtrees(leaves))
            right = [i for i in range(size) if verify_inclusion(leaves[index], i, size, path, root)]
            assert right == [index]
            old = index + 1
            proof = consistency_proof(old, size, subtrees(leaves))
            assert verify_consistency(old, naive_root(leaves[:old]), size, root, proof)


@pytest.mark.parametrize(("index", "size"), [(5, 5), (-1, 5), (0, 0)])
def test_no_proof_of_what_is_not_there(index, size):
    with pytest.raises(JournalError, match="no entry"):
        inclusion_proof(index, size, subtrees([]))
