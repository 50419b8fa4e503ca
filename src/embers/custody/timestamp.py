"""RFC 3161 time-stamps: what is stamped, the request, and what a reply says to two independent verifiers.

Stamped is a *statement*: one canonical object that holds the newest signed checkpoint of every log and the digests
of all earlier replies. So one token covers every entry, and each new round renews the old tokens while their
algorithms still hold. A reply is kept as it came, whatever any parser thinks of it: strict readers refuse real
tokens of real authorities whose certificates are not sorted, and a court's expert may have a better reader.
"""

from __future__ import annotations

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

import rfc3161_client
from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from embers.errors import CustodyError, EmbersError
from embers.journal.assertion import JsonValue
from embers.journal.canonical import decode, encode

STATEMENT_MEDIA = "application/vnd.embers.time-statement+json"
REPLY_MEDIA = "application/timestamp-reply"
#: Bytes of the number that ties a reply to its request.
NONCE_BYTES = 16
#: First and second verifier; the second reads what the first is too strict for.
FIRST, SECOND = "rfc3161-client", "pyhanko"


@dataclass(frozen=True, slots=True)
class Statement:
    """What one round of stamping covers: signed checkpoints, and SHA-256 of the earlier replies."""

    checkpoints: tuple[str, ...]
    replies: tuple[str, ...] = ()

    def encode(self) -> bytes:
        """Return the canonical bytes whose SHA-256 is stamped."""
        parts: dict[str, JsonValue] = {"v": 1, "checkpoints": list(self.checkpoints)}
        return encode(parts | {"replies": list(self.replies)})


def read_statement(data: bytes) -> Statement:
    """Read a statement strictly; refuse anything else."""
    try:
        value = decode(data)
        if set(value) != {"v", "checkpoints", "replies"} or value["v"] != 1:
            raise TypeError("parts")
        if not all(isinstance(one, str) for part in ("checkpoints", "replies") for one in value[part]):
            raise TypeError("text")
    except (EmbersError, TypeError, KeyError) as error:
        raise CustodyError(
            "time-statement", "A time statement is malformed.", "The object was not written by Embers."
        ) from error
    return Statement(tuple(value["checkpoints"]), tuple(value["replies"]))


def request(imprint: bytes, nonce: bytes) -> bytes:
    """Return the DER bytes of a request for a token over a SHA-256, with the authority's certificates in the reply."""
    algorithm = algos.DigestAlgorithm({"algorithm": "sha256", "parameters": core.Null()})
    asked = tsp.TimeStampReq(
        {
            "version": 1,
            "message_imprint": {"hash_algorithm": algorithm, "hashed_message": imprint},
            "nonce": int.from_bytes(nonce, "big"),
            "cert_req": True,
        }
    )
    return bytes(asked.dump())


@dataclass(frozen=True, slots=True)
class Reply:
    """What a reply says of itself: nothing here is verified."""

    time: datetime
    imprint: bytes
    nonce: int | None
    serial: int
    policy: str


class _Answer(core.Sequence):  # type: ignore[misc]  # asn1crypto carries no types
    """A reply whose token may be absent, as it is when the authority refuses; asn1crypto's own demands one."""

    _fields: ClassVar = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", core.Any, {"optional": True}),
    ]


def read_reply(data: bytes) -> Reply:
    """Read a reply; refuse one that holds no token or cannot be read, saying what the authority said."""
    try:
        answer = _Answer.load(data, strict=True)
        status = answer["status"]["status"].native
        if status not in ("granted", "granted_with_mods"):
            said = " ".join(answer["status"]["status_string"].native or ())
            raise CustodyError(
                "time-refused", f"The authority refused: {status} {said}".strip() + ".", "Ask it why."
            )
        signed = answer["time_stamp_token"].parse(cms.ContentInfo)["content"]
        token = signed["encap_content_info"]["content"].parsed
        return Reply(
            token["gen_time"].native.astimezone(UTC),
            token["message_imprint"]["hashed_message"].native
            if token["message_imprint"]["hash_algorithm"]["algorithm"].native == "sha256"
            else b"",
            token["nonce"].native,
            token["serial_number"].native,
            token["policy"].native,
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CustodyError(
            "time-reply", "A time-stamp reply cannot be read.", "It is kept as it came; show it to an expert."
        ) from error


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of verifying a reply: the verifier that accepted it, or why none did."""

    verifier: str
    time: datetime | None
    problem: str = ""

    @property
    def trusted(self) -> bool:
        """Tell whether a verifier traced the token to the given roots and to the stamped bytes."""
        return bool(self.verifier)


def verify_reply(data: bytes, imprint: bytes, roots: bytes, *, nonce: bytes | None = None) -> Verdict:
    """Verify a reply over a SHA-256 against an authority's root certificates (PEM), by the first verifier that can.

    The authority's certificate must have been valid at the token's own time; that it has expired since is no fault.
    ``nonce`` is given when the reply has just come; later it is no longer known.
    """
    try:
        reply = read_reply(data)
    except CustodyError as error:
        return Verdict("", None, error.message)
    if reply.imprint != imprint:
        return Verdict("", reply.time, "The token covers other bytes.")
    if nonce is not None and reply.nonce != int.from_bytes(nonce, "big"):
        return Verdict("", reply.time, "The token answers another request: its nonce differs.")
    problems = []
    for name, verify in ((FIRST, _first), (SECOND, _second)):
        problem = verify(data, imprint, roots, reply.time)
        if not problem:
            return Verdict(name, reply.time)
        problems.append(f"{name}: {problem}")
    return Verdict("", reply.time, "; ".join(problems))


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__


def _first(data: bytes, imprint: bytes, roots: bytes, _time: datetime) -> str:
    try:
        builder = rfc3161_client.VerifierBuilder()
        for root in x509.load_pem_x509_certificates(roots):
            builder = builder.add_root_certificate(root)
        answer = rfc3161_client.decode_timestamp_response(data)
        return "" if builder.build().verify(answer, imprint) else "not verified"
    except Exception as error:  # a foreign parser on hostile bytes: whatever it raises is a refusal
        return _short(error)


def _second(data: bytes, imprint: bytes, roots: bytes, time: datetime) -> str:
    # Slow to import, and needed only for tokens the first verifier is too strict for.
    from pyhanko.sign.validation import generic_cms  # noqa: PLC0415
    from pyhanko_certvalidator import ValidationContext  # noqa: PLC0415

    try:
        trusted = _certificates(roots)
        signed = tsp.TimeStampResp.load(data)["time_stamp_token"]["content"]
        others = [
            one.chosen for one in signed["certificates"] if isinstance(one.chosen, asn1_x509.Certificate)
        ]
        context = ValidationContext(
            trust_roots=trusted, other_certs=others, moment=time, allow_fetching=False
        )
        run = generic_cms.validate_tst_signed_data(signed, context, lambda _algorithm: imprint)
        with ThreadPoolExecutor(1) as own:  # whoever calls may have an event loop running in this thread
            status = own.submit(asyncio.run, run).result()
    except Exception as error:  # as above
        return _short(error)
    # A path and a good signature are reported also for a certificate that had expired: only this tells.
    if not (status["intact"] and status["valid"]):
        return "the signature does not fit"
    return "" if status["trust_problem_indic"] is None else "no valid chain to the given roots at its time"


def _certificates(pem: bytes) -> list[asn1_x509.Certificate]:
    found = x509.load_pem_x509_certificates(pem)
    return [asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in found]


def imprint_of(statement: bytes) -> bytes:
    """Return what a token over a statement must name."""
    return hashlib.sha256(statement).digest()
