"""A form as a page shows it: what is asked, what was given, and what is wrong with it, beside the field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext

from embers.errors import EmbersError
from embers.web.forms.links import find_named, named_by_address, read_link
from embers.web.shell import Desk
from embers.web.wording import Name

#: What one field may hold. Longer texts are items, not values.
LONGEST = 20_000
#: Names of fields: those of predicates and their parts.
_NAME = re.compile(r"[a-z0-9_.-]{1,80}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Input:
    """One field. ``widget`` is ``line``, ``text``, ``choice``, ``tick`` or ``link``.

    Fields ``in_row`` stand side by side. A link offers ``found`` records to choose from and has taken ``chosen``.
    """

    name: str
    label: str
    widget: str = "line"
    value: str = ""
    hint: str = ""
    error: str = ""
    required: bool = False
    options: tuple[tuple[str, str], ...] = ()
    kinds: tuple[str, ...] = ()
    chosen: Name | None = None
    found: tuple[Name, ...] = ()
    numeric: bool = False
    in_row: bool = False
    first: bool = False
    #: What the button beside a choice says, by which the fields that depend on it are asked for.
    redraws: str = ""

    @property
    def has_empty(self) -> bool:
        """Tell whether a choice offers nothing as one of its terms."""
        return any(not key for key, _ in self.options)

    @property
    def id(self) -> str:
        """Its id on the page."""
        return "f-" + self.name.replace(".", "-")

    @property
    def described_by(self) -> str:
        """The ids of what explains it."""
        parts = [f"{self.id}-hint" if self.hint else "", f"{self.id}-error" if self.error else ""]
        return " ".join(part for part in parts if part)


@dataclass(slots=True)
class Group:
    """Fields that belong together. A ``folded`` one is opened on demand, or because something in it was given."""

    title: str
    inputs: list[Input] = field(default_factory=list)
    folded: bool = False
    open: bool = False


class Form:
    """What was given (sent, kept as a draft, or proposed), read field by field; ``sent``: it is to be checked."""

    def __init__(self, at: Desk, given: Mapping[str, str], *, sent: bool = False, looking: str = "") -> None:
        self.at, self.given, self.sent = at, dict(given), sent
        #: The link whose words are to be looked up without being checked: a form without JavaScript asks so.
        self.looking = looking
        self.groups: list[Group] = []
        self.problem: EmbersError | None = None
        self._wrong: dict[str, str] = {}

    @property
    def wrong(self) -> bool:
        """Tell whether anything given cannot be taken."""
        return bool(self._wrong) or self.problem is not None

    @property
    def wrongs(self) -> list[tuple[Input, str]]:
        """Return the fields that cannot be taken, in order."""
        return [(one, one.error) for group in self.groups for one in group.inputs if one.error]

    def why(self, name: str) -> str:
        """Return why a field cannot be taken, or nothing."""
        return self._wrong.get(name, "")

    def focus(self) -> None:
        """Let the page begin in the first field that is wrong, else in the first."""
        every = [one for group in self.groups for one in group.inputs]
        first = next((one for one in every if one.error), every[0] if every else None)
        for group in self.groups:
            group.inputs = [replace(one, first=True) if one is first else one for one in group.inputs]

    def group(self, title: str, *, folded: bool = False) -> None:
        """Begin a group of fields."""
        self.groups.append(Group(title, folded=folded))

    def text(self, name: str) -> str:
        """Return what was given in a field, in normal form."""
        return self.given.get(name, "").replace("\r\n", "\n").strip()[:LONGEST]

    def refuse(self, name: str, why: str) -> None:
        """Say beside a field why it cannot be taken; the first reason stands."""
        if self.sent and name not in self._wrong:
            self._wrong[name] = why
            for group in self.groups:
                group.inputs = [_refused(one, why) if one.name == name else one for one in group.inputs]
                group.open = group.open or any(one.error for one in group.inputs)

    def ask(
        self,
        name: str,
        label: str,
        *,
        widget: str = "line",
        hint: str = "",
        required: bool = False,
        options: Sequence[tuple[str, str]] = (),
        default: str = "",
        numeric: bool = False,
        in_row: bool = False,
        redraws: str = "",
    ) -> str:
        """Ask for a text or a choice; return what was given. A missing one that is required is refused."""
        value = self.text(name) if name in self.given else default
        self._add(
            Input(
                name,
                label,
                widget,
                value,
                hint,
                required=required,
                options=tuple(options),
                numeric=numeric,
                in_row=in_row,
                redraws=redraws,
            ),
            changed=bool(value) and value != default,
        )
        if required and not value:
            self.refuse(name, gettext("This is needed."))
        elif options and widget == "choice" and value and value not in {key for key, _ in options}:
            self.refuse(name, gettext("Choose one of the list."))
        return value

    def tick(self, name: str, label: str, *, hint: str = "") -> bool:
        """Ask for yes by a tick."""
        value = self.text(name)
        self._add(Input(name, label, "tick", value, hint), changed=bool(value))
        return bool(value)

    def link(
        self,
        name: str,
        label: str,
        *,
        kinds: Sequence[str],
        hint: str = "",
        required: bool = False,
        offered: Sequence[Name] = (),
    ) -> str:
        """Ask for a record by its words or code; return its id, or nothing. Some may be ``offered`` to begin with.

        What somebody typed is never taken for a record but where it is its whole code; else they choose.
        """
        words = self.text(f"{name}.words")
        # Choices were offered for certain words; to other words they say nothing.
        id = self.text(name) if self.text(f"{name}.for") == words else ""
        chosen = named_by_address(self.at, words, kinds) or read_link(self.at, id, kinds)
        error = ""
        found = [] if words else list(offered)
        if words and (chosen is None or self.looking == name):
            found = find_named(self.at, words, kinds)
            exact = [one for one in found if one.code and one.code.casefold() == words.casefold()]
            if chosen is None and len(exact) == 1 and self.looking != name:
                chosen, found = exact[0], []
            elif chosen is None:
                error = (
                    gettext("Choose one of these.")
                    if found
                    else gettext("Nothing in this case matches. Look it up by code or by words.")
                )
        self._add(
            Input(
                name,
                label,
                "link",
                chosen.text if chosen else words,
                hint,
                required=required,
                kinds=tuple(kinds),
                chosen=chosen,
                found=tuple(found),
            ),
            changed=bool(words or chosen),
        )
        if required and not (chosen or words):
            self.refuse(name, gettext("This is needed."))
        elif error:
            self.refuse(name, error)
        return chosen.id if chosen else ""

    def _add(self, one: Input, *, changed: bool) -> None:
        if not _NAME.match(one.name):
            raise ValueError(f"{one.name!r} is no name of a field.")
        group = self.groups[-1]
        group.inputs.append(one)
        group.open = group.open or changed


def _refused(one: Input, why: str) -> Input:
    return replace(one, error=why)
