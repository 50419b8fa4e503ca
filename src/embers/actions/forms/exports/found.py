"""One filled form found in an export: what it says, what is preserved of it, and where its files are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO

from embers.errors import FieldworkError
from embers.fieldwork.forms.catalogue import FORMS
from embers.fieldwork.forms.filled import Filled
from embers.fieldwork.forms.question import Form

Opener = Callable[[], AbstractContextManager[IO[bytes]]]
#: Questions two forms may share; a table with fewer of a form's own names is not taken for that form.
_LEAST = 4


@dataclass(frozen=True, slots=True)
class Found:
    """A filled form. ``record`` is its XML as the phone wrote it, or its row in JSON where the export has no more."""

    filled: Filled
    record: bytes
    name: str
    original: bool
    files: Mapping[str, Opener] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be read, and why."""

    where: str
    why: str


class Media:
    """The files beside an export, found by name; where several have one name, by the id of their submission."""

    def __init__(self, files: Iterable[tuple[str, Opener]]) -> None:
        self._by_name: dict[str, list[tuple[str, Opener]]] = {}
        for path, opener in files:
            self._by_name.setdefault(PurePosixPath(path).name, []).append((path, opener))

    def of(self, filled: Filled) -> dict[str, Opener]:
        """Return the openers of the files a form names; one that cannot be told from another is left out."""
        found = {}
        for name in filled.files:
            candidates = self._by_name.get(name.replace(" ", "_"), []) + self._by_name.get(name, [])
            own = [one for one in candidates if filled.instance in one[0]] or candidates
            if len({path for path, _ in own}) == 1:
                found[name] = own[0][1]
        return found


def form_of(names: Iterable[str], given: str = "") -> Form:
    """Return the form whose questions these names are; ``given`` is the id stated in the export or by a person."""
    if given in FORMS:
        return FORMS[given]
    asked = set(names)
    shared = sorted(((len(asked & form.questions.keys()), id) for id, form in FORMS.items()), reverse=True)
    if shared[0][0] < _LEAST or shared[0][0] == shared[1][0]:
        raise FieldworkError(
            "export-form",
            "The export does not hold answers to one of the forms of Embers.",
            f"Name the form with --form: {', '.join(sorted(FORMS))}. Other forms come in with `embers import table`.",
        )
    return FORMS[shared[0][1]]
