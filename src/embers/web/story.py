"""The history of a record as sentences: who did what on which day, according to whom, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from embers.case_view import EntryInfo, Held, Record
from embers.vocabulary.loader import load_vocabulary
from embers.web.grounds import Said, explain
from embers.web.shell import Desk
from embers.web.signers import signers_of
from embers.web.wording import Name, code_label, day_words, names

#: What the keeping of a case writes and nobody tells: readings of protected records.
UNTOLD = frozenset({"record-read"})


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing an entry did: in words, with the assertion, its claimant, and what it was about."""

    how: str
    words: str
    said: Said
    claimant: Name | None
    target: Said | None


@dataclass(frozen=True, slots=True)
class Chapter:
    """One entry: who signed it in which role, when by their device, and what it did."""

    entry: EntryInfo
    day: str
    time: str
    signer: Name | None
    role: str
    deeds: tuple[Deed, ...]

    @property
    def many(self) -> bool:
        """Tell whether the deeds are too many to be told one by one."""
        return len(self.deeds) > 5


def story_of(at: Desk, record: Record) -> list[Chapter]:
    """Return the history of a record, oldest first. Reads in as many queries however long it is."""
    held = [one for one in record.held if one.predicate not in UNTOLD]
    targets = at.view.held(target for one in held for _, target in one.relations)
    said = explain(at, [*held, *targets.values()], reveal=True)
    known = names(at.alias, [str(one.value["claimant"]) for one in held if _claims(one)])
    entries = at.view.entries(one.entry for one in held)
    signers = signers_of(at, entries.values())
    grouped: dict[str, list[Held]] = {}
    for one in held:
        grouped.setdefault(one.entry, []).append(one)
    ordered = sorted(grouped.items(), key=lambda pair: pair[1][0].rank)
    return [_chapter(entries[id], members, said, known, signers) for id, members in ordered if id in entries]


def _chapter(
    entry: EntryInfo,
    members: Sequence[Held],
    said: Mapping[str, Said],
    known: Mapping[str, Name],
    signers: Mapping[str, Name],
) -> Chapter:
    deeds = tuple(_deed(one, said, known) for one in members)
    day, _, time = entry.claimed_at.partition("T")
    role = code_label("case-role", entry.role) if entry.role in _roles() else entry.role
    return Chapter(entry, day_words(day), time[:5], signers.get(entry.by), role, deeds)


def _deed(held: Held, said: Mapping[str, Said], known: Mapping[str, Name]) -> Deed:
    one = said[held.id]
    claimant = known.get(str(held.value["claimant"])) if _claims(held) else None
    relations = dict(held.relations)
    target = next((said[id] for _, id in held.relations if id in said), None)
    if held.predicate == "decision":
        chosen = next((said[id] for rel, id in held.relations if rel == "decides" and id in said), None)
        return Deed("decided", gettext("decided to show"), one, claimant, chosen)
    if "retracts" in relations:
        return Deed("retracted", gettext("took back"), one, claimant, target)
    if "disputes" in relations:
        return Deed("disputed", gettext("disputed"), one, claimant, target)
    if "supersedes" in relations:
        return Deed("corrected", gettext("corrected"), one, claimant, target)
    return Deed("recorded", gettext("recorded"), one, claimant, None)


def _claims(held: Held) -> bool:
    return isinstance(held.value, dict) and "claimant" in held.value


def _roles() -> Mapping[str, object]:
    return load_vocabulary().codes["case-role"].terms
