"""Who asks the API, and whether they may: the part of the guard that is the API's own.

Nobody is answered without a token as soon as the case has accounts; then every address gives the same answer, whether
or not there is anything. Before there are accounts the holder of the folder reads without one, as on the pages, and
nothing is written: a page of another server could otherwise have the browser of the holder write.
"""

from __future__ import annotations

import base64
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from django.http import HttpRequest

from embers.errors import AccessDenied, ApiError
from embers.web.accounts.tokens import token_with
from embers.web.environment import OPENROSA_ROOT
from embers.web.reader import accounts_in_use, folder_of, has_factor, policy_of, reader_of
from embers.web.rules import Door, Rule
from embers.web.security import MAX_BODY, body_length

_BEARER, _BASIC = "bearer ", "basic "
#: Wrong tokens one address may send within so many seconds, and the addresses remembered.
_WRONG, _WITHIN_S, _ADDRESSES = 20, 60.0, 4096


class WrongTokens:
    """Counts wrong tokens by address, in the memory of this process. A right one is never slowed."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def allows(self, address: str) -> bool:
        """Count one more from an address; tell whether it is still answered as any other."""
        with self._lock:
            times = self._seen.setdefault(address, deque(maxlen=_WRONG))
            self._seen.move_to_end(address)
            if len(self._seen) > _ADDRESSES:
                self._seen.popitem(last=False)
            at = self._now()
            full = len(times) == _WRONG and at - times[0] < _WITHIN_S
            times.append(at)
            return not full

    def forget(self) -> None:
        """Begin to count anew."""
        with self._lock:
            self._seen.clear()


WRONG = WrongTokens()


def admit(request: HttpRequest, rule: Rule | None) -> None:
    """Return if the request may be answered; otherwise raise what it is refused with."""
    door = rule.needs if rule and isinstance(rule.needs, Door) else None
    accounts = accounts_in_use(request)
    if accounts is not None and door is not Door.ENTRANCE:
        _find_token(request)
    if rule is None:
        raise ApiError(
            "not-found", "There is nothing at this address.", "See /api/openapi.json for every operation."
        )
    method = request.method or ""
    if method not in rule.methods:
        allowed = ", ".join(sorted(rule.methods))
        raise ApiError("method", f"This address does not answer {method[:20]}.", f"It answers {allowed}.")
    if body_length(request) > (rule.body or MAX_BODY):
        raise ApiError("size", "The body is longer than this address takes.", "Send it in smaller parts.")
    if accounts is None and method not in {"GET", "HEAD"}:
        raise ApiError(
            "token",
            "Writing needs a token, and this case has no accounts yet.",
            "Make an account, then a token.",
        )
    _require(request, rule, door)


def _find_token(request: HttpRequest) -> None:
    given = request.headers.get("Authorization", "")
    secret = given[len(_BEARER) :].strip() if given[: len(_BEARER)].lower() == _BEARER else ""
    if request.path_info.startswith(OPENROSA_ROOT):
        secret = secret or _password(given)
    token = token_with(secret) if secret else None
    if token is None:
        if secret and not WRONG.allows(request.META.get("REMOTE_ADDR", "")):
            raise ApiError("slow", "Too many wrong tokens came from this address.", "Wait a minute.")
        raise ApiError(
            "token",
            "This address needs a token that is valid.",
            "Make one on the page of your account, and send it as Authorization: Bearer.",
        )
    request.embers_token = token  # type: ignore[attr-defined]
    request.user = token.account


def _password(given: str) -> str:
    """Return the password of HTTP Basic (RFC 7617): on a phone it is the token, under whatever name."""
    if given[: len(_BASIC)].lower() != _BASIC:
        return ""
    try:
        pair = base64.b64decode(given[len(_BASIC) :].strip(), validate=True).decode("utf-8")
    except ValueError:
        return ""
    return pair.partition(":")[2]


def _require(request: HttpRequest, rule: Rule, door: Door | None) -> None:
    reader = reader_of(request)
    if door is Door.ENTRANCE:
        return
    if reader.needs_factor and not has_factor(request):
        raise AccessDenied(
            "factor",
            "Whoever has this token needs a second factor.",
            "Log in and set one up, then ask again.",
        )
    needs = rule.needed_for(request.method or "")
    if isinstance(needs, Door) or any(reader.may(one) for one in needs):
        return
    told = " or ".join(sorted(repr(one.value) for one in needs))
    person = policy_of(folder_of(request)).of(reader.person)
    if reader.person and any(person.may(one) for one in needs):
        raise AccessDenied("scope", f"This token has not the scope {told}.", "Make a token that has it.")
    raise AccessDenied("role", f"No role of this person allows {told}.", "A case lead gives roles.")
