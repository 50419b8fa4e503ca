"""The one door every request passes: no page, present or future, is answered without its rule.

It decides who asks, whether they may use the address, and that reading something protected is recorded before it is
shown. Which records they find is decided below it, in the tables themselves (decision 0011). Somebody who has not
logged in gets the same answer at every address, whether or not there is anything; somebody whose role does not suffice
gets the answer of an address that does not exist.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import quote

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import Resolver404, ResolverMatch, resolve, reverse

from embers.errors import EmbersError
from embers.web.accounts.database import accounts_of
from embers.web.accounts.settings import IDLE, LONGEST
from embers.web.api.door import admit
from embers.web.api.problems import problem
from embers.web.environment import ACCOUNTS_KEY
from embers.web.openrosa.answers import is_openrosa, refusal
from embers.web.reader import Reader, accounts_in_use, has_factor, is_api, reader_of
from embers.web.reading_log import record_reading
from embers.web.rules import READING, RULES, Door, Rule
from embers.web.shell import error_answer, not_found

Answer = Callable[[HttpRequest], HttpResponseBase]
_USED, _BEGUN = "embers.used", "embers.begun"
#: A session notes its use at most this often, so that reading does not write to the disk with every page.
_NOTED_EVERY_S = 30.0


def now() -> float:
    """Return the time sessions are measured by, in seconds."""
    return time.time()


def own_accounts(answer: Answer) -> Answer:
    """Send every query about accounts within a request to the case the request is about."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        accounts = request.META.get(ACCOUNTS_KEY)
        if accounts is None:
            return answer(request)
        with accounts_of(accounts.alias):
            return answer(request)

    return answered


def guard(answer: Answer) -> Answer:
    """Answer what the rule of the address allows whoever asks, and nothing else."""

    def guarded(request: HttpRequest) -> HttpResponseBase:
        try:
            match: ResolverMatch | None = resolve(request.path_info)
        except Resolver404:
            match = None
        rule = RULES.get(match.url_name or "") if match else None
        if is_api(request):
            return _guarded_api(request, rule, match) or answer(request)
        _end_old_session(request)
        try:
            refusal = _refusal(request, rule)
            if refusal is None and match is not None and rule is None:
                refusal = not_found(
                    request
                )  # the server does not start with such a route; nobody is answered either
            if refusal is None:
                _record(request, rule, match)
        except EmbersError as error:
            return error_answer(request, error)
        return refusal or answer(request)

    return guarded


def _guarded_api(
    request: HttpRequest, rule: Rule | None, match: ResolverMatch | None
) -> HttpResponseBase | None:
    """Return the problem a request to the API is refused with, or nothing."""
    try:
        admit(request, rule)
        if request.method in READING:
            _record(request, rule, match)
    except EmbersError as error:
        wrong = rule is not None and request.method not in rule.methods
        allow = ", ".join(sorted(rule.methods)) if rule and wrong else ""
        if is_openrosa(request):
            return refusal(error, allow=allow)
        return problem(error, headers={"Allow": allow} if allow else None)
    return None


def _end_old_session(request: HttpRequest) -> None:
    if accounts_in_use(request) is None or not request.user.is_authenticated:
        return
    at, session = now(), request.session
    begun, used = float(session.get(_BEGUN, at)), float(session.get(_USED, at))
    if at - used > IDLE.total_seconds() or at - begun > LONGEST.total_seconds():
        logout(request)
    elif _USED not in session or at - used > _NOTED_EVERY_S:
        session[_BEGUN], session[_USED] = begun, at


def _refusal(request: HttpRequest, rule: Rule | None) -> HttpResponseBase | None:
    reader = reader_of(request)
    door = rule.needs if rule and isinstance(rule.needs, Door) else None
    if not reader.known and door is not Door.ENTRANCE:
        return _to_log_in(request)
    if accounts_in_use(request) is None and door is Door.OWN:
        return not_found(request)
    allowed = rule.methods if rule else READING
    if request.method not in allowed:
        return _wrong_method(allowed)
    if reader.needs_factor and door is None and not has_factor(request):
        return HttpResponseRedirect(reverse("mfa_index"))
    if rule is not None and door is None and not _may(reader, rule):
        # After log-in people come to the start; who has no role finds their account there.
        at_start = request.path == "/" and bool(reader.person)
        return HttpResponseRedirect(reverse("account")) if at_start else not_found(request)
    return None


def _may(reader: Reader, rule: Rule) -> bool:
    return not isinstance(rule.needs, Door) and reader.may(rule.needs)


def _record(request: HttpRequest, rule: Rule | None, match: ResolverMatch | None) -> None:
    """Record what is protected before it is shown; what cannot be recorded is refused."""
    reader = reader_of(request)
    if rule is not None and match is not None and not isinstance(rule.needs, Door) and reader.person:
        record_reading(request, reader, rule, match)


def _to_log_in(request: HttpRequest) -> HttpResponse:
    address = reverse("account_login")
    if request.method in READING and request.path != "/":
        address = f"{address}?next={quote(request.get_full_path())}"
    return HttpResponseRedirect(address)


def _wrong_method(allowed: frozenset[str]) -> HttpResponse:
    text = "This address answers only " + " and ".join(sorted(allowed)) + "."
    if allowed == READING:
        text = "These pages are read-only: only GET and HEAD are answered."
    response = HttpResponse(text + "\n", status=405, content_type="text/plain; charset=utf-8")
    response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def menu(request: HttpRequest) -> dict[str, object]:
    """Give every page who is logged in, for the menu of the account."""
    reader: Reader | None = getattr(request, "embers_reader", None)
    return {"reader": reader if reader and reader.name else None}
