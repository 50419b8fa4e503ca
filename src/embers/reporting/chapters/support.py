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
    Run,
    Sentence,
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


def law_blocks(writer: Writer, incident: Record, law: IncidentLaw) -> list[Block]:
    """Build the applicability sentences, the support tables and the open questions of an incident."""
    if law.ledger is None:
        none = writer.write(
            "No charge of the legal layer is listed for what is alleged here; none was tested."
        )
        return [Callout("gap", "Law", (none,)), _open_questions(writer, incident, None)]
    blocks: list[Block] = [_applicable(writer, incident, law, law.ledger)]
    if law.ledger.assumes:
        blocks.append(_assumed(writer, law.ledger))
    for tested in law.ledger.tested:
        blocks.append(_table(writer, tested, law.ledger, held=True))
    if law.ledger.assumes:
        for tested in law.ledger.without_assumed:
            blocks.append(_table(writer, tested, law.ledger, held=False))
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
        return writer.paragraph(writer.write(text, basis))
    carried = [answer.charge.title for answer in answers if answer and answer.has_binding_basis]
    runs = [
        Run("Which law applied on that day, for whom, and how well that was checked: section "),
        Run("", "section-ref", target=framework_id(law.chapter)),
        Run(
            f". A basis that bound the alleged author is recorded for: {'; '.join(carried) or 'none of them'}."
        ),
    ]
    return writer.paragraph(writer.write(runs, basis, kind="law"))


def _assumed(writer: Writer, ledger: IncidentLedger) -> Block:
    basis = [id for piece in ledger.assumes for id in piece.assertions]
    return Callout(
        "caution",
        "Worked example with assumed material",
        (
            writer.write(
                f"The first tables follow the worked example of the support rule. It counts {len(ledger.assumes)} "
                "pieces that a press release reports and that this case does not hold; the answers to their gate "
                "questions are assumed.",
                basis,
            ),
            *(
                writer.write(f"Assumed, not held by this case: {piece.text.rstrip('.')}.", piece.assertions)
                for piece in ledger.assumes
            ),
            writer.write(
                "The tables after them show the same rule on published material alone.", kind="method"
            ),
        ),
    )


def _table(writer: Writer, tested: ChargeTested, ledger: IncidentLedger, *, held: bool) -> SupportTable:
    what = "" if held or not ledger.assumes else " Published material only."
    profile = load_law().profiles[tested.profile]
    title = writer.write(
        [
            Run(f"{tested.charge.title} ("),
            link(tested.charge.citation, tested.charge.url),
            Run(
                f"). Profile {tested.profile}, standard {load_law().standards[profile.standard].name}.{what}"
            ),
        ],
        tested.basis,
    )
    rows = tuple(_row(writer, tested, element, ledger) for element in tested.elements)
    return SupportTable(title, rows)


def _row(
    writer: Writer, tested: ChargeTested, element: AssessedElement, ledger: IncidentLedger
) -> SupportRow:
    described = tested.charge.element(element.key)
    text = element.label.words + ("; another route is contested" if element.contested_route else "")
    binding = element.binding
    row = SupportRow(
        number=f"e{element.key}",
        element=writer.write(described.text, kind="law"),
        citation=_official(tested, element.key),
        label=_code(element.label),
        label_text=text,
        proposition=Cell(),
    )
    if binding is None:
        return row
    basis = binding.proposition.assertions
    return replace(
        row,
        proposition=writer.cell(binding.proposition.text, basis),
        counts=(
            Count("independent", binding.strength.components),
            Count("first-hand", binding.strength.primary),
            Count("kinds", binding.strength.kinds),
        ),
        opposition=(
            *(_against(writer, ledger.pieces[id]) for id in binding.live_opposition),
            *(
                writer.write(f"Rival explanation ({rival.state.replace('_', ' ')}): {rival.text}.", basis)
                for rival in binding.proposition.rivals
            ),
        ),
        gaps=tuple(writer.write(_task(gap), basis) for gap in dict.fromkeys(binding.gaps)),
    )


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
    return writer.write(f"Against, not answered: {piece.text.rstrip('.')}.", piece.assertions)


def _open_questions(writer: Writer, incident: Record, ledger: IncidentLedger | None) -> Block:
    law = load_law()
    _, left = charges_to_test(list(map(str, incident.values("allegation"))))
    sentences = []
    if left:
        titles = "; ".join(
            f"{law.charges[id].title} ({law.charges[id].citation})" for id in left if id in law.charges
        )
        sentences.append(writer.write(f"Not yet tested: {titles}.", ids_of(incident, "allegation")))
    seen: set[str] = set()
    for tested in ledger.without_assumed if ledger else ():
        for element in tested.elements:
            binding = element.binding
            if binding and binding.label is Label.NOT_EXAMINED and binding.proposition.id not in seen:
                seen.add(binding.proposition.id)
                text = f"Not examined: “{binding.proposition.text.rstrip('.')}”."
                sentences.append(writer.write(text, binding.proposition.assertions))
    if not sentences:
        sentences.append(
            writer.write("No open question beyond the gaps listed in the tables.", kind="method")
        )
    return Callout("gap", "Open questions", tuple(sentences))


def _task(gap: str) -> str:
    """Return a gap as a sentence; gaps quote propositions, which end in a full stop of their own."""
    return f"{gap[:1].upper()}{gap[1:].rstrip('.')}."
