"""Charges tested against an incident, read through the support ledger of the law layer."""

from __future__ import annotations

from embers.web.shell import Desk


def charges_of_incident(at: Desk, incident: str) -> list[object]:
    """Return the charges tested for an incident."""
    del at, incident
    return []
