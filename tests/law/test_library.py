"""The legal data as shipped: nothing dangles, nothing is missing, everything is cited."""

import copy
from importlib.resources import files

import pytest

from embers.errors import LawError
from embers.law.library import load_law
from embers.law.references import CRIME_FILES, check_references, dangling, read_table, read_tables


def test_no_row_names_another_that_does_not_exist():
    assert dangling(read_tables()) == []


@pytest.mark.parametrize(
    ("file", "kind", "column", "value"),
    [
        ("crimes_war_iac", "crime", "treaty", ["gc9:art1"]),
        ("seed_map", "allegation", "charges", ["rome:9.9"]),
        ("provisions", "provision", "custom", ["cihl:r999"]),
        ("ratifications", "status", "instrument", "nothing"),
        ("violations", "violation", "custom", ["cihl:r0"]),
        ("proof", "topic", "means", ["mp.nothing"]),
        ("standards", "profile", "standard", "std.nothing"),
    ],
)
def test_a_dangling_id_is_refused_by_name(file, kind, column, value):
    tables = copy.deepcopy(read_tables())
    tables[file][kind][0][column] = value
    with pytest.raises(LawError, match=value[0] if isinstance(value, list) else value):
        check_references(tables)


def test_a_mental_element_must_be_an_element_of_the_same_crime():
    tables = copy.deepcopy(read_tables())
    element = next(e for e in tables["crimes_war_iac"]["crime"][0]["element"] if e.get("mental") == "e3")
    element["mental"] = "e33"
    with pytest.raises(LawError, match="e33"):
        check_references(tables)


def test_counts_are_those_of_the_readme():
    crimes = [row for name in CRIME_FILES for row in read_table(name)["crime"]]
    violations = read_table("violations")["violation"]
    assert len(crimes) == 58
    assert sum(len(row["element"]) for row in crimes) == 307
    assert len(violations) == 32
    assert sum(len(row["element"]) for row in violations) == 116
    law = load_law()
    counted = (len(law.rules), len(law.instruments), len(law.statuses), len(law.provisions))
    assert counted == (127, 39, 69, 223)
    assert (len(law.means), len(law.topics), len(law.schemes)) == (28, 87, 16)
    assert (len(law.standards), len(law.profiles), len(law.allegations)) == (7, 6, 14)
    assert (len(law.parties), len(law.territories)) == (5, 3)
    assert (len(law.classifications), len(law.jurisdictions)) == (3, 4)
    assert len(law.charges) == 58 + 32


def test_every_silent_mental_element_has_a_row_of_its_own():
    law = load_law()
    for name in CRIME_FILES:
        for row in read_table(name)["crime"]:
            silent = [f"{e['n']}.m" for e in row["element"] if e.get("mental") == "art30"]
            keys = [element.key for element in law.charge(row["id"]).elements]
            assert [key for key in keys if key.endswith(".m")] == silent
            assert all(keys.index(key) == keys.index(key.removesuffix(".m")) + 1 for key in silent)


def test_every_row_carries_a_citation_a_link_and_how_it_was_checked():
    law = load_law()
    for row in (*law.charges.values(), *law.provisions.values(), *law.rules.values()):
        assert row.citation
        assert row.url.startswith("https://"), row.id
        assert row.verified
    assert all(row.url.startswith("https://") and row.verified for row in law.instruments.values())
    assert all(status.verified for status in law.statuses)
    assert all(element.text for charge in law.charges.values() for element in charge.elements)


def test_a_breach_is_cited_to_what_it_decomposes():
    law = load_law()
    assert law.charge("hr:echr.3.sub").citation == "ECHR art 3"
    assert law.charge("hr:echr.3.sub").url == law.instruments["echr"].url
    assert law.charge("ihl:indiscriminate.b").citation == "customary rules 11, 12, 17, 71 (ICRC study)"
    assert law.charge("ihl:indiscriminate.b").url.endswith("/rule11")
    assert law.charge("rome:8.2.b.i").citation.startswith("Rome Statute art 8(2)(b)(i); Elements of Crimes")


def test_unknown_ids_are_refused():
    law = load_law()
    for ask in (
        lambda: law.charge("rome:0"),
        lambda: law.profile("x"),
        lambda: law.charge("rome:8.2.b.i").element("9"),
    ):
        with pytest.raises(LawError):
            ask()


def test_control_of_a_territory_is_read_for_a_day():
    from datetime import date

    land = load_law().territories["NK-adj"]
    assert land.controlled_by(date(2019, 1, 1)) == "ARM"
    assert land.controlled_by(date(2020, 9, 27)) == "contested"
    assert land.controlled_by(date(1980, 1, 1)) == ""


def test_shipped_files_are_the_ones_read():
    folder = files("embers.law") / "data"
    names = {path.name.removesuffix(".toml") for path in folder.iterdir() if path.name.endswith(".toml")}
    assert names == set(read_tables()) | {"schema", "published_topics"}
