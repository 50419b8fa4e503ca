"""Texts with their language, and folding that lets a search cross scripts.

A name is written many ways: Gəncə, Gence, Ganja, Гянджа, Գյանջա. :func:`fold` turns any of them into
plain lower-case Latin letters, letter by letter; :func:`skeleton` goes further and merges letters that
different romanisations use for the same sound. :func:`search_keys` gives both. Folding only finds
candidates: two names with one key are not thereby the same place. Names that merely denote the same place
(Stepanakert, Xankəndi) never meet here; that is what recorded name variants are for.

The letter tables are our own; they follow the BGN/PCGN habits (kh, zh, sh, dzh) for the scripts of the
region. ``tests/test_language.py`` measures recall and false friends on GeoNames.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from embers.errors import VocabularyError


def _table(pairs: str) -> dict[str, str]:
    """Read "letter:sound letter:sound"; a letter without sound vanishes."""
    return {letter: sound for letter, _, sound in (pair.partition(":") for pair in pairs.split())}


_LATIN = _table("ə:e ǝ:e ı:i ß:ss æ:ae œ:oe ø:o đ:d ð:d þ:th ł:l")
# Russian and Ukrainian, then the letters of Azerbaijani Cyrillic.
_CYRILLIC = _table(
    "а:a б:b в:v г:g д:d е:e ж:zh з:z и:i й:y к:k л:l м:m н:n о:o п:p р:r с:s т:t у:u ф:f х:kh "
    "ц:ts ч:ch ш:sh щ:shch ъ: ы:y ь: э:e ю:yu я:ya ё:yo і:i ї:yi є:ye ґ:g ў:u ә:e ғ:gh ҝ:g ө:o "
    "ү:u һ:h ҹ:j ј:y қ:q ҳ:h ҷ:j җ:j ң:n ӏ: "
)
_ARMENIAN = _table(
    "ա:a բ:b գ:g դ:d ե:e զ:z է:e ը:e թ:t ժ:zh ի:i լ:l խ:kh ծ:ts կ:k հ:h ձ:dz ղ:gh ճ:ch մ:m յ:y "
    "ն:n շ:sh ո:o չ:ch պ:p ջ:j ռ:r ս:s վ:v տ:t ր:r ց:ts ւ:v փ:p ք:k օ:o ֆ:f"
)
_GEORGIAN = _table(
    "ა:a ბ:b გ:g დ:d ე:e ვ:v ზ:z თ:t ი:i კ:k ლ:l მ:m ნ:n ო:o პ:p ჟ:zh რ:r ს:s ტ:t უ:u ფ:p ქ:k "
    "ღ:gh ყ:q შ:sh ჩ:ch ც:ts ძ:dz წ:ts ჭ:ch ხ:kh ჯ:j ჰ:h"
)
_ARABIC = _table(
    "ا:a ب:b پ:p ت:t ث:s ج:j چ:ch ح:h خ:kh د:d ذ:z ر:r ز:z ژ:zh س:s ش:sh ص:s ض:z ط:t ظ:z ع: "
    "غ:gh ف:f ق:q ک:k ك:k گ:g ل:l م:m ن:n و:v ه:h ی:y ي:y ى:a ء: أ:a إ:i آ:a ؤ:v ئ:y ة:a "
    "ہ:h ھ:h ە:e ۀ:h ٱ:a ێ:e ۆ:o ۇ:u ڤ:v ڕ:r ڵ:l ڭ:n"
)
_LETTERS = str.maketrans(_LATIN | _CYRILLIC | _ARMENIAN | _GEORGIAN | _ARABIC)
#: Letter pairs that are one sound, or one code point for two letters; replaced before single letters.
_PAIRS = (("ու", "u"), ("եւ", "ev"), ("և", "ev"))


class _SmallLetters(dict[int, str]):
    """What each letter becomes, learned as letters are met: translating a text is then done in C."""

    def __missing__(self, number: int) -> str:
        small = chr(number).casefold()
        self[number] = small if len(small) == 1 else chr(number)
        return self[number]


_SMALL = _SmallLetters({ord(letter): "i" for letter in "Iİı"})
_APOSTROPHES = re.compile("['`´‘’ʹʺʻʼʽˈ′՚ՙ״ـ]")
_NOT_WORD = re.compile(r"[\W_]+")
_TAG = re.compile(
    r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?(-([a-z0-9]{5,8}|\d[a-z0-9]{3}))*(-x(-[a-z0-9]{1,8})+)?$",
    re.ASCII,
)
_SCRIPTS = {
    "LATIN": "Latn",
    "CYRILLIC": "Cyrl",
    "ARMENIAN": "Armn",
    "GEORGIAN": "Geor",
    "ARABIC": "Arab",
    "GREEK": "Grek",
    "HEBREW": "Hebr",
}
#: Codes for "no letter at all" and "letters of a script not listed" (ISO 15924).
COMMON, UNKNOWN = "Zyyy", "Zzzz"

# Sound classes of the skeleton, in order: longer spellings first. Vowels: a/e/ə fall together because
# ə is written with either; i/ı/y because и, ы, й, ը are; o and u stay apart.
_SOUNDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"shch|sch|sh", "s"),
        (r"d?zh|tch|ch|dj|dz|ts|tz|j", "c"),
        (r"kh|x", "h"),
        (r"gh|q", "g"),
        (r"ph", "f"),
        (r"w", "v"),
        (r"^ye", "e"),
        (r"(?<=[bcdfghklmnprstvz])y(?=[aeiou])", ""),
        (r"y", "i"),
        (r"e", "a"),
        (r"(.)\1+", r"\1"),
    )
)


@dataclass(frozen=True, slots=True)
class LangText:
    """A text, its language (BCP 47 tag) and its script (ISO 15924); script is detected when left empty."""

    text: str
    lang: str
    script: str = ""

    def __post_init__(self) -> None:
        check_tag(self.lang)
        if not self.script:
            object.__setattr__(self, "script", script_of(self.text))
        elif not re.fullmatch(r"[A-Z][a-z]{3}", self.script):
            raise VocabularyError(
                "script", f"{self.script!r} is not a script code.", "Use ISO 15924, for example Latn or Armn."
            )


def check_tag(tag: str) -> str:
    """Return a well-formed, conventionally cased BCP 47 tag unchanged; refuse anything else.

    ``und`` stands for a language not determined. Whether the subtag is registered is not checked.
    """
    if not _TAG.fullmatch(tag):
        raise VocabularyError(
            "language",
            f"{tag!r} is not a language tag.",
            "Use BCP 47, for example az, hy, az-Cyrl, uk-UA or und.",
        )
    return tag


def script_of(text: str) -> str:
    """Return the ISO 15924 code of the script most letters belong to (``Zyyy`` if there are none)."""
    counts = Counter(_letter_script(letter) for letter in text if letter.isalpha())
    if not counts:
        return COMMON
    return min(counts, key=lambda script: (-counts[script], script))


def _letter_script(letter: str) -> str:
    return _SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0], UNKNOWN)


def lower(text: str, lang: str = "und") -> str:
    """Lower-case by the rules of the language: in ``az`` and ``tr`` I gives ı and İ gives i."""
    if lang.partition("-")[0] in ("az", "tr"):
        text = text.replace("I", "ı").replace("İ", "i")
    return text.lower()


def plain_case(text: str) -> str:
    """Return ``text`` in small letters, as many as before; I, İ, ı and i are one, whatever the language.

    For finding a place in a text: ``str.casefold`` makes two of İ, and every place behind it would be wrong.
    """
    return text.translate(_SMALL)


@lru_cache(maxsize=16384)
def fold(text: str) -> str:
    """Return ``text`` as lower-case words of plain letters and digits, one blank apart.

    Latin loses its diacritics (ə as e, ı as i), Cyrillic (ru, uk, az), Armenian, Georgian and basic Arabic
    become Latin. Other scripts keep their letters. Folding twice changes nothing.
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    # casefold leaves İ as i with a dot above; NFC keeps й, ё, ї whole until the table has seen them.
    text = unicodedata.normalize("NFC", text)
    for pair, sound in _PAIRS:
        text = text.replace(pair, sound)
    text = unicodedata.normalize("NFKD", text.translate(_LETTERS)).casefold()
    text = "".join(letter for letter in text if not unicodedata.combining(letter)).translate(_LETTERS)
    return _NOT_WORD.sub(" ", _APOSTROPHES.sub("", text)).strip()


