"""Writing on records: what a form takes and refuses, who may send it, what stands in the journal, how it is undone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from browsing import Browser
from circle_case import SECRET
from office import FOUNDER, STRANGER, Office, entries

from embers.access.roles import ROLES, Permission
from embers.case_view import Held
from embers.ids import new_subject
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings
from embers.web.rules import RULES, WRITING, Door


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office in which nobody has unlocked a key."""
    made = Office(tmp_path_factory.mktemp("locked"))
    made.make_account(STRANGER)
    return made


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    made = Office(tmp_path_factory.mktemp("records"))
    made.make_account(STRANGER)
    return made


def signing(office: Office, name: str = "investigator") -> Browser:
    """Return a browser whose person has unlocked their key; unlocking is slowed down, so each does it once."""
    known = name in office.browsers
    browser = office.browser(name)
    if not known or "Unlocked." not in browser.get("/account/").text:
        assert browser.post("/account/key", passphrase="").status == 302
    return browser


def address(subject: str, rest: str = "") -> str:
    return f"/records/{subject.replace(':', '/')}{rest}"


def held(office: Office, subject: str, predicate: str) -> list[Held]:
    return list(ProjectedCase(office.folder.projection()).subject(subject).live(predicate))


def token(text: str) -> str:
    found = re.search(r'name="draft" value="([0-9a-f-]{36})"', text)
    assert found, text[-2000:]
    return found[1]


def claim(office: Office, **more: str) -> dict[str, str]:
    circle = office.circle
    return {
        "v.op": "gte",
        "v.n": "13",
        "v.to": "",
        "v.unit": "persons",
        "claimant": circle.organisation,
        "scope": "incident",
        "reading": "direct",
        "as_of": "2035-10-17",
        "b0": circle.source,
        "b0.at": "p. 4",
        **more,
    }


def sent(browser: Browser, path: str, fields: dict[str, str]):
    page = browser.get(path)
    assert page.status == 200, page.text
    return browser.send(
        path,
        {
            "csrfmiddlewaretoken": re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1],
            "draft": token(page.text),
            **fields,
        },
    )


def led(browser: Browser, answer) -> str:
    """Return the page a form leads to; what follows # stays in the browser."""
    return browser.get(answer.headers["Location"].partition("#")[0]).text


def test_a_claim_is_signed_shown_decided_disputed_corrected_and_undone(office: Office):
    browser, circle = signing(office), office.circle
    before, there = entries(office), held(office, circle.incident, "killed")
    answer = sent(browser, address(circle.incident, "/add?field=killed"), claim(office))
    assert answer.status == 302, answer.text
    assert entries(office) == before + 1
    new = [one for one in held(office, circle.incident, "killed") if one not in there]
    assert len(new) == 1
    assert new[0].value == {
        "is": {"op": "gte", "n": 13, "unit": "persons"},
        "claimant": circle.organisation,
        "side": "unknown",
        "scope": "incident",
        "reading": "direct",
        "as_of": "2035-10-17",
    }
    assert [(ground.target, ground.locator) for ground in new[0].grounds] == [(circle.source, "page=4")]
    page = led(browser, answer)
    assert "Recorded: Killed: at least 13 persons" in page
    assert "Undo" in page
    # Decide for it, and take the decision back with the button of the notice.
    values = address(circle.incident, "/values/killed")
    decided = sent(browser, values, {"chosen": new[0].id, "reason": "The council counted."})
    assert decided.status == 302, decided.text
    assert "The council counted." in browser.get(values).text
    page = led(browser, decided)
    undone = browser.send(
        re.search(r'action="(/claims/[0-9a-f-]+/undo)"', page)[1],
        {
            "csrfmiddlewaretoken": re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1],
            "draft": token(page),
        },
    )
    assert undone.status == 302
    assert "The council counted." not in browser.get(values).text
    # Dispute it, correct it, and take the correction back.
    assert sent(browser, f"/claims/{new[0].id}/dispute", {"reason": "A relay."}).status == 302
    assert "disputed" in browser.get(values).text
    corrected = sent(browser, f"/claims/{new[0].id}/correct", claim(office, reason="A slip.") | {"v.n": "14"})
    assert corrected.status == 302, corrected.text
    fresh = [one for one in held(office, circle.incident, "killed") if one not in there]
    assert [one.value["is"]["n"] for one in fresh] == [14]
    assert sent(browser, f"/claims/{fresh[0].id}/retract", {"reason": "It was right."}).status == 302
    again = [one for one in held(office, circle.incident, "killed") if one not in there]
    assert [one.id for one in again] == [new[0].id]
    story = browser.get(address(circle.incident, "/history")).text
    for words in (
        "recorded",
        "decided to show",
        "took back",
        "disputed",
        "corrected",
        "The council counted.",
    ):
        assert words in story, words


