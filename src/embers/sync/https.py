"""The other side of an exchange behind an HTTPS address. The only module of exchange that opens a connection.

Plain ``http`` is refused except to this computer itself. A certificate must be valid for the host; an office with a
certificate of its own gives its file to those who connect.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from embers.errors import EmbersError, SyncError
from embers.journal.assertion import shape
from embers.journal.canonical import decode, encode
from embers.objects.wraps import WrapName
from embers.sync.chunks import Manifest, read_manifest, require_chunk
from embers.sync.office_app import MAX_REQUEST
from embers.sync.wire import (
    Answer,
    Frontier,
    LogHead,
    read_answer,
    read_frontier,
    read_receipts,
    receipts_data,
)
from embers.sync.witness import Answered, request_text
from embers.sync.wrap_exchange import Wrapped, names_data, read_names, read_wraps, wraps_data

TIMEOUT = 60
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
#: Makes a connection to (host, port); tests put a bad line in between.
Connect = Callable[[str, int], http.client.HTTPConnection]


class HttpsPeer:
    """The other side of an exchange, as far as it answers over HTTPS."""

    def __init__(
        self, address: str, *, token: str, certificate: Path | None = None, connect: Connect | None = None
    ) -> None:
        self._line = Line(address, token=token, certificate=certificate, connect=connect)

    def frontier(self) -> Frontier:
        """Ask for every head."""
        return read_frontier(self._ask("frontier"))

    def package(self, head: LogHead, start: int) -> bytes | None:
        """Ask for a package."""
        return self._ask("package", encode({"head": head.to_json(), "start": start})) or None

    def asks(self, head: LogHead) -> Answer:
        """Ask what is needed next."""
        return read_answer(self._ask("asks", encode(head.to_json())))

    def take(self, data: bytes) -> Answer:
        """Send a package."""
        return read_answer(self._ask("take", data))

    def lacking(self, digests: Sequence[str]) -> list[str]:
        """Ask which objects are wanted there."""
        if not digests:
            return []
        data = decode(self._ask("lacking", encode({"objects": list(digests)})))
        return [str(sha256) for sha256 in shape(data, {"objects": list}, {}, "answer")["objects"]]

    def manifest(self, sha256: str) -> Manifest | None:
        """Ask for the pieces of an object."""
        data = self._ask("manifest", encode({"object": sha256}))
        return read_manifest(data) if data else None

    def chunk(self, manifest: Manifest, index: int) -> bytes | None:
        """Ask for a piece; a damaged one is refused."""
        asked = encode({"manifest": decode(manifest.data()), "index": index})
        data = self._ask("chunk", asked)
        require_chunk(manifest.chunks[index], data)
        return data

    def offer_object(self, manifest: Manifest) -> list[int]:
        """Ask which pieces are missing there."""
        data = decode(self._ask("offer-object", manifest.data()))
        return [int(index) for index in shape(data, {"missing": list}, {}, "answer")["missing"]]

    def put_chunk(self, name: str, data: bytes) -> None:
        """Send a piece."""
        self._ask("put-chunk", name.encode() + data)

    def wraps(self) -> list[WrapName]:
        """Ask which wrapped keys are held there."""
        return read_names(self._ask("wraps"))

    def fetch_wraps(self, names: Sequence[WrapName]) -> list[Wrapped]:
        """Ask for wrapped keys."""
        asked = set(names)
        found = read_wraps(self._ask("fetch-wraps", names_data(names)))
        return [one for one in found if one[0] in asked]

    def take_wraps(self, wraps: Sequence[Wrapped]) -> int:
        """Send wrapped keys."""
        if not wraps:
            return 0
        data = decode(self._ask("take-wraps", wraps_data(wraps)))
        return int(shape(data, {"taken": int}, {}, "answer")["taken"])

    def forget(self, wraps: Sequence[WrapName], objects: Sequence[str]) -> None:
        """Do nothing: an office sees to it itself."""
        del wraps, objects

    def receipts(self) -> list[str]:
        """Ask for receipts."""
        return read_receipts(self._ask("receipts"))

    def take_receipts(self, notes: Sequence[str]) -> None:
        """Send receipts."""
        self._ask("take-receipts", receipts_data(notes))

    def close(self) -> None:
        """End the connection."""
        self._line.close()

    def _ask(self, name: str, body: bytes = b"") -> bytes:
        status, data = self._line.ask(name, body)
        if status == 200:
            return data
        raise _refusal(status, data, self._line.host)


class HttpsWitness:
    """A witness behind an HTTPS address (C2SP tlog-witness 1.0.0), of Embers or of anybody.

    A log it does not know is offered to it by ``add-log``, which is ours; others answer that they know no such thing.
    """

    def __init__(self, address: str, *, token: str, certificate: Path | None = None) -> None:
        self._line = Line(address, token=token, certificate=certificate)

    def answers(self, origin: str) -> list[Answered]:
        """Return nothing: over a line every question is answered at once."""
        del origin
        return []

    def ask(self, head: LogHead, old: int, proof: Sequence[bytes]) -> Answered:
        """Ask for a cosignature."""
        request = request_text(old, proof, head.note).encode()
        status, data = self._line.ask("add-checkpoint", request)
        if status == 404:
            added, _ = self._line.ask("add-log", head.vkey.encode())
            if added == 200:
                status, data = self._line.ask("add-checkpoint", request)
        return Answered(status, data.decode("utf-8", "replace"), old, head.note)


class Line:
    """A connection to one address, opened when it is first needed and kept."""

    def __init__(
        self, address: str, *, token: str, certificate: Path | None = None, connect: Connect | None = None
    ) -> None:
        parts = urlsplit(address)
        host = parts.hostname or ""
        if parts.scheme not in {"https", "http"} or not host:
            raise SyncError("address", f"{address!r} is no address of an office.", "It begins with https://.")
        if parts.scheme == "http" and host not in _LOOPBACK:
            raise SyncError("plain", f"{address} would be reached in the clear.", "Use https://.")
        self.host = host
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._path = parts.path.rstrip("/")
        self._token = token
        self._connect = connect or _connector(parts.scheme, certificate)
        self._open: http.client.HTTPConnection | None = None

    def close(self) -> None:
        """End the connection."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def ask(self, name: str, body: bytes = b"") -> tuple[int, bytes]:
        """Send a request; return the status and the bytes of the answer. A line that breaks is an error."""
        try:
            if self._open is None:
                self._open = self._connect(self.host, self._port)
            self._open.request(
                "POST", f"{self._path}/{name}", body, {"Authorization": f"Bearer {self._token}"}
            )
            answer = self._open.getresponse()
            data = answer.read(MAX_REQUEST * 4)
            if (
                answer.length != 0 and not answer.chunked
            ):  # http.client does not say that an answer was cut off
                raise http.client.IncompleteRead(data, answer.length)
        except ssl.SSLError as error:
            self.close()
            raise _not_trusted(error, self.host) from error
        except (OSError, http.client.HTTPException) as error:
            self.close()
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise SyncError(
                "link", f"The connection to {self.host} broke: {why}.", "Try again; it goes on from there."
            ) from error
        return answer.status, data


