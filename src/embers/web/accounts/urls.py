"""Addresses of accounts. Only these of allauth's are served: there is no sign-up, no e-mail and no reset by e-mail."""

from __future__ import annotations

from allauth.account import views
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import path

from embers.web.accounts import pages, token_pages

urlpatterns = [
    path("", pages.account, name="account"),
    path("welcome/<str:secret>", pages.welcome, name="welcome"),
    path("key", pages.key, name="account-key"),
    path("tokens", token_pages.tokens, name="account-tokens"),
    path("tokens/<int:number>/sign", token_pages.lend, name="account-token-sign"),
    path("tokens/<int:number>/revoke", token_pages.revoke, name="account-token-revoke"),
    path("log-in", views.login, name="account_login"),
    path("log-out", views.logout, name="account_logout"),
    path("confirm", views.reauthenticate, name="account_reauthenticate"),
    path("password", views.password_change, name="account_change_password"),
    path("factors", factors.index, name="mfa_index"),
    path("factors/log-in", factors.authenticate, name="mfa_authenticate"),
    path("factors/confirm", factors.reauthenticate, name="mfa_reauthenticate"),
    path("factors/codes/add", totp.activate_totp, name="mfa_activate_totp"),
    path("factors/codes/remove", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("factors/recovery", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("factors/recovery/new", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("factors/recovery/file", recovery.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("factors/keys", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("factors/keys/add", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path("factors/keys/<int:pk>/remove", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
    path("factors/keys/<int:pk>/name", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
    path("factors/keys/confirm", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
]
