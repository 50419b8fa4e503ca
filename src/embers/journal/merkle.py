"""The Merkle tree of RFC 6962, section 2.1, over SHA-256: roots, inclusion and consistency proofs.

Proofs are built from a function that returns the hash of any complete subtree, so the tree can lie in a
database, in tile files, or in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from embers.errors import JournalError

#: Returns the hash of the complete subtree of height ``level`` whose first leaf is ``index << level``.
Subtrees = Callable[[int, int], bytes]
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Hash an entry as a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class CompactRange:
    """The hashes of the complete subtrees that make up the first ``size`` leaves, largest first."""

    size: int = 0
    stack: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add a leaf hash; return every subtree this completes as (level, index, hash), leaf included."""
        index, level, current = self.size, 0, leaf
        done = [(0, index, leaf)]
        while index & 1:
            current = node_hash(self.stack.pop(), current)
            index >>= 1
            level += 1
            done.append((level, index, current))
        self.stack.append(current)
        self.size += 1
        return done

    def root(self) -> bytes:
        """Return the tree's root."""
        if not self.stack:
            return EMPTY_ROOT
        current = self.stack[-1]
        for part in reversed(self.stack[:-1]):
            current = node_hash(part, current)
        return current


def compact(size: int, subtrees: Subtrees) -> CompactRange:
    """Load the compact range of a stored tree."""
    return CompactRange(size, [subtrees(level, index) for level, index in _decompose(0, size)])


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    tree = CompactRange()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def _decompose(start: int, end: int) -> list[tuple[int, int]]:
    """Cut ``[start, end)``, aligned as RFC 6962 subtrees are, into complete subtrees from left to right."""
    parts = []
    while start < end:
        level = (start & -start).bit_length() - 1 if start else (end - start).bit_length() - 1
        while (1 << level) > end - start:
            level -= 1
        parts.append((level, start >> level))
        start += 1 << level
    return parts


def _range_hash(start: int, end: int, subtrees: Subtrees) -> bytes:
    hashes = [subtrees(level, index) for level, index in _decompose(start, end)]
    current = hashes[-1]
    for part in reversed(hashes[:-1]):
        current = node_hash(part, current)
    return current


def _split(size: int) -> int:
    """Return the largest power of two smaller than ``size``."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof(index: int, size: int, subtrees: Subtrees) -> list[bytes]:
    """Return the audit path of leaf ``index`` in the tree of ``size`` leaves (RFC 6962, 2.1.1)."""
    if not 0 <= index < size:
        raise JournalError("proof", f"There is no entry {index} in a log of {size}.", "Check the number.")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_hash(middle, end, subtrees))
            end = middle
        else:
            path.append(_range_hash(start, middle, subtrees))
            start = middle
    path.reverse()
    return path


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Tell whether the path proves the leaf at ``index`` in the tree of ``size`` with ``root`` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, current = index, size - 1, leaf
    for part in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            current = node_hash(part, current)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            current = node_hash(current, part)
        node >>= 1
        last >>= 1
    return last == 0 and current == root


def consistency_proof(old: int, new: int, subtrees: Subtrees) -> list[bytes]:
    """Return the proof that the tree of ``old`` leaves is the beginning of the one of ``new`` (RFC 6962, 2.1.2)."""
    if not 0 < old <= new:
        raise JournalError("proof", f"A log of {new} has no beginning of {old}.", "Check the sizes.")
    if old == new:
        return []
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range_hash(middle, end, subtrees))
            end = middle
        else:
            path.append(_range_hash(start, middle, subtrees))
            start, whole = middle, False
    if not whole:
        path.append(_range_hash(start, end, subtrees))
    path.reverse()
    return path


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Tell whether the path proves that one root extends the other (RFC 9162, 2.1.4.2)."""
    if old == new:
        return old_root == new_root and not path
    if not 0 < old < new or (not path and old & (old - 1)):
        return False
    parts = list(path)
    if not old & (old - 1):
        parts.insert(0, old_root)
    node, last = old - 1, new - 1
    while node & 1:
        node >>= 1
        last >>= 1
    if not parts:
        return False
    first = second = parts[0]
    for part in parts[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            first, second = node_hash(part, first), node_hash(part, second)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            second = node_hash(second, part)
        node >>= 1
        last >>= 1
    return last == 0 and first == old_root and second == new_root
