"""The form of a visit to an impact site. Safety comes first: where there is a hazard nothing else is asked."""

from __future__ import annotations

from embers.fieldwork.forms.asked_alike import (
    CODE,
    CODE_MESSAGE,
    DAY,
    MISSION,
    OPERATOR,
    STAFF_CODE,
    TIMES,
    degrees,
    whole,
)
from embers.fieldwork.forms.question import Form, Group, Question

_DANGER = "${hazard} = 'present' or ${hazard} = 'suspected'"
#: Also while nothing is answered yet: what is not known to be safe is not measured.
_SAFE = "${hazard} = 'cleared' or ${hazard} = 'none-seen'"
_NEW = "${known_site} = 'no'"
_SIDE_SPRAY = "${bearing_method} = 'side-spray'"
_BEARING = "${has_bearing} = 'yes'"


def _any(name: str, label: str) -> Question:
    """Ask whether there is anything to say in a repeat: a phone opens its first round by itself."""
    return Question("select_one", name, label, choices="yes-no", relevant=_SAFE, required=True)


_SAFETY = (
    Question(
        "note",
        "warning",
        "Explosive hazards first. Stop and look before every step. Touch nothing, lift nothing, move nothing. "
        "If in doubt, go back the way you came.",
    ),
    Question("select_one", "hazard", "Explosive hazard", choices="hazard", required=True),
    Question(
        "text", "hazard_what", "What was seen, and where", relevant=f"{_DANGER} or ${{hazard}} = 'cleared'"
    ),
    Question("text", "cleared_by", "Cleared by which body", relevant="${hazard} = 'cleared'", required=True),
    Question("text", "reported_to", "Reported to", relevant=_DANGER),
    Question(
        "note",
        "keep_away",
        "Keep away. Nothing is measured or photographed here. Report it to mine action, and send this form as it is.",
        relevant=_DANGER,
    ),
)
_WHERE = (
    OPERATOR,
    Question(
        "text",
        "team",
        "Others of the team",
        hint="Staff codes with a space between them.",
        constraint="regex(., '^([A-Za-z][A-Za-z0-9-]*[0-9][A-Za-z0-9-]*)( [A-Za-z][A-Za-z0-9-]*[0-9][A-Za-z0-9-]*)*$')",
        message="Staff codes only, with one space between them.",
    ),
    MISSION,
    DAY,
    Question("select_one", "known_site", "Is the site in the list?", choices="yes-no", required=True),
    Question("select_one", "site", "Site", table="sites", relevant="${known_site} = 'yes'", required=True),
    Question(
        "text",
        "site_code",
        "Code of the new site",
        relevant=_NEW,
        constraint=CODE,
        message=CODE_MESSAGE,
        required=True,
    ),
    Question(
        "geopoint",
        "position",
        "Position",
        hint="Wait until the phone states an accuracy of a few metres. From a safe distance where there is a hazard.",
        relevant=_NEW,
        constraint="number(selected-at(., 3)) > 0 and number(selected-at(., 3)) <= 500",
        message="The phone must state its accuracy, and it must be 500 metres or better.",
        parameters="capture-accuracy=5 warning-accuracy=30 allow-mock-accuracy=false",
    ),
)
_SEEN = Group(
    "seen",
    "What stood there",
    (
        Question("select_one", "object_type", "Type of object", choices="object-type", required=True),
        Question("text", "object_marking", "How it was marked"),
        Question("text", "object_use", "What it was used for at the time"),
        Question("text", "weather", "Weather"),
        Question("text", "light", "Light"),
        Question("text", "disturbed", "What was disturbed since"),
    ),
    relevant=_SAFE,
)
_DAMAGE = Group(
    "damage",
    "Damage",
    (
        Question("text", "damage_part", "Part", required=True),
        Question("select_one", "damage_grade", "Damage to a part", choices="damage-grade", required=True),
        Question("text", "damage_what", "What was seen"),
    ),
    repeat=True,
    relevant="${any_damage} = 'yes'",
)
_CRATER = Group(
    "crater",
    "Crater as measured",
    (
        Question("text", "crater_code", "Code", constraint=CODE, message=CODE_MESSAGE, required=True),
        Question(
            "text",
            "crater_by",
            "Measured by",
            hint="Staff code; leave it out if it is you.",
            constraint=STAFF_CODE,
            message="A staff code has letters and at least one digit. A name has none.",
        ),
        Question("text", "crater_instrument", "Instrument", required=True),
        Question("select_one", "crater_shape", "Shape of a crater", choices="crater-shape", required=True),
        Question("select_one", "crater_ground", "Ground", choices="ground", required=True),
        whole("crater_length", "Length in millimetres"),
        whole("crater_width", "Width in millimetres"),
        whole("crater_depth", "Depth in millimetres"),
        whole("crater_error", "Error of the measures in millimetres", most=10_000, required=True),
        Question("select_one", "has_bearing", "Was a bearing taken?", choices="yes-no", required=True),
        Question(
            "select_one",
            "bearing_method",
            "How a bearing was taken",
            choices="bearing-method",
            relevant=_BEARING,
            required=True,
        ),
        degrees("bearing", "Bearing in degrees", required=True, relevant=_BEARING),
        degrees(
            "bearing_second",
            "Second edge of the side spray in degrees",
            required=True,
            relevant=f"{_BEARING} and {_SIDE_SPRAY}",
        ),
        Question(
            "select_one",
            "bearing_north",
            "North a bearing is counted from",
            choices="north",
            relevant=_BEARING,
            required=True,
        ),
        Question(
            "select_one",
            "bearing_sense",
            "Where a bearing points",
            choices="bearing-sense",
            relevant=_BEARING,
            required=True,
        ),
        Question(
            "decimal",
            "bearing_error",
            "Error of the bearing in degrees",
            constraint=". > 0 and . <= 90",
            message="More than 0, at most 90 degrees.",
            relevant=_BEARING,
            required=True,
        ),
    ),
    repeat=True,
    relevant="${any_crater} = 'yes'",
)
_REMNANT = Group(
    "remnant",
    "Remnant",
    (
        Question("text", "remnant_code", "Code", constraint=CODE, message=CODE_MESSAGE, required=True),
        Question("text", "remnant_part", "Part", required=True),
        whole("remnant_diameter", "Diameter in millimetres"),
        whole("remnant_length", "Length in millimetres"),
        whole("remnant_error", "Error of the measures in millimetres", most=10_000),
        Question("text", "remnant_markings", "Markings, letter by letter"),
        Question(
            "text",
            "remnant_kept",
            "Where it is now",
            hint="Left in place unless there was a reason.",
            required=True,
        ),
        Question("select_one", "remnant_touched", "Was it touched?", choices="yes-no", required=True),
    ),
    repeat=True,
    relevant="${any_remnant} = 'yes'",
)
_PHOTO = Group(
    "photo",
    "Photograph or sketch",
    (
        Question("image", "photo_image", "Photograph", parameters="max-pixels=0", required=True),
        Question(
            "select_one",
            "photo_role",
            "What an item is to a site",
            choices="site-item-role",
            without=("film",),
            required=True,
        ),
        Question("text", "photo_shows", "What it shows", hint="No names, no faces.", required=True),
        degrees(
            "photo_heading",
            "Direction the camera looks in, in degrees",
            hint="From true north. Leave it empty if you have no compass; it then shows as missing.",
        ),
        Question(
            "text",
            "photo_scale",
            "What gives the scale",
            hint="Such as: ruler of 30 cm. Write 'none' if there is none.",
            required=True,
        ),
    ),
    repeat=True,
    relevant="${any_photo} = 'yes'",
)
_AROUND = Group(
    "around",
    "Surroundings",
    (
        Question(
            "select_one",
            "objective",
            "What was learnt about a military objective",
            choices="objective-answer",
            required=True,
        ),
        Question(
            "text",
            "objective_what",
            "What, where, and how it is known",
            relevant="${objective} = 'seen' or ${objective} = 'reported'",
            required=True,
        ),
        Question("text", "observation", "Observation", appearance="multiline"),
        Question("text", "against", "What might contradict", appearance="multiline"),
    ),
    relevant=_SAFE,
)

SITE_VISIT = Form(
    "embers_site_visit",
    "2026112801",
    "Visit to an impact site",
    "internal",
    (
        *_SAFETY,
        *TIMES,
        *_WHERE,
        _SEEN,
        _any("any_damage", "Was damage seen?"),
        _DAMAGE,
        _any("any_crater", "Was a crater measured?"),
        _CRATER,
        _any("any_remnant", "Was a remnant found?"),
        _REMNANT,
        _any("any_photo", "Were photographs taken or sketches drawn?"),
        _PHOTO,
        _AROUND,
    ),
)
