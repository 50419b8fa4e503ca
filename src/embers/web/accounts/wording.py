"""What permissions are called on the pages of accounts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from embers.access.roles import Permission

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


def may_words(permission: Permission) -> str:
    """Return what a permission lets somebody do, in a few words."""
    return str(_MAY[permission])
