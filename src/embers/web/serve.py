"""Serves one case with granian: to the holder of the folder on this computer, or to people with accounts.

Django keeps its settings in one place per process; the case does not live there. Each application puts its
case into the request's environment, so one process (a test run) can serve several cases.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import router
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from whitenoise import WhiteNoise

from embers.access.standing import Standing
from embers.actions.case_folder import CaseFolder
from embers.actions.field_case import field_key
from embers.custody.field_lock import is_field_case, lock_id
from embers.custody.key_holder import held_key, is_unlocked
from embers.errors import ActionError, UsageError
from embers.projections.setup import ensure_django
from embers.surroundings import Surroundings
from embers.web import languages
from embers.web.accounts.settings import INSTALLED, account_settings
from embers.web.environment import ACCOUNTS_KEY, CASE_KEY, STANDING_KEY
from embers.web.security import HEADERS, allowed_hosts

if TYPE_CHECKING:
    from embers.web.accounts.registry import Accounts

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
#: Threads that answer requests. Pages take milliseconds; more would only compete for two processors.
_THREADS = 4


def _packaged(folder: str) -> Path:
    return Path(str(files("embers.web") / folder))


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a server listens, under which names it is asked, and with which certificate.

    Refused where other computers could reach it without TLS.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    names: tuple[str, ...] = ()
    certificate: Path | None = None
    private_key: Path | None = None

    def __post_init__(self) -> None:
        if not 0 < self.port < 65536:
            raise UsageError("port", f"{self.port} is not a port.", "Give a number from 1 to 65535.")
        if (self.certificate is None) != (self.private_key is None):
            raise UsageError("tls-pair", "A certificate and its private key go together.", "Give both.")
        for path in (self.certificate, self.private_key):
            if path is not None and not path.is_file():
                raise UsageError("tls-file", f"There is no file {path}.", "Give PEM files.")
        if self.reachable and self.certificate is None:
            raise UsageError(
                "host",
                f"{self.host!r} could be reached from other computers; they need TLS and accounts.",
                "Leave --host and --name out, or give --certificate and --private-key.",
            )

    @property
    def reachable(self) -> bool:
        """Tell whether other computers could reach this address; a name they type says that they do."""
        return bool(self.names) or not is_loopback(self.host)

    @property
    def secure(self) -> bool:
        """Tell whether it speaks TLS."""
        return self.certificate is not None

    def address(self, path: str) -> str:
        """Return the address of a page as somebody types it."""
        scheme = "https" if self.secure else "http"
        host = self.names[0] if self.names else ("localhost" if is_loopback(self.host) else self.host)
        return f"{scheme}://{host}:{self.port}{path}"


def is_loopback(host: str) -> bool:
    """Tell whether only this computer can reach an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _web_settings(listening: Listening) -> dict[str, Any]:
    names = listening.names if is_loopback(listening.host) else (*listening.names, listening.host)
    return account_settings(secure=listening.secure) | {
        "ALLOWED_HOSTS": allowed_hosts(*names),
        "ROOT_URLCONF": "embers.web.urls",
        # The order matters: the first sees every answer, also those of the error pages, and the guard sees who asks.
        "MIDDLEWARE": [
            "embers.web.security.headers_and_hosts",
            "embers.web.guard.own_accounts",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.locale.LocaleMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "embers.web.guard.guard",
            "django.middleware.csrf.CsrfViewMiddleware",
            "allauth.account.middleware.AccountMiddleware",
            "embers.web.shell.EmbersErrors",
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [_packaged("templates")],
                "OPTIONS": {
                    "builtins": ["django.templatetags.i18n", "embers.web.tags"],
                    "context_processors": [
                        "django.template.context_processors.request",
                        "embers.web.guard.menu",
                    ],
                    "string_if_invalid": "",
                },
            }
        ],
        # Sessions are signed with it, so they end with the process, as the keys people unlocked do. Where several
        # servers share accounts, they share one in its place (Accounts.share_secret).
        "SECRET_KEY": secrets.token_urlsafe(48),
        "LANGUAGE_CODE": "en",
        "USE_I18N": True,
        "LANGUAGES": languages.offered(),
        "LOCALE_PATHS": [languages.CATALOGUES],
        "DEBUG": False,
        "APPEND_SLASH": False,
        "STATIC_URL": "/static/",
        "LOGGING_CONFIG": None,
    }


def prepare_django(listening: Listening | None = None) -> None:
    """Tell Django, once per process, of the pages; refuse pages of which nobody said who may use them."""
    ensure_django()
    if getattr(settings, "ROOT_URLCONF", None) != "embers.web.urls":
        # The projections configured Django when they were imported; the pages add what they need.
        for name, value in _web_settings(listening or Listening()).items():
            setattr(settings, name, value)
        apps.set_installed_apps(INSTALLED)
        router.__dict__.pop("routers", None)  # kept from before there was one
        from embers.web.rules import require_rules  # noqa: PLC0415 - models need a configured Django
        from embers.web.urls import urlpatterns  # noqa: PLC0415

        require_rules(urlpatterns)


