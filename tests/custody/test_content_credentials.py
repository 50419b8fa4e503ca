"""Content credentials of pictures signed here with throw-away keys, read without anything leaving the machine."""

from __future__ import annotations

import datetime
import io
import json
import socket
from pathlib import Path

import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

from embers.custody.content_credentials import read_credentials
from embers.custody.preserved import Preserved


def certificate(name, key, issuer, issuer_key, *, authority):
    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=400))
        .not_valid_after(now + datetime.timedelta(days=4000))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not authority, key_cert_sign=authority, crl_sign=authority, **usage
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )
    if not authority:
        made = made.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
    return made.sign(issuer_key, hashes.SHA256())


def named(text):
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, text), x509.NameAttribute(NameOID.COMMON_NAME, text)]
    )


def sign(*, remote: str = "") -> bytes:
    """Return a picture signed with throw-away keys; with ``remote`` its manifest lies only at that address."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = certificate(named("Exercise Root"), root_key, named("Exercise Root"), root_key, authority=True)
    leaf = certificate(named("Exercise Camera"), key, named("Exercise Root"), root_key, authority=False)
    chain = b"".join(one.public_bytes(serialization.Encoding.PEM) for one in (leaf, root))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signer = c2pa.Signer.from_info(
        c2pa.C2paSignerInfo(alg=b"es256", sign_cert=chain, private_key=private, ta_url=None)
    )
    claim = {
        "claim_generator_info": [{"name": "exercise-camera", "version": "1.0"}],
        "title": "exercise.jpg",
        "assertions": [
            {
                "label": "c2pa.actions",
                "data": {
                    "actions": [
                        {
                            "action": "c2pa.created",
                            "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture",
                        }
                    ]
                },
            }
        ],
    }
    source, target = io.BytesIO(), io.BytesIO()
    Image.effect_noise((96, 64), 80).convert("RGB").save(source, "JPEG")
    source.seek(0)
    with c2pa.Builder(json.dumps(claim)) as builder:
        if remote:
            builder.set_remote_url(remote)
            builder.set_no_embed()
        builder.sign(signer, "image/jpeg", source, target)
    return target.getvalue()


@pytest.fixture(scope="module")
def signed() -> bytes:
    return sign()


def seen(folder: Path, data: bytes) -> Preserved:
    path = folder / "object"
    path.write_bytes(data)
    return Preserved(lambda: path.open("rb"), path, "image/jpeg")


def test_a_manifest_is_read_as_a_claim_of_its_signer(signed, tmp_path):
    found = read_credentials(seen(tmp_path, signed))
    assert found.state == "valid"
    assert found.signer == "Exercise Camera"
    assert "exercise-camera" in found.maker
    assert "not checked against any list of trust" in found.detail


def test_a_changed_picture_makes_it_invalid(signed, tmp_path):
    data = bytearray(signed)
    data[-200] ^= 0xFF  # in the picture, behind the manifest
    found = read_credentials(seen(tmp_path, bytes(data)))
    assert found.state == "invalid"
    assert "mismatch" in found.detail


def test_a_damaged_manifest_is_unreadable_and_a_plain_picture_has_none(signed, tmp_path):
    cut = signed[: signed.index(b"c2pa") + 40]
    assert read_credentials(seen(tmp_path, cut)).state == "unreadable"
    plain = io.BytesIO()
    Image.new("RGB", (8, 8)).save(plain, "JPEG")
    assert read_credentials(seen(tmp_path, plain.getvalue())) is None


def test_a_manifest_that_lies_elsewhere_is_not_fetched(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        data = sign(remote=f"http://127.0.0.1:{server.getsockname()[1]}/manifest.c2pa")
        assert b"manifest.c2pa" in data
        # With the mark behind the picture the reader itself is asked, and must refuse.
        found = read_credentials(seen(tmp_path, data + b"c2pa"))
        assert found.state == "unreadable"
        with pytest.raises(TimeoutError):
            server.accept()