def test_a_form_sent_twice_writes_once(office: Office):
    browser, circle = signing(office), office.circle
    path = address(circle.incident, "/add?field=observation")
    page = browser.get(path).text
    fields = {
        "csrfmiddlewaretoken": re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1],
        "draft": token(page),
        "v": "Two craters in the yard.",
        "claimant": circle.organisation,
    }
    before = entries(office)
    answers = [browser.send(path, fields) for _ in range(3)]
    assert [one.status for one in answers] == [302] * 3
    assert len({one.headers["Location"] for one in answers}) == 1
    assert entries(office) == before + 1


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"v.n": ""}, "This is needed."),
        ({"v.n": "thirteen"}, "Write a whole number"),
        ({"v.n": "-3"}, "Write a whole number"),
        ({"v.op": "between", "v.n": "9", "v.to": "3"}, "Give the larger number here."),
        ({"v.op": "some"}, "has no number"),
        ({"v.op": "exactly so"}, "Choose one of the list."),
        ({"as_of": "31.02.2035"}, "2020-10-17"),
        ({"claimant": "", "claimant.words": ""}, "This is needed."),
        ({"claimant": "", "claimant.words": "zzzz"}, "Nothing in this case matches."),
        ({"claimant": "", "claimant.words": "council", "claimant.for": ""}, "Choose one of these."),
        ({"b0": "", "b0.at": "page=3"}, "Say in which item or source"),
        ({"b0": "item", "b0.at": "behind the house"}, "no place in an item"),
    ],
)
def test_a_form_comes_back_filled_with_what_is_wrong_beside_the_field(office: Office, wrong, why):
    browser, circle = signing(office, "member"), office.circle
    if wrong.get("b0") == "item":
        wrong = {**wrong, "b0": circle.item}
    browser.get(address(circle.incident))  # reading what is protected is an entry too
    before = entries(office)
    answer = sent(
        browser,
        address(circle.incident, "/add?field=killed"),
        claim(office, words="In their <words>") | wrong,
    )
    assert answer.status == 422, answer.text
    assert why in answer.text
    assert "In their &lt;words&gt;" in answer.text
    assert "autofocus" in answer.text
    assert entries(office) == before


def test_a_claim_begun_where_it_was_read(office: Office):
    browser, circle = signing(office), office.circle
    begun = f"/claims/new?b0={circle.source}&b0.at=page%3D7"
    page = browser.get(begun)
    assert 'value="page=7"' in page.text
    assert 'name="v.n"' not in page.text, "what is seen comes first"
    there = held(office, circle.incident, "killed")
    fields = claim(office, **{"b0.at": "page=7", "field": "killed", "about": circle.incident})
    redrawn = sent(browser, begun, fields | {"look": "field"})
    assert redrawn.status == 200
    assert 'name="v.n"' in redrawn.text
    assert held(office, circle.incident, "killed") == there, "asking for fields signs nothing"
    wrong = sent(browser, begun, fields | {"field": "person-status", "v": "civilian"})
    assert wrong.status == 422
    assert "This is not said of a record of this kind." in wrong.text
    assert sent(browser, begun, fields | {"about": ""}).status == 422
    answer = sent(browser, begun, fields)
    assert answer.headers["Location"].startswith("/incidents/EX-1?done=")
    new = [one for one in held(office, circle.incident, "killed") if one not in there]
    assert [[(ground.target, ground.locator) for ground in one.grounds] for one in new] == [
        [(circle.source, "page=7")]
    ]
    hidden = browser.get(f"/claims/new?b0={circle.item}&b0.at=page%3D7")
    assert SECRET not in hidden.text


@pytest.mark.parametrize(
    ("pasted", "locator"),
    [
        ("p. 12", "page=12"),
        ("0:12-0:15.5", "seconds=12-15.5"),
        ("1:02:03", "seconds=3723"),
        ("§ 4-6", "paragraph=4-6"),
        ("box=10,20,300,200", "box=10,20,300,200"),
        ("page=3 polygon=0,0,40,0,40,30", "page=3 polygon=0,0,40,0,40,30"),
        ("/items/x/view?at=page%3D3+box%3D1%2C2%2C3%2C4", "page=3 box=1,2,3,4"),
    ],
)
def test_pinpoints_as_people_paste_them(office: Office, pasted: str, locator: str):
    browser, circle = signing(office, "member"), office.circle
    fields = {"v": "Seen.", "claimant": circle.organisation, "b0": circle.item, "b0.at": pasted}
    answer = sent(browser, address(circle.incident, "/add?field=limitation"), fields)
    assert answer.status == 302, answer.text
    assert held(office, circle.incident, "limitation")[-1].grounds[0].locator == locator


