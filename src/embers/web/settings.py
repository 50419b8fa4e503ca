"""Django settings for tools that import a settings module (type checker, ``django-admin``).

The running application is configured by :func:`embers.web.serve.configure` with the case it serves.
"""

from embers.web.accounts.settings import INSTALLED

INSTALLED_APPS = list(INSTALLED)
AUTH_USER_MODEL = "accounts.Account"
MIDDLEWARE = ["allauth.account.middleware.AccountMiddleware"]
DATABASES: dict[str, dict[str, str]] = {}
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SECRET_KEY = "only for tools, never served"  # noqa: S105
