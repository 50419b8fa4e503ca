"""A claim begun at the place it was read: an item or source, and the place in it, stand in the form already."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from embers.access.roles import Permission
from embers.actions.records import add_value, is_typed
from embers.ids import kind_of
from embers.projections import models
from embers.vocabulary.loader import load_vocabulary
from embers.vocabulary.terms import Predicate
from embers.web.forms.claim import ask_written
from embers.web.forms.links import OFFERED, read_link
from embers.web.forms.sheet import begin
from embers.web.shell import Crumb, Desk, desk
from embers.web.wording import Name, href_of, label, names

#: What is looked at is most often described before anything is counted.
_USUAL = "observation"
#: Values looked through for the records that were read at the same place.
_LOOKED_THROUGH = 200


def new(request: HttpRequest) -> HttpResponse:
    """Say what stands at a place: about which record, what, who says so. ``b0`` and ``b0.at`` name the place."""
    at = desk(request)
    known = {one.id: one for one in load_vocabulary().predicates.values() if one.claim and is_typed(one)}
    sheet = begin(request, at, request.path, Permission.RECORD)
    form = sheet.form
    read_in = read_link(at, form.text("b0"), ("item", "source"))
    form.group("")
    about = form.link(
        "about",
        gettext("About which record"),
        kinds=sorted({kind for one in known.values() for kind in one.of}),
        hint=gettext("By code or words."),
        required=True,
        offered=_read_there(at, read_in) if read_in else (),
    )
    field = form.ask(
        "field",
        gettext("What is said about it?"),
        widget="choice",
        options=[(id, label(id)) for id in known],
        default=_USUAL,
        required=True,
        redraws=gettext("Show its fields"),
    )
    predicate = known.get(field, known[_USUAL])
    if about and not predicate.applies_to(kind_of(about)):
        form.refuse("field", gettext("This is not said of a record of this kind."))
    written = ask_written(form, predicate)
    if sheet.to_be_written and written is not None:
        answer = sheet.write(
            lambda recorder: add_value(recorder, about, written, id=sheet.id), _then(at, about, predicate)
        )
        if answer:
            return answer
    return sheet.shown(
        "record_write.html",
        title=gettext("Record what was read here"),
        crumbs=[Crumb(gettext("Claims"), reverse("claims")), Crumb(gettext("New"))],
        send=gettext("Sign and record"),
        name=read_in,
        predicate=predicate,
    )


def _then(at: Desk, about: str, predicate: Predicate) -> str:
    name = names(at.alias, [about])[about]
    return f"{href_of(name.id, name.code)}#field-{predicate.id}"


def _read_there(at: Desk, read_in: Name) -> list[Name]:
    """Return the incidents about which something was read in the same item or source, the newest entry first."""
    links = models.Link.objects.using(at.alias).filter(target=read_in.id).values("assertion_id")
    said = models.Assertion.objects.using(at.alias).filter(id__in=links, subject__startswith="incident:")
    found = said.order_by("-rank").values_list("subject", flat=True)[:_LOOKED_THROUGH]
    return list(names(at.alias, list(dict.fromkeys(found))[:OFFERED]).values())
