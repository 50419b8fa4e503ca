"""A real time-stamping authority made with ``openssl ts``, behind a small HTTP server that can also misbehave."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_CONFIG = """[ tsa ]
default_tsa = one
[ one ]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.3.6.1.4.1.55555.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    signer: ec.EllipticCurvePrivateKey,
    life: timedelta,
) -> x509.Certificate:
    now = datetime.now(UTC)
    root = subject == issuer
    built = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + life)
        .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .add_extension(
            x509.KeyUsage(not root, False, False, False, False, root, root, False, False), critical=True
        )
    )
    if not root:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        built = built.add_extension(usage, critical=True)
    return built.sign(signer, hashes.SHA256())


@dataclass
class StampAuthority:
    """An authority with a root and a signing certificate of its own. ``misbehave`` alters or replaces replies."""

    name: str
    life: timedelta = timedelta(days=30)
    extra_certificates: bool = False
    misbehave: Callable[[BaseHTTPRequestHandler, bytes], bytes | None] | None = None
    asked: int = 0
    folder: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="embers-tsa-"))
        root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        root_name = f"Exercise root of {self.name}"
        root = _certificate(root_name, root_key, root_name, root_key, timedelta(days=3650))
        own = _certificate(f"Exercise authority {self.name}", key, root_name, root_key, self.life)
        self.until = own.not_valid_after_utc
        self._write("root.pem", root.public_bytes(Encoding.PEM))
        self._write("own.pem", own.public_bytes(Encoding.PEM))
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._write("own.key", secret)
        # In an order that is not the sorted one, as a large authority sends them.
        others = sorted((root, own), key=lambda one: one.public_bytes(Encoding.DER), reverse=True)
        self._write("chain.pem", b"".join(one.public_bytes(Encoding.PEM) for one in others))
        self._write("serial", b"01\n")
        self._write("config", _CONFIG.format(folder=self.folder).encode())
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        Thread(target=self.server.serve_forever, daemon=True).start()

    def _write(self, name: str, data: bytes) -> None:
        (self.folder / name).write_bytes(data)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/time"

    @property
    def roots(self) -> bytes:
        return (self.folder / "root.pem").read_bytes()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def wait_until_expired(self) -> None:
        while datetime.now(UTC) <= self.until:
            time.sleep(0.1)

    def reply(self, query: bytes) -> bytes:
        """Answer a request with ``openssl ts``."""
        self._write("query", query)
        subprocess.run(
            [
                *("openssl", "ts", "-reply", "-config", str(self.folder / "config"), "-section", "one"),
                *("-queryfile", str(self.folder / "query"), "-out", str(self.folder / "reply")),
                *("-signer", str(self.folder / "own.pem"), "-inkey", str(self.folder / "own.key")),
                *(("-chain", str(self.folder / "chain.pem")) if self.extra_certificates else ()),
            ],
            check=True,
            capture_output=True,
        )
        return (self.folder / "reply").read_bytes()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                authority.asked += 1
                query = self.rfile.read(int(self.headers["Content-Length"]))
                data = authority.misbehave(self, query) if authority.misbehave else authority.reply(query)
                if data is None:
                    return
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *arguments: object) -> None:
                pass

        return Handler


def openssl_verifies(reply: bytes, data: bytes, roots: bytes, folder: Path, *more: str) -> bool:
    """Ask somebody else's program whether a reply stamps the data."""
    for name, content in (("reply", reply), ("data", data), ("roots", roots)):
        (folder / f"check.{name}").write_bytes(content)
    found = subprocess.run(
        [
            *("openssl", "ts", "-verify", "-in", str(folder / "check.reply")),
            *("-data", str(folder / "check.data"), "-CAfile", str(folder / "check.roots"), *more),
        ],
        check=False,
        capture_output=True,
    )
    return found.returncode == 0
