"""An act under an idempotency key is signed once, whatever happens between the request and its answer.

The key is bound to the person, the method, the address and the body. Before anything is signed, a row says that the act
has begun, where the log ended then, and the seed its ids are drawn from. A request that comes again finds the answer;
or, after a crash, it draws the same ids and looks for them in the log: if they are there the entry was signed and its
answer is given, if not the act is done now. So there is never a second entry, and never a lost one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Schema, Status
from pydantic import Field

from embers.access.roles import Permission, permissions
from embers.actions.recorder import Act, Recorder
from embers.errors import AccessDenied, ApiError
from embers.ids import new_id
from embers.journal.entry import SignedEntry, read_entry
from embers.web.accounts.models import KeyedAct
from embers.web.reader import folder_of, policy_of, reader_of
from embers.web.signing import recorder_of

HEADER = "Idempotency-Key"
#: How long an answer is kept. A request that comes again later is a new act.
KEPT = timedelta(days=30)
_KEY = re.compile(r"[!-~]{8,200}\Z")
#: No act here draws more ids than this: the largest body holds fewer assertions.
_IDS = 5000
_RUNNING: set[str] = set()
_LOCK = threading.Lock()


class Recorded(Schema):
    """The signed entry an act became. A pure function of the entry, so it can be told again after a crash."""

    entry: str
    log: str
    seq: int
    act: str
    subjects: list[str] = Field(description="Records the entry says something of; a new one is the first.")
    assertions: list[str]


@dataclass(slots=True)
class SeededIds:
    """Draws the ids of one act from a secret seed, always the same ones. For nothing but ids."""

    seed: bytes
    drawn: int = 0

    def bytes(self, count: int) -> bytes:
        """Return the next ``count`` bytes, at most 32."""
        self.drawn += 1
        return hmac.digest(self.seed, self.drawn.to_bytes(8, "big"), "sha256")[:count]


Draft = Callable[[Recorder], Act]


def recorded_once(
    request: HttpRequest, response: HttpResponse, needs: Permission, draft: Draft
) -> Status[Recorded]:
    """Sign what ``draft`` returns, or tell what was signed for this request before."""
    digest, asked = _key_of(request), _request_digest(request)
    with _alone(digest):
        row = _begun(request, digest, asked)
        if row.answer:
            response.headers["Idempotency-Replayed"] = "true"
            return Status(201, Recorded(**json.loads(row.answer)))
        found = _signed_before(request, row)
        if found is not None:
            folder_of(request).projection().close()  # the crash may have come before the tables held it
            response.headers["Idempotency-Replayed"] = "true"
        else:
            found = _sign(request, row, needs, draft)
        told = _told(found)
        KeyedAct.objects.filter(digest=digest).update(answer=told.model_dump_json(), seed="")
        return Status(201, told)


def _key_of(request: HttpRequest) -> str:
    key = request.headers.get(HEADER, "")
    if not _KEY.match(key):
        raise ApiError(
            "key",
            f"The header {HEADER} is missing, or is not 8 to 200 visible ASCII signs.",
            "Send a fresh random text for each act, and the same one when you send the request again.",
        )
    return hashlib.sha256(f"{reader_of(request).person}\n{key}".encode()).hexdigest()


def _request_digest(request: HttpRequest) -> str:
    said = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    said.update(request.body)
    return said.hexdigest()


class _alone:  # noqa: N801 - reads as a word at its one place of use
    """Lets one request with a key be answered at a time; the next is told to wait."""

    def __init__(self, digest: str) -> None:
        self._digest = digest

    def __enter__(self) -> None:
        with _LOCK:
            if self._digest in _RUNNING:
                raise ApiError("key-running", "A request with this key is being answered.", "Ask again soon.")
            _RUNNING.add(self._digest)

    def __exit__(self, *_: object) -> None:
        with _LOCK:
            _RUNNING.discard(self._digest)


def _begun(request: HttpRequest, digest: str, asked: str) -> KeyedAct:
    """Return the row of this act, on stable storage; refuse a key that was used for another request."""
    folder = folder_of(request)
    with transaction.atomic():
        KeyedAct.objects.filter(at__lt=timezone.now() - KEPT).exclude(answer="").delete()
        row = KeyedAct.objects.filter(digest=digest).first()
        if row is None:
            journal = folder.journal()
            try:
                log = journal.own_log() or ""
                size = journal.store.size(log) if log else 0
            finally:
                journal.close()
            row = KeyedAct.objects.create(
                digest=digest,
                request=asked,
                seed=secrets.token_hex(32),
                log=log,
                size=size,
                answer="",
                at=timezone.now(),
            )
    if row.request != asked:
        raise ApiError(
            "key-reused", "This key was used for another request.", "Send a fresh key with each new act."
        )
    return row


def _signed_before(request: HttpRequest, row: KeyedAct) -> SignedEntry | None:
    """Return the entry that was signed for this act before a crash, found by the ids only this act draws."""
    journal = folder_of(request).journal(read_only=True)
    try:
        end = journal.store.size(row.log) if row.log else 0
        if end <= row.size:
            return None
        source = SeededIds(bytes.fromhex(row.seed))
        own = {new_id(source) for _ in range(_IDS)}
        for stored in journal.store.log_entries(row.log, row.size, end):
            signed = read_entry(stored.raw)
            if any(said.id in own for said in signed.entry.assertions):
                return signed
        return None
    finally:
        journal.close()


def _sign(request: HttpRequest, row: KeyedAct, needs: Permission, draft: Draft) -> SignedEntry:
    recorder = None
    try:
        recorder = _recorder(request, row, needs)
        return recorder.record(draft(recorder))
    except BaseException:
        # Refused before it was signed: the key is free again. Signed, but not brought into the tables: the row stays.
        if _signed_before(request, row) is None:
            KeyedAct.objects.filter(digest=row.digest).delete()
        raise
    finally:
        if recorder is not None:
            recorder.journal.close()


def _recorder(request: HttpRequest, row: KeyedAct, needs: Permission) -> Recorder:
    recorder = recorder_of(request, role=role_for(request, needs))
    if recorder is None:
        raise AccessDenied(
            "key-locked",
            "The signing key of this token's person is not unlocked on this server.",
            "Unlock it with POST /api/v1/key; it is forgotten after a while without use.",
        )
    recorder.surroundings = replace(recorder.surroundings, randomness=SeededIds(bytes.fromhex(row.seed)))
    return recorder


def role_for(request: HttpRequest, needs: Permission) -> str:
    """Return the role in which somebody does what needs a permission, as entries name it."""
    roles = policy_of(folder_of(request)).of(reader_of(request).person).roles
    return next((one for one in sorted(roles) if needs in permissions([one])), "member")


def _told(signed: SignedEntry) -> Recorded:
    said = signed.entry.assertions
    return Recorded(
        entry=signed.id,
        log=signed.entry.log,
        seq=signed.entry.seq,
        act=signed.entry.act,
        subjects=list(dict.fromkeys(one.subject for one in said)),
        assertions=[one.id for one in said],
    )
