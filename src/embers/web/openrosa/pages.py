"""What phones ask: which forms there are, a form, its lists, whether they may send, and here is one filled in."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import wraps
from xml.sax.saxutils import escape

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from embers.access.roles import Permission
from embers.actions.forms.receiving import Receipt, Receiver, Sender
from embers.errors import AccessDenied, ApiError, EmbersError, StorageError
from embers.fieldwork.forms.catalogue import FORMS
from embers.fieldwork.forms.said import is_staff_code
from embers.fieldwork.forms.xlsform import digest
from embers.web.api.once import role_for
from embers.web.openrosa.answers import message, refusal, with_headers, xml
from embers.web.openrosa.offered import TABLES, offered_form, table
from embers.web.openrosa.parts import drain, read_parts
from embers.web.reader import folder_of, reader_of, token_of
from embers.web.rules import SUBMITTED
from embers.web.shell import desk
from embers.web.signing import recorder_of

LOG = logging.getLogger("embers.web.openrosa")
Answer = Callable[..., HttpResponse]
#: One submission is recorded at a time, so that two requests of one phone never both find that it is new.
_ONE = threading.Lock()


def spoken(answer: Answer) -> Answer:
    """Answer a phone in its own way, refusals and failures included."""

    @csrf_exempt  # asked with a token, never with a cookie
    @wraps(answer)
    def answered(request: HttpRequest, **arguments: str) -> HttpResponse:
        try:
            return answer(request, **arguments)
        except EmbersError as error:
            return refusal(error)
        except OSError as error:
            return refusal(StorageError.of(error))
        except Exception as error:
            LOG.exception("%s %s", request.method, answer.__name__, exc_info=error)
            return refusal(
                ApiError(
                    "fault", "Embers could not answer this.", "The server's output says what went wrong."
                )
            )

    return answered


@spoken
def form_list(request: HttpRequest) -> HttpResponse:
    """List the forms (OpenRosa Form List API). ``formID`` asks for one of them."""
    wanted = request.GET.get("formID", "")
    forms = [offered_form(id) for id in FORMS if wanted in {"", id}]
    told = "".join(
        f"<xform><formID>{one.form.id}</formID><name>{escape(one.form.title)}</name>"
        f"<version>{one.form.version}</version><hash>{one.hash}</hash>"
        f"<downloadUrl>{escape(_address(request, 'openrosa-form', id=one.form.id))}</downloadUrl>"
        f"<manifestUrl>{escape(_address(request, 'openrosa-manifest', id=one.form.id))}</manifestUrl></xform>"
        for one in forms
    )
    return xml(f'<xforms xmlns="http://openrosa.org/xforms/xformsList">{told}</xforms>')


@spoken
def form(request: HttpRequest, id: str) -> HttpResponse:
    """Send a form."""
    del request
    return with_headers(HttpResponse(offered_form(id).xform, content_type="text/xml; charset=utf-8"))


@spoken
def manifest(request: HttpRequest, id: str) -> HttpResponse:
    """List the files of a form: the lists of the case it asks for, as whoever asks may read them."""
    view = desk(request).view
    told = "".join(
        f"<mediaFile><filename>{name}.csv</filename><hash>{digest(table(name, view))}</hash>"
        f"<downloadUrl>{escape(_address(request, 'openrosa-table', id=id, name=name))}</downloadUrl></mediaFile>"
        for name in offered_form(id).form.tables
    )
    return xml(f'<manifest xmlns="http://openrosa.org/xforms/xformsManifest">{told}</manifest>')


@spoken
def form_table(request: HttpRequest, id: str, name: str) -> HttpResponse:
    """Send one list of the case."""
    if name not in TABLES or name not in offered_form(id).form.tables:
        raise ApiError("not-found", "There is no such list.", "Fetch the manifest of the form.")
    data = table(name, desk(request).view)
    return with_headers(HttpResponse(data, content_type="text/csv; charset=utf-8"))


@spoken
def submission(request: HttpRequest) -> HttpResponse:
    """Say where to send (HEAD), or take in what is sent (POST): 201 when it is signed, 202 while files are missing."""
    if request.method == "HEAD":
        answer = with_headers(HttpResponse(status=204))
        answer.headers["Location"] = _address(request, "openrosa-submission")
        return answer
    folder = folder_of(request)
    recorder = recorder_of(request, role=role_for(request, Permission.RECORD))
    if recorder is None:
        drain(request, most=SUBMITTED)
        raise AccessDenied(
            "key-locked",
            "The signing key for this phone is not unlocked on the server.",
            "Unlock it on the page of tokens, then send again. The phone keeps the form until then.",
        )
    try:
        received = read_parts(request, recorder.objects, most=SUBMITTED)
        with _ONE:
            tables = folder.projection()
            receiver = Receiver(recorder, tables, reads=desk(request).view)
            done = receiver.receive(received.filled, received.raw, received.files, _sender(request))
    finally:
        recorder.journal.close()
    return _told(request, done)


def _told(request: HttpRequest, done: Receipt) -> HttpResponse:
    whole = not done.missing
    text = "Recorded." if done.entries else "Recorded before; nothing was said twice."
    if not whole:
        text += f" {len(done.missing)} files are still to come."
    if done.competing:
        text += f" {done.competing} values differ from earlier ones and stand beside them."
    answer = message(text, status=201 if whole else 202, nature="submit_success")
    answer.headers["Location"] = _address(request, "openrosa-submission")
    return answer


def _sender(request: HttpRequest) -> Sender:
    token = token_of(request)
    if token is None:
        raise AccessDenied("role", "A form is sent with a token.", "Make one for the phone.")
    # The name of a token is free text and could be a person's; a mark such as P-07 is none.
    mark = token.name if is_staff_code(token.name) else f"no. {token.pk}"
    return Sender("OpenRosa submission", f"phone account {mark} of {reader_of(request).name}")


def _address(request: HttpRequest, route: str, **arguments: str) -> str:
    return request.build_absolute_uri(reverse(route, kwargs=arguments or None))
