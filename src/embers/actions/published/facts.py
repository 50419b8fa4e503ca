"""Turns published rows into acts: sources, claimants, places, incidents, claims, totals.

Every assertion rests on two grounds: the source the row names, and the row of the preserved table. Ids are
derived from the table's own keys, so a second import finds what the first one recorded.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from embers.actions.decisions import decide
from embers.actions.published.tables import PublishedTables, Row
from embers.actions.recorder import Act, Recorder
from embers.errors import ActionError, PlaceError
from embers.ids import derived_id, derived_subject
from embers.journal.assertion import Assertion, Basis, JsonValue
from embers.places import microdegrees

NUMBERS = frozenset(
    {
        "killed",
        "injured",
        "missing",
        "released",
        "munitions_count",
        "video_count",
        "interview_count",
        "incident_count",
    }
)
#: Column names that would collide with a field of the incident itself.
_RENAMED = {"conduct": "conduct-claimed"}
_CLOCK = re.compile(r"^\d\d:\d\d$")
_OFFSET = re.compile(r"UTC([+-]\d{1,2})(?::(\d\d))?")
DISPLAY_RULE = (
    "Figure shown in short lists, by the rule of the published set: on-site investigation by an independent body "
    "before an independent reporter, before the latest official figure of the victims' side. "
    "The range over all counted claims is always shown beside it."
)


def _whole(text: str, where: str, table: str) -> int:
    """Read a whole number of a table; refuse anything else by row."""
    try:
        return int(text)
    except ValueError:
        raise ActionError("number", f"{where}: {text!r} is not a whole number.", f"Mend {table}.") from None


@dataclass(slots=True)
class FactsImport:
    """Drafts the acts of one published set. ``key`` names the set in derived ids; ``items`` its tables."""

    recorder: Recorder
    key: str
    tables: PublishedTables
    items: Mapping[str, str]

    def acts(self) -> list[Act]:
        """Return every act of the import, in an order in which nothing is named before it is known."""
        return [
            *(self._source(row) for row in self.tables.sources),
            *(self._claimant(row) for row in self.tables.claimants.values()),
            *self._places(),
            *(self._incident(row) for row in self.tables.incidents),
            *(self._claim(row) for row in self.tables.claims),
            *(self._total(row) for row in self.tables.totals),
        ]

    def subject(self, kind: str, code: str) -> str:
        """Return the derived id of a subject of this set."""
        return derived_subject(kind, self.key, code)

    def claim_id(self, code: str) -> str:
        """Return the derived assertion id of a claim of this set."""
        return derived_id(self.key, "claim", code)

    def _say(
        self, subject: str, predicate: str, value: JsonValue, basis: Iterable[Basis], *, id: str | None = None
    ) -> Assertion:
        said = id or derived_id(self.key, subject, predicate, repr(value))
        return self.recorder.new_assertion(subject, predicate, value, basis=tuple(basis), id=said)

    def _row(self, table: str, code: str) -> Basis:
        return Basis(item=self.items[table], source=None, locator=f"row={code}")

    def _cited(self, codes: Iterable[str]) -> list[Basis]:
        return [Basis(item=None, source=self.subject("source", code)) for code in codes]

    def _source(self, row: Row) -> Act:
        subject, basis = self.subject("source", row["id"]), [self._row("sources.csv", row["id"])]
        values: list[tuple[str, JsonValue]] = [
            ("source-code", row["id"]),
            ("source-title", {"text": row["title"], "lang": "en"}),
            ("source-publisher", row["publisher"]),
            ("source-type", row["type"]),
            ("source-side", row["side"]),
            ("source-read", row["read_extent"]),
        ]
        if row["date"] not in {"", "n.d."}:
            values.append(("source-published", row["date"]))
        if row["supports"]:
            values.append(("source-supports", row["supports"]))
        values += [("source-relays", relay) for relay in self._relays(row["relays"])]
        said = [self._say(subject, predicate, value, basis) for predicate, value in values]
        if row["url"]:
            # Some addresses contain names of private persons, so the address stays with the team.
            said.append(
                self.recorder.new_assertion(
                    subject,
                    "source-address",
                    row["url"],
                    basis=basis,
                    marking="internal",
                    id=derived_id(self.key, subject, "source-address"),
                )
            )
        return Act("source.register", tuple(said), reason="Source of a published set of facts.")

    def _relays(self, cell: str) -> list[dict[str, JsonValue]]:
        codes = {row["id"] for row in self.tables.sources}
        relays: list[dict[str, JsonValue]] = []
        for words in filter(None, (part.strip() for part in cell.split(";"))):
            relay: dict[str, JsonValue] = {"words": words}
            if words in codes:
                relay["source"] = self.subject("source", words)
            relays.append(relay)
        return relays

    def _claimant(self, row: Row) -> Act:
        subject, basis = (
            self.subject("organisation", row["claimant"]),
            [self._row("claimants.csv", row["claimant"])],
        )
        values: list[tuple[str, JsonValue]] = [
            ("organisation-name", {"text": row["claimant"], "lang": "en"}),
            ("organisation-side", row["side"]),
            ("organ", row["organ"] == "yes"),
            *(("root-origin", origin) for origin in row["origin_key"].split(";") if origin),
        ]
        said = [self._say(subject, predicate, value, basis) for predicate, value in values]
        return Act("organisation.register", tuple(said), reason=row["note"])

    def _places(self) -> Iterable[Act]:
        names: dict[str, list[tuple[int, Row]]] = defaultdict(list)
        for number, row in enumerate(self.tables.place_names, start=2):
            names[row["place_key"]].append((number, row))
        for key, rows in names.items():
            place = self.subject("place", key)
            said = []
            for number, row in rows:
                value: dict[str, JsonValue] = {
                    "name": row["name"],
                    "lang": row["lang"],
                    "used_by": row["used_by"],
                }
                if row["script"]:
                    value["script"] = row["script"]
                basis = [self._row("place_names.csv", f"line {number}")]
                if row["source_id"].startswith(("G", "S")):
                    basis += self._cited([row["source_id"]])
                said.append(self._say(place, "place-name", value, basis))
            yield Act("place.name", tuple(said), reason="Every name the place goes by, and who uses it.")

    def occurred(self, row: Row) -> str:
        """Return when an incident happened as EDTF text: with a clock time, a day, or one day of a range."""
        if row["date_precision"] == "range":
            return f"[{row['date_start']}..{row['date_end']}]"
        if _CLOCK.match(row["time_local"]):
            offset = _OFFSET.search(row["timezone"])
            if offset:
                hours, minutes = int(offset[1]), offset[2] or "00"
                return f"{row['date_start']}T{row['time_local']}{hours:+03d}:{minutes}"
        return row["date_start"]

    def _incident(self, row: Row) -> Act:
        subject = self.subject("incident", row["id"])
        basis = [
            *self._cited(code for code in row["source_ids"].split(";") if code),
            self._row("incidents.csv", row["id"]),
        ]
        values: list[tuple[str, JsonValue]] = [
            ("incident-code", row["id"]),
            ("incident-title", {"text": row["title"], "lang": "en"}),
            ("occurred", self.occurred(row)),
            ("alleged-party", row["alleged_party"]),
            ("conduct", row["conduct"]),
            ("incident-account", row["description"]),
        ]
        values += [("victim-status", part) for part in row["victim_status"].split(";") if part]
        values += [("allegation", part) for part in row["allegation_ids"].split(";") if part]
        plain = {
            "occurred-zone": row["timezone"],
            "occurred-note": row["time_note"] if row["time_note"] not in {"none", "reported"} else "",
            "incident-territory": row["territory"],
            "control": row["control_at_time"],
            "answer-of-accused": row["denial"],
            "weapon-reported": row["weapon_reported"],
            "weapon-class-reported": row["weapon_class"],
            "protected-object-hit": row["protected_object"],
            "nearest-objective": row["nearest_military_objective"],
            "corroboration": row["corroboration"],
        }
        values += [(predicate, text) for predicate, text in plain.items() if text]
        if place := self.tables.incident_places.get(row["id"]):
            values.append(("incident-place", self.subject("place", place)))
        said = [self._say(subject, predicate, value, basis) for predicate, value in values]
        if row["lat"]:
            said.append(self._position(subject, row))
        return Act("incident.open", tuple(said), reason="Incident as grouped by the published set.")

    def _position(self, subject: str, row: Row) -> Assertion:
        try:
            lat, lon = microdegrees(row["lat"]), microdegrees(row["lon"])
        except PlaceError as error:
            where = f"Incident {row['id']}: {error.message}"
            raise ActionError("number", where, "Mend incidents.csv.") from error
        point: dict[str, JsonValue] = {
            "lat": lat,
            "lon": lon,
            "precision_m": _whole(row["precision_m"], f"Incident {row['id']}", "incidents.csv"),
            "method": row["coord_basis"],
        }
        basis = [*self._cited([row["coord_source"]]), self._row("incidents.csv", row["id"])]
        return self._say(subject, "incident-position", point, basis)

    def _quantity(self, row: Row) -> JsonValue:
        operator, value = row["operator"], row["value"]
        quantity: dict[str, JsonValue] = {"op": operator, "unit": row["unit"]}
        where = f"Claim {row['claim_id']}"
        if operator == "between":
            lower, _, upper = value.partition("/")
            quantity |= {"n": _whole(lower, where, "claims.csv"), "to": _whole(upper, where, "claims.csv")}
        elif operator != "some":
            quantity["n"] = _whole(value, where, "claims.csv")
        return quantity

    def _claim(self, row: Row) -> Act:
        field = row["field"]
        predicate = _RENAMED.get(field, field).replace("_", "-")
        envelope: dict[str, JsonValue] = {
            "is": self._quantity(row) if field in NUMBERS else row["value"],
            "claimant": self.subject("organisation", row["claimant"]),
            "side": row["claimant_side"],
            "scope": row["scope"],
            "reading": row["reading"],
            "ref": row["claim_id"],
        }
        if field not in NUMBERS and row["operator"] != "eq":
            envelope["op"] = row["operator"]
        if row["as_of"] not in {"", "n.d."}:
            envelope["as_of"] = row["as_of"]
        if row["superseded"] == "yes":
            envelope["earlier"] = True
        if row["inferred_by_us"] == "yes":
            envelope["inferred"] = True
        if row["statement"]:
            envelope["words"] = row["statement"]
        incident, claim = self.subject("incident", row["incident_id"]), self.claim_id(row["claim_id"])
        basis = [*self._cited([row["source_id"]]), self._row("claims.csv", row["claim_id"])]
        said = [self._say(incident, predicate, envelope, basis, id=claim)]
        if row["used_as_best"] == "yes":
            choice = derived_id(self.key, "decision", row["claim_id"])
            said.append(decide(self.recorder, incident, predicate, claim, rule=DISPLAY_RULE, id=choice))
        return Act("claim.record", tuple(said), reason="Claim as published; who said it, where it was read.")

    def _total(self, row: Row) -> Act:
        figure: dict[str, JsonValue] = {
            "measure": row["measure"],
            "area": row["scope"],
            "claimant": row["claimant"],
            "side": row["claimant_side"],
            "operator": row["operator"],
            "unit": row["unit"],
            "start": row["period_start"] or "unknown",
            "end": row["period_end"] or "unknown",
            "n": _whole(row["value"], f"Total {row['total_id']}", "totals.csv"),
        }
        subject = self.subject("total", row["total_id"])
        basis = [*self._cited([row["source_id"]]), self._row("totals.csv", row["total_id"])]
        said = (
            self._say(subject, "total-code", row["total_id"], basis),
            self._say(subject, "total-figure", figure, basis),
        )
        return Act(
            "total.record", said, reason="A published total for a whole area; never added up from incidents."
        )
