"""Files sent to harm whoever looks at them: each is preserved as it is, and looked at without harm to the server.

Attempts: archives, pictures, documents, markup and records that grow without measure when they are opened; bodies of
requests that do. Refusals: evidence is never refused, so it is kept; its page says in words why it is not shown.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import resource
import struct
import zipfile
import zlib

import pytest
from asking import BASE, Program, program, told
from office import Office


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("uploads"))


@pytest.fixture(scope="module")
def writer(office: Office) -> Program:
    return program(office, "investigator", unlocked=True)


def zip_bomb() -> bytes:
    """300 MB of zeros in 300 kB, with the names of a web capture."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as bundle:
        with bundle.open("datapackage.json", "w", force_zip64=True) as part:
            for _ in range(300):
                part.write(b"0" * 1_000_000)
        bundle.writestr("pages/pages.jsonl", "")
    return out.getvalue()


def png_bomb() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 200_000, 200_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10**7), 9))


def laughs() -> bytes:
    """Entities that name ten others each: 3 GB when they are expanded."""
    lines = [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    head = '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a0 "ha">' + "".join(lines) + "]>"
    return f'{head}<svg xmlns="http://www.w3.org/2000/svg"><text>&a9;</text></svg>'.encode()


def elsewhere() -> bytes:
    """An entity that is a file of the server."""
    return (
        b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        b'<svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text></svg>'
    )


BOMBS = {
    "capture.wacz": zip_bomb,
    "archive.zip": zip_bomb,
    "picture.png": png_bomb,
    "laughs.svg": laughs,
    "laughs.xml": laughs,
    "elsewhere.svg": elsewhere,
    "deep.json": lambda: b"[" * 2_000_000,
    "wide.csv": lambda: b"," * 2_000_000,
    "words.txt": lambda: b"\xff" * 2_000_000,
    "packed.warc.gz": lambda: gzip.compress(bytes(10**8)),
    "paper.pdf": lambda: b"%PDF-1.7\n1 0 obj<</Length 99999999999>>stream\n" + b"0" * 1000,
    "nothing.jpg": lambda: b"\xff\xd8\xff",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_file_that_grows_is_kept_and_looked_at_without_harm(office: Office, writer: Program, name: str):
    data = BOMBS[name]()
    sha256 = hashlib.sha256(data).hexdigest()
    sent = writer.ask("PUT", f"{BASE}/objects/{sha256}", data=data)
    assert sent.status == 201, sent.text
    body = {"sha256": sha256, "name": name, "title": name, "source": "Exercise", "method": "sent"}
    item = told(writer.post("/items", body))["subjects"][0].partition(":")[2]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    browser = office.browser("investigator")
    page = browser.get(f"/items/{item}/view")
    assert page.status == 200, page.text
    for address in (
        f"/copies/{sha256}/0/plan.json",
        f"/copies/{sha256}/0/0/0/0.jpg",
        f"/copies/{sha256}/overlay.png",
        f"/items/{item}",
    ):
        answer = browser.get(address)
        assert answer.status < 500, address
        assert "root:x:0" not in answer.text if answer.headers["Content-Type"].startswith("text") else True
    assert "root:x:0" not in page.text
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 300_000, f"the server grew by {grown} kB"
    assert browser.get("/items").status == 200
    assert writer.get(f"/objects/{sha256}", range="bytes=0-9").body == data[:10]


@pytest.mark.parametrize("length", [2**21, 2**40, 10**30])
def test_a_body_longer_than_its_address_takes_is_refused_before_it_is_read(writer: Program, length: int):
    class Untouched(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise AssertionError("the body was read")

    from answers import called

    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"{BASE}/records",
        "QUERY_STRING": "",
        "HTTP_HOST": "127.0.0.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": Untouched(),
        "CONTENT_LENGTH": str(length),
        "CONTENT_TYPE": "application/json",
        "HTTP_AUTHORIZATION": f"Bearer {writer.secret}",
        "SCRIPT_NAME": "",
    }
    status, _, body = called(writer.app, environ)
    assert (status, json.loads(body)["code"]) == (413, "api.size")


def test_a_packed_body_is_not_unpacked(office: Office, writer: Program):
    """Attempt: a small body that the server is asked to unpack."""
    packed = gzip.compress(b'{"predicate": "note", "value": "' + b"x" * 10**7 + b'"}')
    answer = writer.ask(
        "POST",
        f"{BASE}/records/{office.circle.incident}/assertions",
        data=packed,
        content_type="application/json",
        content_encoding="gzip",
    )
    assert (answer.status, told(answer)["code"]) == (400, "api.body")


def test_an_upload_that_is_cut_off_leaves_nothing(office: Office, writer: Program):
    data = b"only the first part of it"
    whole = hashlib.sha256(data + b" and the rest").hexdigest()
    answer = writer.ask("PUT", f"{BASE}/objects/{whole}", data=data)
    assert (answer.status, told(answer)["code"]) == (422, "object.mismatch")
    assert not office.folder.objects().has(whole)
    assert not office.folder.objects().has(hashlib.sha256(data).hexdigest())


def test_more_records_than_a_body_may_hold_are_refused(writer: Program):
    one = {"predicate": "note", "value": "x"}
    answer = writer.post("/records", {"kind": "place", "assertions": [one] * 201})
    assert (answer.status, told(answer)["code"]) == (422, "api.input")
