"""A case with one item of every kind a viewer shows, and claims that cite places in them. All of it is invented.

Only the scene is real: an openly licensed picture of the imagery demonstration.
"""

from __future__ import annotations

import io
import json
import math
import struct
import wave
import zipfile
from pathlib import Path

import typst
from PIL import Image, ImageDraw
from protected_case import protected_case

from embers.actions.items import ItemOrigin, acquire_file
from embers.actions.recorder import Act
from embers.ids import new_subject
from embers.journal.assertion import Basis
from embers.surroundings import Surroundings

SCENE = Path(__file__).parents[2] / "demo" / "imagery" / "vhr_joplin" / "pre_tile_337-9136.tif"
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'
CAMERA = b"Exercise camera of a witness"
#: What is cited in which item.
CITED = {
    "photo": ["box=700,300,200,150", "polygon=100,100,400,120,300,400", "upper left, near the tree"],
    "paper": ["page=2 box=30,30,120,40", "page=1"],
    "sound": ["seconds=1.5-2.25"],
    "words": ["paragraph=3 offset=5-14", "paragraph=120"],
    "table": ["row=C161", "cell=B3"],
    "page": ["paragraph=2"],
}


class Material:
    """The case, its items by name, and the claims by the locator they cite."""

    def __init__(self, path: Path, *, field: bool = False) -> None:
        self.people = protected_case(path, field=field)
        self.folder = self.people.folder
        self.items: dict[str, str] = {}
        self.digests: dict[str, str] = {}
        self.claims: dict[str, str] = {}
        self._source = path / "source"
        self._source.mkdir()
        for name, file_name, data in files():
            self._acquire(name, file_name, data)
        self.incident = new_subject("incident", Surroundings().randomness)
        recorder = self.people.first
        code = recorder.new_assertion(self.incident, "incident-code", "EX-1")
        recorder.record(Act("note.add", (code,), reason="in a test"))
        for name, locators in CITED.items():
            for locator in locators:
                self._cite(name, locator)
        self.folder.projection().close()

    def address(self, name: str, at: str = "") -> str:
        """Return the path an item is looked at by."""
        from urllib.parse import urlencode

        query = f"?{urlencode({'at': at})}" if at else ""
        return f"/items/{self.items[name].partition(':')[2]}/view{query}"

    def _acquire(self, name: str, file_name: str, data: bytes) -> None:
        path = self._source / file_name
        path.write_bytes(data)
        title = HOSTILE if name == "hostile" else f"Exercise {name}"
        new = acquire_file(self.people.first, path, ItemOrigin(title, "Exercise", "made for a test"))
        self.people.first.record(new.act)
        self.items[name], self.digests[name] = new.id, new.acquired.sha256
        path.unlink()

    def _cite(self, name: str, locator: str) -> None:
        basis = (Basis(item=self.items[name], source=None, locator=locator),)
        text = f"What stands at {locator}"
        said = self.people.first.new_assertion(self.incident, "note", text, basis=basis)
        self.people.first.record(Act("note.add", (said,), reason="in a test"))
        self.claims[locator] = said.id


def files() -> list[tuple[str, str, bytes]]:
    return [
        ("photo", "photo.jpg", photo()),
        ("paper", "paper.pdf", paper()),
        ("sound", "sound.wav", sound()),
        ("words", "words.txt", words().encode("windows-1251")),
        ("table", "table.csv", table().encode()),
        ("page", "page.html", page().encode()),
        ("scene", "scene.tif", SCENE.read_bytes()),
        ("capture", "capture.wacz", capture()),
        ("hostile", "hostile<script>.txt", f"{HOSTILE}\n\nsecond {HOSTILE}".encode()),
        ("broken", "broken.jpg", photo()[:4000]),
        ("program", "program.exe", b"MZ\x00\x01" + bytes(range(256))),
    ]


def photo() -> bytes:
    """A picture of 1600 by 1200 as it is to be seen; its file is turned, and says who took it."""
    image = Image.effect_mandelbrot((1600, 1200), (-2.1, -1.25, 0.9, 1.25), 60).convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.rectangle((700, 300, 900, 450), outline=(250, 120, 0), width=8)
    draw.text((720, 350), "EXERCISE", fill=(250, 200, 0), font_size=34)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = CAMERA.decode()
    out = io.BytesIO()
    image.transpose(Image.Transpose.ROTATE_90).save(out, "JPEG", quality=88, exif=exif)
    return out.getvalue()


def paper() -> bytes:
    text = (
        '#set page(width: 300pt, height: 200pt, margin: 30pt)\n#set text(font: "Libertinus Serif")\n'
        "= Exercise report\nNothing here is real.\n#pagebreak()\nSecond page: Gəncə.\n#pagebreak()\nThird."
    )
    return typst.compile(text.encode())


def sound() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(8000)
        tones = (round(9000 * math.sin(n / 8000 * 6.283 * (300 + 60 * (n // 4000)))) for n in range(32_000))
        made.writeframes(b"".join(struct.pack("<h", tone) for tone in tones))
    return out.getvalue()


def words() -> str:
    paragraphs = [f"Абзац {n}: наблюдатели записали всё, что видели.\nВторая строка." for n in range(1, 151)]
    return "\n\n".join(paragraphs)


def table() -> str:
    rows = [f"C{n},Gəncə,{n % 7},=SUM(A1:A9)" for n in range(1, 251)]
    return "\n".join(["claim_id,place,killed,note", *rows]) + "\n"


def page() -> str:
    return f"<html><head><title>Page</title><script>alert(1)</script></head><body><p>First</p><p>{HOSTILE}Second</p>"


def capture() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("datapackage.json", json.dumps({"title": "Exercise capture", "software": "test"}))
        row = {
            "url": "https://example.invalid/a",
            "title": HOSTILE,
            "ts": "2026-01-02T03:04:05Z",
            "text": "Words",
        }
        bundle.writestr("pages/pages.jsonl", f'{{"format":"json-pages-1.0"}}\n{json.dumps(row)}\n')
        resource = {"url": "https://example.invalid/a", "mime": "text/html", "status": 404}
        bundle.writestr("indexes/index.cdx", f"invalid,example)/a 20260102030405 {json.dumps(resource)}\n")
    return out.getvalue()
