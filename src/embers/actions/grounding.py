"""What every act of recording needs: something it rests on, and a reason in words."""

from __future__ import annotations

from collections.abc import Sequence

from embers.case_view import Held
from embers.errors import ActionError
from embers.journal.assertion import Basis

AS_SAID = "As said in the sources named."


def resting_on(basis: Sequence[Basis]) -> Sequence[Basis]:
    """Return the basis; refuse nothing at all."""
    if not basis:
        raise ActionError(
            "basis",
            "This rests on nothing.",
            "Name the item or source it was taken from, and the pinpoint in it.",
        )
    return basis


def with_reason(reason: str) -> str:
    """Return the reason; refuse an empty one."""
    if not reason.strip():
        raise ActionError("reason", "This needs a reason.", "Say why in one sentence.")
    return reason


def basis_of(held: Held) -> tuple[Basis, ...]:
    """Return what an assertion of the case rests on, for one that is made from it."""
    return tuple(
        Basis(item=ground.target, locator=ground.locator)
        if ground.target.startswith(("item:", "interview:"))
        else Basis(source=ground.target, locator=ground.locator)
        for ground in held.grounds
    )
