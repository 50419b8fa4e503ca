"""Requests made to harm: each test names the attempt, makes it at every address it could work at, and the refusal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from addresses import EVERY_ROUTE, ROUTES, address, route_to
from asking import BASE, Program, program, told
from browsing import PASSWORD, Browser
from office import FOUNDER, Office

from embers.access.roles import Permission
from embers.actions.items import ItemOrigin, acquire_file
from embers.web.accounts.settings import account_settings
from embers.web.rules import RULES, Door

SESSION = account_settings(secure=False)["SESSION_COOKIE_NAME"]
WRITING = [name for name in ROUTES if "POST" in RULES[name].methods]
#: Words that stand in files a traversal would be after.
PRIZES = ("root:x:0", "[project]", "PRIVATE KEY", "CREATE TABLE", "urlpatterns", "SQLite format")
CLIMBS = (
    "../../../../../../etc/passwd",
    "..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "..%252f..%252f..%252fetc%252fpasswd",
    "....//....//....//etc/passwd",
    "..\\..\\..\\etc\\passwd",
    "..%c0%af..%c0%afetc%c0%afpasswd",
    "/etc/passwd",
    "%00/../../etc/passwd",
    "../app.sqlite3",
    "../journal.sqlite3",
    "../embers.toml",
    "file:///etc/passwd",
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    made = Office(tmp_path_factory.mktemp("hostile-requests"))
    made.make_account("lawyer")
    return made


@pytest.fixture
def victim(office: Office) -> Browser:
    """A browser in which a case lead is at work."""
    return office.browser(FOUNDER)


# --- session fixation -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "planted", ["a" * 32, "of an attacker who is logged in", "of an attacker who is not"]
)
def test_a_planted_session_is_worth_nothing_after_log_in(office: Office, planted: str):
    """Attempt: put a session into the victim's browser and use it once they have logged in."""
    attacker = Browser(office.app)
    if planted.startswith("of"):
        attacker.get("/account/log-in")
        if planted.endswith("logged in"):
            office.browser("reviewer")
            attacker = office.log_in("reviewer")
        planted = attacker.cookies.get(SESSION, "b" * 32)
    attacked = Browser(office.app, cookies={SESSION: planted})
    answer = attacked.log_in("lawyer")
    if answer.status == 302 and answer.headers["Location"] == "/":
        assert attacked.cookies[SESSION] != planted, "the session is a new one"
    seen = Browser(office.app, cookies={SESSION: planted}).get("/account/")
    assert "logged in as lawyer" not in seen.text


def test_a_session_in_an_address_is_no_session(office: Office, victim: Browser):
    """Attempt: send the victim an address that holds a session."""
    for name in (SESSION, "sessionid", "session"):
        answer = Browser(office.app).get(f"/account/?{name}={victim.cookies[SESSION]}")
        assert answer.status == 302
        assert answer.headers["Location"].startswith("/account/log-in")


# --- forged forms -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WRITING)
@pytest.mark.parametrize(
    "how", ["no token", "a made-up token", "from another origin", "from no origin", "as text"]
)
def test_a_form_another_page_sends_is_refused(office: Office, victim: Browser, name: str, how: str):
    """Attempt: have the victim's browser send a form, with its cookies, from a page of the attacker."""
    path = address(name, office.circle)
    fields = {"passphrase": "", "password": PASSWORD, "name": "x", "scopes": "read", "days": "90"}
    extra: dict[str, str] = {}
    own = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', victim.get("/account/key").text)
    assert own
    if how == "a made-up token":
        fields["csrfmiddlewaretoken"] = "x" * 64
    elif how == "from another origin":
        fields["csrfmiddlewaretoken"] = own[1]  # even one that leaked
        extra["HTTP_ORIGIN"] = "http://evil.example"
    elif how == "from no origin":
        extra["HTTP_ORIGIN"] = "null"
    elif how == "as text":
        extra["CONTENT_TYPE"] = "text/plain"
    answer = victim.send(path, fields, **extra)
    assert answer.status == 403, f"{path}: {answer.status}"
    assert "not sent from a page of this server" in answer.text


def test_no_address_changes_anything_by_being_opened(office: Office, victim: Browser):
    """Attempt: a link or an image whose address does something."""
    before = journal_size(office)
    for name in ROUTES:
        victim.get(address(name, office.circle))
    read = office.folder.journal(read_only=True)
    try:
        acts = {entry.entry.act for _, entry in read.entries(before)}
    finally:
        read.close()
    assert acts <= {"record.read"}, "only that it was read is recorded"
    assert victim.get("/account/").status == 200


