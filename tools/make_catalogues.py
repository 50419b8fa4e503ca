"""Gathers every sentence of the web application; keeps one ``django.po`` and ``django.mo`` for each language.

    python tools/make_catalogues.py            brings every catalogue up to date and compiles it
    python tools/make_catalogues.py --check    says what is missing, wrong or out of date; exit code 1 if something is

Sentences come from the templates, from ``gettext`` calls in ``embers.web``, from the labels of the vocabulary, from
the sentences of dates, and from the forms for phones.
What is new stands in each catalogue with an empty translation; what is gone is taken out. Nothing is guessed: a
sentence that changed is translated again by a person. Translators edit the ``.po`` files and nothing else.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from embers.dates import SENTENCES
from embers.fieldwork.forms.catalogue import sentences as form_sentences
from embers.vocabulary.loader import load_vocabulary

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "src" / "embers" / "web"
LOCALE = WEB / "locale"
#: English is the language of the sentences themselves, so it needs no catalogue.
LANGUAGES = ("hy", "az", "ru", "uk", "ar")
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}
#: ``%(name)s`` and ``%s`` of a sentence, ``{name}`` of an element's text; ``%%`` is a per cent sign.
_PLACES = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}")
#: A compiled file names a day of its making; the same words should give the same bytes on any day.
_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_HEADER = "# Embers: words of the web application. Apache-2.0, like the rest of Embers."


def _extracted(text: str, where: str) -> Iterator[tuple[str | tuple[str, ...], str, str | None]]:
    """Yield (message, place, context) of a Python source or a template turned into one."""
    for _line, messages, _comments, context in extract(
        "python", BytesIO(text.encode()), KEYWORDS, (), {"encoding": "utf-8"}
    ):
        yield messages, where, context


def sentences() -> Catalog:
    """Return every sentence a person may see in the web application, without translations."""
    found = Catalog(project="Embers", charset="utf-8", fuzzy=False)
    for path in sorted(WEB.rglob("*.py")):
        for message, where, context in _extracted(path.read_text("utf-8"), _place(path)):
            found.add(message, locations=[(where, 0)], context=context)
    for path in sorted((WEB / "templates").rglob("*.html")):
        turned = templatize(path.read_text("utf-8"), origin=str(path))
        for message, where, context in _extracted(turned, _place(path)):
            flags = {"python-format"} if "%(" in str(message) else set()
            found.add(message, locations=[(where, 0)], context=context, flags=flags)
    vocabulary = load_vocabulary()
    labels = [
        *(word for kind in vocabulary.kinds.values() for word in (kind.label, kind.plural)),
        *(term.label for codes in vocabulary.codes.values() for term in codes.terms.values()),
        *(predicate.label for predicate in vocabulary.predicates.values()),
        *SENTENCES.values(),
    ]
    for words in labels:
        found.add(words, locations=[("vocabulary", 0)], flags={"python-format"} if "%(" in words else ())
    for words in form_sentences():
        found.add(words, locations=[("forms", 0)])
    return found


def _place(path: Path) -> str:
    return str(path.relative_to(ROOT / "src" / "embers"))


def po_path(language: str) -> Path:
    """Return where the translator's file of a language lies."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def read_catalogue(language: str) -> Catalog:
    """Return a language's catalogue; an empty one if there is none yet."""
    path = po_path(language)
    if not path.exists():
        return Catalog(locale=language, fuzzy=False)
    with path.open("rb") as handle:
        return read_po(handle, locale=language)


def updated(language: str, wanted: Catalog) -> Catalog:
    """Return a language's catalogue with exactly the wanted sentences, known translations kept."""
    known = read_catalogue(language)
    fresh = Catalog(
        locale=language,
        project="Embers",
        charset="utf-8",
        fuzzy=False,
        header_comment=_HEADER,
        creation_date=None,
    )
    for message in _messages(wanted):
        before = known.get(message.id, message.context)
        translation = before.string if before and before.string else ""
        fresh.add(
            message.id, translation, sorted(message.locations), context=message.context, flags=message.flags
        )
    return fresh


def _messages(catalogue: Catalog) -> Iterable[Message]:
    return (message for message in catalogue if message.id)


def po_bytes(catalogue: Catalog) -> bytes:
    """Return the translator's file; the same catalogue gives the same bytes on any day."""
    out = BytesIO()
    write_po(out, catalogue, sort_output=True, include_lineno=False, width=100, omit_header=True)
    head = (
        f'{_HEADER}\n#\nmsgid ""\nmsgstr ""\n"Language: {catalogue.locale}\\n"\n"MIME-Version: 1.0\\n"\n'
        f'"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    )
    return head.encode() + out.getvalue()


def mo_bytes(po: bytes, language: str) -> bytes:
    """Return what Django reads, compiled from the translator's file."""
    out = BytesIO()
    catalogue = read_po(BytesIO(po), locale=language)
    catalogue.header_comment = ""
    catalogue.revision_date = catalogue.creation_date = _ANY_DAY
    write_mo(out, catalogue)
    return out.getvalue()


def faults(language: str, wanted: Catalog) -> Iterator[str]:
    """Yield a sentence for everything missing, wrong or out of date in a language."""
    known = read_catalogue(language)
    for message in _messages(wanted):
        held = known.get(message.id, message.context)
        if held is None:
            yield f"{language}: {message.id!r} is not in the catalogue"
            continue
        yield from (f"{language}: {what}" for what in translation_faults(held, known.num_plurals))
    for message in _messages(known):
        if wanted.get(message.id, message.context) is None:
            yield f"{language}: {message.id!r} is said nowhere any more"
    mo = po_path(language).with_suffix(".mo")
    if po_path(language).exists() and (
        not mo.exists() or mo.read_bytes() != mo_bytes(po_path(language).read_bytes(), language)
    ):
        yield f"{language}: {mo.name} is not what {po_path(language).name} compiles to"


def translation_faults(message: Message, plurals: int) -> Iterator[str]:
    """Yield what is wrong with one translation: empty, a form missing, a place lost or invented, edges changed."""
    source, told = _forms(message.id), _forms(message.string)
    if not all(told) or (len(source) > 1 and len(told) != plurals):
        yield f"{message.id!r} is not translated"
        return
    places = [set(_PLACES.findall(form)) for form in source]
    for form in told:
        found = set(_PLACES.findall(form))
        # A language may leave the number out of its form for one, as English does; it never invents a place.
        if not (places[0] & places[-1]) <= found <= (places[0] | places[-1]):
            yield f"{message.id!r}: the places {sorted(found ^ places[-1])} do not fit in {form!r}"
        if form.strip() != form and source[-1].strip() == source[-1]:
            yield f"{message.id!r}: spaces at the edge of {form!r}"


def _forms(text: str | Sequence[str] | None) -> list[str]:
    return [text or ""] if isinstance(text, str) or text is None else list(text)


def main() -> int:
    """Bring the catalogues up to date, or check them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    wanted = sentences()
    for language in LANGUAGES if not options.check else ():
        path = po_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        po = po_bytes(updated(language, wanted))
        path.write_bytes(po)
        path.with_suffix(".mo").write_bytes(mo_bytes(po, language))
    found = [fault for language in LANGUAGES for fault in faults(language, wanted)]
    for fault in found[:100] if options.check else ():
        print(fault)
    print(f"{sum(1 for _ in _messages(wanted))} sentences, {len(LANGUAGES)} languages, {len(found)} faults")
    return 1 if options.check and found else 0


if __name__ == "__main__":
    sys.exit(main())
