"""Serves one case on this computer, read-only, with granian.

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
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
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
from embers.web.security import HEADERS, allowed_hosts

#: Where the request's environment holds the case.
CASE_KEY = "embers.case"
#: And as whom the request reads it.
STANDING_KEY = "embers.standing"
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
#: Threads that answer requests. Pages take milliseconds; more would only compete for two processors.
_THREADS = 4


def _packaged(folder: str) -> Path:
    return Path(str(files("embers.web") / folder))


def _web_settings() -> dict[str, Any]:
    return {
        "ALLOWED_HOSTS": allowed_hosts(),
        "ROOT_URLCONF": "embers.web.urls",
        # The order matters: the guard sees every answer, also those of the error pages.
        "MIDDLEWARE": [
            "embers.web.security.read_only_and_local",
            "embers.web.shell.EmbersErrors",
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [_packaged("templates")],
                "OPTIONS": {
                    "builtins": ["django.templatetags.i18n", "embers.web.tags"],
                    "string_if_invalid": "",
                },
            }
        ],
        # Nothing is signed with it yet and nothing outlives the process.
        "SECRET_KEY": secrets.token_urlsafe(48),
        "LANGUAGE_CODE": "en",
        "USE_I18N": True,
        "DEBUG": False,
        "APPEND_SLASH": False,
        "STATIC_URL": "/static/",
        "LOGGING_CONFIG": None,
    }


def configure(case: CaseFolder, *, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Prepare Django for the pages of ``case``; refuse a host that other computers could reach."""
    require_loopback(host)
    if not 0 < port < 65536:
        raise UsageError("port", f"{port} is not a port.", "Give a number from 1 to 65535.")
    case.require()
    ensure_django()
    if getattr(settings, "ROOT_URLCONF", None) != "embers.web.urls":
        # The projections configured Django when they were imported; the pages add what they need.
        for name, value in _web_settings().items():
            setattr(settings, name, value)


def require_loopback(host: str) -> None:
    """Refuse an address other computers could reach: there are no accounts yet."""
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise UsageError(
            "host",
            f"{host!r} could be reached from other computers, and the pages have no accounts yet.",
            "Leave --host out, or give 127.0.0.1.",
        )


def application(case: CaseFolder, *, standing: Standing | None = None) -> Wsgi:
    """Return the WSGI application that shows ``case`` to readers of one standing; its projection must be current.

    Without a standing the reader is whoever holds the folder.
    """
    configure(case)
    case.projection_to_read().close()
    django = get_wsgi_application()

    def pages(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[CASE_KEY] = case
        environ[STANDING_KEY] = standing
        return django(environ, start_response)

    shown: Wsgi = WhiteNoise(
        pages,
        root=str(_packaged("static")),
        prefix="static/",
        max_age=0,
        allow_all_origins=False,
        add_headers_function=_static_headers,
        mimetypes={".mjs": "text/javascript", ".pmtiles": "application/octet-stream"},
    )
    return shown


def _static_headers(headers: Any, _path: str, _url: str) -> None:  # noqa: ANN401 - wsgiref's Headers
    for name, value in HEADERS.items():
        headers[name] = value


def _load(path: Path, keyring_path: Path, journal: str, objects: str, _target: str) -> Wsgi:
    surroundings = Surroundings()
    if not is_field_case(path):
        folder = CaseFolder(
            path, keyring_path, surroundings, journal_address=journal, objects_address=objects
        )
        return application(folder)
    key = field_key(path, surroundings)
    return _used(
        application(CaseFolder(path, keyring_path, surroundings, key=key)), lock_id(path, surroundings)
    )


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


def run(case: CaseFolder, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve ``case`` with one worker until interrupted or locked. Bring its projection up to date before."""
    configure(case, host=host, port=port)
    if case.key is not None:
        lock = lock_id(case.path, case.surroundings)
        if not is_unlocked(lock):
            raise ActionError("locked", f"The case in {case.path} is locked.", "Run `embers unlock` first.")
        end_when_locked(lock, partial(os.kill, os.getpid(), signal.SIGINT))
    case.projection_to_read().close()
    server = Granian(
        "embers.web.serve:application",
        address="127.0.0.1" if host == "localhost" else host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=_THREADS,
        log_level=LogLevels.warning,
        websockets=False,
    )
    # The worker may be a fresh process, so it is told the paths and opens the case itself.
    places = case.path.resolve(), case.keyring_path.resolve(), case.journal_address, case.objects_address
    server.serve(target_loader=partial(_load, *places))
