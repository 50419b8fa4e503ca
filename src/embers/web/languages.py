"""Languages of the pages: those that have a catalogue here, each called by its own name."""

from __future__ import annotations

import gettext as catalogues
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

#: Every language the pages are meant for. One without a catalogue is not offered: nobody is served half a page.
NAMES = (
    ("en", "English"),
    ("hy", "Հայերեն"),
    ("az", "Azərbaycanca"),
    ("ru", "Русский"),
    ("uk", "Українська"),
    ("ar", "العربية"),
)
#: The language the texts are written in needs no catalogue.
WRITTEN_IN = "en"
CATALOGUES = Path(str(files("embers.web") / "locale"))


def offered(folder: Path = CATALOGUES) -> list[tuple[str, str]]:
    """Return the language tags and own names of every language with a compiled catalogue below ``folder``."""
    return [
        (tag, name)
        for tag, name in NAMES
        if tag == WRITTEN_IN or (folder / tag / "LC_MESSAGES" / "django.mo").is_file()
    ]


@lru_cache(maxsize=len(NAMES))
def _catalogue(tag: str) -> catalogues.NullTranslations:
    return catalogues.translation("django", CATALOGUES, [tag], fallback=True)


def in_language(tag: str, text: str) -> str:
    """Return a sentence in a language, whoever asks for it; the sentence itself where it has no translation yet."""
    return _catalogue(tag).gettext(text)