def journal_size(office: Office) -> int:
    journal = office.folder.journal(read_only=True)
    try:
        return journal.store.last_position()
    finally:
        journal.close()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_the_cookie_of_a_log_in_opens_nothing_of_the_api(office: Office, victim: Browser, method: str):
    """Attempt: have the victim's browser write by the API, which asks for no token of a form."""
    cookie = "; ".join(f"{name}={value}" for name, value in victim.cookies.items())
    for name, route in EVERY_ROUTE.items():
        if route.startswith("api/") and RULES[name].needs is not Door.ENTRANCE:
            path = "/" + re.sub(r"<[^>]+>", office.circle.incident, route)
            answer = Program(office.app).ask(method, path, {}, cookie=cookie)
            assert answer.status == 401, path


# --- clickjacking -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY_ROUTE)
def test_no_answer_may_be_framed_or_sniffed_or_kept(office: Office, victim: Browser, name: str):
    """Attempt: lay a page of the case invisibly over one of the attacker's."""
    api = EVERY_ROUTE[name].startswith("api/")
    path = "/" + re.sub(r"<[^>]+>", "x", EVERY_ROUTE[name]) if api else address(name, office.circle)
    headers = victim.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


# --- path traversal ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("climb", CLIMBS)
def test_no_address_climbs_out_of_the_case(office: Office, victim: Browser, climb: str):
    """Attempt: name a file of the server where an address names a record, an object or a part of the pages."""
    asking = program(office, FOUNDER)
    tried = 0
    for route in EVERY_ROUTE.values():
        if "<" not in route:
            continue
        path = "/" + route[: route.index("<")] + climb
        answer = asking.ask("GET", path) if route.startswith("api/") else victim.get(path)
        assert answer.status in {302, 400, 404, 405, 422}, f"{path}: {answer.status}"
        for prize in PRIZES:
            assert prize not in answer.text, path
        tried += 1
    assert tried > 25
    for path in (f"/static/{climb}", f"/static/css/{climb}", f"/{climb}", f"/trace?id={climb}"):
        answer = victim.get(path)
        assert answer.status in {302, 400, 404}, path
        for prize in PRIZES:
            assert prize not in answer.text, path


def test_an_upload_is_stored_under_its_digest_and_no_other_name(office: Office):
    """Attempt: have bytes written to a place of the attacker's choice."""
    asking = program(office, "investigator", unlocked=True)
    for name in ("../../app.sqlite3", "..%2f..%2fembers.toml", "A" * 64, "0" * 63, "/etc/cron.d/x"):
        answer = asking.ask("PUT", f"{BASE}/objects/{name}", data=b"x" * 40)
        assert answer.status in {404, 422}, name
    assert not list(office.folder.path.rglob("cron*"))


# --- ranges -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "bytes=" + ",".join("0-" for _ in range(1300)),  # each copy of the whole: CVE-2011-3192
        "bytes=" + ",".join(f"5-{n}" for n in range(200)),
        "bytes=0-1,0-2",
        "bytes=99999999999999999999-",
        "bytes=-0",
        "bytes=--5",
        "bytes=5-1",
        "bytes=0x0-0x5",
        "bytes=18446744073709551615-18446744073709551616",
        "bytes=" + "9" * 5000 + "-",
    ],
)
@pytest.mark.parametrize("door", ["page", "api"])
def test_ranges_that_ask_too_much_get_nothing(office: Office, header: str, door: str):
    """Attempt: make the server send, or hold, a multiple of an object by asking for many ranges of it."""
    sha256 = office.circle.sha256
    if door == "page":
        answer = office.browser("member").get(f"/objects/{sha256}", HTTP_RANGE=header)
    else:
        answer = program(office, "member").get(f"/objects/{sha256}", range=header)
    assert answer.status == 416
    assert len(answer.body) < 200
    assert answer.headers["Content-Range"].startswith("bytes */")


# --- open redirect ----------------------------------------------------------------------------------------


ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " //evil.example",
    "/%0d%0aLocation:%20https://evil.example",
    "%2f%2fevil.example",
    "https://127.0.0.1:8000@evil.example/",
)


