"""Places and people for the benchmark of name search: written places, and people who do not exist.

Places are those of the gazetteer. People are put together by a fixed seed from a short written list of common given and
family names (``tests/projections/people_names.csv``), or from a common given name and a family name made of the
beginning of a place name and a usual ending. None is taken from any list of people; a likeness is chance.
"""

from __future__ import annotations

import csv
import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from embers.ids import derived_subject
from embers.projections.search_index import Document, Part

ROOT = Path(__file__).resolve().parents[1]
REGION = ROOT / "tests" / "gazetteer_region.csv"
QUERIES = ROOT / "tests" / "projections" / "name_queries.csv"
PEOPLE = ROOT / "tests" / "projections" / "people_names.csv"
SEED = 32
#: One person in so many has a patronymic.
_PATRONYMIC = 3
#: The first rows of the list are given names of men.
_FATHERS = 5
_MADE = {
    "az": ("li", "zadə", "yev", "ov"),
    "ru": ("ов", "ев", "ский", "ин"),
    "uk": ("енко", "чук", "ський"),
    "hy": ("յան", "ունի"),
    "ka": ("შვილი", "ძე"),
    "tr": ("oğlu", "lı", "soy"),
    "fa": ("ی", "زاده", "پور"),
    "en": ("yan", "ov", "dze", "enko"),
}
_SCRIPT_OF = {
    "az": "Latn",
    "tr": "Latn",
    "en": "Latn",
    "ru": "Cyrl",
    "uk": "Cyrl",
    "hy": "Armn",
    "ka": "Geor",
    "fa": "Arab",
}
LANGUAGES = ("az", "az-Cyrl", "ru", "uk", "hy", "ka", "tr", "fa", "en")
#: How people are asked for: as they are written elsewhere, turned round, by an initial, with a patronymic, in a case.
FORMS = ("crossing", "reversed", "initial", "patronymic", "inflected")


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, the records that answer it equally well, and the groups it is counted in.

    ``names``: whoever bears one of these answers it too.
    """

    text: str
    kind: str
    answers: frozenset[str]
    names: frozenset[str]
    lang: str
    form: str
    use: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist: rows of the list, the language the name is written in, and the name."""

    subject: str
    given: int
    family: int
    father: int | None
    lang: str
    name: str


