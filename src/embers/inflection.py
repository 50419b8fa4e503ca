"""Endings of names and words: Шуше, Шушу and Շուշիում are said of Шуша and Շուշի.

Endings are taken off by lists, without a dictionary, so a stem is only a key to find by: two words of one stem are
not thereby one word. The lists are those of the school grammars: cases of nouns and of family names in Russian and
Ukrainian, cases and the article in Eastern Armenian, cases in Georgian, and for what is asked also those of
Azerbaijani and Turkish, which are too short to be taken off every word that is held.
"""

from __future__ import annotations

from functools import lru_cache

#: A stem has at least this many letters: shorter ones are shared by too many words.
SHORTEST = 3


def _endings(text: str) -> tuple[str, ...]:
    """Return endings, the longest first."""
    return tuple(sorted(text.split(), key=lambda ending: -len(ending)))


_CYRILLIC = _endings(
    "иями ями ами иях ях ах иям ям ам ому ему ими ыми ого его ої ою ею ией ием ієм ем єм ом ой ей ым им ів ов ев "
    "єв ые ие ую юю ая яя их ых ия ии ию ія ії ію ье ья ью ові еві єві а е и й о у ы ь э ю я і ї є"
)
_ARMENIAN = _endings(
    "ներից ներով ներում ներին ների ները ներ երից երով երում երին երի երը եր յանի յանից յանին ուց ում ից ով ին ուն "
    "ու վա ի ը ն ա"
)
_GEORGIAN = _endings("იდან დან ისთვის თვის ისგან სთან ში ზე მდე მა ის ით ად ს ი ა")
_TURKIC = _endings(
    "ndan ndən nden dan dən den tan tən ten nda ndə nde da də de ta tə te nın nin nun nün ın in un ün ya yə ye na "
    "nə ne yı yi yu yü nı ni nu nü a ə e ı i u ü"
)
_BY_ALPHABET = (("а", "ӿ", _CYRILLIC), ("ա", "և", _ARMENIAN), ("ა", "ჰ", _GEORGIAN))


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return a Cyrillic, Armenian or Georgian word in small letters without its longest ending; others unchanged."""
    word = word.casefold()
    for first, last, endings in _BY_ALPHABET:
        if first <= word[:1] <= last:
            return _without(word, endings)
    return word


def asked_stems(word: str) -> tuple[str, ...]:
    """Return what may be left of a word somebody asks for once an ending is off, longest first.

    Every ending that fits is tried, not only the longest: Ереваном ends in -ом, and Мамедова in -ова and in -а.
    """
    word = word.casefold().replace("’", "'")
    endings = next((own for first, last, own in _BY_ALPHABET if first <= word[:1] <= last), ())
    if not endings and "a" <= word[:1] <= "ɏ":
        endings = _TURKIC
    found = {word[: -len(end)].rstrip("'") for end in endings if word.endswith(end)}
    return tuple(sorted((one for one in found if len(one) >= SHORTEST), key=lambda one: (-len(one), one)))


def _without(word: str, endings: tuple[str, ...]) -> str:
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST:
            return word[: -len(ending)]
    return word
