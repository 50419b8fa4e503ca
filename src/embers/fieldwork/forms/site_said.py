"""What a filled form of a site visit says: safety first, then the site, the visit, and what was measured."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal, InvalidOperation

from embers.errors import PlaceError
from embers.fieldwork.forms.filled import Answers, Filled
from embers.fieldwork.forms.said import NOT_STATED, Ids, Link, Said, only, row, staff_code, thousandths, whole
from embers.places import MICRO, Point

_OPEN, _MEASURE, _SITE = "visit.open", "visit.measure", "site.open"
_METHOD = "GNSS fix of a phone, precision as the phone stated it"
_SAFE = frozenset({"cleared", "none-seen"})


def said_of_site(filled: Filled, ids: Ids) -> Said:
    """Return what a visit says. Where the site is not said to be safe, nothing measured is proposed."""
    visit = ids.own("visit")
    said = Said(about=visit)
    said.operator = staff_code(said, filled.get("operator"), "operator") or NOT_STATED
    hazard = _hazard(filled, said, visit)
    site = _site(filled, said, ids, visit)
    team = [said.operator] if said.operator != NOT_STATED else []
    team += [code for code in filled.get("team").split() if staff_code(said, code, "team")]
    said.say(_OPEN, visit, "visit-team", list(dict.fromkeys(team)), row("team"))
    said.say(_OPEN, visit, "visit-day", filled.get("day"), row("day"))
    if filled.get("mission"):
        if ids.known("mission", filled.get("mission")):
            said.say(_OPEN, visit, "visit-mission", filled.get("mission"), row("mission"))
        else:
            said.warn("The mission it names is none of this case.")
    measured = sum(len(filled.each(name)) for name in filled.form.repeats)
    if hazard not in _SAFE:
        if measured or filled.get("object_type"):
            said.warn(
                "The site is not said to be safe: what was measured or photographed there was not taken over."
            )
        return said
    _seen(filled, said, site, visit)
    for one in filled.each("damage"):
        value = only(part=one.get("damage_part"), grade=one.get("damage_grade"), what=one.get("damage_what"))
        said.say(_MEASURE, visit, "visit-damage", value, row("damage", one.get("damage_part", "")))
    for one in filled.each("crater"):
        _crater(said, visit, one)
    for one in filled.each("remnant"):
        _remnant(said, visit, one)
    for one in filled.each("photo"):
        _photo(said, visit, one)
    return said


def _hazard(filled: Filled, said: Said, visit: str) -> str:
    hazard = filled.get("hazard")
    if hazard == "cleared" and not filled.get("cleared_by"):
        said.warn("The site is called cleared and nobody is named who cleared it: it counts as suspected.")
        hazard = "suspected"
    value = only(
        hazard=hazard,
        stated_by=said.operator,
        cleared_by=filled.get("cleared_by") if hazard == "cleared" else "",
        what=filled.get("hazard_what"),
        reported_to=filled.get("reported_to"),
    )
    if hazard:
        said.say(_OPEN, visit, "visit-safety", value, row("hazard"))
    return hazard


def _site(filled: Filled, said: Said, ids: Ids, visit: str) -> str:
    code = filled.get("site_code")
    site = filled.get("site")
    if site and not ids.known("site", site):
        said.warn("The site it names is none of this case; the visit stands with a site of its own.")
        site = ""
    if not site:
        site = ids.own("site")
        said.say(_SITE, site, "site-code", code, row("site_code"))
        if point := _position(filled.get("position"), said):
            said.say(_SITE, site, "site-position", point, row("position"))
    said.say(_OPEN, visit, "visit-site", site, row("site"))
    said.say(_OPEN, visit, "visit-code", f"{code or 'visit'}-{visit[-4:]}", row("visit"))
    return site


def _position(text: str, said: Said) -> dict[str, int | str] | None:
    if not text:
        return None
    parts = text.split()
    try:
        lat, lon = (round(Decimal(one) * MICRO) for one in parts[:2])
        accuracy = int(Decimal(parts[3]).to_integral_value(ROUND_CEILING))
        return Point(lat, lon, max(1, accuracy), _METHOD).to_json()
    except (InvalidOperation, ValueError, IndexError, PlaceError):
        said.warn(
            "The position has no accuracy stated by the phone, or cannot be read; it was not taken over."
        )
        return None


def _seen(filled: Filled, said: Said, site: str, visit: str) -> None:
    kind = filled.get("object_type")
    value = only(type=kind, marking=filled.get("object_marking"), use=filled.get("object_use"))
    if kind:
        said.say(_SITE, site, "site-object", value, row("object_type"))
    about = {name: filled.get(name) for name in ("weather", "light", "disturbed")}
    if any(about.values()) and filled.get("day"):
        said.say(_OPEN, visit, "visit-conditions", only(began=filled.get("day"), **about), row("weather"))
    if answer := filled.get("objective"):
        value = only(answer=answer, by=said.operator, what=filled.get("objective_what"))
        said.say("site.objective", site, "objective-near", value, row("objective"))
    said.say(_MEASURE, visit, "visit-observation", filled.get("observation"), row("observation"))
    said.say(_SITE, site, "site-against", filled.get("against"), row("against"))


def _crater(said: Said, visit: str, one: Answers) -> None:
    code = one.get("crater_code", "")
    by = staff_code(said, one.get("crater_by", ""), "crater_by") or said.operator
    taken = {"crater": code, "by": by, "instrument": one.get("crater_instrument", "")}
    value = only(
        **taken,
        shape=one.get("crater_shape"),
        ground=one.get("crater_ground"),
        length_mm=whole(one.get("crater_length", "")),
        width_mm=whole(one.get("crater_width", "")),
        depth_mm=whole(one.get("crater_depth", "")),
        error_mm=whole(one.get("crater_error", "")),
    )
    said.say(_MEASURE, visit, "crater-measure", value, row("crater", code, by))
    if one.get("has_bearing") != "yes":
        return
    value = only(
        **taken,
        method=one.get("bearing_method"),
        bearing_mdeg=thousandths(one.get("bearing", "")),
        second_mdeg=thousandths(one.get("bearing_second", "")),
        north=one.get("bearing_north"),
        sense=one.get("bearing_sense"),
        error_mdeg=thousandths(one.get("bearing_error", "")),
    )
    said.say(_MEASURE, visit, "crater-bearing", value, row("bearing", code, by))


def _remnant(said: Said, visit: str, one: Answers) -> None:
    value = only(
        code=one.get("remnant_code"),
        part=one.get("remnant_part"),
        diameter_mm=whole(one.get("remnant_diameter", "")),
        length_mm=whole(one.get("remnant_length", "")),
        error_mm=whole(one.get("remnant_error", "")),
        markings=one.get("remnant_markings"),
        kept=one.get("remnant_kept"),
        touched=one.get("remnant_touched") == "yes",
    )
    said.say(_MEASURE, visit, "remnant", value, row("remnant", one.get("remnant_code", "")))


def _photo(said: Said, visit: str, one: Answers) -> None:
    file = one.get("photo_image", "")
    if not file:
        return
    value = only(
        role=one.get("photo_role"),
        shows=one.get("photo_shows"),
        heading_mdeg=thousandths(one.get("photo_heading", "")),
        scale=one.get("photo_scale"),
    )
    title = one.get("photo_shows", "") or "Photograph"
    said.links.append(Link(file, _MEASURE, visit, "visit-item", value, title, row("photo", file)))