def test_the_address_of_a_viewer_is_item_and_place_at_once(office: Office):
    browser, circle = signing(office, "member"), office.circle
    fields = {
        "v": "Seen.",
        "claimant.words": "Town council of Testford",
        "claimant": circle.organisation,
        "claimant.for": "Town council of Testford",
        "b0.words": f"http://127.0.0.1:8000/items/{circle.item.partition(':')[2]}/view?at=paragraph%3D2",
    }
    answer = sent(browser, address(circle.incident, "/add?field=pattern"), fields)
    assert answer.status == 302, answer.text
    ground = held(office, circle.incident, "pattern")[-1].grounds[0]
    assert (ground.target, ground.locator) == (circle.item, "paragraph=2")


@pytest.mark.parametrize(
    ("kind", "fields", "predicate", "value"),
    [
        (
            "incident",
            {"v.incident-code": "EX-77", "v.incident-title": "A fire", "v.occurred": "2035-10~"},
            "occurred",
            "2035-10~",
        ),
        ("person", {"v.person-code": "P-001"}, "person-code", "P-001"),
        ("unit", {"v.unit-name": "4th battery"}, "unit-name", {"text": "4th battery", "lang": "en"}),
        (
            "place",
            {
                "v.place-name.name": "Upper Mill",
                "v.place-name.lang": "en",
                "v.place-name.used_by": "unknown",
                "v.place-position": "40.5, -31.25",
                "v.place-position.precision": "500",
                "v.place-position.method": "settlement centroid",
            },
            "place-position",
            {"lat": 40500000, "lon": -31250000, "precision_m": 500, "method": "settlement centroid"},
        ),
        ("weapon", {"v.weapon-class": "rocket artillery"}, "weapon-class", "rocket artillery"),
        ("act", {"v.act-kind": "shelling"}, "act-kind", "shelling"),
    ],
)
def test_a_new_record_of_a_kind(office: Office, kind: str, fields, predicate: str, value):
    browser = signing(office, "reader-of-all")
    if kind == "act":
        fields = {**fields, "v.act-incident": office.circle.incident}
    answer = sent(browser, f"/records/{kind}/new", fields)
    assert answer.status == 302, answer.text
    subject = ":".join(answer.headers["Location"].partition("?")[0].split("/")[2:])
    assert held(office, subject, predicate)[0].value == value
    assert "Undo" in led(browser, answer)
    assert browser.get(f"/records/{kind}").status in {200, 302}
    taken = sent(browser, f"/records/{kind}/new", fields)
    if any(name.endswith("-code") for name in fields):
        assert taken.status == 422
        assert "Another record has this code" in taken.text


def test_a_row_without_a_code_says_its_name_once(office: Office):
    fields = {
        "v.place-name.name": "Lower Testford",
        "v.place-name.lang": "en",
        "v.place-name.used_by": "unknown",
    }
    assert sent(signing(office), "/records/place/new", fields).status == 302
    page = signing(office).get("/records/place").text
    assert page.count("Lower Testford") == 1
    assert re.search(r'<th scope="row"><a href="[^"]+"><bdi>Lower Testford</bdi></a></th>', page)


def test_the_next_code_of_a_series_is_proposed(office: Office):
    browser = signing(office)
    sent(browser, "/records/site/new", {"v.site-code": "SITE-009"})
    assert 'value="SITE-010"' in browser.get("/records/site/new").text


#: Other pages that write have tests of their own.
WRITING_ROUTES = [
    name
    for name, rule in RULES.items()
    if rule.methods == WRITING
    and isinstance(rule.needs, Permission)
    and name.startswith(("claim-", "record-"))
]


def written_address(office: Office, name: str) -> str:
    circle = office.circle
    first = ProjectedCase(office.folder.projection()).subject(circle.incident).live("incident-title")[0].id
    return {
        "claim-new": f"/claims/new?b0={circle.source}",
        "claim-correct": f"/claims/{first}/correct",
        "claim-dispute": f"/claims/{first}/dispute",
        "claim-retract": f"/claims/{first}/retract",
        "claim-undo": f"/claims/{first}/undo",
        "record-new": "/records/incident/new",
        "record-add": address(circle.incident, "/add?field=killed"),
        "record-values": address(circle.incident, "/values/killed"),
    }[name]


