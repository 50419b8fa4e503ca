"""The parts of a form: questions, notes, groups and repeats, independent of any file format.

Names of questions are unique within a form; a repeat holds no repeat. Expressions are those of XLSForm:
``${name}`` is the answer to another question, ``.`` the one at hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

#: Types of XLSForm whose answer is the name of a file that is sent along.
FILES = frozenset({"image", "audio"})
#: Types that ask nothing.
SILENT = frozenset({"note", "start", "end"})


@dataclass(frozen=True, slots=True)
class Question:
    """One question, note or time stamp. Sentences are in English; ``choices`` is a code list of the vocabulary.

    ``table`` names a list of the case that the server gives along with the form, such as its missions.
    """

    type: str
    name: str
    label: str = ""
    hint: str = ""
    choices: str = ""
    table: str = ""
    without: tuple[str, ...] = ()
    relevant: str = ""
    constraint: str = ""
    message: str = ""
    required: bool = False
    appearance: str = ""
    default: str = ""
    parameters: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that belong together; with ``repeat`` they are asked as often as there is something to answer."""

    name: str
    label: str
    rows: tuple[Question, ...]
    repeat: bool = False
    relevant: str = ""


Row = Question | Group


@dataclass(frozen=True)
class Form:
    """A form with everything it asks. ``version`` grows with every change of what it asks.

    ``marking`` is that of a filled one as a whole: the highest of what it holds.
    """

    id: str
    version: str
    title: str
    marking: str
    rows: tuple[Row, ...]

    @cached_property
    def questions(self) -> dict[str, Question]:
        """Every question that has an answer, by name."""
        return {one.name: one for one in self._all() if one.type not in SILENT}

    @cached_property
    def repeats(self) -> dict[str, Group]:
        """The repeats by name."""
        return {row.name: row for row in self.rows if isinstance(row, Group) and row.repeat}

    @property
    def tables(self) -> tuple[str, ...]:
        """The lists of the case it needs."""
        return tuple(dict.fromkeys(one.table for one in self._all() if one.table))

    def sentences(self) -> Iterator[str]:
        """Yield every sentence it shows, apart from labels of the vocabulary."""
        yield self.title
        for row in self.rows:
            if isinstance(row, Group):
                yield row.label
        for one in self._all():
            yield from (text for text in (one.label, one.hint, one.message) if text)

    def _all(self) -> Iterator[Question]:
        for row in self.rows:
            yield from row.rows if isinstance(row, Group) else (row,)
