"""The words of the map and the timeline in the reader's language; the elements themselves know the English ones.

A test compares both lists, so that no text of an element stays untranslated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

#: By element and the name of the text in its source. ``{name}`` is filled in by the element.
ELEMENT_WORDS: Mapping[str, Mapping[str, Promise]] = MappingProxyType(
    {
        "embers-map": {
            "area": gettext_lazy("Area within which the place lies (radius = stated precision)"),
            "several": gettext_lazy("number: several incidents recorded at one point"),
            "mixed": gettext_lazy(
                "number: several incidents recorded at one point; rounded symbol: of more than one party"
            ),
            "square": gettext_lazy(
                "number without a circle: incidents of a square, too many to draw one by one; choose it to come nearer"
            ),
            "inSquare": gettext_lazy("{count} incidents are recorded here"),
            "openList": gettext_lazy("Show them as a list"),
            "undetermined": gettext_lazy("Border line disputed or undetermined"),
            "alleged": gettext_lazy("alleged against: {party}"),
            "unattributed": gettext_lazy("party not attributed"),
            "list": gettext_lazy("Incidents as a list"),
            "show": gettext_lazy("Show on map"),
            "precision": gettext_lazy("precision {distance}"),
            "here": gettext_lazy("{count} incidents recorded at this point"),
            "unplaced": gettext_lazy("no usable position"),
            "label": gettext_lazy("Map of incidents; the same incidents are in the list below"),
            "noMap": gettext_lazy(
                "The map cannot be drawn in this browser. All incidents are in the list below."
            ),
            "noData": gettext_lazy("The incidents could not be read: {reason}"),
            "attribution": gettext_lazy(
                "Land and borders: Natural Earth (public domain). Places: GeoNames (CC BY 4.0). "
                "A line on this map is no statement on status."
            ),
        },
        "embers-layers": {
            "title": gettext_lazy("Layers below the incidents"),
            "none": gettext_lazy("No layers are in the case folder."),
            "up": gettext_lazy("Move up: {title}"),
            "down": gettext_lazy("Move down: {title}"),
            "owed": gettext_lazy("From: {owed}"),
            "broken": gettext_lazy("Not shown: {reason}"),
            "partly": gettext_lazy("A part of this layer cannot be drawn; the rest is shown."),
            "noData": gettext_lazy("The layers could not be read: {reason}"),
        },
        "embers-groups": {
            "title": gettext_lazy("What belongs together"),
            "group": gettext_lazy("{title}: {count} incidents"),
            "route": gettext_lazy("{title}: {count} stops"),
            "disputed": gettext_lazy("disputed"),
            "basis": gettext_lazy("Basis"),
            "unplaced": gettext_lazy("no usable position"),
            "more": gettext_lazy("There are more than are drawn here; choose a shorter span."),
            "none": gettext_lazy("Nothing in this span was related as a series, and no mission is in sight."),
            "noData": gettext_lazy("What belongs together could not be read: {reason}"),
        },
        "embers-timeline": {
            "label": gettext_lazy("Incidents by the day on which they begin"),
            "first": gettext_lazy("From {span}"),
            "last": gettext_lazy("To {span}"),
            "chosen": gettext_lazy("{count} incidents from {first} to {last}"),
            "none": gettext_lazy("No incident with a place and a date is in sight."),
            "noData": gettext_lazy("The timeline could not be read: {reason}"),
        },
    }
)
_CAPITAL = re.compile(r"[A-Z]")


def element_words(element: str, leave: str = "") -> SafeString:
    """Return the ``data-text-*`` attributes of an element; texts named in ``leave`` are given by the page itself."""
    left = set(leave.split())
    return format_html_join(
        " ",
        'data-text-{}="{}"',
        (
            (_CAPITAL.sub(lambda found: f"-{found.group().lower()}", name), text)
            for name, text in ELEMENT_WORDS[element].items()
            if name not in left
        ),
    )
