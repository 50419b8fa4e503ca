"""Imports a table: first every row is checked and nothing is written, then the rows go in as signed entries.

A row is known by its key. What a row said before and says again is left alone; what it says otherwise supersedes what
it said; what it does not say any more is taken back. An import that was cut off goes on when it is run again, because
rows that are in the case are rows that have not changed.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from embers.actions.cases import case_subject
from embers.actions.items import ItemOrigin, acquire_file
from embers.actions.recorder import Act, Recorder
from embers.actions.tables.filling import Filling, Said
from embers.actions.tables.mapping import TableMapping, read_mapping
from embers.actions.tables.register import Earlier, Register, bytes_digest, text_digest, written
from embers.actions.tables.sheets import SheetRow, rows_of
from embers.actions.tables.templates import Wrong
from embers.errors import ActionError
from embers.ids import derived_subject, kind_of
from embers.journal.assertion import Assertion, Basis, Relation
from embers.journal.entry import ObjectRef
from embers.projections.database import CaseDatabase
from embers.projections.table_rows import (
    TABLE_IMPORT,
    imports,
    recorded,
    subjects_coded,
    subjects_there,
)

#: Bytes of assertions gathered in one entry; a log holds entries of at most 65,535.
_ENTRY_BYTES = 60_000
#: Entries brought to stable storage together.
_ENTRIES = 64
#: Problems kept in memory; all are counted, and all go into a file of results if one is asked for.
KEPT = 1000
#: What an assertion needs beside its content: ids, basis, relation.
_AROUND = 240
ROW_BYTES = 40_000


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row, and what to do. Row 0 is the table as a whole."""

    row: int
    key: str
    what: str
    hint: str