@pytest.mark.parametrize("name", WRITING_ROUTES)
@pytest.mark.parametrize("who", ["", STRANGER, *ROLES])
def test_who_may_not_write_writes_nothing(locked: Office, name: str, who: str):
    """Without the role, without the token of a form, without an unlocked key, and by whoever is not logged in."""
    browser = locked.browser(who)
    expected = {404} if who else {302}
    if who and who != STRANGER and RULES[name].needs in ROLES[who]:
        expected = {422, 403}  # they may, and have not unlocked their key
    path, before = written_address(locked, name), entries(locked)
    fields = {**claim(locked), "reason": "none", "v.incident-code": "EX-5", "v.incident-title": "None"}
    first = held(locked, locked.circle.incident, "killed")[0].id
    page = browser.get("/account/").text if who else ""
    form = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    answer = browser.send(path, {"csrfmiddlewaretoken": form[1] if form else "", "chosen": first, **fields})
    assert answer.status in expected, answer.text
    forged = browser.send(path, {**fields, "chosen": first})
    assert forged.status in {302, 403, 404}
    assert entries(locked) == before


def test_without_an_unlocked_key_the_form_comes_back_filled(locked: Office):
    browser = locked.browser("analyst")
    answer = sent(
        browser, address(locked.circle.incident, "/add?field=killed"), claim(locked, words="Kept words")
    )
    assert answer.status == 422
    assert "Your signing key is locked" in answer.text
    assert "Kept words" in answer.text


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("person", "role-given"),
        ("person", "signing-key"),
        ("item", "custody-event"),
        ("person", "identity-sheet"),
    ],
)
def test_keys_roles_custody_and_seals_are_not_written_by_hand(office: Office, kind: str, field: str):
    browser = signing(office)
    subject = office.people.persons["analyst"] if kind == "person" else office.circle.item
    before = entries(office)
    page = browser.get(address(subject, f"/add?field={field}"))
    assert f'value="{field}"' not in page.text
    form = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    answer = browser.send(
        address(subject, f"/add?field={field}"),
        {
            "csrfmiddlewaretoken": form[1] if form else "",
            "v.role": "case-lead",
            "v.level": "confidential",
            "v": "x",
        },
    )
    assert answer.status in {200, 403, 404, 422}
    assert entries(office) == before


@pytest.mark.parametrize(
    "path", ["/records/device/new", "/records/case/new", "/records/nothing/new", "/records/nothing"]
)
def test_what_is_not_made_by_hand_has_no_form(office: Office, path: str):
    assert office.browser("investigator").get(path).status == 404


def test_people_do_not_take_back_what_others_recorded(office: Office):
    browser, circle = signing(office), office.circle
    theirs = held(office, circle.incident, "incident-title")[0].id
    answer = sent(browser, f"/claims/{theirs}/retract", {"reason": "no"})
    assert answer.status == 422
    assert "Somebody else recorded this" in answer.text
    assert held(office, circle.incident, "incident-title")[0].id == theirs


def test_typing_ahead_offers_only_what_one_may_read(office: Office):
    circle = office.circle
    ask = f"/records/choose?for=b0&kinds=item+source&b0.words={SECRET.rpartition(' ')[2]}"
    assert circle.item in office.browser("member").get(ask).text
    outside = office.browser("investigator").get(ask)
    assert outside.status == 200
    assert circle.item not in outside.text
    assert "Nothing matches." in outside.text
    assert (
        circle.source
        in office.browser("investigator").get("/records/choose?for=b0&kinds=item+source&b0.words=bull").text
    )
    # Filters of the search do not widen the kinds asked for.
    widened = office.browser("investigator").get(
        "/records/choose?for=b0&kinds=item&b0.words=kind:source+bulletin"
    )
    assert circle.source not in widened.text
    assert office.browser("investigator").get("/records/choose?for=b0%22&kinds=item&b0.words=x").status == 400


def test_naming_a_hidden_record_is_answered_as_naming_none(office: Office):
    browser, circle = signing(office), office.circle
    answers = []
    for item in (circle.item, new_subject("item", Surroundings().randomness)):
        for fields in ({"b0": item}, {"b0.words": f"/items/{item.partition(':')[2]}/view"}):
            given = {"b0.at": "page=1", **fields}
            answer = sent(
                browser, address(circle.incident, "/add?field=killed"), claim(office) | {"b0": ""} | given
            )
            assert answer.status == 422
            text = re.sub(r'name="(draft|csrfmiddlewaretoken)" value="[^"]+"', "", answer.text)
            answers.append((bool(fields.get("b0")), text.replace(item.partition(":")[2], "ID")))
    assert answers[0] == answers[2]
    assert answers[1] == answers[3]
    # Nor is a code of a hidden record called taken.
    assert SECRET not in repr(answers)


