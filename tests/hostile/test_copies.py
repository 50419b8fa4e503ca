"""Files made to harm whoever opens them: each ends in a plain refusal, and the server goes on."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import struct
import subprocess
import sys
import zipfile
import zlib

import pytest
from PIL import Image
from pypdf import PdfWriter

from embers.custody.copies import made
from embers.custody.copies.workshop import Workshop
from embers.objects.local import LocalObjectStore
from embers.surroundings import Surroundings


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return LocalObjectStore(tmp_path_factory.mktemp("hostile") / "objects", Surroundings())


@pytest.fixture
def why(store):
    """Have a copy made and return the refusal."""

    def make(data: bytes, maker: str, **parameters):
        sha256 = store.put(io.BytesIO(data)).sha256
        return Workshop().copy(store, sha256, maker, **parameters).facts.get("unreadable")

    return make


def png(width: int, height: int, data: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def bundle(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/").replace("_json", ".json"), data)
    return out.getvalue()


def test_a_picture_bomb_is_refused_by_its_stated_size(why):
    assert why(png(60_000, 60_000), "picture") == "too-many-pixels"


def test_a_picture_that_states_more_than_it_holds_is_damaged(why):
    assert why(png(5_000, 5_000, b"\x00" * 100), "picture") == "damaged"


def test_a_zip_bomb_in_a_capture_is_refused(why):
    assert why(bundle(datapackage_json=b"{}", pages__pages_jsonl=bytes(80_000_000)), "capture") == "too-long"


def test_a_table_of_endless_columns_is_refused(why):
    assert why(b"a," * 100_000, "table") == "too-long"


def test_a_cell_without_end_is_refused(why):
    assert why(b'"' + b"a" * 200_000, "table") == "damaged"


def test_a_text_that_points_elsewhere_is_no_scene(why):
    pointing = (
        b"<VRTDataset rasterXSize='1' rasterYSize='1'><SRS>EPSG:4326</SRS><VRTRasterBand><SimpleSource>"
    )
    pointing += b"<SourceFilename>/etc/passwd</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
    assert why(pointing, "overlay") == "damaged"


def test_a_locked_document_says_so_and_a_broken_one_too(why):
    broken = b"%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>"
    assert why(broken, "document", page=1) == "damaged"
    out = io.BytesIO()
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt("six plain words")
    writer.write(out)
    assert why(out.getvalue(), "document", page=1) == "password"


def test_deep_nesting_ends_in_words(why):
    deep = b"<div>" * 200_000 + b"text"
    assert why(deep, "passages", markup=True) is None
    nested = b"[" * 100_000
    assert why(bundle(datapackage_json=nested), "capture") in {None, "damaged"}


def test_a_maker_that_takes_too_long_is_ended(store):
    sha256 = store.put(io.BytesIO(b"%PDF-1.7 anything")).sha256
    shop = Workshop(waiting_s=0.001)
    assert shop.copy(store, sha256, "document", page=1).facts["unreadable"] == "too-slow"


def test_an_object_too_large_to_look_at_is_not_read(store, monkeypatch):
    from embers.custody.copies import workshop as module

    monkeypatch.setattr(module, "LARGEST_INPUT", 10)
    sha256 = store.put(io.BytesIO(b"more than ten bytes")).sha256
    monkeypatch.setattr(module, "_run", lambda *_: pytest.fail("it was read"))
    assert Workshop().copy(store, sha256, "passages", markup=False).facts["unreadable"] == "too-large"


@pytest.mark.parametrize("maker", ["nothing", "os", "../worker", "worker"])
def test_only_makers_are_run(store, maker):
    sha256 = store.put(io.BytesIO(b"x")).sha256
    assert Workshop().copy(store, sha256, maker).facts["unreadable"] == "failed"


LIMITED = """
import os, signal, sys
from embers.custody.copies.worker import limit
limit()
what = sys.argv[1]
if what == "memory":
    held = bytearray(8 * 1024**3)