@lru_cache(maxsize=16384)
def skeleton(text: str) -> str:
    """Return the folded text with letters of one sound merged, word by word.

    sh, ş, s; then c, ç, j, dj, dzh, ch, zh, ts; then kh, x, h; then q, g, gh; a, e, ə; and i, ı, y fall
    together, a y after a consonant and doubled letters vanish. Loose on purpose: use it to find, never to
    decide.
    """
    return " ".join(_word_skeleton(word) for word in fold(text).split())


def _word_skeleton(word: str) -> str:
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return word


#: Letters that stand for a sound others write otherwise. Scholarly and German j is y (Ajrum, Ayrum); everyday Armenian
#: q is k and x is gh (Lichq, Xazanchi); Turkish k is Azerbaijani q (Soyukbulak, Soyuqbulaq); Russian writes a foreign
#: h as г (Гаджи, Hacı). What one joins by a hyphen others write as one word. An Armenian ո at the beginning sounds vo.
_READINGS = (("-", ""), ("j", "y"), ("q", "k"), ("k", "q"), ("x", "gh"), ("г", "һ"))
#: Ways to read one word that are looked for; each costs a search more.
_MOST = 8


def readings(word: str) -> tuple[str, ...]:
    """Return a word as it may also be read, itself first. For what is asked: what is held keeps its own spelling."""
    found = [word.casefold()]
    for letter, other in _READINGS:
        found += [one.replace(letter, other) for one in found if letter in one]
    if found[0].startswith("ո") and not found[0].startswith("ու"):
        found += [f"վ{one}" for one in found]
    return (word, *dict.fromkeys(found[1:_MOST]))


def search_keys(text: str) -> tuple[str, str]:
    """Return the strict fold and the skeleton; two texts may match if any of their keys is equal."""
    return fold(text), skeleton(text)
