"""Starts ``embers office serve`` as people do, as a process with a certificate of its own."""

from __future__ import annotations

import datetime
import ipaddress
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TOKEN = "a token of the exercise, long enough"
HOST = "127.0.0.1"
_PATIENCE = 120


@dataclass(frozen=True)
class Pair:
    certificate: Path
    key: Path


def make_pair(folder: Path, name: str, *, days: tuple[int, int] = (-1, 1)) -> Pair:
    """Make a self-signed certificate for this computer, valid between two days from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    first, last = (now + datetime.timedelta(days=day) for day in days)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(last)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    pair = Pair(folder / f"{name}.pem", folder / f"{name}.key")
    pair.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pair.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return pair


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind((HOST, 0))
        return int(trial.getsockname()[1])


class Office:
    """A running office. Its log lies beside its case."""

    def __init__(self, root: Path, pair: Pair, port: int | None = None) -> None:
        self.port, self.pair, self.log = port or free_port(), pair, root / "office.log"
        words = ["office", "serve", root / "office", "--port", self.port]
        words += ["--certificate", pair.certificate, "--private-key", pair.key]
        environment = os.environ | {"EMBERS_SYNC_TOKEN": TOKEN, "EMBERS_KEYRING": str(root / "keys-office")}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "embers.cli.main", *map(str, words)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._wait(answers=True)

    @property
    def address(self) -> str:
        return f"https://{HOST}:{self.port}"

    def _wait(self, *, answers: bool) -> None:
        """Wait until the port is answered, or until nobody holds it any more."""
        end = time.monotonic() + _PATIENCE
        while self._answers() != answers:
            ended = self.process.poll() is not None
            assert time.monotonic() < end and not (answers and ended), self.log.read_text()
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            socket.create_connection((HOST, self.port), timeout=5).close()
        except OSError:
            return False
        return True

    def kill(self) -> None:
        """End the started process at once, as a power cut does; wait until its port is free."""
        self.process.kill()
        self.process.wait(_PATIENCE)
        self._wait(answers=False)

    def stop(self) -> int:
        """Ask it to stop, as a service manager does; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(_PATIENCE)
        self._wait(answers=False)
        return code

    def raw(self, data: bytes) -> bytes:
        """Send bytes as they are over TLS and return the answer until the office closes."""
        context = ssl.create_default_context(cafile=str(self.pair.certificate))
        with (
            socket.create_connection((HOST, self.port), timeout=_PATIENCE) as plain,
            context.wrap_socket(plain, server_hostname=HOST) as line,
        ):
            line.sendall(data)
            parts = []
            while part := line.recv(65536):
                parts.append(part)
            return b"".join(parts)
