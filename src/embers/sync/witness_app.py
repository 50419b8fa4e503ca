"""A witness behind an HTTPS address, as a small WSGI application: C2SP tlog-witness 1.0.0 ``add-checkpoint``.

Anybody may ask for a cosignature on a log that is known here: only the holder of the log's key can. A log becomes known
by ``add-log``, which needs the token the witness gave to the organisation it works for.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Iterable
from typing import Any

from embers.errors import EmbersError, SyncError
from embers.sync.witness import Answered, Witness, readable

Start = Callable[[str, list[tuple[str, str]]], object]
#: A request holds a size, at most 63 hashes and a checkpoint of a few signatures.
MAX_REQUEST = 65_536
_NAMES = ("add-checkpoint", "add-log")


class WitnessApp:
    """Answers requests to one witness, one at a time. What is refused is logged by name and status only."""

    def __init__(
        self, witness: Witness, *, token: str, log: Callable[[str], object] = lambda _: None
    ) -> None:
        self._witness = witness
        self._token = token.encode()
        self._log = log
        self._one_at_a_time = threading.Lock()

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        name = str(environ.get("PATH_INFO", "")).rpartition("/")[2]
        try:
            found = self._answer(name, environ)
        except EmbersError as error:
            found = Answered(readable(error), error.message)
        except Exception as error:
            self._log(f"failed: {type(error).__name__}")
            found = Answered(500, "The witness could not answer.")
        if found.status != 200:
            self._log(f"refused: {name if name in _NAMES else 'unknown'} {found.status}")
        data = found.text.encode()
        kind = "text/x.tlog.size" if found.status == 409 else "text/plain; charset=utf-8"
        start(f"{found.status} Answer", [("Content-Type", kind), ("Content-Length", str(len(data)))])
        return [data]

    def _answer(self, name: str, environ: dict[str, Any]) -> Answered:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if name not in _NAMES or environ.get("REQUEST_METHOD") != "POST":
            return Answered(404, "There is no such request.")
        if not 0 <= length <= MAX_REQUEST:
            return Answered(413, "The request is too large.")
        body = environ["wsgi.input"].read(length)
        try:
            text = body.decode()
        except UnicodeDecodeError:
            raise SyncError("request", "The request is no text.", "See C2SP tlog-witness.") from None
        with self._one_at_a_time:
            if name == "add-checkpoint":
                return self._witness.answer(text)
            given = str(environ.get("HTTP_AUTHORIZATION", "")).removeprefix("Bearer ").encode()
            if not self._token or not hmac.compare_digest(given, self._token):
                return Answered(403, "The token is wrong.")
            self._witness.know(text)
        return Answered(200, "")
