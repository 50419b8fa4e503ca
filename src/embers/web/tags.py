"""Template filters of the pages, loaded for every template."""

from __future__ import annotations

from django import template

from embers.places import method_words
from embers.web import wording
from embers.web.element_words import element_words
from embers.web.marks import view_href
from embers.web.reading_words import instant_words, number_words

register = template.Library()

register.simple_tag(element_words)
register.filter("side", wording.side_label)
register.filter("day", wording.day_words)
register.filter("moment", wording.moment_words)
register.filter("predicate", wording.label)
register.filter("kind", wording.kind_label)
register.filter("origin", wording.origin_label)
register.filter("method", method_words)
register.filter("view_href", view_href)
register.filter("size", number_words)
register.filter("instant", instant_words)


@register.filter
def code(term: str, codes: str) -> str:
    """Return the words of a code: ``{{ source.type|code:"source-type" }}``."""
    return wording.code_label(codes, term)


@register.filter
def bare(subject: str) -> str:
    """Return a subject's id without its kind, as addresses bear it."""
    return subject.partition(":")[2]


@register.filter
def standing(status: str) -> str:
    """Return in words how an assertion stands: ``live``, ``superseded`` or ``retracted``."""
    return wording.standing_words(status)
