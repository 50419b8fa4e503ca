"""Imports an export: each filled form in it goes the way of one that a phone sends, so none is recorded twice."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from embers.actions.forms.exports import central, folder, kobo
from embers.actions.forms.exports.found import Found, Media, Unread
from embers.actions.forms.receiving import Part, Receiver, Sender
from embers.actions.recorder import Recorder
from embers.custody.names import recorded_name
from embers.errors import EmbersError, FieldworkError
from embers.objects.digest import digest_stream
from embers.projections.database import CaseDatabase
from embers.surroundings import Surroundings


@dataclass(slots=True)
class FormsImported:
    """What an import did: filled forms that were new, known already, unread; files; values beside earlier ones."""

    new: int = 0
    known: int = 0
    files: int = 0
    competing: int = 0
    entries: int = 0
    missing: list[str] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def import_forms(
    recorder: Recorder,
    tables: Callable[[], CaseDatabase],
    path: Path,
    *,
    form: str = "",
    media: Path | None = None,
) -> FormsImported:
    """Record every filled form of an export that the case does not hold; ``tables`` gives current tables each time.

    One that cannot be read is named and left out, the others are recorded. Cut off, it is run again.
    """
    done = FormsImported()
    with _opened(recorder.surroundings, path, form, media) as (method, found):
        sender = Sender(f"import of {method}", _source(recorder.surroundings, path))
        for one in found:
            if isinstance(one, Unread):
                done.unread.append(one)
                continue
            try:
                _receive(recorder, tables(), one, sender, done)
            except EmbersError as error:
                done.unread.append(Unread(one.filled.instance, error.message))
    return done


def _receive(
    recorder: Recorder, tables: CaseDatabase, one: Found, sender: Sender, done: FormsImported
) -> None:
    put = recorder.objects.put
    raw = Part(one.name, put(io.BytesIO(one.record)).sha256, written=not one.original)
    files = []
    for name, opener in one.files.items():
        with opener() as stream:
            files.append(Part(name, put(cast(BinaryIO, stream)).sha256))
    told = Receiver(recorder, tables).receive(one.filled, raw, files, sender)
    done.new += told.new
    done.known += not told.new
    done.files += told.files
    done.competing += told.competing
    done.entries += told.entries
    done.missing += [f"{told.instance}: {name}" for name in told.missing]
    done.warnings += [f"{told.instance}: {text}" for text in told.warnings]


@contextmanager
def _opened(
    surroundings: Surroundings, path: Path, form: str, media: Path | None
) -> Iterator[tuple[str, Iterator[Found | Unread]]]:
    suffix = path.suffix.lower()
    if path.is_dir():
        yield "a folder of submissions", folder.submissions_in(path, surroundings)
    elif not path.is_file():
        raise FieldworkError(
            "export", f"There is no file {path}.", "Give an export, or a folder of submissions."
        )
    elif suffix == ".zip":
        with surroundings.disk.read(path) as handle, _archive(path, handle) as archive:
            yield "an ODK Central export", central.submissions_in(archive, form=form)
    else:
        beside = kobo.media_beside(media, surroundings) if media else Media(())
        if suffix == ".json":
            yield "a Kobo export", kobo.submissions_in_json(path, surroundings, beside, form=form)
        elif suffix in {".xlsx", ".csv"}:
            yield "a Kobo export", kobo.submissions_in_table(path, surroundings, beside, form=form)
        else:
            raise FieldworkError(
                "export",
                f"{path.name} is no export that is known.",
                "Give a folder of XML, the zip of Central, or JSON, XLSX or CSV of Kobo.",
            )


def _archive(path: Path, handle: BinaryIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(handle)
    except zipfile.BadZipFile as error:
        raise FieldworkError("export", f"{path.name} is no zip archive.", "Export it again.") from error


def _source(surroundings: Surroundings, path: Path) -> str:
    name = recorded_name(path.name)[0]
    if path.is_dir():
        return f"folder {name}"
    with surroundings.disk.read(path) as handle:
        return f"export {name}, SHA-256 {digest_stream(handle).hex()}"