def read(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@cache
def _parts() -> tuple[tuple[dict[str, str], ...], tuple[dict[str, str], ...]]:
    rows = read(PEOPLE)
    return tuple(tuple(row for row in rows if row["part"] == part) for part in ("given", "family"))  # type: ignore[return-value]


def place(id: str, names: Sequence[str]) -> Document:
    """Return the document of a place, as the projector makes it."""
    parts = tuple(Part("place-name", name) for name in names)
    return Document(subject(id), "place", names[0], parts, places=tuple(names), names=tuple(names))


def subject(id: str) -> str:
    """Return the subject of a place of the gazetteer."""
    return derived_subject("place", "gazetteer", id)


def place_queries() -> list[Asked]:
    """Return the written queries over places."""
    return [
        Asked(
            row["query"],
            "place",
            frozenset({subject(row["place"])}),
            frozenset({row["query"]}),
            row["lang"],
            "place",
            row["use"],
        )
        for row in read(QUERIES)
    ]


def listed_people(count: int) -> list[Person]:
    """Return people with names of the list, each written in one language only."""
    draw = random.Random(SEED)
    given, family = _parts()
    people: dict[tuple[int, int, int | None], Person] = {}
    while len(people) < count:
        lang = draw.choice(LANGUAGES)
        first = draw.choice([at for at, row in enumerate(given) if row[lang]])
        last = draw.choice([at for at, row in enumerate(family) if row[lang]])
        father = (
            draw.randrange(_FATHERS) if lang in {"az", "ru"} and draw.randrange(_PATRONYMIC) == 0 else None
        )
        name = [given[first][lang], *_patronymic(father, lang), family[last][lang]]
        id = derived_subject("person", "name-benchmark", f"{first}/{last}/{father}")
        people.setdefault((first, last, father), Person(id, first, last, father, lang, " ".join(name)))
    return list(people.values())


def _patronymic(father: int | None, lang: str) -> list[str]:
    if father is None:
        return []
    name = _parts()[0][father]
    if lang == "ru":
        stem = name["ru"]
        return [stem[:-1] + "евич" if stem[-1] in "йь" else stem + ("евич" if stem[-1] in "еи" else "ович")]
    return [name[lang], "oğlu"]


def person(one: Person) -> Document:
    """Return the document of a person: what reports call them, which is all the product searches by."""
    return Document(one.subject, "person", one.name, (Part("pseudonym", one.name),), names=(one.name,))


def people_queries(people: Sequence[Person], count: int) -> list[Asked]:
    """Return queries over listed people, in another language than the one they are written in.

    Everybody of that given and family name answers; a patronymic asks for one person. An initial is answered by
    everybody of the family name whose given name begins with it in that language.
    """
    draw = random.Random(SEED + 1)
    given, family = _parts()
    asked: list[Asked] = []
    while len(asked) < count:
        one, form = draw.choice(people), FORMS[len(asked) % len(FORMS)]
        first, last = given[one.given], family[one.family]
        langs = [lang for lang in LANGUAGES if lang != one.lang and first[lang] and last[lang]]
        if form == "patronymic":
            langs = [lang for lang in langs if lang in {"az", "ru"}] if one.father is not None else []
        if form == "inflected":
            langs = [
                lang
                for lang in langs
                if lang == "hy" or (lang in {"ru", "uk"} and _takes_endings(first[lang], last[lang]))
            ]
        if not langs:
            continue
        lang = draw.choice(langs)
        text = _said(form, lang, first[lang], last[lang], _patronymic(one.father, lang))
        meant = {one.given}
        if form == "initial":
            meant = {at for at, row in enumerate(given) if row[lang][:1] == first[lang][0]}
        answers = {p.subject for p in people if p.family == one.family and p.given in meant}
        names = {
            f"{given[at][other]} {last[other]}" for at in meant for other in LANGUAGES if given[at][other]
        }
        if form == "patronymic":
            answers, names = {one.subject}, set()
        rows = (first["en"], last["en"])
        asked.append(
            Asked(
                text,
                "person",
                frozenset(answers),
                frozenset(names),
                lang,
                form,
                "held" if any(map(_held, rows)) else "tuning",
            )
        )
    return asked


def _held(name: str) -> bool:
    return int(hashlib.sha256(f"name|{name}".encode()).hexdigest()[:8], 16) % 3 == 0


def _takes_endings(first: str, last: str) -> bool:
    return first[-1] in "бвгдзклмнпрст" and last.endswith(("ов", "ев", "ян"))


def _said(form: str, lang: str, first: str, last: str, patronymic: Sequence[str]) -> str:
    if form == "reversed":
        return f"{last} {first}"
    if form == "initial":
        return f"{first[0]}. {last}"
    if form == "patronymic":
        return " ".join([last, first, *patronymic])
    if form == "inflected":
        return f"{first} {last}ի" if lang == "hy" else f"{first}у {last}у"
    return f"{first} {last}"


def made_people(count: int, words: Mapping[str, Sequence[str]]) -> Iterator[Document]:
    """Yield people with made-up family names, so that a search has much to choose from.

    ``words``: by script (ISO 15924), words that family names begin like.
    """
    draw = random.Random(SEED + 2)
    given = _parts()[0]
    for number in range(count):
        lang = draw.choice(list(_MADE))
        first = draw.choice([row[lang] for row in given if row[lang]])
        root = draw.choice(words[_SCRIPT_OF[lang]])
        name = f"{first} {root[: draw.randrange(3, 8)]}{draw.choice(_MADE[lang])}"
        id = derived_subject("person", "name-benchmark", f"made {number}")
        yield Document(id, "person", name, (Part("pseudonym", name),), names=(name,))
