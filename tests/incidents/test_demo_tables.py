from __future__ import annotations

import hashlib
import re

from published_claims import DEMO, rows

from embers.language import check_tag, script_of, search_keys

#: The tables as received; a changed byte would no longer be the published set.
AS_RECEIVED = {
    "claims.csv": "539093aacd0d60e85b8a487bc72a693a714b4b2216c992a389a5b4bc7ae5f2f7",
    "incidents.csv": "ee9a1c62f347b4a25321d168747ede561f07a0a92ef05aa626ee92c879c56d9e",
    "sources.csv": "68a35cae763b3ea2bd293c4c459b22d996ed13456607eba3eed48f0fc1745901",
    "totals.csv": "529656f122e971d4e69571b90f9ac2affd361b4cbd5a6dd0776b03a9d058a170",
}
KINDS = {"state organ", "ngo", "media", "advocacy", "encyclopaedia", "unknown"}


def test_the_published_tables_are_unchanged() -> None:
    assert {
        name: hashlib.sha256((DEMO / name).read_bytes()).hexdigest() for name in AS_RECEIVED
    } == AS_RECEIVED


def test_every_claimant_has_exactly_one_reasoned_row() -> None:
    claimed = {(row["claimant"], row["claimant_side"]) for row in rows("claims.csv")}
    table = rows("claimants.csv")
    assert sorted(claimed) == sorted((row["claimant"], row["side"]) for row in table)
    for row in table:
        assert row["organ"] in {"yes", "no"}
        assert row["kind"] in KINDS
        assert len(row["note"]) > 10
        assert all(re.fullmatch(r"[a-z0-9_]+", origin) for origin in row["origin_key"].split(";"))
        if row["kind"] == "state organ":
            assert row["organ"] == "yes"


def test_organs_of_one_government_have_one_origin() -> None:
    home = {"AZE": {"aze_gov"}, "ARM": {"arm_gov", "nkr_gov"}, "NKR": {"nkr_gov"}, "independent": {"irn_gov"}}
    for row in rows("claimants.csv"):
        if row["organ"] == "yes":
            assert set(row["origin_key"].split(";")) <= home[row["side"]], row["claimant"]


def test_every_named_incident_place_has_names() -> None:
    place_of = {row["incident_id"]: row["place_key"] for row in rows("incident_places.csv")}
    names = {row["place_key"] for row in rows("place_names.csv")}
    assert set(place_of.values()) <= names
    without = {row["id"] for row in rows("incidents.csv")} - set(place_of)
    # No place is public in what was read, or only "places of detention".
    assert without == {"K20-06", "K20-07", "K20-08", "K20-09", "K20-10", "K20-17"}
    for row in rows("incidents.csv"):
        if row["id"] in place_of:
            written = f"{row['place_az']} {row['place_hy']}"
            assert any(
                n["name"] in written for n in rows("place_names.csv") if n["place_key"] == place_of[row["id"]]
            )


def test_incidents_at_one_point_and_name_share_a_place() -> None:
    place_of = {row["incident_id"]: row["place_key"] for row in rows("incident_places.csv")}
    by_cells: dict[tuple[str, ...], set[str]] = {}
    for row in rows("incidents.csv"):
        if row["id"] in place_of:
            by_cells.setdefault((row["place_az"], row["place_hy"]), set()).add(place_of[row["id"]])
    assert all(len(keys) == 1 for keys in by_cells.values())


def test_place_names_are_well_formed_and_sourced() -> None:
    sources = {row["id"] for row in rows("sources.csv")} | {row["id"] for row in rows("incidents.csv")}
    seen = set()
    for row in rows("place_names.csv"):
        assert check_tag(row["lang"])
        assert row["script"] == script_of(row["name"])
        assert row["used_by"] in {"AZE", "ARM/NKR", "international", "unknown"}
        assert row["source_id"] in sources or (row["source_id"], row["name"]) == ("own", "Գյանջա")
        cells = (row["place_key"], row["name"], row["lang"], row["used_by"])
        assert cells not in seen
        seen.add(cells)


def found_by(query: str) -> set[str]:
    wanted = set(search_keys(query))
    return {row["place_key"] for row in rows("place_names.csv") if wanted & set(search_keys(row["name"]))}


def test_every_spelling_finds_its_place() -> None:
    for query in ("gence", "Гянджа", "Գյանջա", "Gəncə", "Ganja", "Гәнҹә"):
        assert found_by(query) == {"ganja"}, query
    for query in ("Stepanakert", "Xankəndi", "Ստեփանակերտ", "Степанакерт", "Khankendi", "xankendi"):
        assert found_by(query) == {"stepanakert"}, query
    for query in ("Shusha", "Şuşa", "Шуша", "Շուշի", "shushi"):
        assert found_by(query) == {"shusha"}, query
