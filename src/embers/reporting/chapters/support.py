"""The legal part of an incident: what law applied, how far each element is supported, what is left to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from embers import dates
from embers.case_view import Record
from embers.law.applicability import Applicability, check
from embers.law.case_ledger import ChargeTested, IncidentLedger, label_counts
from embers.law.ledger import AssessedElement, Label, Piece
from embers.law.library import load_law
from embers.law.templates import charges_to_test
from embers.reporting.blocks import (
    Block,
    Callout,
    Cell,
    Count,
    Paragraph,
    Run,
    Sentence,
    SupportGap,
    SupportLabel,
    SupportRow,
    SupportTable,
)
from embers.reporting.chapters.chronology import ids_of
from embers.reporting.writer import Writer, link

LABELS: Mapping[str, str] = {label.code: label.words for label in reversed(Label)}
_ADVERSE = {"AZE": "ARM", "ARM": "AZE", "NKR": "AZE", "ARM/NKR": "AZE"}


@dataclass(frozen=True, slots=True)
class IncidentLaw:
    """The legal results of one incident; ``ledger`` is missing where no charge is tested."""

    ledger: IncidentLedger | None
    chapter: str = ""

    @property
    def label_counts(self) -> Mapping[str, int]:
        """How many elements carry each label, without assumed material."""
        return label_counts(self.ledger) if self.ledger else {}


@dataclass(frozen=True, slots=True)
class _Open:
    """One task: the pieces it is about, if it names any, and the assertions it rests on."""

    about: list[str]
    basis: list[str]


def law_blocks(writer: Writer, incident: Record, law: IncidentLaw) -> list[Block]:
    """Build the applicability sentence, the support tables and the open questions of an incident."""
    if law.ledger is None:
        none = writer.write(
            "None of the charges that the legal layer lists for what is alleged here was tested."
            if _charges_left(incident)
            else "The legal layer lists no charge for what is alleged here; none was tested."
        )
        return [Paragraph((none,), lead="Law."), _open_questions(writer, incident, None)]
    blocks: list[Block] = [_applicable(writer, incident, law, law.ledger)]
    if law.ledger.assumes:
        # What is held comes first; what a worked example assumes is set apart below it.
        blocks += [
            _table(writer, tested, law.ledger, heading="Published material only: ")
            for tested in law.ledger.without_assumed
        ]
        blocks.append(_assumed(writer, law.ledger))
    heading = "Worked example: " if law.ledger.assumes else ""
    blocks += [_table(writer, tested, law.ledger, heading=heading) for tested in law.ledger.tested]
    blocks.append(_open_questions(writer, incident, law.ledger))
    return blocks


def applicability_of(incident: Record, tested: ChargeTested) -> Applicability | None:
    """Run the applicable-law check; nothing where the day or the author is not known."""
    when = incident.value("occurred")
    day: date | None = dates.parse(when).earliest if when else None
    adverse = _ADVERSE.get(tested.author)
    if day is None or adverse is None:
        return None
    return check(
        load_law(),
        tested.charge.id,
        day=day,
        author=tested.author,
        adverse=adverse,
        classification=tested.classification,
    )


def framework_id(chapter: str) -> str:
    """Return the id of a chapter's section on the legal framework."""
    return f"law-{chapter}"


def _applicable(writer: Writer, incident: Record, law: IncidentLaw, ledger: IncidentLedger) -> Block:
    basis = ids_of(incident, "occurred", "alleged-party")
    answers = [applicability_of(incident, tested) for tested in ledger.tested]
    if not all(answers):
        text = "Which law applied cannot be checked while the alleged author is not known."
        return Paragraph((writer.write(text, basis),), lead="Law.")
    carried = [answer.charge.title for answer in answers if answer and answer.has_binding_basis]
    bound = "; ".join(carried) or "none of the charges tested"
    runs = [
        Run("The law in force on that day stands in section "),
        Run("", "section-ref", target=framework_id(law.chapter)),
        Run(f". A basis that bound the alleged author is recorded for: {bound}."),
    ]
    return Paragraph((writer.write(runs, basis, kind="law"),), lead="Law.")


def _assumed(writer: Writer, ledger: IncidentLedger) -> Block:
    basis = [id for piece in ledger.assumes for id in piece.assertions]
    return Callout(
        "caution",
        "Worked example with assumed material",
        (
            writer.write(
                "The tables below follow the worked example of the support rule. They count "
                f"{len(ledger.assumes)} pieces that a press release reports and that this case does not hold; the "
                "answers to their gate questions are assumed. They show how the rule works, not what this case shows.",
                basis,
            ),
            *(
                writer.write(f"Assumed, not held by this case: {piece.text.rstrip('.')}.", piece.assertions)
                for piece in ledger.assumes
            ),
        ),
    )


def _table(writer: Writer, tested: ChargeTested, ledger: IncidentLedger, *, heading: str) -> SupportTable:
    profile = load_law().profiles[tested.profile]
    standard = load_law().standards[profile.standard].name
    title = writer.write(
        [
            Run(f"{heading}{tested.charge.title} ("),
            link(tested.charge.citation, tested.charge.url),
            Run(f"). Standard: {standard[:1].lower()}{standard[1:]} ({tested.profile})."),
        ],
        tested.basis,
    )
    first: dict[str, str] = {}
    for element in tested.elements:
        if element.binding:
            first.setdefault(element.binding.proposition.id, f"e{element.key}")
    rows = tuple(_row(writer, tested, element, ledger, first=first) for element in tested.elements)
    return SupportTable(title, rows, _gaps(writer, tested))