@dataclass(slots=True)
class TableImport:
    """What a check found or an import did. Rows are counted once: new, changed, unchanged or wrong."""

    table: str
    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    wrong: int = 0
    absent: int = 0
    assertions: int = 0
    entries: int = 0
    item: str = ""
    recorded: bool = False
    terms: list[tuple[str, str, int]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, problem: Problem) -> None:
        """Keep a problem, up to a bound."""
        if len(self.problems) < KEPT:
            self.problems.append(problem)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row, compared with what the case holds of it."""

    row: int
    key: str
    result: str
    said: tuple[tuple[Said, str], ...] = ()
    back: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    size: int = 0


class Importer:
    """One table with its mapping against one case. The case's projection must be current."""

    def __init__(self, recorder: Recorder, database: CaseDatabase, path: Path, mapping: bytes) -> None:
        self._recorder = recorder
        self._path = path
        self._mapping_bytes = mapping
        self.mapping: TableMapping = read_mapping(mapping, recorder.vocabulary)
        self._case = case_subject(recorder.journal)
        self._database = database
        self._register = Register()
        self._terms: dict[tuple[str, str], int] = {}
        self._row = 0
        self._expected: tuple[str, ...] = ()
        named = (item for item, said in imports(database) if said["table"] == self.mapping.name)
        self._items = list(dict.fromkeys(named))  # each is named when its import begins and when it ends
        self._filling = Filling(
            self.mapping,
            recorder.vocabulary,
            self._case,
            find=self._finder(),
            terms=self._terms,
            needs=self._need,
        )
        self._register.remember_earlier(
            (
                text_digest(one.locator),
                bytes_digest(written(_content(one))),
                one.id,
                text_digest(one.subject),
                one.predicate,
                one.live,
            )
            for one in recorded(database, self._items)
        )

    def close(self) -> None:
        """Throw away what was remembered of the rows."""
        self._register.close()

    def _finder(self) -> Callable[[str, frozenset[str]], list[str]]:
        @lru_cache(maxsize=16384)
        def coded(code: str) -> tuple[str, ...]:
            return tuple(subjects_coded(self._database, code))

        return lambda code, kinds: [one for one in coded(code) if not kinds or kind_of(one) in kinds]

    def _need(self, subject: str) -> None:
        self._register.need(subject, self._row)

    def subject(self, kind: str, key: str) -> str:
        """Return the subject a key of this table stands for."""
        return self._filling.subject(kind, key)

    def expect(self, subjects: Iterable[str]) -> None:
        """Let rows name subjects that will be in the case before the rows are."""
        self._expected = tuple(subjects)

    def unknown(self, subjects: list[str]) -> list[str]:
        """Return those of these subjects the case does not have."""
        there = subjects_there(self._database, subjects) if subjects else set()
        return [one for one in subjects if one not in there]

    def check(self, tell: Callable[[Outcome], None] = lambda _: None) -> TableImport:
        """Read every row and say what an import would do; nothing is written."""
        found = TableImport(self.mapping.name)
        self._register.forget_keys()
        for subject in self._expected:
            self._register.make(subject)
        for outcome in self._outcomes():
            found.rows += 1
            setattr(found, outcome.result, getattr(found, outcome.result) + 1)
            found.assertions += len(outcome.said)
            for problem in outcome.problems:
                found.add(problem)
            tell(outcome)
        # Rows that are wrong name nothing: what others need of them is looked at when they are mended.
        for row in () if found.wrong else self._missing():
            found.wrong += 1
            found.add(
                Problem(
                    row,
                    "",
                    "It names a record that neither the table nor the case has.",
                    "Add it, or mend the key.",
                )
            )
        found.terms = [(column, word, count) for (column, word), count in sorted(self._terms.items())]
        found.absent = self._register.absent()
        return found

    def _missing(self) -> list[int]:
        return self._register.missing(lambda some: subjects_there(self._database, some))

    def record(
        self, tell: Callable[[Outcome], None] = lambda _: None, *, checked: TableImport | None = None
    ) -> TableImport:
        """Check, then record everything that is new; refuse the whole table if a row is wrong.

        ``checked`` is what a check of the same file found just before, so that it is not checked again.
        """
        first = self._digest()
        found = checked or self.check(tell)
        if found.wrong or found.terms:
            return found
        item, begun, said_of = self._begin(first)
        found.item = item
        if not (found.new or found.changed):
            return found
        acts = begun
        self._register.forget_keys()
        for act in self._acts(item):
            acts.append(act)
            found.entries += 1
            if len(acts) >= _ENTRIES:
                self._recorder.record_all(acts)
                acts = []
        done = self._recorder.new_assertion(
            item, TABLE_IMPORT, {**said_of, "rows": found.rows, "said": found.assertions}
        )
        self._recorder.record_all(
            [*acts, Act("table.import", (done,), reason="The whole table is in the case.")]
        )
        found.entries += 1 + len(begun)
        found.recorded = True
        return found

    # --- rows -----------------------------------------------------------------------------------

    def _outcomes(self) -> Iterator[Outcome]:
        begun = False
        for row in rows_of(self._path, self.mapping, self._recorder.surroundings):
            if not begun:
                self._columns(set(row.cells))
                begun = True
            yield self._outcome(row)

    def _columns(self, header: set[str]) -> None:
        named = self.mapping.columns()
        if missing := sorted(named - header):
            raise ActionError(
                "table-columns",
                f"{self._path.name} has no column {', '.join(map(repr, missing))}.",
                f"It has: {', '.join(sorted(header))}. Mend the mapping.",
            )
        unused = header - named - set(self.mapping.ignore)
        if unused:
            raise ActionError(
                "table-unused",
                f"The mapping says nothing of the columns {', '.join(map(repr, sorted(unused)))}.",
                "The file is kept whole: take out what nobody may read, and name the rest under ignore.",
            )

    def _outcome(self, row: SheetRow) -> Outcome:
        self._row = row.number
        try:
            key = self._filling.key(row.cells)
        except Wrong as wrong:
            return Outcome(
                row.number, "", "wrong", problems=(Problem(row.number, "", wrong.what, wrong.hint),)
            )
        problems = [Problem(row.number, key, what, hint) for what, hint in row.wrong]
        before = self._register.first_row(_locator(key), row.number)
        if before is not None:
            what = f"Its key {key!r} is that of row {before}."
            problems.append(Problem(row.number, key, what, "Give each row a key of its own."))
        said: list[Said] = []
        for one in self._filling.row(row.cells):
            if isinstance(one, Wrong):
                problems.append(Problem(row.number, key, one.what, one.hint))
            else:
                said.append(one)
        for subject in {one.subject for one in said if one.own}:
            self._register.make(subject)
        if problems:
            return Outcome(row.number, key, "wrong", problems=tuple(problems))
        return self._compared(row.number, key, said)

    def _compared(self, number: int, key: str, said: list[Said]) -> Outcome:
        earlier = self._register.of_row(_locator(key))
        standing: dict[bytes, list[Earlier]] = defaultdict(list)
        for past in earlier:
            if past.live:
                standing[past.content].append(past)
        fresh: list[tuple[Said, bytes]] = []
        size = 0
        for one in said:
            told = written(one.content())
            size += len(told) + _AROUND
            if not one.once and not earlier:
                fresh.append((one, b""))
                continue
            content = bytes_digest(told)
            if one.once:
                if self._register.first_time(content) and not self._register.stands(content):
                    fresh.append((one, b""))
            elif standing[content]:
                standing[content].pop()
            else:
                fresh.append((one, content))
        if size > ROW_BYTES:
            what = f"It says more than {ROW_BYTES} bytes."
            problem = Problem(number, key, what, "Take long texts in as files with embers add.")
            return Outcome(number, key, "wrong", problems=(problem,))
        if not earlier:
            return Outcome(number, key, "new" if fresh else "unchanged", _plainly(fresh), size=size)
        left = [past for every in standing.values() for past in every]
        new = _placed(fresh, left, gone={past.content for past in earlier if not past.live})
        back = tuple(past.id for past in left)
        result = "unchanged" if not (new or back) else "changed" if earlier else "new"
        return Outcome(number, key, result, new, back, size=size)

    # --- entries --------------------------------------------------------------------------------

    def _begin(self, first: str) -> tuple[str, list[Act], dict[str, str]]:
        """Return the item the table becomes, the acts that make it one, and what is said of it."""
        stated = sha256(self._mapping_bytes).hexdigest()
        item = derived_subject("item", self._case, "table", self.mapping.name, first, stated)
        said_of = {"table": self.mapping.name, "mapping": stated}
        if item in self._items:
            return item, [], said_of
        origin = ItemOrigin(
            title=self.mapping.title,
            source=self.mapping.source,
            method="import of a table",
            licence=self.mapping.licence,
        )
        taken = acquire_file(self._recorder, self._path, origin, item=item)
        if taken.acquired.sha256 != first:
            raise ActionError(
                "table-changed",
                f"{self._path.name} changed while it was read.",
                "Nothing was recorded. Import it again.",
            )
        stored = self._recorder.objects.put(io.BytesIO(self._mapping_bytes))
        ref = ObjectRef(stored.sha256, stored.size, "application/toml")
        begun = self._recorder.new_assertion(item, TABLE_IMPORT, said_of)
        return item, [taken.act, Act("table.import", (begun,), (ref,), reason="The import begins.")], said_of

    def _digest(self) -> str:
        found = sha256()
        with self._recorder.surroundings.disk.read(self._path) as handle:
            while block := handle.read(1 << 20):
                found.update(block)
        return found.hexdigest()

    def _acts(self, item: str) -> Iterator[Act]:
        gathered: list[Assertion] = []
        size = 0
        for outcome in self._outcomes():
            if outcome.problems:
                raise ActionError(
                    "table-changed",
                    f"Row {outcome.row} of {self._path.name} changed while it was read.",
                    "What was recorded before it stands. Import it again, or undo the import.",
                )
            if gathered and size + outcome.size > _ENTRY_BYTES:
                yield Act("table.import", tuple(gathered), reason=f"Rows of the table {self.mapping.name}.")
                gathered, size = [], 0
            more = self._assertions(item, outcome)
            gathered += more
            size += outcome.size if more else 0
        if gathered:
            yield Act("table.import", tuple(gathered), reason=f"Rows of the table {self.mapping.name}.")

    def _assertions(self, item: str, outcome: Outcome) -> list[Assertion]:
        basis = Basis(item=item, locator=_locator(outcome.key))
        made = []
        for one, old in outcome.said:
            grounds = (
                Basis(item=item) if one.once else basis,
                *(_basis(target, locator) for target, locator in one.sources),
            )
            made.append(
                Assertion(
                    id=self._recorder.new_id(),
                    subject=one.subject,
                    predicate=one.predicate,
                    value=one.value,
                    basis=grounds,
                    valid=one.valid,
                    confidence=one.confidence,
                    marking=one.marking,
                    relations=(Relation("supersedes", old),) if old else (),
                )
            )
        if outcome.back:
            # The note rests on no row: it is not among what the row says.
            made.append(
                self._recorder.new_assertion(
                    self._about(outcome),
                    "note",
                    "A newer copy of the table does not say this any more.",
                    marking=self.mapping.marking or None,
                    relations=[Relation("retracts", id) for id in outcome.back],
                )
            )
        return made

    def _about(self, outcome: Outcome) -> str:
        sql = "SELECT subject FROM case_assertion WHERE id = %s"
        return str(self._database.rows(sql, [outcome.back[0]])[0][0])


