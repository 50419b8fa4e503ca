"""Certificates made by Embers, judged by OpenSSL."""

import subprocess
from datetime import UTC, datetime

import pytest

from embers.custody.certificate import make_certificate
from embers.errors import UsageError
from embers.surroundings import SystemRandomness

NOW = datetime(2031, 5, 9, 12, tzinfo=UTC)


def openssl(*options, given=b""):
    return subprocess.run(["openssl", *options], input=given, capture_output=True, check=False)


def test_openssl_trusts_it_for_its_names_and_days_and_for_nothing_else(tmp_path):
    made = make_certificate(["192.0.2.7", "laptop.test"], now=NOW, randomness=SystemRandomness(), days=30)
    cert = tmp_path / "cert.pem"
    cert.write_bytes(made.certificate)

    def verified(*options, day=NOW):
        at = str(int(day.timestamp()))
        strict = ("verify", "-x509_strict", "-purpose", "sslserver", "-attime", at, "-CAfile", str(cert))
        return openssl(*strict, *options, str(cert)).returncode == 0

    assert verified("-verify_ip", "192.0.2.7")
    assert verified("-verify_hostname", "laptop.test")
    assert not verified("-verify_ip", "192.0.2.8")
    assert not verified("-verify_hostname", "other.test")
    assert not verified(day=datetime(2031, 6, 9, tzinfo=UTC))
    told = openssl(
        "x509", "-noout", "-fingerprint", "-sha256", "-ext", "basicConstraints", given=made.certificate
    )
    assert made.fingerprint in told.stdout.decode()
    assert "CA:FALSE" in told.stdout.decode()
    key = openssl("pkey", "-pubout", given=made.private_key).stdout
    assert key == openssl("x509", "-noout", "-pubkey", given=made.certificate).stdout


@pytest.mark.parametrize(
    ("names", "days", "code"),
    [
        ([], 30, "certificate-name"),
        (["https://laptop.test"], 30, "certificate-name"),
        (["laptop.test:8731"], 30, "certificate-name"),
        (["192.0.2.7"], 0, "days"),
        (["192.0.2.7"], 398, "days"),
    ],
)
def test_what_no_browser_would_take_is_refused(names, days, code):
    with pytest.raises(UsageError) as refused:
        make_certificate(names, now=NOW, randomness=SystemRandomness(), days=days)
    assert refused.value.code == f"usage.{code}"
