"""One form on one page: begun, continued from a draft, sent, kept for later, or come back with what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext

from embers.access.roles import Permission
from embers.actions.recorder import Act, Recorder
from embers.errors import EmbersError
from embers.web.drafts import shelf
from embers.web.forms.form import Form
from embers.web.reader import reader_of
from embers.web.shell import Crumb, Desk, page
from embers.web.writing import id_for, token_of, why_not, write

#: Answers a form that cannot be taken: understood, and not carried out.
_WRONG = 422


@dataclass(slots=True)
class Sheet:
    """A form, the address it stands at, the token of its draft, and what whoever asks needs to send it."""

    request: HttpRequest
    at: Desk
    place: str
    permission: Permission
    token: str
    form: Form
    kept: str = ""

    @property
    def id(self) -> str:
        """The id of the assertion it writes."""
        return id_for(self.request, self.token)

    @property
    def to_be_written(self) -> bool:
        """Tell whether it was sent and nothing is wrong with it so far."""
        return self.form.sent and not self.form.wrong

    def write(self, draft: Callable[[Recorder], Act], then: str) -> HttpResponse | None:
        """Sign what was asked for and lead on; nothing, with the reason in the form, if that is refused."""
        try:
            write(self.request, self.permission, self.id, draft)
        except EmbersError as error:
            self.form.problem = error
            return None
        shelf.throw_away(reader_of(self.request).person, self.token)
        address, _, part = then.partition("#")
        return HttpResponseRedirect(f"{address}?done={self.id}" + (f"#{part}" if part else ""))

    def shown(
        self,
        template: str,
        *,
        title: str,
        crumbs: Sequence[Crumb],
        send: str,
        focus: bool = True,
        **more: object,
    ) -> HttpResponse:
        """Return the page the form stands on, filled in as it was given."""
        if focus or self.form.wrongs:
            self.form.focus()
        person = reader_of(self.request).person
        drafts = [one for one in shelf.of_person(person, self.place) if one.token != self.token]
        answer = page(
            self.request,
            template,
            title=title,
            crumbs=crumbs,
            sheet=self,
            form=self.form,
            send=send,
            drafts=drafts if self.request.method == "GET" else [],
            why_not=why_not(self.request, self.permission),
            can_keep=bool(person),
            **more,
        )
        answer.status_code = _WRONG if self.form.sent and self.form.wrong else 200
        return answer


def begin(
    request: HttpRequest,
    at: Desk,
    place: str,
    permission: Permission,
    *,
    filled: Callable[[], Mapping[str, str]] | None = None,
) -> Sheet:
    """Open the form of an address: as sent, as kept, or new, with ``filled`` and what the address proposes."""
    person = reader_of(request).person
    if request.method == "POST":
        given = {name: str(value) for name, value in request.POST.items()}
        keeping, looking = "keep" in given, given.get("look", "")
        form = Form(at, given, sent=not (keeping or looking), looking=looking)
        sheet = Sheet(request, at, place, permission, token_of(given.get("draft", "")), form)
        if keeping and person:
            try:
                kept = shelf.keep(person, place, sheet.token, given)
                sheet.kept = gettext("Kept at %(time)s UTC.") % {"time": f"{kept:%H:%M}"}
            except EmbersError as error:
                form.problem = error
        return sheet
    draft = shelf.find(person, request.GET.get("draft", ""))
    if draft is not None and draft.place == place:
        return Sheet(request, at, place, permission, draft.token, Form(at, draft.given))
    proposed = {name: str(value) for name, value in request.GET.items()}
    given = {**(filled() if filled else {}), **proposed}
    return Sheet(request, at, place, permission, shelf.new_token(), Form(at, given))