def _plainly(fresh: list[tuple[Said, bytes]]) -> tuple[tuple[Said, str], ...]:
    """Return what is to be said where nothing was said before."""
    return tuple((one, "") for one, _ in fresh)


def _placed(
    fresh: list[tuple[Said, bytes]], left: list[Earlier], *, gone: set[bytes]
) -> tuple[tuple[Said, str], ...]:
    """Return what is to be said with the id of what it supersedes, which is taken out of ``left``."""
    new = []
    for one, content in fresh:
        about = (text_digest(one.subject), one.predicate)
        old = next((past for past in left if (past.subject, past.predicate) == about and content), None)
        if old is not None:
            left.remove(old)
            new.append((one, old.id))
        elif content not in gone:  # somebody corrected or took back what this row said; that stands
            new.append((one, ""))
    return tuple(new)


def _basis(target: str, locator: str) -> Basis:
    if target.startswith("item:"):
        return Basis(item=target, locator=locator)
    return Basis(source=target, locator=locator)


def _content(one: object) -> list[object]:
    fields = ("subject", "predicate", "value", "valid", "confidence", "marking")
    return [*(getattr(one, name) for name in fields), [list(pair) for pair in getattr(one, "sources", ())]]


def _locator(key: str) -> str:
    """Return the pinpoint of a row: a locator's words hold no blanks."""
    return (
        f"row={quote(key, safe='/:.,;_-+()#', encoding='utf-8') if not key.isascii() or ' ' in key else key}"
    )
