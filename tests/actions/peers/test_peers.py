"""Exports of Bayanat, Uwazi and Atlos: what comes in, what is left out and said, again, and taken back."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from samples import NAME, PHOTO, UWAZI, actors, atlos, atlos_csv, bayanat, bulletin, incident, uwazi

from embers.actions.peers.importing import PeerImport, drafted_mapping, import_peer
from embers.actions.tables.undo import undo_import
from embers.errors import ActionError
from embers.projections.view import ProjectedCase


def brought(case: Any, path: Path, system: str, **more: Any) -> PeerImport:
    folder, recorder = case
    done = import_peer(recorder, folder, path, system, **more)
    assert not done.table.problems, done.table.problems
    assert not done.table.terms
    return done


def records(case: Any, kind: str) -> dict[str, Any]:
    view = ProjectedCase(case[0].projection())
    return {record.text(f"{kind}-code"): record for record in view.kind(kind).values()}


def size(case: Any) -> int:
    return sum(1 for _ in case[1].journal.entries())


def everything(case: Any) -> bytes:
    """Return every byte the case holds."""
    return b"".join(part.read_bytes() for part in sorted(case[0].path.rglob("*")) if part.is_file())


def test_bayanat_incidents_sources_people_and_their_relations(case: Any, tmp_path: Path) -> None:
    brought(case, bayanat(tmp_path / "i.zip", "incidents", [incident()]), "bayanat")
    done = brought(case, bayanat(tmp_path / "b.zip", "bulletins", [bulletin()]), "bayanat")
    brought(case, bayanat(tmp_path / "a.zip", "actors", actors()), "bayanat")

    found = records(case, "incident")
    assert found.keys() == {"BAY-3", "BAY-8", "BAY-E20"}
    market = found["BAY-3"]
    assert market.value("occurred") == "2035-10-02~/2035-10-03~"
    assert market.values("related-incident") == [found["BAY-8"].id]
    assert "Potential violation in the export: Indiscriminate attack" in market.values("note")
    assert found["BAY-E20"].value("occurred") == "2035-10-02"
    assert "14:30" in found["BAY-E20"].values("occurred-note")[0]

    source = records(case, "source")["BAY-B12"]
    assert source.text("source-title") == "Video from Velm 12"
    assert source.value("source-published") == "2035-10-03"
    assert "A column of smoke & dust." in source.values("note")
    grounds = {ground.target for held in found["BAY-E20"].held for ground in held.grounds}
    assert source.id in grounds

    view = ProjectedCase(case[0].projection())
    (place,) = view.kind("place").values()
    assert place.value("place-position")["lat"] == 40_123_457
    assert {one["name"] for one in place.values("place-name")} == {"Velm", "فيلم"}

    people = records(case, "person")
    victim = people["BAY-A7"]
    assert victim.values("person-role") == [{"role": "victim", "incident": market.id}]
    assert victim.value("family-link") == {"person": people["BAY-A8"].id, "relation": "sibling"}
    assert (victim.value("person-sex"), victim.value("protection-level")["level"]) == ("man", "sealed")
    (body,) = [one for one in view.kind("organisation").values() if one.text("organisation-name")]
    assert body.text("organisation-name") == "Ministry of Exerton"
    assert done.left_out["bulletin: field weather_seen of its own"] == 1
    assert done.left_out["bulletin: fields of work"] == 3
    assert NAME.encode() not in everything(case)


def test_files_come_in_by_digest_and_what_they_are_held_for_rests_on_them(case: Any, tmp_path: Path) -> None:
    done = brought(case, bayanat(tmp_path / "b.zip", "bulletins", [bulletin()]), "bayanat")
    assert (done.files, done.files_new, done.digests_differ) == (1, 1, ())
    view = ProjectedCase(case[0].projection())
    (item,) = [one for one in view.kind("item").values() if one.values("item-digest-given")]
    assert case[1].objects.open(item.value("item-object")["sha256"]).read() == PHOTO
    source = records(case, "source")["BAY-B12"]
    rests = [held.value for held in source.held if item.id in {ground.target for ground in held.grounds}]
    assert rests == ["Held with it: Crater"]


def test_the_same_export_again_adds_nothing_and_one_is_taken_back(case: Any, tmp_path: Path) -> None:
    path = bayanat(tmp_path / "b.zip", "bulletins", [bulletin()])
    done = brought(case, path, "bayanat")
    before = size(case)
    again = brought(case, path, "bayanat")
    assert (again.table.new, again.table.changed, again.table.recorded, again.files_new) == (0, 0, False, 0)
    assert size(case) == before
    changed = bulletin() | {"description": "<p>Seen anew.</p>"}
    newer = brought(case, bayanat(tmp_path / "c.zip", "bulletins", [changed]), "bayanat")
    assert (newer.table.new, newer.table.changed) == (0, 1)
    assert "Seen anew." in records(case, "source")["BAY-B12"].values("note")
    folder, recorder = case
    assert undo_import(recorder, folder.projection(), newer.table.item, reason="Not ours.") > 0
    assert undo_import(recorder, folder.projection(), done.table.item, reason="Not ours.") > 0
    assert not records(case, "source").get("BAY-B12")


def test_a_dry_run_tells_and_records_nothing(case: Any, tmp_path: Path) -> None:
    before = size(case)
    done = brought(case, bayanat(tmp_path / "b.zip", "bulletins", [bulletin()]), "bayanat", dry_run=True)
    assert done.table.new > 5
    assert done.left_out
    assert size(case) == before


def test_a_list_of_bayanat_without_some_commas_is_read_whole(case: Any, tmp_path: Path) -> None:
    many = [bulletin(number) | {"events": [], "medias": []} for number in range(1, 8)]
    brought(case, bayanat(tmp_path / "b.zip", "bulletins", many, comma=False), "bayanat")
    assert len(records(case, "source")) == 7


def test_an_unknown_relation_and_an_impossible_date_are_named_by_row(case: Any, tmp_path: Path) -> None:
    folder, recorder = case
    odd = incident()
    odd["actor_relations"][0]["related_as"] = [77]
    odd["events"][0]["from_date"] = "2035-13-45T00:00"
    before = size(case)
    done = import_peer(recorder, folder, bayanat(tmp_path / "i.zip", "incidents", [odd]), "bayanat")
    assert done.table.terms == [("Role", "77", 1)]
    assert any(
        "2035-13-45" in problem.what and problem.key == "incident 3" for problem in done.table.problems
    )
    assert size(case) == before


@pytest.mark.parametrize("form", ["zip", "folder"])
def test_atlos_whole_project(case: Any, tmp_path: Path, form: str) -> None:
    path = atlos(tmp_path / "a.zip")
    if form == "folder":
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path / "a")
        path = tmp_path / "a"
    done = brought(case, path, "atlos")
    one = records(case, "incident")["ATL-AB12CD"]
    assert one.text("incident-title") == "Strike on a bridge"
    assert one.value("occurred") == "2035-10-05"
    position = one.value("incident-position")
    assert (position["lat"], position["lon"], position["precision_m"]) == (40_500_000, 46_250_123, 100)
    assert {"Impact in the export: Bridge", "Impact in the export: Road"} <= set(one.values("note"))
    source = records(case, "source")["ATL-AB12CD-1"]
    assert source.value("source-address") == "https://example.org/p/1"
    assert source.id in {ground.target for held in one.held for ground in held.grounds}
    assert (done.files, done.digests_differ) == (1, ())
    assert done.left_out["comments and changes: files"] == 1
    assert brought(case, path, "atlos").table.recorded is False


def test_a_file_that_is_not_what_atlos_states_is_kept_with_a_warning(case: Any, tmp_path: Path) -> None:
    done = brought(case, atlos(tmp_path / "a.zip", damaged=True), "atlos")
    assert len(done.digests_differ) == 1
    warned = [
        w
        for one in ProjectedCase(case[0].projection()).kind("item").values()
        for w in one.values("item-warning")
    ]
    assert any("not that of the file" in warning for warning in warned)


def test_atlos_csv(case: Any, tmp_path: Path) -> None:
    brought(case, atlos_csv(tmp_path / "a.csv"), "atlos")
    one = records(case, "incident")["ATL-AB12CD"]
    assert one.value("incident-account") == "=seen"
    assert one.value("incident-position")["precision_m"] == 10
    assert {"Tag in the export: bridge", "Impact in the export: Bridge"} <= set(one.values("note"))
    assert records(case, "source")["ATL-AB12CD-1"].value("source-address") == "https://example.org/p/1"


def test_uwazi_by_a_drafted_mapping(case: Any, tmp_path: Path) -> None:
    path = uwazi(tmp_path / "u.zip")
    done = brought(case, path, "uwazi")
    view = ProjectedCase(case[0].projection())
    found = {one.text("incident-title"): one for one in view.kind("incident").values()}
    assert found.keys() == {"Market of Velm", "School of Osk"}
    market = found["Market of Velm"]
    assert (market.value("occurred"), market.value("incident-account")) == ("2035-10-02", "Two shells fell.")
    assert market.value("incident-position")["lat"] == 40_500_000
    assert "Kind: weapon::shell|fire" in market.values("note")
    places = {one.value("place-name")["name"]: id for id, one in view.kind("place").items()}
    assert market.value("incident-place") == places["Velm"]
    assert "Victims: Victim 1" in found["School of Osk"].values("note")
    (source,) = view.kind("source").values()
    assert source.value("source-address") == "https://example.org/r"
    assert done.files == 1
    assert done.left_out["entities of the template Costume"] == 1
    assert done.left_out["names of persons"] == 1
    assert NAME.encode() not in everything(case)
    assert brought(case, path, "uwazi").table.recorded is False


def test_a_name_of_a_person_beside_words_is_left_out_too(case: Any, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(UWAZI.replace(f",{NAME},fire", f",{NAME}|unknown man,fire"), encoding="utf-8")
    done = brought(case, path, "uwazi")
    assert done.left_out["Incident: Victims, which names persons and not only entities"] == 1
    assert NAME.encode() not in everything(case)


def test_a_mapping_of_ones_own_decides_what_a_template_means(case: Any, tmp_path: Path) -> None:
    path = uwazi(tmp_path / "u.zip")
    drafted = drafted_mapping(path, "uwazi").decode()
    own = drafted.replace('predicate = "incident-account"', 'predicate = "occurred-note"')
    brought(case, path, "uwazi", mapping=own.encode())
    view = ProjectedCase(case[0].projection())
    told = [one.values("occurred-note") for one in view.kind("incident").values()]
    assert ["Two shells fell."] in told


@pytest.mark.parametrize(
    ("system", "content"),
    [
        ("bayanat", b""),
        ("bayanat", b'{"bulletins": [{"id": 1'),
        ("bayanat", b'{"bulletins": [{"id": NaN}]}'),
        ("bayanat", b'{"planets": [{"id": 1}]}'),
        ("bayanat", b"[" * 100_000),
        ("uwazi", b"Title\nx\n"),
        ("uwazi", b"Title,Template\n\xff\xfe,x\n"),
        ("atlos", b"slug,description\n\xff,x\n"),
        ("atlos", b"PK\x03\x04broken"),
        ("nobody", b""),
    ],
)
def test_what_cannot_be_read_is_refused_whole(case: Any, tmp_path: Path, system: str, content: bytes) -> None:
    folder, recorder = case
    before = size(case)
    path = tmp_path / ("export.json" if system == "bayanat" else "export.csv")
    path.write_bytes(content)
    with pytest.raises(ActionError, match=r"export|reader|table") as caught:
        import_peer(recorder, folder, path, system)
    assert caught.value.code.startswith("action.peer-")
    assert size(case) == before


def test_a_bomb_in_an_export_is_refused_by_its_ratio(case: Any, tmp_path: Path) -> None:
    folder, recorder = case
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export.json", json.dumps({"bulletins": [{"id": 1, "title": "x" * 40_000_000}]}))
    with pytest.raises(ActionError, match="unpack"):
        import_peer(recorder, folder, path, "bayanat")
