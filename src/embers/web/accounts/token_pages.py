"""The page of one's tokens: make one, see its secret once, revoke it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from embers.access.roles import Permission
from embers.access.standing import LEVELS
from embers.errors import AccessDenied, ActionError, EmbersError
from embers.web.accounts.models import Account
from embers.web.accounts.tokens import LONGEST_DAYS, NOT_FOR_PROGRAMS, make_token, revoke_token, tokens_of
from embers.web.accounts.wording import may_words
from embers.web.reader import reader_of, sitting_of, token_sitting
from embers.web.shell import error_answer
from embers.web.signing import MEMORY

_DAYS = 90


class TokenForm(forms.Form):
    """What a new token is for, what it may do, what it reads, and how long."""

    name = forms.CharField(label=gettext_lazy("What it is for"), max_length=60)
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("It may"), widget=forms.CheckboxSelectMultiple, choices=()
    )
    level = forms.ChoiceField(label=gettext_lazy("It reads what is marked up to"), choices=())
    days = forms.IntegerField(
        label=gettext_lazy("Days until it ends"), min_value=1, max_value=LONGEST_DAYS, initial=_DAYS
    )

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 - as Django has it
        may: Iterable[Permission],
        level: int,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*args, **kwargs)
        scopes, levels = self.fields["scopes"], self.fields["level"]
        scopes.choices = [(one.value, may_words(one)) for one in may]  # type: ignore[attr-defined]
        levels.choices = [(one, one) for one in LEVELS[: level + 1]]  # type: ignore[attr-defined]


@reauthentication_required  # type: ignore[untyped-decorator]  # the library has no types
def tokens(request: HttpRequest) -> HttpResponseBase:
    """List the tokens of whoever is logged in, and make one; its secret is shown in this answer and never again."""
    account, reader = _account(request), reader_of(request)
    may = [one for one in Permission if reader.may(one) and one not in NOT_FOR_PROGRAMS]
    level = reader.standing.level if reader.standing else 0
    form = TokenForm(request.POST or None, may=may, level=level)
    made = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = make_token(
                account,
                given["name"],
                scopes=given["scopes"],
                level=given["level"],
                days=given["days"],
                may=frozenset(may),
            )
        except EmbersError as error:
            form.add_error(None, f"{error.message} {error.hint}")
        else:
            form = TokenForm(may=may, level=level)
    rows = [
        (
            one,
            [may_words(Permission(scope)) for scope in one.scopes.split()],
            LEVELS[one.level],
            MEMORY.holds(token_sitting(one)),
        )
        for one in tokens_of(account)
    ]
    context = {
        "title": gettext("Tokens for programs"),
        "form": form,
        "made": made,
        "rows": rows,
        "may": may,
    }
    return render(request, "account/tokens.html", context, status=400 if form.errors else 200)


@reauthentication_required  # type: ignore[untyped-decorator]  # the library has no types
def lend(request: HttpRequest, number: int) -> HttpResponse:
    """Let one of one's own tokens sign with the key unlocked in this session: for phones, which know no passphrase."""
    account = _account(request)
    token = next((one for one in tokens_of(account) if one.pk == number), None)
    try:
        if token is None:
            raise ActionError("token", f"This account has no token {number}.", "See its list of tokens.")
        if not MEMORY.lend(sitting_of(request), token_sitting(token), reader_of(request).person):
            raise AccessDenied(
                "locked-key",
                gettext("Your key is locked, so nothing was signed."),
                gettext("Unlock it on the page of your account, then do this again."),
            )
    except EmbersError as error:
        return error_answer(request, error)
    return HttpResponseRedirect(reverse("account-tokens"))


def revoke(request: HttpRequest, number: int) -> HttpResponse:
    """Revoke one of one's own tokens; another person's is not there."""
    try:
        token = revoke_token(_account(request), number)
    except EmbersError as error:
        return error_answer(request, error)
    MEMORY.forget(token_sitting(token))
    return HttpResponseRedirect(reverse("account-tokens"))


def _account(request: HttpRequest) -> Account:
    account = request.user
    if not isinstance(account, Account):  # the guard lets nobody else come here
        raise TypeError("nobody is logged in")
    return account
