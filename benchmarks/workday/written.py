"""The steps of a tutorial, read from its own page and done in a browser: the page cannot say what does not work.

A page holds commands (blocks marked ``sh``), numbered steps, tables and pictures. A step is one sentence of
:data:`SENTENCES`; a list that names columns (``*answer*``) is done once for each row of the table that follows it. A
sentence that is none of them is refused, so nobody writes a step that is not done.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from .tasks import Hand


@dataclass(frozen=True, slots=True)
class Command:
    """A line somebody types into a terminal."""

    line: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step in the browser: what kind it is, and its words in order."""

    kind: str
    words: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What the screen looks like here: the name of the picture without its ending."""

    name: str


Part = Command | Step | Picture

_WORDS = r"(?:`([^`]+)`|\*(\w+)\*)"
SENTENCES: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "open": re.compile(rf"Open {_WORDS} in the browser\."),
        "click": re.compile(r"Click \*\*([^*]+)\*\*\."),
        "type": re.compile(rf"Type {_WORDS} into \*\*([^*]+)\*\*\."),
        "code": re.compile(r"Type the code that your app shows into \*\*([^*]+)\*\*\."),
        "type on": re.compile(rf"Type {_WORDS}\."),
        "go on": re.compile(rf"Press `Tab` and type {_WORDS}\."),
        "choose": re.compile(rf"Choose {_WORDS} in \*\*([^*]+)\*\*\."),
        "press": re.compile(r"Press `([^`]+)`\."),
        "select": re.compile(rf"Select the words {_WORDS} in answer {_WORDS} with the pointer\."),
        "see": re.compile(rf"You see {_WORDS}\."),
    }
)
_ITEM = re.compile(r"\d+\. (.+)")
_PICTURE = re.compile(r"!\[[^\]]*\]\((?:\.\./)*pictures/([\w-]+)\.png\)")
_NAMED = re.compile(_WORDS + r"|\*\*([^*]+)\*\*")


class NoSuchStepError(Exception):
    """A numbered sentence of the page is none that can be done."""


def read_parts(text: str) -> Iterator[Part]:
    """Yield everything to be done on a page, in its order."""
    steps: list[str] = []
    rows: list[list[str]] = []
    in_commands = False
    for line in [*text.splitlines(), "# end"]:
        if line.startswith("```"):
            in_commands = line.startswith("```sh")
            continue
        if in_commands:
            command, _, _ = line.partition("    #")
            if command.strip():
                yield from _done(steps, rows)
                yield Command(command.strip())
        elif line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        elif item := _ITEM.fullmatch(line):
            if rows:
                yield from _done(steps, rows)
            steps.append(item[1])
        elif line.startswith(("#", "![")):
            yield from _done(steps, rows)
            if picture := _PICTURE.fullmatch(line):
                yield Picture(picture[1])


def _done(steps: list[str], rows: list[list[str]]) -> Iterator[Step]:
    """Yield the steps gathered, once or for each row of the table gathered; forget both."""
    repeated = any(column for sentence in steps for _, column, _ in _NAMED.findall(sentence))
    if repeated and len(rows) < 3:
        raise NoSuchStepError(f"No table follows the steps that begin with: {steps[0]}")
    head = rows[0] if repeated else []
    for row in rows[2:] if repeated else [[]]:
        for sentence in steps:
            yield _step(sentence, dict(zip(head, row, strict=True)))
    steps.clear()
    rows.clear()


def _step(sentence: str, row: Mapping[str, str]) -> Step:
    for kind, form in SENTENCES.items():
        if not form.fullmatch(sentence):
            continue
        words = []
        for literal, column, label in _NAMED.findall(sentence):
            if column and column not in row:
                raise NoSuchStepError(f"The table has no column {column!r}: {sentence}")
            words.append(row[column] if column else literal or label)
        # The key of this sentence belongs to it.
        return Step(kind, tuple(words[1:] if kind == "go on" else words), sentence)
    raise NoSuchStepError(f"This is no step that can be done: {sentence}")


#: Makes the browser show some words of an answer, and says where they begin and end on the screen.
_PLACE_OF = """([number, words]) => {
  const answer = document.querySelector(`[data-answer="${number}"]`);
  answer.scrollIntoView({ block: "center" });
  const text = answer.firstChild;
  const range = document.createRange();
  const at = text.data.indexOf(words);
  if (at < 0) throw new Error(`answer ${number} does not hold: ${words}`);
  range.setStart(text, at);
  range.setEnd(text, at + words.length);
  const lines = [...range.getClientRects()];
  const [first, last] = [lines[0], lines[lines.length - 1]];
  return [first.left, first.top + first.height / 2, last.right, last.top + last.height / 2];
}"""


@dataclass
class Walker:
    """Does the steps with a hand. ``code`` returns the code an authenticator app shows for a secret."""

    hand: Hand
    code: Callable[[str], str]

    def do(self, step: Step) -> None:
        """Do one step as a person does it; where it cannot be done, say which one and what the screen says."""
        try:
            getattr(self, f"_{step.kind.replace(' ', '_')}")(*step.words)
        except Exception as error:
            page = self.hand.page
            raise NoSuchStepError(
                f"{step.sentence} {step.words} at {page.url}:\n{error}\n{page.locator('main').inner_text()[:1500]}"
            ) from error

    def _field(self, label: str) -> Any:  # noqa: ANN401 - a Playwright locator
        return self.hand.page.locator("main").get_by_label(label, exact=True).locator("visible=true").first

    def _open(self, address: str) -> None:
        self.hand.keys += len(address)
        self.hand.page.goto(address if "://" in address else f"{self.hand.address}{address}")

    def _click(self, name: str) -> None:
        main = self.hand.page.locator("main")
        found = main.get_by_role("button", name=name, exact=True)
        found = found.or_(main.get_by_role("link", name=name, exact=True))
        self.hand.click(
            found.or_(main.locator("summary").get_by_text(name, exact=True)).locator("visible=true").first
        )

    def _type(self, text: str, label: str) -> None:
        self.hand.click(self._field(label))
        self.hand.type(text)

    def _type_on(self, text: str) -> None:
        self.hand.page.locator("main :focus").wait_for()
        self.hand.type(text)

    def _go_on(self, text: str) -> None:
        self.hand.press("Tab")
        self.hand.type(text)

    def _code(self, label: str) -> None:
        secret = self.hand.page.locator("span.mono").first.inner_text()
        self._type(self.code(secret), label)

    def _choose(self, option: str, label: str) -> None:
        self.hand.clicks += 2  # the list is opened, the line is clicked
        self._field(label).select_option(label=option)

    def _press(self, key: str) -> None:
        self.hand.press(key.replace("Ctrl", "Control"))

    def _select(self, words: str, number: str) -> None:
        x, y, to_x, to_y = self.hand.page.evaluate(_PLACE_OF, [number, words])
        self.hand.clicks += 1  # a drag
        mouse = self.hand.page.mouse
        mouse.move(x + 1, y)
        mouse.down()
        mouse.move(to_x, to_y, steps=4)
        mouse.up()

    def _see(self, text: str) -> None:
        self.hand.see(text)
        self.hand.page.locator("main").get_by_text(text).first.scroll_into_view_if_needed()