def _row(
    writer: Writer,
    tested: ChargeTested,
    element: AssessedElement,
    ledger: IncidentLedger,
    *,
    first: Mapping[str, str],
) -> SupportRow:
    """Build one row; a proposition printed in an earlier row of the table is named, not repeated."""
    described = tested.charge.element(element.key)
    text = element.label.words + ("; another route is contested" if element.contested_route else "")
    binding = element.binding
    number = f"e{element.key}"
    row = SupportRow(
        number=number,
        element=writer.write(described.text, kind="law"),
        citation=_official(tested, element.key),
        label=_code(element.label),
        label_text=text,
        proposition=Cell(),
    )
    if binding is None:
        return row
    basis = binding.proposition.assertions
    strength = binding.strength
    counts: tuple[Count, ...] = (
        Count("origin" if strength.components == 1 else "origins", strength.components),
        Count("first-hand", strength.primary),
        Count("kind" if strength.kinds == 1 else "kinds", strength.kinds),
    )
    before = first[binding.proposition.id]
    if element.label is Label.NOT_EXAMINED:
        counts = ()
    if before != number:
        return replace(
            row, counts=counts, proposition=writer.cell(f"The same proposition as {before}.", basis)
        )
    return replace(
        row,
        proposition=writer.cell(_proposition(binding.proposition.text, described.text), basis),
        counts=counts,
        opposition=(
            *(_against(writer, ledger.pieces[id]) for id in binding.live_opposition),
            *(
                writer.write(f"Rival explanation, {rival.state.replace('_', ' ')}: {rival.text}.", basis)
                for rival in binding.proposition.rivals
            ),
        ),
    )


def _proposition(text: str, element: str) -> str:
    return "In the words of the element." if text.rstrip(".") == element.rstrip(".") else text


def _gaps(writer: Writer, tested: ChargeTested) -> tuple[SupportGap, ...]:
    """Gather what is missing for all elements: each task once, with the elements it would help."""
    printed = {e.binding.proposition.text: f"e{e.key}" for e in reversed(tested.elements) if e.binding}
    wanted: dict[str, dict[str, tuple[str, ...]]] = {}
    for element in tested.elements:
        for gap in element.binding.gaps if element.binding else ():
            basis = element.binding.proposition.assertions if element.binding else ()
            wanted.setdefault(task_words(gap, printed), {})[f"e{element.key}"] = basis
    together: dict[tuple[str, ...], dict[str, _Open]] = {}
    for task, elements in wanted.items():
        asked, _, about = task.partition(": ")
        found = together.setdefault(tuple(elements), {}).setdefault(asked, _Open([], []))
        found.about.append(about)
        found.basis.extend(id for basis in elements.values() for id in basis)
    return tuple(
        SupportGap(elements, tuple(writer.write(_asked(*entry), entry[1].basis) for entry in tasks.items()))
        for elements, tasks in together.items()
    )


def _asked(asked: str, found: _Open) -> str:
    """Return one task as a sentence; the same task about several pieces is said once."""
    about = [text.rstrip(".") for text in found.about if text]
    return f"{asked}: {'; '.join(about)}." if about else asked


def task_words(gap: str, printed: Mapping[str, str]) -> str:
    """Word one gap as a sentence; what the table prints above is pointed to and not printed again."""
    asked, _, about = gap.partition(": ")
    if asked == "answer in writing":
        return "Answer in writing what stands against it."
    if asked == "assess the rival explanation":
        return "Assess each rival explanation left open."
    if asked == "first settle the premise" and about in printed:
        return f"First settle what {printed[about]} rests on."
    return f"{gap[:1].upper()}{gap[1:].rstrip('.')}."


def _official(tested: ChargeTested, key: str) -> Run:
    """Name the text behind one element: its official number, article 30, or the rule we read."""
    if key.endswith(".m"):
        return link("Rome Statute, article 30", tested.charge.url)
    if tested.charge.id.startswith("rome:"):
        return link(f"official element {key}", tested.charge.url)
    return link("our reading of the rule", tested.charge.url)


def _code(label: Label) -> SupportLabel:
    codes: Mapping[Label, SupportLabel] = {
        Label.SUPPORTED: "supported",
        Label.THIN: "thin",
        Label.CONTESTED: "contested",
        Label.UNSUPPORTED: "unsupported",
        Label.NOT_EXAMINED: "not_examined",
        Label.REFUTED: "refuted",
    }
    return codes[label]


def _against(writer: Writer, piece: Piece) -> Sentence:
    return writer.write(f"Not answered: {piece.text.rstrip('.')}.", piece.assertions)


def _charges_left(incident: Record) -> list[str]:
    """Return title and citation of every charge that the law lists for what is alleged and nobody tested."""
    law = load_law()
    _, left = charges_to_test(list(map(str, incident.values("allegation"))))
    return [f"{law.charges[id].title} ({law.charges[id].citation})" for id in left if id in law.charges]


def _open_questions(writer: Writer, incident: Record, ledger: IncidentLedger | None) -> Block:
    sentences = []
    if left := _charges_left(incident):
        titles = "; ".join(left)
        sentences.append(writer.write(f"Not yet tested: {titles}.", ids_of(incident, "allegation")))
    for tested in ledger.without_assumed if ledger else ():
        bare = [e for e in tested.elements if e.label is Label.NOT_EXAMINED]
        if bare:
            basis = [id for e in bare if e.binding for id in e.binding.proposition.assertions]
            numbers = ", ".join(f"e{e.key}" for e in bare)
            text = f"Not examined: {numbers} of “{tested.charge.title}”."
            sentences.append(writer.write(text, basis or tested.basis))
    if not sentences:
        sentences.append(writer.write("None beyond what the tables name as missing.", kind="method"))
    return Paragraph(tuple(sentences), lead="Open questions.")
