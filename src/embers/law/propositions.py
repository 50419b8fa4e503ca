"""What the support ledger works with: labels, pieces of evidence, rival explanations, propositions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from embers.errors import LawError


class Label(IntEnum):
    """Support labels, weakest first: a route is as strong as its weakest proposition."""

    REFUTED = 0
    NOT_EXAMINED = 1
    UNSUPPORTED = 2
    CONTESTED = 3
    THIN = 4
    SUPPORTED = 5

    @property
    def code(self) -> str:
        """The label as data writes it, such as ``not_examined``."""
        return self.name.lower()

    @property
    def words(self) -> str:
        """The label as people read it."""
        return self.name.lower().replace("_", " ")


KINDS = frozenset({"testimonial", "documentary", "digital", "physical", "imagery", "expert", "analytical"})
RANKS = frozenset({"primary", "derived", "context"})
GATES = frozenset({"ok", "open", "fail"})
RIVAL_STATES = frozenset({"open", "as_plausible", "less_plausible", "inconsistent", "refuted"})


def _known(what: str, value: str, allowed: frozenset[str]) -> None:
    if value not in allowed:
        raise LawError(what, f"{value!r} is no {what}.", f"Known: {', '.join(sorted(allowed))}.")


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence as the ledger sees it.

    ``gates`` is the worst answer to its gate questions: ``ok`` makes it sound, ``open`` provisional,
    ``fail`` impeached. ``rank`` ``context`` is shown and never counted. ``assumed`` marks material that a
    worked example assumes and the case does not hold.
    """

    id: str
    kind: str
    rank: str
    origins: tuple[str, ...]
    gates: str
    text: str = ""
    depends_on: tuple[str, ...] = ()
    assumed: bool = False
    assertions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _known("kind", self.kind, KINDS)
        _known("rank", self.rank, RANKS)
        _known("gates", self.gates, GATES)


@dataclass(frozen=True, slots=True)
class Rival:
    """A rival explanation and its state."""

    text: str
    state: str

    def __post_init__(self) -> None:
        _known("rival-state", self.state, RIVAL_STATES)


@dataclass(frozen=True, slots=True)
class Proposition:
    """One factual sentence with the pieces for and against it.

    ``premises`` are set on inference propositions (intent, knowledge, purpose). ``answered`` names opposing
    pieces that a signed answer (rebut, undercut or reconcile) deals with. ``searched`` says that a search is logged.
    """

    id: str
    text: str
    topic: str
    searched: bool
    pro: tuple[str, ...] = ()
    contra: tuple[str, ...] = ()
    answered: frozenset[str] = frozenset()
    inference: bool = False
    premises: tuple[str, ...] = ()
    rivals: tuple[Rival, ...] = ()
    assertions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Strength:
    """What a set of pieces amounts to: independent components, those with first-hand material, kinds."""

    components: int
    primary: int
    kinds: int

    def words(self) -> str:
        """Say it in words; this is a description, not a measure of truth."""

        def plural(count: int, one: str, many: str) -> str:
            return f"{count} {one if count == 1 else many}"

        return ", ".join(
            (
                plural(self.components, "independent component", "independent components"),
                f"{self.primary} first-hand",
                plural(self.kinds, "kind", "kinds"),
            )
        )


@dataclass(frozen=True, slots=True)
class Assessed:
    """A proposition with its label and why."""

    proposition: Proposition
    label: Label
    strength: Strength
    live_opposition: tuple[str, ...]
    open_rivals: tuple[Rival, ...]
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AssessedElement:
    """An element with its label, the proposition that binds it, and whether another route is contested.

    ``routes`` holds every route with its own label, in the order given: all of them are shown.
    """

    charge: str
    key: str
    label: Label
    route: tuple[str, ...]
    binding: Assessed | None
    contested_route: bool
    routes: tuple[tuple[Label, tuple[str, ...]], ...] = ()
