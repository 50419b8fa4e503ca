"""A TLS certificate where no certificate authority can be asked: an office, or a laptop that phones reach in the field.

It is trusted because somebody carried it, or compared its fingerprint, not because of who signed it: it signs itself,
and cannot sign others.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from embers.errors import UsageError
from embers.surroundings import Randomness

#: Browsers refuse what is valid for longer (CA/Browser Forum, Baseline Requirements 6.3.2).
LONGEST_DAYS = 397
#: The order of the group of P-256 (NIST SP 800-186, 3.2.1.3).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its private key (PKCS #8, not encrypted) as PEM, and the fingerprint people compare."""

    certificate: bytes
    private_key: bytes
    fingerprint: str


def make_certificate(
    names: Sequence[str], *, now: datetime, randomness: Randomness, days: int = 30
) -> Certificate:
    """Return a certificate on P-256 for host names and addresses, valid for so many days.

    It begins a day ago: clocks of phones and laptops differ. Refused are no name, a name no host has, and days
    outside 1 to 397.
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise UsageError("days", f"{days} days are not possible.", f"Give 1 to {LONGEST_DAYS}.")
    known = [_general_name(name) for name in names]
    if not known:
        raise UsageError("certificate-name", "No address is given.", "Give the address people will type.")
    number = int.from_bytes(randomness.bytes(40)) % (_ORDER - 1) + 1
    key = ec.derive_private_key(number, ec.SECP256R1())
    public = key.public_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    identifier = x509.SubjectKeyIdentifier.from_public_key(public)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    signed = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=public)
        .serial_number(int.from_bytes(randomness.bytes(16)) >> 1 or 1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(known), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
        )
        .sign(key, SHA256())
    )
    return Certificate(
        signed.public_bytes(Encoding.PEM),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        signed.fingerprint(SHA256()).hex(":").upper(),
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    labels = name.split(".")
    if not name.isascii() or not all(label.replace("-", "").isalnum() for label in labels):
        raise UsageError(
            "certificate-name",
            f"{name!r} is neither an address nor a host name.",
            "Give it without https:// and without a port, such as 192.0.2.7.",
        )
    return x509.DNSName(name)
