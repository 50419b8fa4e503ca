"""Folders of submissions as XML with their files beside them: ODK Briefcase, Central's and Collect's own folders."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from embers.actions.forms.exports.found import Found, Unread
from embers.actions.forms.submission_xml import MOST, read_xml
from embers.errors import EmbersError
from embers.surroundings import Surroundings


def submissions_in(folder: Path, surroundings: Surroundings) -> Iterator[Found | Unread]:
    """Yield every submission below a folder. Of each, the files in its own folder that its answers name go along."""
    for path in surroundings.disk.walk(folder):
        if path.suffix.lower() != ".xml" or path.is_symlink() or not path.is_file():
            continue
        with surroundings.disk.read(path) as handle:
            data = handle.read(MOST + 1)
        try:
            filled = read_xml(data)
        except EmbersError as error:
            if (b"<h:html" not in data and b"xforms" in data.lower()) or path.name == "submission.xml":
                yield Unread(str(path.relative_to(folder)), error.message)
            continue  # the form itself and other XML lie in such folders too
        beside = {name: path.with_name(name) for name in filled.files if "/" not in name and "\\" not in name}
        files = {
            name: partial(surroundings.disk.read, file)
            for name, file in beside.items()
            if file.is_file() and not file.is_symlink()
        }
        yield Found(filled, data, path.name, original=True, files=files)
