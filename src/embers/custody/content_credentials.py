"""Reads C2PA manifests ("content credentials") where a file carries them. Nothing is fetched from anywhere.

A manifest says what a camera or a program claims about a file, signed by whoever made it. It is reported as their
claim; an unreadable one is reported as unreadable. Its absence means nothing: most true files have none.
C2PA technical specification 2.x, https://c2pa.org/specifications; reader: c2pa-python, an optional extra.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from embers.custody.preserved import Preserved
from embers.objects.digest import CHUNK

#: Nothing may leave the machine: no remote manifest, no revocation query, no time authority.
_SETTINGS = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": False},
}
#: JUMBF boxes of C2PA are labelled so; a file without these bytes has no embedded manifest.
_MARK = b"c2pa"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a manifest says: ``state`` is ``valid``, ``invalid`` or ``unreadable``; ``detail`` says more."""

    state: str
    maker: str = ""
    signer: str = ""
    signed_at: str = ""
    detail: str = ""

    def to_row(self) -> dict[str, str]:
        """Return the form that stands in an acquisition sheet."""
        pairs = [("state", self.state), ("maker", self.maker), ("signer", self.signer)]
        pairs += [("signed_at", self.signed_at), ("detail", self.detail)]
        return {name: value for name, value in pairs if value}


def read_credentials(thing: Preserved) -> Credentials | None:
    """Return what the manifest embedded in a preserved file says, or nothing if it has none."""
    if not _marked(thing):
        return None
    try:
        import c2pa  # noqa: PLC0415 - an optional extra, loaded for the few files that carry a manifest
    except ImportError:
        return Credentials("unreadable", detail="the reader is not installed (pip install embers[c2pa])")
    try:
        with (
            thing.open() as handle,
            c2pa.Context(c2pa.Settings.from_dict(_SETTINGS)) as context,
            c2pa.Reader(thing.media, handle, context=context) as reader,
        ):
            return _described(json.loads(reader.json()))
    except Exception as error:  # the library raises its own and others' errors on hostile bytes
        return Credentials("unreadable", detail=f"{type(error).__name__}: {error}"[:300])


def _marked(thing: Preserved) -> bool:
    tail = b""
    with suppress(OSError), thing.open() as handle:
        while data := handle.read(CHUNK):
            if _MARK in tail + data:
                return True
            tail = data[-len(_MARK) :]
    return False


def _described(store: Mapping[str, Any]) -> Credentials:
    active = store.get("manifests", {}).get(store.get("active_manifest"), {})
    signed = active.get("signature_info", {})
    makers = [active.get("claim_generator") or ""]
    makers += [str(one.get("name", "")) for one in active.get("claim_generator_info", [])]
    faults = [str(one.get("code", "")) for one in store.get("validation_status", [])]
    state = "invalid" if store.get("validation_state", "Valid") == "Invalid" else "valid"
    return Credentials(
        state,
        maker=next((maker for maker in makers if maker), ""),
        signer=str(signed.get("issuer", "")),
        signed_at=str(signed.get("time", "") or ""),
        detail=(
            "The signer is not checked against any list of trust. " + "; ".join(sorted(set(faults)))
        ).strip(),
    )
