"""Reads the XML of a submission: untrusted, so it may declare nothing, and is bounded in size and depth."""

from __future__ import annotations

from embers.errors import FieldworkError, ImageryError
from embers.fieldwork.forms.filled import Filled, read_submission
from embers.imagery.safe_xml import MAX_BYTES, read_tree

#: Bytes a submission without its files may have.
MOST = MAX_BYTES


def read_xml(data: bytes) -> Filled:
    """Return the filled form in ``data``; what is no submission of a known form with an id is refused."""
    try:
        root = read_tree(data, named="The submission")
    except ImageryError as error:
        raise FieldworkError(
            "submission",
            "The submission is no XML as a form on a phone writes it, or larger than one can be.",
            "Keep it as it is on the phone, and look at it with the form's author.",
        ) from error
    return read_submission(root)
