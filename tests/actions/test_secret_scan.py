"""The scan that says "nothing is left" finds what was hidden on purpose, in every way it claims to know."""

from __future__ import annotations

import base64
import bz2
import gzip
import html
import io
import json
import lzma
import os
import quopri
import sqlite3
import struct
import sys
import unicodedata
import urllib.parse
import zipfile
import zlib
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from secret_scan import positions, scan

from embers.language import fold, skeleton

SECRETS = {
    "Latin": "Nvard Example-Testová",
    "Armenian": "Նվարդ Օրինակյան",
    "Cyrillic": "Нвард Примерова",
    "phone": "+374 10 555 0199",
}
LAT, LON = 39812345, 46712345


def zipped(text: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", text * 3)
    return target.getvalue()


HIDDEN = {
    "utf-8": lambda t: t.encode(),
    "utf-16-le": lambda t: t.encode("utf-16-le"),
    "utf-16-be": lambda t: t.encode("utf-16-be"),
    "utf-32-le": lambda t: t.encode("utf-32-le"),
    "utf-32-be": lambda t: t.encode("utf-32-be"),
    "utf-7": lambda t: t.encode("utf-7"),
    "decomposed": lambda t: unicodedata.normalize("NFD", t).encode(),
    "upper": lambda t: t.upper().encode(),
    "lower": lambda t: t.lower().encode(),
    "mistaken for latin-1": lambda t: t.encode().decode("latin-1").encode(),
    "base64 at 0": lambda t: base64.b64encode(t.encode()),
    "base64 at 1": lambda t: base64.b64encode(b"x" + t.encode() + b"yy"),
    "base64 at 2": lambda t: base64.b64encode(b"xx" + t.encode() + b"y"),
    "base64 of utf-16 at 1": lambda t: base64.urlsafe_b64encode(b"x" + t.encode("utf-16-le") + b"yy"),
    "base64 in lines": lambda t: base64.encodebytes(b"padding before it " * 3 + t.encode() + b" and after"),
    "hexadecimal": lambda t: t.encode().hex().encode(),
    "HEXADECIMAL": lambda t: t.encode().hex().upper().encode(),
    "percent": lambda t: urllib.parse.quote(t).encode(),
    "percent lower": lambda t: urllib.parse.quote(t).lower().encode(),
    "percent every byte": lambda t: "".join(f"%{b:02x}" for b in t.encode()).encode(),
    "form": lambda t: urllib.parse.urlencode({"q": t}).encode(),
    "JSON": lambda t: json.dumps({"x": t}).encode(),
    "HTML decimal": lambda t: t.encode("ascii", "xmlcharrefreplace"),
    "HTML hexadecimal": lambda t: "".join(f"&#x{ord(c):x};" for c in t).encode(),
    "quoted-printable": lambda t: quopri.encodestring(("filler " * 9 + t).encode()),
    "gzip": lambda t: gzip.compress((t * 3).encode()),
    "zlib": lambda t: zlib.compress((t * 3).encode(), 9),
    "bzip2": lambda t: bz2.compress((t * 3).encode()),
    "xz": lambda t: lzma.compress((t * 3).encode()),
    "zip": zipped,
    "zip in gzip in base64": lambda t: base64.b64encode(gzip.compress(zipped(t))),
    "cut gzip": lambda t: gzip.compress((t + os.urandom(9000).hex()).encode())[:6000],
    "backwards": lambda t: t.encode()[::-1],
}


@pytest.mark.parametrize("way", HIDDEN)
@pytest.mark.parametrize("label", SECRETS)
def test_a_hidden_secret_is_found(tmp_path, label, way):
    noise = os.urandom(500)
    (tmp_path / "file").write_bytes(noise + HIDDEN[way](SECRETS[label]) + noise)
    assert scan([tmp_path], SECRETS)[label]


@pytest.mark.parametrize("code", ["cp1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic"])
def test_old_encodings_are_known(tmp_path, code):
    (tmp_path / "file").write_bytes(SECRETS["Cyrillic"].encode(code))
    assert scan([tmp_path], SECRETS)["Cyrillic"]


@pytest.mark.parametrize("key", [fold, skeleton])
@pytest.mark.parametrize("label", ["Latin", "Armenian", "Cyrillic"])
def test_what_a_search_index_makes_of_a_name_is_found(tmp_path, key, label):
    (tmp_path / "file").write_bytes(key(SECRETS[label]).encode())
    assert scan([tmp_path], SECRETS)[label]


def test_names_of_files_and_folders_count(tmp_path):
    (tmp_path / "of Nvard Example-Testová").mkdir()
    (tmp_path / f"{SECRETS['Armenian']}.jpg").touch()
    (tmp_path / urllib.parse.quote(SECRETS["Cyrillic"])).touch()
    found = scan([tmp_path], SECRETS)
    assert all(found[label] for label in ("Latin", "Armenian", "Cyrillic"))
    assert not found["phone"]


def database(path: Path, *, deleted: bool, wal: bool) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(f"PRAGMA journal_mode={'WAL' if wal else 'DELETE'}")
    db.execute("PRAGMA secure_delete=OFF")
    db.execute("CREATE TABLE said (text, lat INTEGER, lon INTEGER)")
    db.execute("CREATE TABLE other (text)")
    db.execute("INSERT INTO said VALUES (?, ?, ?)", (SECRETS["Latin"], LAT, LON))
    if deleted:
        db.execute("DROP TABLE said")  # its page goes to the list of free ones
    return db


@pytest.mark.parametrize("deleted", [False, True])
@pytest.mark.parametrize("wal", [False, True])
def test_rows_of_a_database_are_found_also_deleted_and_in_the_log(tmp_path, deleted, wal):
    db = database(tmp_path / "x.sqlite3", deleted=deleted, wal=wal)
    found = scan([tmp_path], SECRETS, {"position": positions(LAT, LON)})
    assert found["Latin"]
    assert found["position"]
    if wal:
        assert any("-wal" in place for place in found["Latin"])
    db.close()


def test_a_search_index_without_its_texts_is_found(tmp_path):
    db = sqlite3.connect(tmp_path / "x.sqlite3")
    db.execute("CREATE VIRTUAL TABLE t USING fts5(body, content='')")
    db.execute("INSERT INTO t(rowid, body) VALUES (1, ?)", (SECRETS["Latin"],))
    db.commit()
    db.close()
    assert scan([tmp_path], {"word": "of Testová Example"})["word"]


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<q", LAT),
        struct.pack(">d", LAT / 1e6),
        struct.pack("<ii", LAT, LON),
        struct.pack(">ff", LAT / 1e6, LON / 1e6),
        b"39.8123, 46.7123",
        b'"lat": 39812345',
        "39.812345".encode("utf-16-le"),
    ],
)
def test_a_position_is_found_however_it_is_written(tmp_path, data):
    (tmp_path / "file").write_bytes(os.urandom(99) + data + os.urandom(99))
    assert scan([tmp_path], {}, {"position": positions(LAT, LON)})["position"]


def test_noise_holds_no_secret(tmp_path):
    (tmp_path / "noise").write_bytes(os.urandom(3_000_000))
    found = scan([tmp_path], SECRETS, {"position": positions(LAT, LON)})
    assert not any(found.values())
    assert html.unescape("&#x546;") == "Ն"