elif what == "file":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with open(sys.argv[2], "wb") as handle:
        handle.write(b"plaintext")
elif what == "files":
    held = [open("/dev/null") for _ in range(500)]
print("done")
"""


@pytest.mark.parametrize("what", ["memory", "file", "files"])
@pytest.mark.skipif(sys.platform == "win32", reason="no such limits there")
def test_a_maker_has_no_memory_to_waste_and_writes_no_file(tmp_path, what):
    target = tmp_path / "left-behind"
    command = [sys.executable, "-c", LIMITED, what, str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0
    assert "done" not in done.stdout
    assert ("MemoryError" in done.stderr) or ("OSError" in done.stderr), done.stderr
    assert not target.exists() or target.stat().st_size == 0


def test_a_killed_maker_is_a_refusal_and_not_a_fault(store, monkeypatch):
    from embers.custody.copies import workshop as module

    real = subprocess.Popen

    def dying(*given, **more):
        process = real([sys.executable, "-c", "import time; time.sleep(60)"], **more)
        os.kill(process.pid, signal.SIGSEGV)
        return process

    monkeypatch.setattr(module.subprocess, "Popen", dying)
    sha256 = store.put(io.BytesIO(b"enough to break a pipe" * 100_000)).sha256
    assert Workshop().copy(store, sha256, "picture").facts["unreadable"] == "failed"


@pytest.mark.parametrize(
    "answer", [b"", b"\xff" * 40, struct.pack(">Q", 2) + b"{}", struct.pack(">Q", 60) + b"x"]
)
def test_a_maker_taken_over_cannot_make_the_server_believe_it(store, monkeypatch, answer):
    from embers.custody.copies import workshop as module

    lying = (
        struct.pack(">Q", 60) + json.dumps({"facts": {}, "parts": [["a", made.LARGEST_OUTPUT * 9]]}).encode()
    )
    real = subprocess.Popen
    for bytes_ in (answer, lying):
        code = f"import sys; sys.stdin.buffer.read(); sys.stdout.buffer.write({bytes_!r})"
        monkeypatch.setattr(
            module.subprocess,
            "Popen",
            lambda *_, code=code, **more: real([sys.executable, "-c", code], **more),
        )
        sha256 = store.put(io.BytesIO(b"anything")).sha256
        assert Workshop().copy(store, sha256, "picture").facts["unreadable"] == "failed"


def samples() -> dict[str, bytes]:
    image = Image.effect_mandelbrot((60, 40), (-2, -1.5, 1, 1.5), 20).convert("RGB")
    found = {}
    for kind in ("JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP"):
        out = io.BytesIO()
        image.save(out, kind)
        found[kind] = out.getvalue()
    return found


SHAKEN = """
import random, sys
from embers.custody.copies import document, overlay, picture, worker
from embers.custody.copies.made import Unreadable
worker.limit()
data, maker = sys.stdin.buffer.read(), sys.argv[1]
chance = random.Random(sys.argv[2])
make = {"picture": picture.make, "overlay": overlay.make, "document": lambda one: document.make(one, page=1)}[maker]
for _ in range(60):
    shaken = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        shaken[chance.randrange(len(shaken))] = chance.randrange(256)
    try:
        make(bytes(shaken[: chance.randint(len(data) // 2, len(data))]))
    except Unreadable:
        pass
print("sound")
"""


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP", "scene", "PDF"])
def test_shaken_files_are_pictures_or_refusals(kind):
    data = samples().get(kind) or samples()["TIFF"]
    maker = {"scene": "overlay", "PDF": "document"}.get(kind, "picture")
    if kind == "PDF":
        import typst

        data = typst.compile(b"= Title\nText with #text(blue)[colour] $x^2$")
    chance = str(random.Random(kind).random())
    command = [sys.executable, "-c", SHAKEN, maker, chance]
    done = subprocess.run(command, input=data, capture_output=True, check=False, timeout=120)
    assert done.stdout == b"sound\n", done.stderr[-1500:].decode()
