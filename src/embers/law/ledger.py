"""The support ledger: how far the material of a case goes for each element of a charge.

The rule is the one of the project's legal study, section 3.2 ("support ledger"). It yields labels, never
numbers, and no label for a charge as a whole. What counts is decided by people: kind, rank, root origins,
answers to gate questions, signed answers to opposing pieces, rival explanations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from embers.errors import LawError
from embers.law.independence import components
from embers.law.library import Profile
from embers.law.propositions import (
    RIVAL_STATES,
    Assessed,
    AssessedElement,
    Label,
    Piece,
    Proposition,
    Rival,
    Strength,
)

__all__ = ["Assessed", "AssessedElement", "Label", "Ledger", "Piece", "Proposition", "Rival", "Strength"]

#: States a rival explanation may have under each rule of the profiles in law/data/standards.toml.
_RIVALS_ALLOWED: Mapping[str, frozenset[str]] = {
    "assessed": RIVAL_STATES - {"open"},
    "preferred": RIVAL_STATES - {"open", "as_plausible"},
    "excluded": frozenset({"inconsistent", "refuted"}),
}


def counts(piece: Piece) -> bool:
    """Tell whether a piece can count at all: context and impeached pieces never do."""
    return piece.rank != "context" and piece.gates != "fail"


def strength(pieces: Iterable[Piece], linked: Mapping[str, int]) -> Strength:
    """Count independent components among pieces; ``linked`` maps piece ids to component numbers."""
    held = list(pieces)
    return Strength(
        components=len({linked[piece.id] for piece in held}),
        primary=len({linked[piece.id] for piece in held if piece.rank == "primary"}),
        kinds=len({piece.kind for piece in held}),
    )


def _meets(pieces: Sequence[Piece], topic: str, profile: Profile, linked: Mapping[str, int]) -> bool:
    sound = [piece for piece in pieces if counts(piece) and piece.gates == "ok"]
    if topic in profile.single_source_topics and any(piece.rank == "primary" for piece in sound):
        return True
    found = strength(sound, linked)
    kinds = 1 if topic in profile.kinds_exempt_topics else profile.min_kinds
    return (
        found.components >= profile.min_components
        and found.primary >= profile.min_primary
        and found.kinds >= kinds
    )


def _rivals_meet(rivals: Sequence[Rival], rule: str) -> bool:
    if rule == "none":
        return True
    return bool(rivals) and all(rival.state in _RIVALS_ALLOWED[rule] for rival in rivals)


@dataclass(slots=True)
class Ledger:
    """Assesses propositions and elements of one incident under one counting profile."""

    pieces: Mapping[str, Piece]
    propositions: Mapping[str, Proposition]
    profile: Profile

    def assess(self) -> dict[str, Assessed]:
        """Return every proposition with its label, premises before conclusions; cycles are refused."""
        # Origins that meet through any piece of the incident are dependent, so links are found over all pieces;
        # an impeached one links nothing by itself, or a forgery could make two honest pieces one.
        linked = components(
            self.pieces.values(), idle={piece.id for piece in self.pieces.values() if piece.gates == "fail"}
        )
        done: dict[str, Assessed] = {}
        for id in self._order():
            done[id] = self._assess(self.propositions[id], linked, done)
        return done

    def _order(self) -> list[str]:
        order: list[str] = []
        state: dict[str, int] = {}

        def visit(id: str, trail: tuple[str, ...]) -> None:
            if id not in self.propositions:
                raise LawError("proposition", f"There is no proposition {id!r}.", "Record it first.")
            if state.get(id) == 1:
                raise LawError(
                    "cycle",
                    f"Propositions rest on each other: {' from '.join((*trail, id))}.",
                    "Break the circle.",
                )
            if id not in state:
                state[id] = 1
                for premise in self.propositions[id].premises:
                    visit(premise, (*trail, id))
                state[id] = 2
                order.append(id)

        for id in self.propositions:
            visit(id, ())
        return order

    def _pieces(self, ids: Iterable[str]) -> list[Piece]:
        missing = [id for id in ids if id not in self.pieces]
        if missing:
            raise LawError("piece", f"There is no piece of evidence {missing[0]!r}.", "Record it first.")
        return [self.pieces[id] for id in ids]

    def _assess(
        self, proposition: Proposition, linked: Mapping[str, int], done: Mapping[str, Assessed]
    ) -> Assessed:
        pro, contra = self._pieces(proposition.pro), self._pieces(proposition.contra)
        live = [piece for piece in contra if counts(piece) and piece.id not in proposition.answered]
        label = self._label(proposition, pro, live, linked)
        if proposition.inference:
            if proposition.premises:
                label = max(label, min(done[id].label for id in proposition.premises))
            if label is Label.SUPPORTED and not _rivals_meet(proposition.rivals, self.profile.rivals):
                label = Label.THIN
        if label is Label.SUPPORTED and not self.profile.may_be_met:
            label = Label.THIN  # a profile that only lists gaps never says that its standard is met
        open_rivals = tuple(rival for rival in proposition.rivals if rival.state in {"open", "as_plausible"})
        found = strength((piece for piece in pro if counts(piece)), linked)
        return Assessed(
            proposition=proposition,
            label=label,
            strength=found,
            live_opposition=tuple(piece.id for piece in live),
            open_rivals=open_rivals,
            gaps=self._gaps(proposition, label, pro=pro, live=live, linked=linked, done=done),
        )

    def _label(
        self,
        proposition: Proposition,
        pro: Sequence[Piece],
        live: Sequence[Piece],
        linked: Mapping[str, int],
    ) -> Label:
        counted = [piece for piece in pro if counts(piece)]
        examined = counted or live or proposition.answered or proposition.searched
        if not examined:
            return Label.NOT_EXAMINED
        meets = _meets(counted, proposition.topic, self.profile, linked)
        if meets and not live:
            return Label.SUPPORTED
        if live and not meets and _meets(live, proposition.topic, self.profile, linked):
            return Label.REFUTED
        if counted and live:
            return Label.CONTESTED
        return Label.THIN if counted else Label.UNSUPPORTED

    def _gaps(
        self,
        proposition: Proposition,
        label: Label,
        *,
        pro: Sequence[Piece],
        live: Sequence[Piece],
        linked: Mapping[str, int],
        done: Mapping[str, Assessed],
    ) -> tuple[str, ...]:
        """List what is missing as tasks, in the order in which they help most."""
        gaps = []
        if label is Label.NOT_EXAMINED:
            gaps.append("log a search and record what it finds, or that it finds nothing")
        gaps += [f"answer in writing: {piece.text or piece.id}" for piece in live]
        if label not in {Label.NOT_EXAMINED, Label.SUPPORTED}:
            weak = [id for id in proposition.premises if done[id].label is not Label.SUPPORTED]
            gaps += [f"first settle the premise: {done[id].proposition.text}" for id in weak]
            # An inference may rest on its premises alone, so it needs no pieces of its own.
            if not proposition.premises:
                gaps += self._missing(pro, proposition.topic, linked)
        gaps += self._rival_gaps(proposition)
        if not self.profile.may_be_met:
            gaps.append("this profile lists gaps only; whether its standard is met is for a court")
        return tuple(gaps)

    def _missing(self, pro: Sequence[Piece], topic: str, linked: Mapping[str, int]) -> list[str]:
        profile, gaps = self.profile, []
        if _meets(pro, topic, profile, linked):
            return []
        sound = [piece for piece in pro if counts(piece) and piece.gates == "ok"]
        gaps += [
            f"settle the open gate questions of: {piece.text or piece.id}"
            for piece in pro
            if counts(piece) and piece.gates != "ok"
        ]
        found = strength(sound, linked)
        short = profile.min_components - found.components
        if short > 0:
            gaps.append(f"find {short} more independent {'origin' if short == 1 else 'origins'}")
        if found.primary < profile.min_primary:
            gaps.append("find first-hand material or an original trace")
        if found.kinds < profile.min_kinds and topic not in profile.kinds_exempt_topics:
            gaps.append("find another kind of evidence")
        return gaps

    def _rival_gaps(self, proposition: Proposition) -> list[str]:
        rule = self.profile.rivals
        if not proposition.inference or rule == "none":
            return []
        if not proposition.rivals:
            return ["write down at least one rival explanation"]
        tasks = {"open": "assess the rival explanation", "as_plausible": "weigh again the rival explanation"}
        if rule == "assessed":
            del tasks["as_plausible"]
        if rule == "excluded":
            tasks["less_plausible"] = "exclude, or accept, the rival explanation"
        return [f"{tasks[r.state]}: {r.text}" for r in proposition.rivals if r.state in tasks]

    def element(
        self, charge: str, key: str, routes: Sequence[Sequence[str]], assessed: Mapping[str, Assessed]
    ) -> AssessedElement:
        """Label an element: the best of its routes, each as weak as its weakest proposition."""
        if not routes:
            return AssessedElement(charge, key, Label.NOT_EXAMINED, (), None, contested_route=False)
        _check_routes(charge, key, routes, assessed)
        ranked = [(min(assessed[id].label for id in route), tuple(route)) for route in routes]
        label, best = max(ranked, key=lambda entry: entry[0])
        binding = min((assessed[id] for id in best), key=lambda entry: entry.label)
        other = any(found is Label.CONTESTED for found, route in ranked if route != best)
        return AssessedElement(charge, key, label, best, binding, contested_route=other, routes=tuple(ranked))


def _check_routes(
    charge: str, key: str, routes: Sequence[Sequence[str]], assessed: Mapping[str, Assessed]
) -> None:
    for route in routes:
        if not route:
            raise LawError(
                "route",
                f"A route to {charge}#e{key} is empty.",
                "Name the propositions that meet the element together.",
            )
        for id in route:
            if id not in assessed:
                raise LawError(
                    "proposition",
                    f"A route to {charge}#e{key} names {id!r}, which is no proposition.",
                    "Record it first.",
                )
