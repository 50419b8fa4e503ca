"""The walk between a sentence and its evidence, in both directions.

Down: sentence, the assertions it rests on, their items and sources, the preserved object, its custody, the
signed entry. Up: from any item, source or assertion to every sentence that rests on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from embers.case_view import EntryInfo, Held, Record
from embers.errors import ProjectionError
from embers.projections import models
from embers.projections.database import CaseDatabase
from embers.projections.view import ProjectedCase
from embers.reporting.exhibits import number_exhibits


@dataclass(frozen=True, slots=True)
class TracedSentence:
    """One sentence of a report; ``number`` is the one printed beside it."""

    id: str
    number: str
    report: str
    section: str
    text: str


@dataclass(frozen=True, slots=True)
class TracedGround:
    """What an assertion rests on: an item or source, the pinpoint, and the preserved objects behind it."""

    record: Record
    locator: str

    @property
    def custody(self) -> tuple[Held, ...]:
        """Custody events of an item, oldest first."""
        return self.record.live("custody-event")

    @property
    def objects(self) -> tuple[Held, ...]:
        """Preserved objects of an item."""
        return self.record.live("item-object")


@dataclass(frozen=True, slots=True)
class TracedAssertion:
    """One assertion with its grounds and the entry that brought it."""

    held: Held
    entry: EntryInfo
    grounds: tuple[TracedGround, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """Both walks from one starting point."""

    start: str
    kind: str
    label: str
    down: tuple[TracedAssertion, ...]
    up: tuple[TracedSentence, ...]


def find(database: CaseDatabase, text: str) -> tuple[str, str]:
    """Return (kind, id) for whatever names a sentence, an assertion, a subject, a claim or a digest.

    A sentence is found by its id and by the number printed beside it (``12.2.11-15``), an item also by its
    exhibit number in the report.
    """
    alias = database.alias
    sentences = models.Sentence.objects.using(alias).order_by("report", "ordinal")
    sentence = sentences.filter(sentence=text).first() or sentences.filter(number=text).first()
    if sentence is not None:
        return "sentence", sentence.sentence
    if models.Assertion.objects.using(alias).filter(id=text).exists():
        return "assertion", text
    subject = models.Subject.objects.using(alias).filter(id=text).first()
    if subject is None and text:  # subjects without a code have an empty one
        subject = models.Subject.objects.using(alias).filter(code=text).order_by("id").first()
    if subject is not None:
        return subject.kind, subject.id
    claim = models.Claim.objects.using(alias).filter(ref=text).order_by("id").first() if text else None
    if claim is not None:
        return "assertion", claim.id
    item = models.Item.objects.using(alias).filter(sha256=text).order_by("id").first() if text else None
    if item is not None:
        return "item", item.id
    exhibits = {number: id for id, number in number_exhibits(ProjectedCase(database)).items()}
    if text in exhibits:
        return "item", exhibits[text]
    raise ProjectionError(
        "unknown",
        f"Nothing in this case is called {text!r}.",
        "Give the number printed beside a sentence, such as 4-7, an id, a digest, or a code such as K20-33, C161, S28.",
    )


def trace(database: CaseDatabase, text: str) -> Trace:
    """Walk both ways from whatever ``text`` names."""
    kind, id = find(database, text)
    view = ProjectedCase(database)
    if kind == "sentence":
        sentences = _sentences(database, [id])
        label = sentences[0].text
        basis = models.SentenceBasis.objects.using(database.alias).filter(sentence=id).order_by("ordinal")
        held = view.held(row.assertion_id for row in basis)
        return Trace(id, kind, label, _down(view, list(held.values())), ())
    if kind == "assertion":
        held = view.held([id])
        label = held[id].predicate
        return Trace(id, kind, label, _down(view, list(held.values())), resting_on(database, [id]))
    row = models.Subject.objects.using(database.alias).get(id=id)
    about = view.subject(id).held
    resting = {held.id for held in view.naming(id)} | {held.id for held in about}
    return Trace(
        id, kind, f"{row.code} {row.label}".strip(), _down(view, about), resting_on(database, resting)
    )


def resting_on(database: CaseDatabase, assertions: Iterable[str]) -> tuple[TracedSentence, ...]:
    """Return every sentence that rests on any of the assertions, in reading order."""
    ids = list(assertions)
    found: dict[str, None] = {}
    for start in range(0, len(ids), 5000):
        rows = models.SentenceBasis.objects.using(database.alias).filter(
            assertion_id__in=ids[start : start + 5000]
        )
        found |= dict.fromkeys(rows.values_list("sentence", flat=True))
    return tuple(_sentences(database, list(found)))


def resting_on_record(database: CaseDatabase, target: str) -> tuple[TracedSentence, ...]:
    """Return every sentence that rests on what is said of a record or names it, however much that is."""
    join = database.engine.join
    sql = (
        f"SELECT b.sentence FROM case_link l {join} case_sentencebasis b ON b.assertion_id = l.assertion_id "
        "WHERE l.target = %s UNION SELECT b.sentence FROM case_assertion a "
        f"{join} case_sentencebasis b ON b.assertion_id = a.id WHERE a.subject = %s"
    )
    with database.connection.cursor() as cursor:
        cursor.execute(sql, [target, target])
        return tuple(_sentences(database, [row[0] for row in cursor.fetchall()]))


def _sentences(database: CaseDatabase, ids: Sequence[str]) -> list[TracedSentence]:
    found: list[models.Sentence] = []
    for start in range(0, len(ids), 5000):
        found += models.Sentence.objects.using(database.alias).filter(sentence__in=ids[start : start + 5000])
    found.sort(key=lambda row: (row.report, row.ordinal))
    return [TracedSentence(row.sentence, row.number, row.report, row.section, row.text) for row in found]


def _down(view: ProjectedCase, held: Sequence[Held]) -> tuple[TracedAssertion, ...]:
    entries = view.entries(entry.entry for entry in held)
    records = view.subjects(ground.target for entry in held for ground in entry.grounds)
    return tuple(
        TracedAssertion(
            held=entry,
            entry=entries[entry.entry],
            grounds=tuple(TracedGround(records[ground.target], ground.locator) for ground in entry.grounds),
        )
        for entry in held
    )