@pytest.mark.parametrize("to", ELSEWHERE)
def test_nobody_is_sent_to_another_server(office: Office, victim: Browser, to: str):
    """Attempt: a link to this server that leads on to the attacker's, by any name such a parameter has."""
    from urllib.parse import quote

    names = ("next", "url", "return", "redirect", "continue", "to", "id")
    query = "&".join(f"{name}={quote(to)}" for name in names)
    everywhere = ROUTES if to in ELSEWHERE[:4] else ("home", "search", "account_login", "account")
    answers = [victim.get(f"{address(name, office.circle).partition('?')[0]}?{query}") for name in everywhere]
    answers.append(Browser(office.app).get(f"/{to}"))
    answers.append(Browser(office.app).get(f"/trace?{query}"))
    answers.append(Browser(office.app).log_in("lawyer", next=quote(to)))
    for answer in answers:
        for header in ("Location", "HX-Redirect", "HX-Location", "Refresh"):
            target = answer.headers.get(header, "")
            assert re.match(r"(/(?![/\\])|$)", target), f"{header}: {target}"
            assert "\n" not in target
            assert "\r" not in target


# --- headers ----------------------------------------------------------------------------------------------


NAMES = (
    "a\r\nSet-Cookie: embers=stolen.txt",
    "a\nContent-Type: text\u2215html.txt",
    'a"; filename="b.html',
    "\u202etxt.exe",
    "Գանձակ \u2028 Gəncə.txt",
    "a;b=c,d.html",
    "..\\..\\a.bat",
    "<img src=x onerror=alert(1)>.html",
)


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_file_adds_no_header_to_its_download(office: Office, tmp_path: Path, name: str):
    """Attempt: evidence whose file name ends the header and begins one of its own."""
    path = tmp_path / name.replace("/", "-")
    path.write_bytes(name.encode() + b" evidence made for a test, long enough")
    recorder = office.people.first
    new = acquire_file(recorder, path, ItemOrigin("Named to harm", "Exercise", "sent"))
    recorder.record(new.act)
    office.folder.projection().close()
    page = office.browser("investigator").get(f"/objects/{new.acquired.sha256}")
    other = program(office, "investigator").get(f"/objects/{new.acquired.sha256}")
    for answer in (page, other):
        assert answer.status == 200
        told_name = answer.headers["Content-Disposition"]
        assert told_name.startswith("attachment; filename")
        assert not re.search(r"[\x00-\x1f\x7f]", told_name)
        assert told_name.count('"') in {0, 2} or '\\"' in told_name
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Content-Type"] == "application/octet-stream"


HOSTS = (
    "evil.example",
    "127.0.0.1.evil.example",
    "127.0.0.1:8000@evil.example",
    "[::1",
    "localhost:8000, evil.example",
    "",
)


@pytest.mark.parametrize("host", HOSTS)
def test_another_host_name_is_answered_to_nobody(office: Office, victim: Browser, host: str):
    """Attempt: a name of the attacker's that points at this computer (DNS rebinding), at every address."""
    for name, route in EVERY_ROUTE.items():
        path = "/" + re.sub(r"<[^>]+>", "x", route)
        answer = Browser(office.app, host=host, cookies=dict(victim.cookies)).get(path)
        assert answer.status == 421, name
        assert "evil" not in answer.text


@pytest.mark.parametrize(
    "header", ["X_FORWARDED_HOST", "X_HOST", "FORWARDED", "X_ORIGINAL_URL", "X_REWRITE_URL"]
)
def test_no_header_of_a_proxy_names_the_host_or_the_address(office: Office, victim: Browser, header: str):
    """Attempt: have links or the address itself taken from a header anybody can send."""
    for name in ROUTES:
        if RULES[name].needs in {Permission.READ, Door.OWN, Door.ENTRANCE}:
            path = route_to(name, "x") if "<" in ROUTES[name] else f"/{ROUTES[name]}"
            answer = victim.get(path, **{f"HTTP_{header}": "https://evil.example/items"})
            assert "evil.example" not in answer.text + repr(answer.headers), name


# --- tokens -----------------------------------------------------------------------------------------------


def test_a_token_in_an_address_or_a_form_is_no_token(office: Office):
    """Attempt: get a token into logs and histories by having it taken from an address."""
    secret = program(office, "lawyer").secret
    for query in (f"token={secret}", f"access_token={secret}", f"Authorization=Bearer%20{secret}"):
        answer = Program(office.app).get(f"/me?{query}")
        assert answer.status == 401
        assert secret not in answer.text
    assert told(Program(office.app).get("/me"))["code"] == "api.token"
