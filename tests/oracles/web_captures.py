"""Web captures for tests: invented pages really served on loopback, fetched, and packed as WACZ by hand."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import io
import json
import threading
import zipfile
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAGES = {
    "/": ("text/html", b"<title>Exercise news</title><p>Shelling reported near Exerton. <img src=/a.png>"),
    "/second": ("text/html", "<title>Մարզում</title><p>Invented page.".encode()),
    "/a.png": ("image/png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8),
}
WHEN = "2026-11-28T09:30:00Z"


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        kind, body = PAGES[self.path]
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def fetch_pages() -> dict[str, bytes]:
    """Serve the pages, fetch each over HTTP, and return the raw answers by address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host, port = server.server_address[:2]
        answers = {}
        for path in PAGES:
            connection = http.client.HTTPConnection(str(host), port, timeout=10)
            connection.request("GET", path)
            got = connection.getresponse()
            head = "".join(f"{name}: {value}\r\n" for name, value in got.getheaders())
            answers[f"http://127.0.0.1:{port}{path}"] = (
                f"HTTP/1.1 {got.status} {got.reason}\r\n{head}\r\n".encode() + got.read()
            )
            connection.close()
        server.shutdown()
    return answers


def write_warc(answers: Mapping[str, bytes]) -> tuple[bytes, list[bytes]]:
    """Return a WARC 1.1 file, each record a gzip member, and the lines of its CDXJ index."""
    warc, index = io.BytesIO(), []
    for number, (url, answer) in enumerate(answers.items()):
        payload = answer.partition(b"\r\n\r\n")[2]
        digest = "sha256:" + hashlib.sha256(payload).hexdigest()
        head = (
            f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{number:012}>\r\n"
            f"WARC-Target-URI: {url}\r\nWARC-Date: {WHEN}\r\nWARC-Payload-Digest: {digest}\r\n"
            f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(answer)}\r\n\r\n"
        )
        offset = warc.tell()
        warc.write(gzip.compress(head.encode() + answer + b"\r\n\r\n", mtime=0))
        said = {
            "url": url,
            "mime": "text/html",
            "status": "200",
            "digest": digest,
            "filename": "data.warc.gz",
        }
        said |= {"offset": str(offset), "length": str(warc.tell() - offset)}
        index.append(f"127.0.0.1:{number} 20261128093000 {json.dumps(said)}\n".encode())
    return warc.getvalue(), index


def parts_of_bundle() -> dict[str, bytes]:
    """Return the members of a good bundle, without its lists."""
    answers = fetch_pages()
    warc, index = write_warc(answers)
    pages = [{"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}]
    pages += [
        {"id": str(number), "url": url, "ts": WHEN, "title": "Exercise"}
        for number, (url, answer) in enumerate(answers.items())
        if b"text/html" in answer
    ]
    return {
        "archive/data.warc.gz": warc,
        "indexes/index.cdx.gz": gzip.compress(b"".join(index), mtime=0),
        "pages/pages.jsonl": b"".join(json.dumps(page).encode() + b"\n" for page in pages),
    }


def listing(parts: Mapping[str, bytes], **more: object) -> bytes:
    """Return the list of contents of a bundle."""
    rows = [
        {
            "name": name.rpartition("/")[2],
            "path": name,
            "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
            "bytes": len(data),
        }
        for name, data in parts.items()
    ]
    said = {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "created": WHEN,
        "software": "exercise packer",
    }
    return json.dumps(said | {"resources": rows} | more, indent=2).encode()


def write_bundle(
    path: Path,
    parts: Mapping[str, bytes],
    *,
    contents: bytes | None = None,
    digest: Mapping[str, object] | None = None,
    change: Callable[[dict[str, bytes]], None] = lambda _: None,
) -> Path:
    """Pack a bundle; ``change`` alters members after the lists were made, as damage or a forger would."""
    contents = listing(parts) if contents is None else contents
    stated = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(contents).hexdigest()}"}
    members = dict(parts) | {"datapackage.json": contents}
    members["datapackage-digest.json"] = json.dumps(stated | dict(digest or {})).encode()
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path