def configure(case: CaseFolder, listening: Listening | None = None) -> None:
    """Prepare Django for the pages of ``case``."""
    case.require()
    prepare_django(listening)


def application(
    case: CaseFolder,
    *,
    standing: Standing | None = None,
    listening: Listening | None = None,
    accounts: bool = False,
) -> Wsgi:
    """Return the WSGI application that shows ``case``; its projection must be current.

    With ``accounts``, people log in as soon as there is an account, and each reads as their roles say. Without, all
    readers are of one standing; without a standing the reader is whoever holds the folder.
    """
    configure(case, listening)
    case.projection_to_read().close()
    found = _accounts(case, listening or Listening()) if accounts else None
    if found:
        _sweep(case, found)
    django = get_wsgi_application()

    def pages(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[CASE_KEY] = case
        environ[STANDING_KEY] = standing
        environ[ACCOUNTS_KEY] = found
        return django(environ, start_response)

    shown: Wsgi = WhiteNoise(
        pages,
        root=str(_packaged("static")),
        prefix="static/",
        max_age=0,
        allow_all_origins=False,
        add_headers_function=_static_headers,
        mimetypes={".mjs": "text/javascript", ".pmtiles": "application/octet-stream", ".woff2": "font/woff2"},
    )
    return shown


def _static_headers(headers: Any, _path: str, _url: str) -> None:  # noqa: ANN401 - wsgiref's Headers
    for name, value in HEADERS.items():
        headers[name] = value


def _accounts(case: CaseFolder, listening: Listening) -> Accounts:
    from embers.web.accounts.registry import Accounts  # noqa: PLC0415 - its models need a configured Django

    found = Accounts.of(case, reachable=listening.reachable)
    if case.accounts_address:
        found.share_secret()
    return found


def _sweep(case: CaseFolder, accounts: Accounts) -> None:
    """Destroy what programs sent before and made nothing of; while it serves, each upload does so."""
    from embers.web.accounts.database import accounts_of  # noqa: PLC0415 - as above
    from embers.web.api import uploads  # noqa: PLC0415

    with accounts_of(accounts.alias):
        uploads.sweep(case)


def _load(case: CaseFolder, listening: Listening, _target: str) -> Wsgi:
    surroundings = Surroundings()
    if not is_field_case(case.path):
        return application(replace(case, surroundings=surroundings), listening=listening, accounts=True)
    folder = replace(case, surroundings=surroundings, key=field_key(case.path, surroundings))
    return _used(application(folder, listening=listening, accounts=True), lock_id(case.path, surroundings))


def _used(pages: Wsgi, lock: str) -> Wsgi:
    """Count every request as use of the unlocked case, so that it does not lock under a reader's eyes."""

    def counted(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        held_key(lock)
        return pages(environ, start_response)

    return counted


def end_when_locked(lock: str, end: Callable[[], None], *, every_s: float = 1.0) -> threading.Thread:
    """Watch the key of a field case and end the server when it is forgotten: then no process holds it any more."""

    def watch() -> None:
        while is_unlocked(lock):
            time.sleep(every_s)
        end()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    return watcher


def first_address(case: CaseFolder, listening: Listening, person: str) -> str:
    """Return a one-time address at which a person makes the first account; nothing if there is one already.

    It is printed where the server was started: whoever can read that can read the folder.
    """
    configure(case, listening)
    accounts = _accounts(case, listening)
    return "" if accounts.every() else listening.address(f"/account/welcome/{accounts.invite(person)}")


def run(case: CaseFolder, listening: Listening | None = None) -> None:
    """Serve ``case`` with one worker until interrupted or locked. Bring its projection up to date before."""
    listening = listening or Listening()
    configure(case, listening)
    if case.key is not None:
        lock = lock_id(case.path, case.surroundings)
        if not is_unlocked(lock):
            raise ActionError("locked", f"The case in {case.path} is locked.", "Run `embers unlock` first.")
        end_when_locked(lock, partial(os.kill, os.getpid(), signal.SIGINT))
    case.projection_to_read().close()
    server = Granian(
        "embers.web.serve:application",
        address="127.0.0.1" if listening.host == "localhost" else listening.host,
        port=listening.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=_THREADS,
        log_level=LogLevels.warning,
        websockets=False,
        ssl_cert=listening.certificate,
        ssl_key=listening.private_key,
    )
    # The worker may be a fresh process, so it opens the case itself, and asks for the key of a field case itself.
    place = replace(
        case,
        path=case.path.resolve(),
        keyring_path=case.keyring_path.resolve(),
        surroundings=Surroundings(),
        key=None,
    )
    server.serve(target_loader=partial(_load, place, listening))
