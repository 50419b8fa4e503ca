"""What Django and allauth are told about accounts: no sign-up, no e-mail, no address outside this server."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from embers.projections.setup import APPS

#: Applications with tables in ``app.sqlite3``, after those of the projections.
INSTALLED = (
    *APPS,
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "embers.web.accounts",
    "embers.web.drafts",
    "embers.web.saved",
)
#: Time without a request after which a session ends, and the longest it lasts in any case.
IDLE, LONGEST = timedelta(minutes=20), timedelta(hours=12)
SHORTEST_PASSWORD = 12


def account_settings(*, secure: bool) -> dict[str, Any]:
    """Return the settings; ``secure`` says that the server speaks TLS."""
    prefix = "__Host-" if secure else ""
    return {
        "AUTH_USER_MODEL": "accounts.Account",
        "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
        "DATABASE_ROUTERS": ["embers.web.accounts.database.AccountsRouter"],
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.Argon2PasswordHasher"],
        "AUTH_PASSWORD_VALIDATORS": [
            {
                "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
                "OPTIONS": {"min_length": SHORTEST_PASSWORD},
            },
            {
                "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
                "OPTIONS": {"user_attributes": ("name",)},
            },
            {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
            {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
        ],
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "/",
        "SESSION_COOKIE_NAME": f"{prefix}embers",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Strict",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_AGE": int(LONGEST.total_seconds()),
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "CSRF_COOKIE_NAME": f"{prefix}embers-form",
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Strict",
        "CSRF_COOKIE_SECURE": secure,
        "CSRF_COOKIE_AGE": None,
        "CSRF_FAILURE_VIEW": "embers.web.accounts.pages.form_refused",
        "ACCOUNT_ADAPTER": "embers.web.accounts.adapter.AccountAdapter",
        "ACCOUNT_USER_MODEL_USERNAME_FIELD": "name",
        "ACCOUNT_USER_MODEL_EMAIL_FIELD": None,
        "ACCOUNT_LOGIN_METHODS": {"username"},
        "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_SIGNUP_ENABLED": False,
        "ACCOUNT_SESSION_REMEMBER": False,
        "ACCOUNT_LOGOUT_ON_GET": False,
        "ACCOUNT_LOGOUT_REDIRECT_URL": "account_login",
        "ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE": True,
        "ACCOUNT_REAUTHENTICATION_REQUIRED": True,
        "ACCOUNT_REAUTHENTICATION_TIMEOUT": 300,
        "ACCOUNT_RATE_LIMITS": {
            "login": "30/m/ip",
            "login_failed": "20/m/ip,5/300s/key",
            "reauthenticate": "10/m/user",
            "change_password": "5/m/user",
            "unlock_key": "5/300s/user",
        },
        "MFA_ADAPTER": "embers.web.accounts.adapter.FactorAdapter",
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
        "MFA_PASSKEY_LOGIN_ENABLED": False,
        "MFA_TOTP_ISSUER": "Embers",
        "MFA_RECOVERY_CODE_COUNT": 10,
        # Browsers call http://localhost a secure place; the library does not unless told.
        "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": False,
        "SILENCED_SYSTEM_CHECKS": [],
    }
