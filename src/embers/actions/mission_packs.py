"""Giving a mission pack out, opening it on its device, and accounting for it afterwards.

A pack is a file: age, sealed to the key of one device; inside, canonical JSON with the signature of whoever made it.
The receiving device needs no case. It is told by a person whose signature to expect, as it is told the opening of a
case when it joins one.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from embers.actions.recorder import Act, Recorder, filled
from embers.case_view import CaseView, Record
from embers.errors import FieldworkError, JournalError, ObjectError
from embers.fieldwork.interview import FIRST_ACCOUNT_GUIDE
from embers.fieldwork.mission_pack import (
    Pack,
    content_of,
    free_codes,
    given_out,
    incidents_at,
    places_of,
    require_days,
)
from embers.journal.canonical import decode, encode
from embers.journal.keys import person_key_id, public_text
from embers.law.guides import guide_for
from embers.law.library import load_law
from embers.objects.age_key import AgeIdentity, read_recipient
from embers.places import MICRO
from embers.reporting.basemap.ground import ground
from embers.surroundings import Clock

#: What a signature over a pack says it is about, so that it can never be taken for one over an entry.
_SIGNED = b"embers mission pack v1\n"
#: Larger than any pack; nothing longer is read into memory.
LARGEST = 8 * 1024 * 1024
CODES_EACH = 20


@dataclass(frozen=True, slots=True)
class WrittenPack:
    """A pack as a file, its SHA-256, and the id of the key that signed it."""

    data: bytes
    sha256: str
    by: str


def give_out(
    recorder: Recorder, view: CaseView, mission: Record, *, device: str, recipient: str, expires: str
) -> tuple[WrittenPack, Act]:
    """Make the pack of a mission for one device, good until the end of a day (ISO, UTC); with the act of it."""
    key = read_recipient(recipient)
    issued = recorder.surroundings.clock.now().date()
    try:
        last = date.fromisoformat(expires)
    except ValueError:
        raise FieldworkError("pack-days", f"{expires!r} is not a day.", "Write it like 2031-05-09.") from None
    require_days(issued, last)
    reserved = [
        code
        for one in view.kind("mission").values()
        for value in one.values("mission-pack")
        for code in value.get("codes", ())
    ]
    codes = free_codes(view, reserved, count=CODES_EACH)
    content = content_of(view, mission, recorder.vocabulary, guides=_guides(view, mission), codes=codes)
    pack = Pack(
        mission.id,
        mission.text("mission-code"),
        device,
        recipient,
        issued.isoformat(),
        last.isoformat(),
        content,
    )
    body = pack.to_json()
    signed = {
        "body": body,
        "key": public_text(recorder.person.public),
        "sig": base64.b64encode(recorder.person.sign(_SIGNED + encode(body))).decode(),
    }
    data: bytes = pyrage.encrypt(encode(signed), [key])
    digest = hashlib.sha256(data).hexdigest()
    value = filled(
        pack=digest,
        device=device,
        recipient=recipient,
        issued=pack.issued,
        expires=pack.expires,
        parts=sorted(content),
        codes=[code for found in codes.values() for code in found],
    )
    said = recorder.new_assertion(mission.id, "mission-pack", value)
    act = Act("mission.pack", (said,), reason=f"Pack for {device}, good until {pack.expires}.")
    return WrittenPack(data, digest, recorder.person.id), act


def _guides(view: CaseView, mission: Record) -> dict[str, list[dict[str, str]]]:
    found = {"first-account": [{"topic": "", "ask": question} for question in FIRST_ACCOUNT_GUIDE]}
    allegations = {
        str(value) for one in incidents_at(view, places_of(mission)) for value in one.values("allegation")
    }
    for allegation in sorted(allegations & set(load_law().allegations)):
        found[allegation] = [{"topic": one.topic, "ask": one.ask} for one in guide_for(allegation)]
    return found


def open_pack(data: bytes, identity: AgeIdentity, *, by: str, clock: Clock) -> Pack:
    """Open a pack on its device: for this key, signed by the key named ``by``, unaltered, and in time.

    Each failure is refused with its own reason. The day is this device's own: see the pack's limits in
    docs/how-to/mission.md.
    """
    if len(data) > LARGEST:
        raise FieldworkError("pack", "This file is too long for a mission pack.", "Choose another file.")
    opened = BytesIO()
    try:
        identity.decrypt(BytesIO(data), opened)
    except ObjectError as error:
        raise FieldworkError(
            "pack-key",
            "The pack does not open with the key of this device, or it is altered.",
            "It was made for another device: ask the office for one for this device.",
        ) from error
    try:
        signed = decode(opened.getvalue())
        body, public, signature = signed["body"], signed["key"], signed["sig"]
        raw = base64.b64decode(public, validate=True)
        Ed25519PublicKey.from_public_bytes(raw).verify(
            base64.b64decode(signature, validate=True), _SIGNED + encode(body)
        )
    except (JournalError, InvalidSignature, ValueError, TypeError, KeyError) as error:
        raise FieldworkError(
            "pack-signature", "The signature of this pack does not hold.", "Do not use it; ask for it again."
        ) from error
    signer = person_key_id(raw)
    if signer != by:
        raise FieldworkError(
            "pack-signer",
            f"The pack is signed by {signer}, not by {by}.",
            "Ask the office, by another way than the one the pack came by, whose signature to expect.",
        )
    pack = Pack.from_json(body)
    if pack.to != identity.recipient:
        raise FieldworkError("pack-key", "The pack was made for another device.", "Ask the office.")
    pack.require_in_time(clock.now())
    return pack


def account_for(
    recorder: Recorder, mission: Record, device: str, *, state: str, day: str, by: str, text: str = ""
) -> Act:
    """Record what became of the pack of a device: each pack out is accounted for once."""
    out = [one for one in given_out(mission) if one.back is None and one.device == device]
    if not out:
        raise FieldworkError(
            "no-pack",
            f"No pack for {device!r} is out for {mission.text('mission-code')}.",
            "See which are: `embers mission show`.",
        )
    said = [
        recorder.new_assertion(
            mission.id, "mission-pack-back", filled(pack=one.pack, state=state, day=day, by=by, text=text)
        )
        for one in out
    ]
    return Act("mission.pack-back", tuple(said), reason=f"Pack of {device}: {state}.")


def files_of(pack: Pack) -> dict[str, bytes]:
    """Return a pack as files a person can use without Embers: two texts to read, and the data."""
    content = pack.content
    return {
        "mission.txt": _plan_text(pack).encode(),
        "guides.txt": _guide_text(content["guides"]).encode(),
        "map.geojson": json.dumps(_map(content), ensure_ascii=False).encode(),
        "forms.json": encode({"forms": content["forms"], "code_lists": content["code_lists"]}),
        "codes.json": encode(content["codes"]),
    }


def _plan_text(pack: Pack) -> str:
    plan: Mapping[str, Sequence[Any]] = pack.content["plan"]
    lines = [f"Mission {pack.code}, for {pack.device}, until {pack.expires}", ""]
    for predicate, values in plan.items():
        lines.append(predicate.removeprefix("mission-").capitalize())
        lines += [f"  {_words(value, pack)}" for value in values]
    for kind, found in pack.content["codes"].items():
        lines.append(f"Codes kept free, {kind}: {found[0]} to {found[-1]}")
    lines.append("Incidents there")
    lines += [
        f"  {(one.get('incident-code') or [''])[0]} {_words((one.get('incident-title') or [''])[0], pack)}"
        for one in pack.content["incidents"].values()
    ]
    return "\n".join(lines) + "\n"


def _words(value: Any, pack: Pack) -> str:  # noqa: ANN401 - any value of the vocabulary
    if isinstance(value, Mapping):
        parts = [_words(part, pack) for name, part in value.items() if name != "lang"]
        return "; ".join(part for part in parts if part)
    if isinstance(value, list):
        return ", ".join(_words(part, pack) for part in value)
    if isinstance(value, str) and value.startswith("place:"):
        named = pack.content["places"].get(value, {}).get("place-name", [])
        return " / ".join(str(one["name"]) for one in named) or "a place"
    return str(value)


def _guide_text(guides: Mapping[str, Sequence[Mapping[str, str]]]) -> str:
    lines = ["What to ask about. These are no questions to read out.", ""]
    for name, found in guides.items():
        lines += [name.replace("_", " "), *(f"  {one['topic']} {one['ask']}".rstrip() for one in found), ""]
    return "\n".join(lines)


def _map(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return places and sites as GeoJSON, with what the packaged base map draws around them."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [point["lon"] / MICRO, point["lat"] / MICRO]},
            "properties": {
                "kind": kind,
                "names": _names(record.get(name, [])),
                "within_m": point["precision_m"],
            },
        }
        for kind, records, position, name in (
            ("place", content["places"], "place-position", "place-name"),
            ("site", content["sites"], "site-position", "site-code"),
        )
        for record in records.values()
        for point in record.get(position, [])
    ]
    return {"type": "FeatureCollection", "features": [*features, *_around(features)]}


def _names(values: Sequence[Any]) -> list[str]:
    return [str(one["name"] if isinstance(one, Mapping) else one) for one in values]


def _around(features: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return coasts, borders and lakes within a degree of what is marked."""
    corners = [feature["geometry"]["coordinates"] for feature in features]
    if not corners:
        return []
    west, east = min(lon for lon, _ in corners) - 1, max(lon for lon, _ in corners) + 1
    south, north = min(lat for _, lat in corners) - 1, max(lat for _, lat in corners) + 1
    return [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [list(point) for point in shape.points]},
            "properties": {"kind": layer},
        }
        for layer, shapes in ground().layers.items()
        if layer != "land"
        for shape in shapes
        if shape.west < east and shape.east > west and shape.south < north and shape.north > south
    ]
