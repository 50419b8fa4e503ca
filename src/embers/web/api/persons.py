"""Who asks: the token, its person, and the signing key they unlock for it."""

from __future__ import annotations

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from embers.access.standing import LEVELS
from embers.errors import ApiError
from embers.web.reader import reader_of, sitting_of, token_of
from embers.web.signing import MEMORY, signer_of, unlock

router = Router(tags=["Token and key"])


class MeOut(Schema):
    """Whose token this is, what it may do now, and whether their key is unlocked for it."""

    name: str
    person: str
    token: str
    scopes: list[str] = Field(description="What the person may do and the token names.")
    level: str
    expires: str
    key_unlocked: bool


class PassphraseIn(Schema):
    """The passphrase of a signing key; empty for a key without one."""

    passphrase: str = Field("", max_length=1000)


class KeyOut(Schema):
    """Whether the key of the token's person is unlocked for it."""

    unlocked: bool


@router.get("/me", url_name="api-me", response=MeOut, operation_id="getMe")
def me(request: HttpRequest) -> MeOut:
    """Read whose token this is and what it may do."""
    reader, token = reader_of(request), token_of(request)
    return MeOut(
        name=reader.name,
        person=reader.person,
        token=token.name if token else "",
        scopes=sorted(one.value for one in reader.permissions),
        level=LEVELS[reader.standing.level if reader.standing else -1],
        expires=token.expires.isoformat(timespec="seconds") if token else "",
        key_unlocked=signer_of(request) is not None,
    )


@router.post("/key", url_name="api-key", response=KeyOut, operation_id="unlockKey")
def unlock_key(request: HttpRequest, body: PassphraseIn) -> KeyOut:
    """Unlock the signing key of the token's person, for this token, in the memory of the server only."""
    if not ratelimit.consume(request, action="unlock_key", user=request.user):
        raise ApiError("slow", "Too many passphrases were tried.", "Wait a few minutes.")
    unlock(request, body.passphrase)
    return KeyOut(unlocked=True)


@router.delete("/key", url_name="api-key", response={204: None}, operation_id="lockKey")
def lock_key(request: HttpRequest) -> HttpResponse:
    """Forget the unlocked key of this token."""
    MEMORY.forget(sitting_of(request))
    return HttpResponse(status=204)
