"""The office's side of an exchange over HTTPS, as a small WSGI application.

Every request carries the case's exchange token; without it nothing is answered, not even that a case is here. The
application holds no state between requests: whatever is cut off is asked for again.

What is refused is logged by the name of the request and the code of the refusal, never with words or addresses that
came with it: a log is copied and read by more people than a case.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Iterable
from typing import Any

from embers.errors import EmbersError, SyncError
from embers.journal.assertion import shape
from embers.journal.canonical import decode, encode
from embers.sync.chunks import CHUNK, read_manifest
from embers.sync.replica import Replica
from embers.sync.wire import MAX_PACKAGE, read_head, read_receipts, receipts_data
from embers.sync.witness import readable
from embers.sync.wrap_exchange import names_data, read_names, read_wraps, wraps_data

Start = Callable[[str, list[tuple[str, str]]], object]
#: No request is larger than the larger of a package and a piece.
MAX_REQUEST = max(MAX_PACKAGE, CHUNK)


_ASK = "Try again later; what has arrived is kept. Tell the office: its log names the fault."


class OfficeApp:
    """Answers exchange requests for one copy of one case, one at a time."""

    def __init__(
        self,
        replica: Replica,
        *,
        token: str,
        log: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._replica = replica
        self._token = token.encode()
        self._log = log
        self._one_at_a_time = threading.Lock()

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        status, code, data = self._answer(environ)
        if code:
            self._log(f"refused: {_known_name(environ)} {status.partition(' ')[0]} {code}")
        start(status, [("Content-Type", "application/octet-stream"), ("Content-Length", str(len(data)))])
        return [data]

    def _answer(self, environ: dict[str, Any]) -> tuple[str, str, bytes]:
        """Return the status, the code of the refusal if it is one, and the answer's bytes."""
        given = str(environ.get("HTTP_AUTHORIZATION", "")).removeprefix("Bearer ").encode()
        if not self._token or not hmac.compare_digest(given, self._token):
            return "404 Not Found", "token", b""
        try:
            length = int(environ.get("CONTENT_LENGTH") or 0)
            if not 0 <= length <= MAX_REQUEST:
                return "413 Content Too Large", "too-large", b""
            body = environ["wsgi.input"].read(length)
            if len(body) != length:
                return "400 Bad Request", "cut-off", b""
            with self._one_at_a_time:
                return "200 OK", "", self._call(_name(environ), body)
        except EmbersError as error:
            problem = {"code": error.code, "message": error.message, "hint": error.hint}
            status = readable(error) if error.family == "sync" else 403
            return f"{status} Refused", error.code, encode(problem)
        except Exception as error:
            self._log(f"failed: {_known_name(environ)} {type(error).__name__}")
            problem = {"code": "sync.office", "message": "The office could not answer.", "hint": _ASK}
            return "500 Failed", "sync.office", encode(problem)

    def _call(self, name: str, body: bytes) -> bytes:
        call = (
            getattr(self, f"_do_{name.replace('-', '_')}", None) if name.replace("-", "").isalpha() else None
        )
        if call is None:
            raise SyncError("request", f"There is no exchange request {name!r}.", "Install the same Embers.")
        found: bytes = call(body)
        return found

    def _do_frontier(self, _: bytes) -> bytes:
        return encode(self._replica.frontier().to_json())

    def _do_package(self, body: bytes) -> bytes:
        fields = shape(decode(body), {"head": dict, "start": int}, {}, "request")
        return self._replica.package(read_head(fields["head"]), fields["start"]) or b""

    def _do_asks(self, body: bytes) -> bytes:
        return encode(self._replica.asks(read_head(decode(body))).to_json())

    def _do_take(self, body: bytes) -> bytes:
        return encode(self._replica.take(body).to_json())

    def _do_lacking(self, body: bytes) -> bytes:
        digests = shape(decode(body), {"objects": list}, {}, "request")["objects"]
        return encode({"objects": self._replica.lacking([str(digest) for digest in digests])})

    def _do_manifest(self, body: bytes) -> bytes:
        manifest = self._replica.manifest(str(shape(decode(body), {"object": str}, {}, "request")["object"]))
        return manifest.data() if manifest else b""

    def _do_chunk(self, body: bytes) -> bytes:
        fields = shape(decode(body), {"manifest": dict, "index": int}, {}, "request")
        return self._replica.chunk(read_manifest(encode(fields["manifest"])), fields["index"]) or b""

    def _do_offer_object(self, body: bytes) -> bytes:
        return encode({"missing": self._replica.offer_object(read_manifest(body))})

    def _do_put_chunk(self, body: bytes) -> bytes:
        name, data = body[:64].decode("ascii", "replace"), body[64:]
        self._replica.put_chunk(name, data)
        return b""

    def _do_wraps(self, _: bytes) -> bytes:
        return names_data(self._replica.wraps())

    def _do_fetch_wraps(self, body: bytes) -> bytes:
        return wraps_data(self._replica.fetch_wraps(read_names(body)))

    def _do_take_wraps(self, body: bytes) -> bytes:
        return encode({"taken": self._replica.take_wraps(read_wraps(body))})

    def _do_receipts(self, _: bytes) -> bytes:
        return receipts_data(self._replica.receipts())

    def _do_take_receipts(self, body: bytes) -> bytes:
        self._replica.take_receipts(read_receipts(body))
        return b""


def _name(environ: dict[str, Any]) -> str:
    return str(environ.get("PATH_INFO", "")).strip("/")


def _known_name(environ: dict[str, Any]) -> str:
    """Return the request's name if there is such a request: anything else is a stranger's words."""
    name = _name(environ)
    return name if hasattr(OfficeApp, f"_do_{name.replace('-', '_')}") else "unknown"
