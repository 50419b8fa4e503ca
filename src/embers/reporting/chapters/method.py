"""The opening chapters: what the case is, how it was worked on, what it cannot show."""

from __future__ import annotations

from embers import dates
from embers.case_view import CaseView, Record
from embers.law.library import load_law
from embers.law.wording import MEANINGS, standard_sentence
from embers.reporting.blocks import Block, Callout, KeyValues, Run, Section
from embers.reporting.chapters.chronology import ids_of
from embers.reporting.writer import Writer
from embers.vocabulary.loader import load_vocabulary


def scope_section(view: CaseView) -> Section:
    """Say what the case covers, and print its notices."""
    case = view.subject(view.case)
    writer = Writer("scope")
    vocabulary = load_vocabulary()
    classes = ", ".join(
        vocabulary.label("classification", str(c)) for c in case.values("case-classification")
    )
    rows = [
        writer.key("Scope", case.text("case-scope"), ids_of(case, "case-scope")),
        writer.key("Period", _period(case), ids_of(case, "case-period")),
        writer.key("Names of places", case.text("case-naming"), ids_of(case, "case-naming")),
    ]
    if classes:
        rows.append(writer.key("Classification considered", classes, ids_of(case, "case-classification")))
    limits = [writer.write(held.value, [held.id]) for held in case.live("case-limit")]
    blocks: list[Block] = [KeyValues(tuple(rows))]
    if limits:
        blocks.append(Callout("gap", "What this report cannot show", tuple(limits)))
    return Section("scope", "Scope and limits", tuple(blocks))


def method_section(view: CaseView) -> Section:
    """Say how claims were handled, which standard and counting profile were used, and what the labels mean."""
    case = view.subject(view.case)
    writer = Writer("method")
    own = [writer.write(held.value, [held.id], kind="method") for held in case.live("case-method")]
    blocks: list[Block] = []
    if own:
        blocks.append(writer.paragraph(*own))
    blocks.append(
        writer.method(
            "Every sentence that states a fact is bound to signed assertions in the journal of the case. The small "
            "number in the margin, or behind the sentence where a paragraph has several, names it: 4-7 is sentence 7 "
            "of section 4, and beside a row of a table 4-7–9 names the sentences in its cells. It is the place to "
            "start when walking back to the evidence.",
        )
    )
    if view.kind("incident"):
        blocks += _claims_and_labels(writer, case)
    return Section("method", "Method", tuple(blocks), opens_page=False)


def _claims_and_labels(writer: Writer, case: Record) -> list[Block]:
    """Say how a case of incidents counts claims, tests charges and words its labels."""
    return [
        writer.method(
            "The account of an incident was compiled from the sources named with it; figures in it are theirs. The "
            "territory is the code of the published set and says nothing about status. Not known means that the set "
            "says so; not recorded means that it has no entry.",
        ),
        writer.method(
            "Claims that disagree are kept side by side. A figure shown in a list is a decision over claims, made by "
            "a stated rule; the range over all counted claims stands beside it.",
            "The smallest and the largest number come from claims that give a number for the whole incident, that "
            "are not an earlier figure of the same running count, and that were not worked out by the compilers. "
            "An empty figure is unknown and never zero.",
            "Sources are counted by root origin: a figure that five newspapers repeat from one ministry is one origin.",
        ),
        writer.method(
            "Both parties' incidents go through the same template, the same charges and the same counting profile.",
            standard_sentence(load_law().profile(str(case.value("case-profile", "prof.rgb")))),
        ),
        writer.method(
            "The elements of a crime carry their official numbers, e1, e2 and so on; e1.m is the mental element that "
            "article 30 of the Rome Statute adds to e1. The elements of a rule are our own reading of it. Beside each "
            "label stand the independent origins, first-hand pieces and kinds of evidence counted. A piece counts "
            "once its gate questions are answered: is it what it is said to be, and could its author know.",
            "For each element a label says how far the material goes:",
        ),
        writer.bullets(
            writer.write([Run(label.words, "strong"), Run(f": {meaning}")], kind="method")
            for label, meaning in MEANINGS.items()
        ),
        writer.method(
            "The labels order the work that remains. They are not probabilities, they are not added up, and there is "
            "no label for a charge as a whole. Whether a crime was committed is for a court to say.",
        ),
    ]


def _period(case: Record) -> str:
    period = case.value("case-period")
    return dates.describe(dates.parse(period)) if period else "not stated"


def title_of(case: Record) -> str:
    """Return the title of the case."""
    return case.text("case-title") or "Untitled case"
