"""Place names in text: both parties' names side by side, in a fixed order that favours nobody."""

from __future__ import annotations

from collections.abc import Mapping

from embers.case_view import Record
from embers.reporting.blocks import Run

#: Names shown in running text: one per usage, Latin script. The order is alphabetical by the name itself.
_USAGES = ("AZE", "ARM/NKR", "VEL", "OST")
_LATIN = ("", "Latn")


def both_names(place: Record) -> list[tuple[str, str]]:
    """Return (name, language) of each party's Latin-script name, alphabetically, without repeats."""
    found: dict[str, str] = {}
    for usage in _USAGES:
        for held in place.live("place-name"):
            value = held.value
            if value["used_by"] == usage and value.get("script", "") in _LATIN:
                found.setdefault(value["name"], value["lang"])
                break
    if not found:
        names = [held.value for held in place.live("place-name")]
        found = {value["name"]: value["lang"] for value in names[:1]}
    return sorted(found.items())


def place_runs(incident: Record, places: Mapping[str, Record]) -> list[Run]:
    """Return the place of an incident as runs: both names with their language, or that it is not public."""
    place = places.get(str(incident.value("incident-place", "")))
    if place is None:
        return [Run("place not public in what was read")]
    runs: list[Run] = []
    for number, (name, language) in enumerate(both_names(place)):
        if number:
            runs.append(Run(" / "))
        runs.append(Run(name, "place", language=language))
    return runs
