"""What is refused: other hosts and methods, altered bytes, unknown ids; and the headers of every answer."""

from __future__ import annotations

import shutil

import pytest
from answers import reader
from showcase import build

from embers.actions.case_folder import CaseFolder
from embers.errors import ActionError, UsageError
from embers.projections.database import CaseDatabase
from embers.web.serve import Listening, application


def test_headers_on_every_kind_of_answer(get, showcase):
    paths = ["/", "/nowhere", "/incidents/K20-99", "/map.geojson", "/search?q=%22", "/static/css/embers.css"]
    for path in [*paths, f"/objects/{showcase.picture_object}"]:
        headers = get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"], path
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Set-Cookie" not in headers
    policy = get("/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8000", "[::2]:8000", ""]
)
def test_another_host_name_is_refused(get, host):
    assert get("/", host=host).status == 421


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000"])
def test_this_computer_is_answered(get, host):
    assert get("/", host=host).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_pages_are_read_only(get, method):
    answer = get("/", method=method)
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org", ""])
def test_serving_other_computers_without_tls_is_refused(host, tmp_path):
    with pytest.raises(UsageError, match="TLS and accounts"):
        Listening(host)
    with pytest.raises(UsageError, match="TLS and accounts"):
        Listening("127.0.0.1", names=("case.example",))
    with pytest.raises(UsageError, match="go together"):
        Listening(host, certificate=tmp_path)
    with pytest.raises(UsageError, match="no file"):
        Listening(host, certificate=tmp_path / "none.pem", private_key=tmp_path / "none.pem")


def test_a_folder_without_a_case_is_refused(tmp_path, showcase):
    with pytest.raises(ActionError, match="no case"):
        application(CaseFolder(tmp_path, tmp_path / "keys", showcase.folder.surroundings))


@pytest.mark.parametrize(
    ("path", "help_text"),
    [
        ("/incidents/K20-3", "Did you mean K20-3"),
        ("/sources/S999", "listed on the page"),
        ("/items/00000000-0000-0000-0000-000000000000", "listed on the page"),
        ("/claims/nothing", "listed on the page"),
        ("/trace/nothing", "Give the number printed"),
        (f"/objects/{'0' * 64}", "is not in this case"),
        ("/objects/..%2F..%2Fetc%2Fpasswd", "There is no page"),
        ("/nowhere", "There is no page"),
    ],
)
def test_unknown_ids_are_404_with_help(get, path, help_text):
    answer = get(path)
    assert answer.status == 404
    assert help_text in answer.text
    assert "Traceback" not in answer.text


def test_objects_are_safe_to_open(get, showcase):
    picture = get(f"/objects/{showcase.picture_object}")
    assert picture.headers["Content-Type"] == "image/png"
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    assert picture.body.startswith(b"\x89PNG")
    view = CaseDatabase(showcase.folder.projection_path, read_only=True)
    with view.connection.cursor() as cursor:
        cursor.execute("SELECT sha256 FROM case_item WHERE id = %s", [showcase.table_item])
        table = cursor.fetchone()[0]
    answer = get(f"/objects/{table}")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Type"] == "application/octet-stream"


def test_objects_are_sent_in_ranges(get, showcase):
    path = f"/objects/{showcase.picture_object}"
    whole = get(path)
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = get(path, HTTP_RANGE="bytes=1-3")
    assert (part.status, part.body) == (206, b"PNG")
    assert part.headers["Content-Range"] == f"bytes 1-3/{len(whole.body)}"
    assert "sandbox" in part.headers["Content-Security-Policy"]
    assert part.headers["Content-Type"] == "image/png"
    refused = get(path, HTTP_RANGE="bytes=0-1,2-3")
    assert refused.status == 416
    assert refused.headers["X-Content-Type-Options"] == "nosniff"
    assert refused.headers["Content-Type"].startswith("text/plain")
    assert get(path, HTTP_IF_NONE_MATCH=whole.headers["ETag"]).status == 304
    head = get(path, method="HEAD")
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(len(whole.body)))


@pytest.fixture
def harmed(tmp_path):
    return build(tmp_path, exercise=True)


def test_altered_bytes_are_never_sent(harmed):
    get = reader(application(harmed.folder))
    place = harmed.folder.objects().place(harmed.picture_object)
    place.chmod(0o644)
    data = bytearray(place.read_bytes())
    data[-1] ^= 1
    place.write_bytes(data)
    answer = get(f"/objects/{harmed.picture_object}")
    assert answer.status == 409
    assert "not the ones that were preserved" in answer.text
    assert bytes(data) not in answer.body
    assert "Exercise." in get("/incidents").text
    assert "Exercise." in get("/report").text
    shutil.rmtree(place.parent)
    assert get(f"/objects/{harmed.picture_object}").status == 404


def test_an_edited_entry_is_shown_as_failed(harmed):
    import sqlite3

    with sqlite3.connect(harmed.folder.journal_path) as journal:
        (table,) = journal.execute(
            "SELECT name FROM sqlite_master WHERE type='table' AND sql LIKE '%raw%'"
        ).fetchone()
        for (name,) in journal.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            journal.execute(f"DROP TRIGGER {name}")
        journal.execute(
            f"UPDATE {table} SET raw = CAST(replace(CAST(raw AS TEXT), 'published', 'improved') AS BLOB)"
        )
    get = reader(application(harmed.folder))
    text = get(f"/claims/{harmed.ganja_claim}").text
    assert "does not hold" in text or "could not be checked" in text
    assert "it holds for a key registered" not in text


def test_missing_tables_are_named_with_the_way_out(harmed):
    get = reader(application(harmed.folder))
    harmed.folder.projection_path.unlink()
    answer = get("/")
    assert answer.status == 503
    assert "embers rebuild" in answer.text
