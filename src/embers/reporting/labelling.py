"""Places names on a map without overlap: greedy, in the order asked, eight positions around each symbol."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Mean advance of a character in Noto Sans as a share of its size, rounded up so that text never runs out.
_NARROW, _USUAL, _WIDE = 0.33, 0.57, 0.82
_WIDE_LETTERS = frozenset("mwMWԱՄՇՊՋՃՖЖМШЩЮжмшщю@%—")
_NARROW_LETTERS = frozenset("iljtfrI.,;:'|!()[]/ -ıí՛՝")
Rectangle = tuple[float, float, float, float]


def text_width(text: str, size: float) -> float:
    """Return the room a text needs, in the unit of ``size``; an upper estimate, not a measurement."""
    share = sum(
        _NARROW if letter in _NARROW_LETTERS else _WIDE if letter in _WIDE_LETTERS else _USUAL
        for letter in text
    )
    return share * size


@dataclass(slots=True)
class Labels:
    """What is already taken on a sheet of some width and height."""

    width: float
    height: float
    taken: list[Rectangle] = field(default_factory=list)

    def reserve(self, x: float, y: float, width: float, height: float) -> None:
        """Keep a rectangle free of names, whether or not something is there already."""
        self.taken.append((x, y, x + width, y + height))

    def take(self, x: float, y: float, width: float, height: float) -> bool:
        """Reserve a rectangle if it is free and on the sheet; tell whether it was."""
        box = (x, y, x + width, y + height)
        if box[0] < 0 or box[1] < 0 or box[2] > self.width or box[3] > self.height:
            return False
        if any(_overlap(box, other) for other in self.taken):
            return False
        self.taken.append(box)
        return True

    def around(
        self, x: float, y: float, width: float, size: float, *, radius: float
    ) -> tuple[float, float] | None:
        """Find room for a text beside a symbol; return where its baseline starts, or nothing."""
        gap = radius + 0.6
        for left, top in (
            (x + gap, y - size / 2),
            (x - gap - width, y - size / 2),
            (x - width / 2, y - gap - size),
            (x - width / 2, y + gap),
            (x + gap * 0.7, y - gap * 0.7 - size),
            (x + gap * 0.7, y + gap * 0.7),
            (x - gap * 0.7 - width, y - gap * 0.7 - size),
            (x - gap * 0.7 - width, y + gap * 0.7),
        ):
            if self.take(left, top, width, size):
                return left, top + size * 0.8
        return None


def _overlap(one: Rectangle, two: Rectangle) -> bool:
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]
