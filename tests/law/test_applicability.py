"""The applicable-law check gives the result stated in the legal study for 17 October 2020."""

from datetime import date

import pytest

from embers.errors import LawError
from embers.law.applicability import bound, check, graded, jurisdiction_heads, overview
from embers.law.library import load_law

DAY = date(2020, 10, 17)
LAW = load_law()
BOTH = {"gc1", "gc2", "gc3", "gc4", "hcp1954", "hcp1954p1", "hcp1999p2", "echr", "iccpr", "cat", "cerd"}
NEITHER = {"ccw", "ccw_p3", "apmbc", "ccm", "rome"}
ONLY_ARMENIA = {"ap1", "ap2", "cped"}


@pytest.mark.parametrize(
    ("author", "adverse"), [("ARM", "AZE"), ("AZE", "ARM"), ("ARM/NKR", "AZE"), ("AZE", "ARM/NKR")]
)
def test_who_was_bound_on_17_october_2020(author, adverse):
    found = {row.instrument.id: row for row in overview(LAW, author=author, adverse=adverse, day=DAY)}
    answers = {
        id: {row.author.party: row.author.answer, row.adverse.party: row.adverse.answer}
        for id, row in found.items()
    }
    assert all(answers[id] == {"ARM": "yes", "AZE": "yes"} for id in BOTH)
    assert all(answers[id] == {"ARM": "no", "AZE": "no"} for id in NEITHER)
    assert all(answers[id] == {"ARM": "yes", "AZE": "no"} for id in ONLY_ARMENIA)
    assert all(found[id].applies == "yes" for id in BOTH)
    assert all(found[id].applies == "no" for id in NEITHER | {"ap1", "ap2"})
    assert "Not as treaty law" in found["ap1"].reason
    assert "Azerbaijan was not bound" in found["ap1"].reason
    # A human-rights treaty needs its author bound, not the adversary.
    assert found["cped"].applies == ("yes" if author.startswith("ARM") else "no")


def test_a_treaty_binds_from_its_day_on():
    assert bound(LAW, "ARM", "rome", date(2024, 1, 31)).answer == "no"
    assert bound(LAW, "ARM", "rome", date(2024, 2, 1)).answer == "yes"
    assert bound(LAW, "AZE", "gc3", date(1993, 11, 30)).answer == "no"


def test_what_nobody_looked_up_is_unknown_not_no():
    assert bound(LAW, "TUR", "gc1", DAY).answer == "unknown"
    assert bound(LAW, "TUR", "gc1", DAY).verified == "never looked"
    assert bound(LAW, "AZE", "gas1925", DAY).answer == "unknown"


def test_a_non_state_author_is_no_treaty_party_and_its_attribution_is_argued():
    assert bound(LAW, "NKR", "gc1", DAY).answer == "no"
    for author in ("NKR", "ARM/NKR"):
        notes = " ".join(check(LAW, "rome:8.2.b.i", day=DAY, author=author, adverse="AZE").notes)
        assert "attributed to Armenia only if argued" in notes
        assert "Common article 3" in notes


@pytest.mark.parametrize(("author", "adverse"), [("ARM", "AZE"), ("AZE", "ARM")])
def test_a_strike_stands_on_custom_and_the_statute_is_a_grid(author, adverse):
    found = check(LAW, "rome:8.2.b.i", day=DAY, author=author, adverse=adverse)
    assert found.conflict_fits
    assert found.has_binding_basis
    assert "cihl:r1" in {rule.id for rule in found.rules}
    assert "grid of analysis only" in found.court
    assert "Armenia accepts jurisdiction from 10 May 2021" in found.court
    assert {row.instrument.id: row.applies for row in found.treaties}.get("ap1") == "no"


def test_rules_of_a_provision_stand_in_where_it_does_not_bind():
    found = check(LAW, "ap1:art51.5.b", day=DAY, author="AZE", adverse="ARM")
    assert found.treaties[0].applies == "no"
    assert [rule.id for rule in found.rules] == list(LAW.provisions["ap1:art51.5.b"].custom)
    assert found.rules


def test_a_charge_of_another_kind_of_conflict_does_not_fit():
    niac = next(id for id in LAW.charges if id.startswith("rome:8.2.e"))
    assert not check(LAW, niac, day=DAY, author="ARM", adverse="AZE").conflict_fits
    assert check(LAW, niac, day=DAY, author="AZE", adverse="NKR", classification="cls.niac").conflict_fits
    assert not check(
        LAW, "rome:8.2.b.iv", day=DAY, author="AZE", adverse="NKR", classification="cls.niac"
    ).conflict_fits


def test_fire_across_the_front_has_no_settled_head_of_jurisdiction():
    def fits(author):
        heads = jurisdiction_heads(LAW, author=author, day=DAY, territory="AZE-proper")
        return {head.head.id: head.fits for head in heads}

    assert fits("ARM") == {
        "jur.custody": "unknown",
        "jur.own_territory": "no",
        "jur.effective_control": "no",
        "jur.active_hostilities": "yes",
    }
    assert fits("AZE")["jur.own_territory"] == "yes"
    assert fits("AZE")["jur.active_hostilities"] == "no"
    front = jurisdiction_heads(LAW, author="ARM", day=DAY, territory="NK-adj")
    assert {head.fits for head in front if head.head.id == "jur.effective_control"} == {"unknown"}
    found = check(LAW, "hr:echr.2.sub", day=DAY, author="ARM", adverse="AZE", territory="AZE-proper")
    assert any("contested" in note for note in found.notes)
    assert any("art 15" in note for note in found.notes)


def test_the_weakest_grade_is_printed_and_an_old_remembered_day_is_immaterial():
    convention = bound(LAW, "ARM", "gc3", DAY)
    assert graded(convention, DAY).startswith("year read, day memory (the day is immaterial")
    assert graded(convention, date(1994, 6, 1)) == "year read, day memory"
    assert check(LAW, "gc3:art13", day=DAY, author="ARM", adverse="AZE").weakest.startswith("from memory")
    assert "unverified" in check(LAW, "hr:iccpr.6", day=DAY, author="ARM", adverse="AZE").weakest


def test_unknown_inputs_are_refused():
    for wrong in (
        {"author": "XXX"},
        {"classification": "cls.none"},
        {"day": date(2021, 6, 1)},
        {"territory": "Atlantis"},
    ):
        given = {"day": DAY, "author": "ARM", "adverse": "AZE", **wrong}
        with pytest.raises(LawError):
            check(LAW, "hr:echr.2.sub", **given)
