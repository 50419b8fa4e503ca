"""Classes of readers of a case, and masks that say which of them may read a row.

Everybody of the same standing is one class. A class has one bit; a row of a projection carries the bits of the
classes that may read it. So what a person may see is decided once, when a row is computed, and a page, a search, a
count or a map only has to look at the bit. Which classes there are is a function of the compartments' members, so
every copy of a case computes the same bits from the same entries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from embers.access.standing import CONFIDENTIAL, INTERNAL, LEVELS, Restriction, Standing

#: The mask of a row nobody is kept from: all bits, also those of classes that are still to come.
EVERYBODY = -1
#: The class of whoever holds the case folder itself: the command line, and the only reader of a laptop.
HOLDER = "holder"
#: A signed 64-bit column holds this many bits without using its sign.
_BITS = 62


@dataclass(frozen=True, slots=True)
class ReaderClass:
    """One class of readers. ``standing`` is empty for the holder of the folder, who reads everything."""

    name: str
    bit: int
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class Audience:
    """The classes of readers of one case."""

    classes: tuple[ReaderClass, ...]

    @property
    def whole(self) -> int:
        """The bits of every class there is now."""
        return sum(one.bit for one in self.classes)

    def mask(self, restriction: Restriction) -> int:
        """Return the bits of the classes that may read something under a restriction."""
        if restriction == Restriction():
            return EVERYBODY
        return sum(
            one.bit for one in self.classes if one.standing is None or restriction.allows(one.standing)
        )

    def groups(self, masks: Iterable[int]) -> Iterator[tuple[ReaderClass, int]]:
        """Yield classes that cannot be told apart by these masks: one of each group, and the bits of the group."""
        known = sorted(set(masks))
        groups: dict[tuple[bool, ...], list[ReaderClass]] = {}
        for one in self.classes:
            groups.setdefault(tuple(bool(mask & one.bit) for mask in known), []).append(one)
        for members in groups.values():
            yield members[0], sum(one.bit for one in members)

    def settle(self, mask: int) -> int:
        """Return the mask of a row that these bits may read; all of the classes are everybody."""
        return EVERYBODY if mask & self.whole == self.whole else mask


def audience(memberships: Iterable[frozenset[str]]) -> Audience:
    """Return the classes for the sets of compartments that persons of a case are members of.

    There is room for 29 different sets. Readers of a set beyond that fall back to their level alone: less than
    they may read, never more.
    """
    found = [ReaderClass(HOLDER, 1, None)]
    found += [ReaderClass(name, 2 << level, Standing(level)) for level, name in enumerate(LEVELS)]
    sets = sorted({one for one in memberships if one}, key=sorted)
    for compartments in sets[: (_BITS - len(found)) // 2]:
        for level in (INTERNAL, CONFIDENTIAL):
            standing = Standing(level, compartments)
            found.append(ReaderClass(class_name(standing), 1 << len(found), standing))
    return Audience(tuple(found))


def class_name(standing: Standing | None) -> str:
    """Return the name of the class a standing belongs to."""
    if standing is None:
        return HOLDER
    level = LEVELS[standing.level]
    if not standing.compartments:
        return level
    members = "\n".join(sorted(standing.compartments)).encode()
    return f"{level}-{hashlib.sha256(members).hexdigest()[:16]}"
