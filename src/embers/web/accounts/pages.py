"""Pages of accounts that are our own: the welcome of an invited person, one's account, unlocking one's key."""

from __future__ import annotations

import re
from typing import Any

from allauth.core import ratelimit
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from embers.access.roles import Permission
from embers.access.standing import LEVELS
from embers.errors import ActionError, EmbersError
from embers.projections.view import ProjectedCase
from embers.vocabulary.loader import load_vocabulary
from embers.web.accounts.models import Account
from embers.web.accounts.registry import Accounts
from embers.web.accounts.settings import IDLE, SHORTEST_PASSWORD
from embers.web.environment import ACCOUNTS_KEY
from embers.web.reader import folder_of, policy_of, reader_of
from embers.web.shell import error_answer, not_found
from embers.web.signing import signer_of, unlock

_MAY = {
    Permission.READ: gettext_lazy("read records"),
    Permission.BYTES: gettext_lazy("open preserved material"),
    Permission.REPORT: gettext_lazy("read the report"),
    Permission.LAW: gettext_lazy("read the legal work"),
    Permission.RECORD: gettext_lazy("record what was found"),
    Permission.DECIDE: gettext_lazy("decide between competing values"),
    Permission.ANALYSE: gettext_lazy("run analyses"),
    Permission.ARGUE: gettext_lazy("work on charges and findings"),
    Permission.REVIEW: gettext_lazy("review the work of others"),
    Permission.EXPORT: gettext_lazy("release reports and dossiers"),
    Permission.OVERSEE: gettext_lazy("look after devices, accounts and who read what"),
    Permission.ASSIGN: gettext_lazy("give tasks"),
    Permission.GIVE_ROLES: gettext_lazy("give and take back roles"),
}
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")


class WelcomeForm(forms.Form):
    """A name to log in with, unless the person has an account, and a password twice."""

    name = forms.CharField(
        label=gettext_lazy("Name to log in with"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
        help_text=gettext_lazy("Small letters, digits and hyphens, such as your staff code."),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least %(number)d characters. Five or six words drawn by dice are best.")
        % {"number": SHORTEST_PASSWORD},
    )
    again = forms.CharField(
        label=gettext_lazy("The same password again"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, kept: Account | None, **kwargs: Any) -> None:  # noqa: ANN401 - as Django has it
        super().__init__(*args, **kwargs)
        self._name = kept.name if kept else ""
        if kept:
            del self.fields["name"]

    def clean_name(self) -> str:
        """Refuse a name of another shape, or one that is taken."""
        name: str = self.cleaned_data["name"]
        if not _NAME.fullmatch(name):
            raise ValidationError(gettext("Use small letters, digits and hyphens, at least two."))
        if Account.objects.filter(name=name).exists():
            raise ValidationError(gettext("This name is taken. Choose another."))
        return name

    def clean(self) -> dict[str, Any]:
        """Compare the passwords and refuse a weak one."""
        cleaned = super().clean() or {}
        password = cleaned.get("password", "")
        if password and password != cleaned.get("again"):
            self.add_error("again", gettext("The two passwords differ."))
        elif password:
            try:
                validate_password(password, Account(name=cleaned.get("name", self._name)))
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class KeyForm(forms.Form):
    """The passphrase of a key; a key without one needs none."""

    passphrase = forms.CharField(
        label=gettext_lazy("Passphrase of your key"),
        required=False,
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


@sensitive_post_parameters()
def welcome(request: HttpRequest, secret: str) -> HttpResponse:
    """Let an invited person make their account. An address that is wrong, used or too old is not there."""
    accounts: Accounts | None = request.META.get(ACCOUNTS_KEY)
    person = accounts.invited(secret) if accounts else ""
    if accounts is None or not person:
        return not_found(request)
    kept = accounts.account_of(person)
    form = WelcomeForm(request.POST or None, kept=kept, initial={"name": _code(request, person)})
    if request.method == "POST" and form.is_valid():
        try:
            accounts.accept(secret, form.cleaned_data.get("name", ""), form.cleaned_data["password"])
        except ActionError as error:
            return error_answer(request, error)
        return HttpResponseRedirect(reverse("account_login"))
    title = gettext("Choose a new password") if kept else gettext("Make your account")
    return render(request, "account/welcome.html", {"form": form, "kept": kept, "title": title})


def account(request: HttpRequest) -> HttpResponse:
    """Show whoever is logged in their roles, what these let them do, and where to change password and factors."""
    reader = reader_of(request)
    access = policy_of(folder_of(request)).of(reader.person)
    return render(
        request,
        "account/account.html",
        {
            "title": gettext("Your account"),
            "code": _code(request, reader.person),
            "roles": [load_vocabulary().label("case-role", role) for role in sorted(access.roles)],
            "permissions": [words for one, words in _MAY.items() if access.may(one)],
            "level": LEVELS[access.standing.level],
            "circles": len(access.standing.compartments),
            "unlocked": signer_of(request) is not None,
            "idle_minutes": int(IDLE.total_seconds() // 60),
        },
    )


@sensitive_post_parameters()
def key(request: HttpRequest) -> HttpResponseBase:
    """Unlock the signing key of whoever is logged in, for this session."""
    form = KeyForm(request.POST or None)
    if request.method == "POST" and not ratelimit.consume(request, action="unlock_key", user=request.user):
        slowed: HttpResponseBase = ratelimit.respond_429(request)
        return slowed
    if request.method == "POST" and form.is_valid():
        try:
            unlock(request, form.cleaned_data["passphrase"])
        except EmbersError as error:
            form.add_error("passphrase", f"{error.message} {error.hint}")
        else:
            return HttpResponseRedirect(reverse("account"))
    context = {
        "form": form,
        "title": gettext("Unlock your key"),
        "idle_minutes": int(IDLE.total_seconds() // 60),
    }
    return render(request, "account/key.html", context, status=403 if form.errors else 200)


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that did not come from a page of this server, or came too late."""
    del reason  # its text is written for programmers
    error = ActionError(
        "form", gettext("This form was not sent from a page of this server."), gettext("Open the page again.")
    )
    response = error_answer(request, error)
    response.status_code = 403
    return response


def _code(request: HttpRequest, person: str) -> str:
    return ProjectedCase(folder_of(request).database()).subject(person).text("staff-code")
