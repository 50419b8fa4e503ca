"""The pages of people who work together: tasks, reviews, releases, saved searches, who read what."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from answers import reader
from browsing import Browser
from circle_case import SECRET
from office import FOUNDER, Office

from embers.actions.recorder import Act
from embers.actions.reviews import ask_review
from embers.ids import new_subject
from embers.journal.entry import ObjectRef
from embers.projections import models
from embers.projections.missing import missing
from embers.reporting.blocks import Document, Paragraph, Section
from embers.reporting.serialise import document_bytes
from embers.reporting.writer import Writer
from embers.web.dashboard import PATIENCE_DAYS
from embers.web.reader import policy_of
from embers.web.serve import application


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("team"))


def signing(office: Office, name: str) -> Browser:
    """Return the browser of somebody whose key is unlocked."""
    browser = office.browser(name)
    assert browser.post("/account/key", passphrase="").status == 302
    return browser


def send(browser: Browser, shown: str, to: str, /, **fields: str):
    """Send a form of one page to an address."""
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(shown).text)
    assert token, shown
    return browser.send(to, {"csrfmiddlewaretoken": token[1], **fields})


def rail_count(text: str, href: str) -> str:
    found = re.search(rf'<a href="{href}"[^>]*>[^<]*<span class="num">(\d+)</span>', text)
    return found[1] if found else ""


# --- tasks ------------------------------------------------------------------------------------------------


def test_a_task_reaches_its_person_and_is_done_by_one_click(office: Office):
    incident = office.circle.incident
    lead, investigator = signing(office, FOUNDER), signing(office, "investigator")
    page = lead.get(f"/tasks/new?about={incident}").text
    assert "EX-1 Shelling of Testford" in page
    whom = office.people.persons["investigator"]
    given = send(
        lead,
        f"/tasks/new?about={incident}",
        "/tasks/new",
        about=incident,
        to=whom,
        word="locate",
        due="2020-01-01",
    )
    assert (given.status, given.headers["Location"]) == (302, "/tasks?of=given")
    assert "find the place" in lead.get("/tasks?of=given").text
    assert rail_count(investigator.get("/incidents").text, "/tasks") == "1"
    inbox = investigator.get("/tasks?of=mine&state=open").text
    assert "late" in inbox
    address = re.search(r'action="(/tasks/[0-9a-f-]{36})"', inbox)
    assert address
    assert send(investigator, "/tasks?of=mine", address[1], act="done", text="Found.").status == 302
    assert "No task here" in investigator.get("/tasks?of=mine&state=open").text
    assert rail_count(investigator.get("/incidents").text, "/tasks") == ""
    assert send(lead, "/tasks?of=given", address[1], act="reopen").status == 302
    assert rail_count(investigator.get("/incidents").text, "/tasks") == "1"
    other = signing(office, "analyst")
    refused = send(other, "/account/", address[1], act="done")
    assert (refused.status, "another person" in refused.text) == (403, True)


def test_a_task_about_a_hidden_record_is_not_there_for_others(office: Office):
    lead = signing(office, FOUNDER)
    item, whom = office.circle.item, office.people.persons["member"]
    shown = f"/tasks/new?about={item}"
    assert (
        send(lead, shown, "/tasks/new", about=item, to=whom, word="verify", text=f"Ask {SECRET}").status
        == 302
    )
    assert f"Ask {SECRET}" in office.browser("member").get("/tasks?of=mine").text
    id = models.Task.objects.using(office.folder.projection().alias).get(about=item).id
    for who in ("analyst", "reader-of-all", "reviewer"):
        assert SECRET not in office.browser(who).get("/tasks?of=all").text, who
        assert office.browser(who).get(f"/tasks/{id.partition(':')[2]}").status == 404, who
    outsider = send(lead, shown, "/tasks/new", about=item, to=office.people.persons["analyst"], word="verify")
    assert (outsider.status, "may not read" in outsider.text) == (400, True)


def test_nothing_is_signed_with_a_locked_key(office: Office):
    browser = office.log_in("investigator")
    page = f"/reviews/{office.circle.incident}"
    assert "Your key is locked" in browser.get(page).text
    answer = send(browser, "/account/", page, act="ask")
    assert (answer.status, "nothing was signed" in answer.text) == (403, True)
    assert office.browser("investigator").send(page, {"act": "ask"}).status == 403, "a form of nobody's page"


# --- reviews ----------------------------------------------------------------------------------------------


def facet(text: str, words: str) -> bool:
    return f">{words}</a>" in text


def test_a_review_from_asking_to_changed_since(office: Office):
    circle = office.circle
    page = f"/reviews/{circle.incident}"
    author, reviewer = signing(office, "investigator"), signing(office, "reviewer")
    whom = office.people.persons["reviewer"]
    assert f'<option value="{whom}">reviewer</option>' in author.get(page).text
    assert f'<option value="{office.people.persons[FOUNDER]}">' not in author.get(page).text, (
        "wrote the record"
    )
    assert send(author, page, page, act="ask", to=whom).status == 302
    assert rail_count(reviewer.get("/incidents").text, "/reviews") == "1"
    assert facet(reviewer.get("/incidents?review=asked").text, "waits for review")
    assert "Somebody else answers it" in author.get(page).text
    shown = reviewer.get(page).text
    value = models.Claim.objects.using(office.folder.database().alias).filter(incident=circle.incident)[0].id
    assert send(reviewer, page, page, act="comment", about=value, text="Which page of it?").status == 302
    asked, read = (re.search(rf'name="{name}" value="([^"]+)"', shown)[1] for name in ("asked", "read"))
    assert send(reviewer, page, page, act="changes", asked=asked, read=read).status == 302
    assert "changes asked for" in reviewer.get("/incidents/EX-1").text
    answered = author.get(page).text
    assert "Which page of it?" in answered
    thread = re.search(r'name="thread" value="([^"]+)"', answered)[1]
    assert send(author, page, page, act="comment", thread=thread, text="Page 3.").status == 302
    assert send(author, page, page, act="ask", to=whom).status == 302
    assert send(reviewer, page, page, act="resolve", thread=thread).status == 302
    assert "resolved" in reviewer.get(page).text
    own = send(author, page, page, act="accepted", asked=asked)
    assert (own.status, "may not review" in own.text) == (403, True)
    lead = signing(office, FOUNDER)
    asked = re.search(r'name="asked" value="([^"]+)"', reviewer.get(page).text)[1]
    own = send(lead, page, page, act="accepted", asked=asked)
    assert (own.status, "own work" in own.text) == (403, True)
    stale = send(reviewer, page, page, act="accepted", asked=asked, read="0" * 64)
    assert (stale.status, "changed while you read" in stale.text) == (400, True)
    assert send(reviewer, page, page, act="accepted", asked=asked, read=read).status == 302
    assert "1 incidents" in reviewer.get("/incidents?review=accepted").text
    circle.killed(4)
    office.folder.projection().close()
    assert "1 incidents" in reviewer.get("/incidents?review=changed").text
    assert 'href="/incidents?review=changed"' in reviewer.get("/").text


def test_a_comment_on_a_protected_value_is_read_only_by_who_reads_the_value(office: Office):
    page, note = f"/reviews/{office.circle.incident}", office.circle.note
    member = signing(office, "member")
    assert send(member, page, page, act="comment", about=note, text="Planted word: launchpad").status == 302
    assert "launchpad" in member.get(page).text
    for who in ("analyst", "reviewer", "reader-of-all", "lawyer"):
        assert "launchpad" not in office.browser(who).get(page).text, who
    outside = send(signing(office, "analyst"), page, page, act="comment", about=note, text="?")
    assert outside.status == 400
    assert "nothing like that" in outside.text


# --- what is missing --------------------------------------------------------------------------------------


def test_the_start_page_counts_only_what_its_reader_may_know(office: Office):
    def counts(name: str) -> dict[str, str]:
        text = office.browser(name).get("/").text.partition('id="held"')[0]
        found = re.findall(r'class="tile"><a href="([^"]+)"><span class="tile-number">(\d+)<', text)
        return {unescape(href): count for href, count in found}

    member, analyst = counts("member"), counts("analyst")
    assert member["/items?missing=verification"] == "1"
    assert "/items?missing=verification" not in analyst
    assert not any(href.startswith("/readings") for href in analyst)
    for name in ("member", "analyst", FOUNDER):
        for href, count in counts(name).items():
            if href.startswith(("/incidents", "/items", "/reviews", "/tasks")):
                lead = re.search(r'id="count" role="status">([\d,]+)', office.browser(name).get(href).text)
                assert lead, href
                assert lead[1] == count, (name, href)


def test_a_review_waits_too_long_from_its_day_on(office: Office):
    first = office.people.first
    act = ask_review(first, policy_of(office.folder), office.people.view, office.circle.place)
    first.record(act)
    database = office.folder.projection()
    row = models.Review.objects.using(database.alias).get(id=act.assertions[0].id)
    before = missing(database, asked_by="2001-01-01", due_by="", read_from="9")
    there = missing(database, asked_by=row.asked_at[:10], due_by="", read_from="9")
    assert (before.waiting, there.waiting) == (0, 1)
    late = office.folder.surroundings.clock.now() - timedelta(days=PATIENCE_DAYS + 1)
    assert row.asked_at[:10] > late.isoformat()[:10], "today is not too long ago"
    assert "/reviews?state=asked" not in office.browser("analyst").get("/").text


# --- release ----------------------------------------------------------------------------------------------


def report(office: Office) -> None:
    """Record a report of one sentence."""
    recorder = office.people.first
    writer = Writer("testford")
    said = writer.write("A figure was stated.", [office.circle.killed(3)])
    document = Document("Report", "", "2031-01-03", (Section("t", "Testford", (Paragraph((said,)),)),))
    data = document_bytes(document)
    stored = recorder.objects.put(io.BytesIO(data))
    value = {"sha256": stored.sha256, "size": stored.size, "sentences": 1}
    subject = new_subject("report", office.folder.surroundings.randomness)
    text = recorder.new_assertion(subject, "report-text", value)
    ref = ObjectRef(stored.sha256, stored.size, "application/json")
    recorder.record(Act("report.build", (text,), (ref,), reason="test"))
    office.folder.projection().close()


def test_a_second_person_releases_on_the_page(office: Office):
    report(office)
    founder, reviewer = signing(office, FOUNDER), signing(office, "reviewer")
    assert "You built it" in founder.get("/release").text
    assert office.browser("analyst").get("/release").status == 404
    text = reviewer.get("/release").text
    digest = re.search(r'name="sha256" value="([0-9a-f]{64})"', text)[1]
    unread = send(reviewer, "/release", "/release", what="dossier")
    assert (unread.status, "exhibits you may not read" in unread.text) == (403, True)
    stale = send(reviewer, "/release", "/release", what="report", sha256="0" * 64)
    assert (stale.status, "changed while you read" in stale.text) == (400, True)
    own = send(founder, "/account/", "/release", what="report", sha256=digest)
    assert (own.status, "built themselves" in own.text) == (403, True)
    assert send(reviewer, "/release", "/release", what="report", sha256=digest, to="the Court").status == 302
    done = founder.get("/release").text
    assert "the Court" in done
    assert ">approved</span>" in done


# --- saved searches ---------------------------------------------------------------------------------------


def test_a_saved_search_tells_what_is_new_and_is_nobody_elses(office: Office):
    analyst, lawyer = office.browser("analyst"), office.browser("lawyer")
    assert "/saved?page=incidents&amp;query=party%3D" in analyst.get("/incidents?party=RED").text
    page = "/saved?page=incidents&query=missing%3Dposition%26after%3Dx"
    assert (
        send(
            analyst,
            page,
            "/saved",
            act="save",
            name="To locate",
            page="incidents",
            query="missing=position&after=x",
        ).status
        == 302
    )
    text = analyst.get("/saved").text
    number = re.search(r'href="/saved/(\d+)"', text)[1]
    assert '<td class="num">0</td>' in text
    office.circle.killed(2)
    office.folder.projection().close()
    assert '<td class="num">1</td>' in analyst.get("/saved").text
    looked = analyst.get(f"/saved/{number}")
    assert looked.headers["Location"] == "/incidents?missing=position"
    assert '<td class="num">0</td>' in analyst.get("/saved").text
    # What an analyst may not know of is not new to them either.
    office.circle.say(office.circle.incident, "note", "Kept.", item=office.circle.item)
    office.folder.projection().close()
    assert '<td class="num">0</td>' in analyst.get("/saved").text
    for path in (f"/saved/{number}", "/saved/999999"):
        assert lawyer.get(path).status == 404
    assert "To locate" not in lawyer.get("/saved").text
    for act in ("delete", "share"):
        assert send(lawyer, "/account/", "/saved", act=act, number=number).status == 404
    assert send(analyst, "/saved", "/saved", act="share", number=number).status == 302
    assert "To locate" in lawyer.get("/saved").text
    assert "To locate" not in office.browser("outside-reader").get("/saved").text
    assert lawyer.get(f"/saved/{number}").status == 302
    assert send(lawyer, "/account/", "/saved", act="delete", number=number).status == 404
    assert send(analyst, "/saved", "/saved", act="delete", number=number).status == 302
    assert "To locate" not in analyst.get("/saved").text


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("claims", "field=killed&incident=EX-1"),
        ("sources", "side=RED"),
        ("items", "q=notes"),
        ("search", "q=testford"),
    ],
)
def test_every_list_can_be_saved(office: Office, page: str, query: str):
    browser = office.browser("member")
    assert (
        send(
            browser, f"/saved?page={page}&query=x", "/saved", act="save", name=page, page=page, query=query
        ).status
        == 302
    )
    text = browser.get("/saved").text
    assert f"<bdi>{page}</bdi>" in text
    assert "–" not in text.partition("<tbody>")[2].partition("</tbody>")[0]
    before = text.count('<td class="num">0</td>')
    office.circle.killed(1)
    office.folder.projection().close()
    fresh = browser.get("/saved").text
    grew = page in {"claims", "search"}
    assert (fresh.count('<td class="num">0</td>') < before) == grew or not grew
    number = re.search(rf'href="/saved/(\d+)"><bdi>{page}</bdi>', fresh)[1]
    assert browser.get(f"/saved/{number}").headers["Location"] == f"/{page}?{query}"


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "", "page": "incidents", "query": "x"},
        {"name": "n" * 81, "page": "incidents", "query": "x"},
        {"name": "Away", "page": "https://evil.example", "query": "x"},
        {"name": "Away", "page": "account_logout", "query": ""},
        {"name": "Long", "page": "incidents", "query": "q" * 2001},
    ],
)
def test_what_is_no_search_of_this_case_is_not_saved(office: Office, fields: dict[str, str]):
    browser = office.browser("lawyer")
    answer = send(browser, "/account/", "/saved", act="save", **fields)
    assert (answer.status, "cannot be saved" in answer.text) == (400, True)


def test_a_server_without_accounts_says_that_it_keeps_no_searches(office: Office):
    answer = reader(application(office.folder))("/saved")
    assert (answer.status, "beside the accounts" in answer.text) == (400, True)


# --- who read what ----------------------------------------------------------------------------------------


def test_who_looks_after_readings_finds_them_by_reader_page_and_day(tmp_path: Path):
    office = Office(tmp_path)
    office.browser("member").get(f"/items/{office.circle.item.partition(':')[2]}")
    office.browser("reader-of-all").get("/incidents/EX-1")
    founder = office.browser(FOUNDER)
    text = founder.get("/readings").text
    rows = re.findall(r'<th scope="row">([^<]+)</th><td><span class="quiet">([^<]+)</span>', text)
    assert ("member", "Item") in rows
    assert ("reader-of-all", "Incident") in rows
    member = office.people.persons["member"]
    only = founder.get(f"/readings?reader={member}").text
    assert "reader-of-all</th>" not in only
    assert "member</th>" in only
    assert "No reading matches" in founder.get("/readings?to=2001").text
    assert founder.get("/readings?from=yesterday").status == 400
    assert office.browser("analyst").get("/readings").status == 404
    # A security lead who may not read a record is not told who read it.
    assert "0 readings" in office.browser("security-lead").get("/readings").text
    many = tuple(
        office.people.first.new_assertion(
            office.circle.incident, "record-read", {"reader": member, "page": "incident"}
        )
        for _ in range(60)
    )
    office.people.first.record(Act("record.read", many, reason="test"))
    office.folder.projection().close()
    first = founder.get("/readings").text
    after = re.search(r'rel="next" href="([^"]+)"', first)
    assert after
    assert founder.get("/readings" + after[1].replace("&amp;", "&")).text.count("<tr>") > 5
