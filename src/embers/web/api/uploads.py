"""Which bytes somebody sent and may still make an item of, and the end of those nobody did."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from embers.actions.case_folder import CaseFolder
from embers.actions.uploads import destroy_unnamed
from embers.objects.store import Stored
from embers.web.accounts.models import Upload

#: Bytes nobody made an item of in this time have to be sent again.
VALID = timedelta(hours=24)


def note(person: str, stored: Stored) -> None:
    """Let a person make an item of bytes they sent, for :data:`VALID`.

    Whoever sends bytes again that nobody named yet has the same claim to them; who sends what the case holds, none.
    """
    fresh = stored.fresh or Upload.objects.filter(sha256=stored.sha256, fresh=True).exists()
    Upload.objects.update_or_create(
        person=person,
        sha256=stored.sha256,
        defaults={"size": stored.size, "at": timezone.now(), "fresh": fresh},
    )


def sent_by(person: str, sha256: str) -> bool:
    """Tell whether a person sent these bytes and may make an item of them."""
    since = timezone.now() - VALID
    return Upload.objects.filter(person=person, sha256=sha256, at__gt=since).exists()


def sweep(folder: CaseFolder) -> tuple[str, ...]:
    """Forget uploads nobody made an item of in time, and destroy bytes that came with them and that no entry names.

    Bytes that somebody sent again within the time stay. Return the SHA-256 of what was destroyed.
    """
    since = timezone.now() - VALID
    late = Upload.objects.filter(at__lte=since)
    if not late.exists():
        return ()
    waiting = Upload.objects.filter(at__gt=since).values("sha256")
    came = late.filter(fresh=True).exclude(sha256__in=waiting).values_list("sha256", flat=True)
    gone = destroy_unnamed(folder, sorted(set(came)))
    # Last: whatever is cut off before is looked at again.
    late.delete()
    return gone
