"""Reading what is protected leaves a signed entry, before it is shown; what cannot be recorded is not shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from addresses import ROUTES, address
from circle_case import SECRET
from django.core.cache import cache
from office import Office

from embers.access.standing import CONFIDENTIAL, Standing
from embers.actions.readings import READ, enrol_server
from embers.errors import ActionError
from embers.journal.verify import verify_journal
from embers.projections.view import ProjectedCase
from embers.web.reading_log import ANY_PROTECTED


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Office:
    made = Office(tmp_path_factory.mktemp("readings"))
    for name in ("member", "lawyer", "stranger"):
        made.make_account(name)
    return made


@pytest.fixture
def office(built: Office) -> Office:
    """The office, with nothing yet recorded in this test."""
    cache.clear()
    built.before = 0  # type: ignore[attr-defined]
    built.before = len(readings(built))  # type: ignore[attr-defined]
    return built


def readings(office: Office) -> list[tuple[str, str, str, str]]:
    """Return subject, reader, page and signer of every reading that was recorded."""
    view = ProjectedCase(office.folder.database())
    with office.folder.database().connection.cursor() as cursor:
        cursor.execute("SELECT id FROM case_assertion WHERE predicate = 'record-read' ORDER BY rank")
        held = view.held([row[0] for row in cursor.fetchall()])
    entries = view.entries({one.entry for one in held.values()})
    subjects = office.people.roster.subjects
    return [
        (one.subject, one.value["reader"], one.value["page"], subjects[entries[one.entry].by])
        for one in sorted(held.values(), key=lambda one: one.rank)
    ][office.before :]  # type: ignore[attr-defined]


def test_a_protected_record_is_recorded_once_for_each_session(office: Office):
    circle, member = office.circle, office.people.persons["member"]
    browser = office.log_in("member")
    for _ in range(3):
        assert SECRET in browser.get(address("item", circle)).text
    server = next(
        id
        for id, record in ProjectedCase(office.folder.database()).kind("person").items()
        if record.text("staff-code") == "server"
    )
    assert readings(office) == [(circle.item, member, "item", server)]
    browser.get(address("object", circle))
    assert len(readings(office)) == 1, "the same record in the same session"
    again = office.log_in("member")
    again.get(address("object", circle))
    assert readings(office)[1:] == [(circle.item, member, "object", server)]


def test_the_reader_signs_with_their_own_key_where_it_is_unlocked(office: Office):
    browser = office.log_in("member")
    browser.post("/account/key", passphrase="")
    browser.get(address("item", office.circle))
    ((_, reader, _, signer),) = readings(office)
    assert reader == signer == office.people.persons["member"]


def test_what_everybody_on_the_team_reads_is_not_recorded(office: Office):
    browser = office.log_in("lawyer")
    for name in (
        "home",
        "items",
        "incidents",
        "incident",
        "source",
        "search",
        "map-geojson",
        "report",
        "trace-of",
    ):
        assert browser.get(address(name, office.circle)).status in {200, 404}
    assert readings(office) == []


def test_lists_searches_and_maps_with_something_protected_in_them_are_recorded(office: Office):
    browser = office.log_in("member")
    case = ProjectedCase(office.folder.database()).case
    for name in ("items", "search", "items", "map-geojson"):
        browser.get(address(name, office.circle))
    assert [(subject, page) for subject, _, page, _ in readings(office)] == [
        (case, "items"),
        (case, "search"),
        (case, "map-geojson"),
    ]


def test_nothing_is_recorded_of_who_was_refused(office: Office):
    lawyer, stranger = office.log_in("lawyer"), office.log_in("stranger")
    for name in ROUTES:
        lawyer.get(address(name, office.circle))
        stranger.get(address(name, office.circle))
    assert readings(office) == []


def test_who_read_what_is_told_to_those_who_read_as_much(office: Office):
    office.log_in("member").get(address("item", office.circle))
    for name in ("lawyer", "reader-of-all"):
        database = office.folder.database().as_read_by(standing_of(office, name))
        with database.connection.cursor() as cursor:
            query = "SELECT count(*) FROM case_assertion WHERE predicate = 'record-read' AND subject = %s"
            cursor.execute(query, [office.circle.item])
            assert cursor.fetchone() == (0,), f"{name} is not in the compartment"


def standing_of(office: Office, name: str):
    from embers.web.reader import policy_of

    return policy_of(office.folder).of(office.people.persons[name]).standing


def test_without_anybody_to_sign_it_is_not_shown(tmp_path: Path):
    office = Office(tmp_path, server_key=False)
    office.make_account("member")
    browser = office.log_in("member")
    for name in ("item", "object", "claim", "trace-of", "items", "search"):
        answer = browser.get(address(name, office.circle))
        assert answer.status == 403, name
        assert SECRET not in answer.text
        assert "recorded" in answer.text
    browser.post("/account/key", passphrase="")
    assert SECRET in browser.get(address("item", office.circle)).text


def test_a_server_has_one_key_and_it_has_no_role(office: Office):
    from embers.web.reader import policy_of

    with pytest.raises(ActionError, match="already"):
        enrol_server(office.people.first, office.folder)
    rules = policy_of(office.folder)
    with_role = {one.person for one in rules.grants}
    server = {id for id in rules.with_key if id not in office.people.persons.values()}
    assert len(server) == 1
    assert not server & with_role
    assert rules.of(server.pop()).permissions == frozenset()


def test_the_journal_verifies_afterwards(office: Office):
    office.log_in("member").get(address("item", office.circle))
    journal = office.folder.journal(read_only=True)
    report = verify_journal(journal)
    journal.close()
    assert report.problems == ()


def test_confidential_records_are_recorded_too(office: Office):
    browser = office.browser("reader-of-all")
    assert "Safehouse" in browser.get(address("incident", office.circle)).text
    assert [(subject, page) for subject, _, page, _ in readings(office)][-1] == (
        office.circle.incident,
        "incident",
    )


def test_asking_whether_anything_is_protected_looks_at_no_ordinary_assertion(office: Office):
    database = office.folder.database().as_read_by(Standing(CONFIDENTIAL))
    with database.connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {ANY_PROTECTED}", [READ])
        steps = [row[3] for row in cursor.fetchall()]
    (read,) = (step for step in steps if "case_assertion" in step)
    assert read.endswith("USING INDEX assertion_restricted")