def _not_trusted(error: ssl.SSLError, host: str) -> SyncError:
    """Say why nothing is sent to a host: it does not speak TLS, or its certificate is not one to believe."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return SyncError(
            "certificate",
            f"{host} could not show that it is the office: {error.verify_message.rstrip('.')}. Nothing was sent.",
            "Check this computer's clock, and ask the office for its certificate; give it with --certificate.",
        )
    return SyncError(
        "tls",
        f"No secure connection to {host}: {error.reason or error}.",
        "Check the address and the port; if the line broke, try again.",
    )


def _refusal(status: int, data: bytes, host: str) -> SyncError:
    try:
        said = shape(decode(data), {"code": str, "message": str, "hint": str}, {}, "refusal")
    except EmbersError:
        return SyncError("refused", f"{host} answered {status}.", "Check the address and the exchange token.")
    found = SyncError("refused", said["message"], said["hint"])
    found.code = said["code"]
    return found


def _connector(scheme: str, certificate: Path | None) -> Connect:
    if scheme == "http":
        return lambda host, port: http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    try:
        context = ssl.create_default_context(cafile=str(certificate) if certificate else None)
    except OSError as error:
        raise SyncError(
            "certificate-file",
            f"{certificate} cannot be used as a certificate: {error.strerror or error}.",
            "Give the office's certificate as a PEM file.",
        ) from error
    return lambda host, port: http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=context)