def test_drafts_are_kept_offered_back_and_belong_to_one_person(office: Office, tmp_path: Path):
    browser, circle = signing(office), office.circle
    path = address(circle.incident, "/add?field=damage")
    page = browser.get(path).text
    form = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    fields = {"csrfmiddlewaretoken": form, "draft": token(page), "place": path, "v": "Roof of the sch"}
    before = entries(office)
    assert json.loads(browser.send("/records/drafts", fields).body)["kept"]
    assert json.loads(browser.send("/records/drafts", fields | {"v": "Roof of the school"}).body)["kept"]
    assert entries(office) == before
    assert b"Roof of the school" not in (office.folder.path / "journal.sqlite3").read_bytes()
    later = office.log_in("investigator")
    assert "not signed it" in later.get(path).text
    link = re.search(rf'href="({re.escape(path)}&amp;draft=[0-9a-f-]+)"', later.get(path).text)[1].replace(
        "&amp;", "&"
    )
    assert "Roof of the school" in later.get(link).text
    assert "Roof of the school" in later.get("/records/drafts").text
    for other in ("analyst", "member"):
        assert "Roof of the school" not in office.browser(other).get(link).text
        assert "Roof of the school" not in office.browser(other).get("/records/drafts").text
    # Signed, it is gone.
    signed = browser.send(path, fields | {"v": "Roof of the school", "claimant": circle.organisation})
    assert signed.status == 302, signed.text
    assert "Roof of the school" not in later.get("/records/drafts").text
    assert "not signed it" not in later.get(path).text


@pytest.mark.parametrize(
    "place", ["https://elsewhere.example/", "//elsewhere", "javascript:alert(1)", "/account/", ""]
)
def test_a_draft_leads_nowhere_else(office: Office, place: str):
    browser = signing(office)
    page = browser.get(address(office.circle.incident, "/add?field=damage")).text
    form = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    fields = {"csrfmiddlewaretoken": form, "draft": token(page), "place": place, "v": "x"}
    assert browser.send("/records/drafts", fields).status == 400


def test_a_form_without_javascript_looks_up_and_keeps(office: Office):
    browser, circle = signing(office), office.circle
    path = address(circle.incident, "/add?field=damage")
    looked = sent(browser, path, {"v": "Two roofs", "b0.words": "bulletin", "look": "b0"})
    assert looked.status == 200
    assert f'value="{circle.source}"' in looked.text
    assert "Two roofs" in looked.text
    kept = sent(browser, path, {"v": "Two roofs", "keep": "1"})
    assert "Kept at" in kept.text
    assert "Two roofs" in browser.get("/records/drafts").text


def test_the_past_of_a_record_is_shown_without_anything_to_change(office: Office):
    browser, circle = signing(office), office.circle
    first = ProjectedCase(office.folder.projection()).subject(circle.incident).held
    then = browser.get(address(circle.incident, f"?as_of={first[1].entry}")).text
    assert "As known at entry" in then
    assert "Shelling of Testford" in then
    assert "left out" in then
    main = then[then.index("<main") : then.index("</main>")]
    assert "/add" not in main
    assert "/retract" not in main
    assert "Undo" not in main
    before = browser.get(address(circle.incident, "?as_of=1999-01-01")).text
    assert "Nothing is recorded here." in before
    assert browser.get(address(circle.incident, "?as_of=yesterday")).status == 400


@pytest.mark.parametrize(
    "hostile", ['<script>alert("x")</script>', '"><img src=x onerror=alert(1)>', "{{ 7*7 }}"]
)
def test_what_is_typed_is_never_markup(office: Office, hostile: str):
    browser, circle = signing(office), office.circle
    fields = {
        "v": hostile,
        "claimant": circle.organisation,
        "words": hostile,
        "b0": circle.source,
        "b0.at": hostile,
    }
    answer = sent(browser, address(circle.incident, "/add?field=conduct-claimed"), fields)
    assert answer.status == 302, answer.text
    id = answer.headers["Location"].partition("done=")[2].partition("#")[0]
    sent(browser, f"/claims/{id}/dispute", {"reason": hostile})
    pages = (
        answer.headers["Location"],
        address(circle.incident),
        address(circle.incident, "/history"),
        address(circle.incident, "/values/conduct-claimed"),
        f"/claims/{id}/correct",
    )
    for page in pages:
        text = browser.get(page).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_every_page_that_writes_has_a_rule_of_its_own():
    assert set(WRITING_ROUTES) >= {"record-add", "record-new", "record-values", "claim-undo"}
    assert RULES["drafts"].needs is Door.OWN
    assert FOUNDER
