"""Keys by which a name is found however it is written, and how far two spellings are apart.

:mod:`embers.language` turns a word into plain letters letter by letter. Here several letters may stand for one sound,
one letter for several, and vowels may be missing. Each name has, in the index, its words and the whole of it without
gaps (:func:`skeleton`), and for both a *frame*: consonants by where in the mouth they are made, vowels left out.
A frame says little, so what it finds is ordered by :func:`apart` before anybody sees it.

Where a letter is read in two ways by two schemes (scholarly j, Polish ch, Arabic و and ض) a word has several frames.
The rules are those of ISO 9, ISO 233, BGN/PCGN, ALA-LC, the national systems and the habits of the press; none was made
from a single name. Everything here only finds candidates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, islice, product

from rapidfuzz.distance import Levenshtein

from embers.inflection import asked_stems
from embers.language import fold, plain_case, readings, skeleton

#: First signs of the keys in the index: a word is itself; the frame of a word, a whole name, its frame, an initial.
WORD_FRAME, WHOLE, WHOLE_FRAME, INITIAL = "0", "1", "2", "3"
#: Beyond this two spellings are not one name. 0 is the same spelling, 1 nothing alike.
FAR = 0.42
#: Frames of one word; spellings of one asked word; one letter is changed in names of at least this many letters.
_MOST_FRAMES, _MOST_KEYS, _SHORTEST_NEAR = 6, 24, 4
_GAPS = re.compile(r"[\s,،;/()«»\"“”]+|(?<=\w)[-–—](?=\w)")


def _words(text: str) -> frozenset[str]:
    return frozenset(map(fold, text.split()))


#: Words that stand before or between the parts of names in some spellings and are left out in others.
#: In Russian and Ukrainian, prepositions before a place.
_PARTICLES = _words(
    "al el ad ed as es ar er an en at et az ez ash esh ul il e ye ya i de the of in near bin ibn bint ogly oglu "
    "oghlu qizi kyzy kizi gizi v vo na iz u o ob k ko s so z do pod vid"
)
#: What is said of a place and does not tell it from another.
_SAID_OF_PLACES = _words(
    "city town village gorod город selo село derevnya деревня misto місто селище посёлок посёлка поселок станция "
    "станица station район rayon rayonu district şəhər şəhəri kənd kəndi qəsəbə qəsəbəsi köy köyü mahallesi "
    "ilçesi beldesi kasabası գյուղ քաղաք ավան գյուղը քաղաքը ქალაქი სოფელი დაბა shahr شهر شهرستان روستای بخش مدينة "
    "قرية ناحية قضاء محافظة بلدة имени имені imeni adına adina qaryat madinat nahiyat"
)
_JOINED = re.compile(r"(?<=....)(?:k[oö]y[uü]?|k[əe]nd|kənd)$")
_PATRONYMIC = re.compile(r"(?<=..)(?:[oaei]?vic|[oaei]vna|icna|inicna)$")
_CLASHING = re.compile(
    r"(?<=[زسصثكکگغقشتطدذظض])(?=[هح])|(?<=[تط])(?=[جشژ])|(?<=د)(?=[جژ])|(?<=([بتجدرزسشفقكکلمن]))(?=\1)"
)
_BEFORE_Y = re.compile("(?<![اۇيیى])(?=[يی](?:ا|ۇ|$))")
#: The next word says that the one before is the father's name.
_FATHER = re.compile(r"^(?:o[gğ]lu|q[iı]z[iı]|k[iı]z[iı]|оглы|кызы|гызы|оғлу)\b", re.IGNORECASE)
_NO_SIGN = "0"
_ARTICLE = re.compile(r"^(?:ال|أل|آل)(?=...)")
_ARABIC = re.compile(r"[\u0600-\u06ff]")

# Sounds of a frame, longest spelling first. Several values: read so, or so. Vowels and y are silent.
_FRAME_SOUNDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    *(("shch", ("s",)), ("sch", ("s",)), ("tsch", ("s",)), ("tch", ("s",)), ("dzh", ("s",)), ("zh", ("s",))),
    *(
        ("sh", ("s",)),
        ("ch", ("s", "k")),
        ("dj", ("s",)),
        ("dz", ("s", "ts")),
        ("ts", ("s", "ts")),
        ("tz", ("s",)),
    ),
    *(("cz", ("s",)), ("sz", ("s",)), ("rz", ("r", "s")), ("kh", ("k",)), ("gh", ("k",)), ("ph", ("v", "p"))),
    *(("th", ("t", "s")), ("dh", ("t", "s")), ("ck", ("k",)), ("ks", ("k", "ks")), ("x", ("k", "ks"))),
    *(("j", ("s", "")), ("c", ("s", "k")), ("s", ("s",)), ("z", ("s",)), ("q", ("k",)), ("k", ("k",))),
    *(("g", ("k",)), ("b", ("p",)), ("p", ("p",)), ("f", ("v",)), ("v", ("v",)), ("w", ("v", ""))),
    *(
        ("h", ("", "k")),
        ("d", ("t",)),
        ("t", ("t",)),
        ("l", ("l",)),
        ("m", ("m",)),
        ("n", ("n",)),
        ("r", ("r",)),
    ),
)
_FRAME_PATTERN = re.compile("|".join(sound for sound, _ in _FRAME_SOUNDS) + "|[0-9]+")
_FRAME_VALUES = dict(_FRAME_SOUNDS)
#: Letters that stand for a vowel as well as for a consonant, that Arabic and Persian read differently, or that Georgian
#: writes for a foreign sound.
_LETTER_READINGS = {
    "ფ": ("p", "v"),
    "و": ("", "v"),
    "ج": ("s", "k"),
    **dict.fromkeys("ضذظث", ("s", "t")),
    **dict.fromkeys("هہەھ", ("", "k")),
}
#: The same letters as they are read in the other way, for what is asked.
_ALSO = str.maketrans("ضذظثجფ", "دددتگf")
_REPEATED = re.compile(r"(.)\1+")


def words_of(name: str) -> list[str]:
    """Return the words of a name; a hyphen is a gap."""
    return [word for word in _GAPS.split(name) if any(sign.isalnum() for sign in word)]


@lru_cache(maxsize=65536)
def frames(word: str) -> tuple[str, ...]:
    """Return the frames of one word as it may be read, at most six; a word of vowels has none."""
    read = [_ways(one) for one in dict.fromkeys((_ARTICLE.sub("", word), word))]
    found = islice(chain.from_iterable(product(*ways) for ways in read), 4 * _MOST_FRAMES)
    told = (_REPEATED.sub(r"\1", "".join(way)) for way in found)
    return tuple(dict.fromkeys(one for one in told if one))[:_MOST_FRAMES]


def _ways(word: str) -> list[tuple[str, ...]]:
    if not _ARABIC.search(word) and _LETTER_READINGS.keys().isdisjoint(word):
        return _sounds(fold(word))
    ways: list[tuple[str, ...]] = []
    for letter in word:
        known = _LETTER_READINGS.get(letter)
        ways += [known] if known else _sounds(fold(letter))
    return ways


def _sounds(folded: str) -> list[tuple[str, ...]]:
    return [_FRAME_VALUES.get(sound, (sound,)) for sound in _FRAME_PATTERN.findall(folded)]


def name_keys(names: Iterable[str], *, person: bool = False) -> str:
    """Return the keys of names for the index, one name after another, each closed by the keys of its whole.

    ``person``: with initials, so that they can be asked for.
    """
    found: dict[str, None] = {}
    for name in names:
        found.setdefault(" ".join(_keys_of_name(name, person=person)))
    return " ".join(found)


def _keys_of_name(name: str, *, person: bool) -> Iterator[str]:
    words = words_of(name)
    bare = [word for word in words if fold(word) not in _PARTICLES] or words
    short = _skeletons(bare)
    if not short:
        return
    for word in bare:
        key = _skeleton(word)
        if not key:
            continue
        root = _PATRONYMIC.sub("", key) if person else key
        yield f"n{root}" if root[0].isdigit() else root
        if person:
            # R. Aliyev is not somebody whose father's name begins with R, unless nobody else is.
            father = root != key or (f"{word} " in name and _FATHER.search(name.partition(f"{word} ")[2]))
            yield from (INITIAL + sign for sign in ([_NO_SIGN] if father else []) + [*_initials(word)])
        yield from (WORD_FRAME + frame for frame in frames(word))
    yield from (WHOLE_FRAME + frame for frame in _whole_frames(bare))
    yield from dict.fromkeys(WHOLE + "".join(keys) for keys in (short, _skeletons(words)))


def _skeletons(words: Iterable[str]) -> list[str]:
    return [key for word in words if (key := _skeleton(word))]


def _skeleton(word: str) -> str:
    return skeleton(_plain(word)).replace(" ", "")


def _plain(word: str) -> str:
    """Return an Arabic word without its article and with the vowels that its letters tell of; others unchanged.

    Where two letters would read as one sound (ز and ح as zh) or as one doubled, a short vowel stood between them.
    """
    if not _ARABIC.search(word):
        return word
    word = _ARTICLE.sub("", word) if word[3:] else word
    word = word[:-1] + "ا" if word[-1:] in "هہەة" and len(word) > 2 else word
    word = _CLASHING.sub("ا", word)
    return word[:1] + _BEFORE_Y.sub("i", word[1:].replace("و", "ۇ"))


#: Letters a name may begin with elsewhere: Hüseyn, Гусейн; Cavid, Javid, Джавид; Hakob, Акоп. Each letter is one way.
_BEGIN: tuple[tuple[str, str], ...] = (
    *(
        ("dzh", "jc"),
        ("dj", "jc"),
        ("kh", "xh"),
        ("x", "kh"),
        ("h", "gkx"),
        ("zh", "j"),
        ("ts", "sc"),
        ("c", "jd"),
        ("j", "cdyz"),
        ("q", "gk"),
    ),
    *(
        ("ye", "e"),
        ("e", "y"),
        ("y", "ij"),
        ("i", "y"),
        ("t", "d"),
        ("d", "t"),
        ("k", "gqx"),
        ("g", "kqh"),
        ("p", "b"),
        ("b", "p"),
    ),
)


#: Arabic letters that carry any vowel, or are one themselves, and others that stand for several sounds.
_CARRIED = {
    **dict.fromkeys("اأآٱ", "aeiou"),
    "إ": "ei",
    "ع": "eiou",
    "و": "vwou",
    **dict.fromkeys("يی", "yeij"),
    "ج": "g",
    "ფ": "pf",
    **dict.fromkeys("ոՈ", "ov"),
}


def _initials(word: str) -> tuple[str, ...]:
    """Return the letters that may stand for a name when it is not written out."""
    folded = fold(word).replace(" ", "")
    if not folded:
        return ()
    found = ["a"] if word[0] in "əƏәӘع" else []
    found += [
        folded[0],
        *_CARRIED.get(word[0], ""),
        *chain.from_iterable(more for begin, more in _BEGIN if folded.startswith(begin)),
    ]
    if folded[0] == "h":
        found.append(folded[1:2])
    if word[0] in "гГ":
        found.append("h")
    return tuple(dict.fromkeys(sign for sign in found if sign))


def _whole_frames(words: Sequence[str]) -> Iterator[str]:
    ways = product(*(frames(word)[:3] or ("",) for word in words[:5]))
    found = dict.fromkeys(_REPEATED.sub(r"\1", "".join(way)) for way in ways)
    yield from [one for one in found if len(one) > 1][:_MOST_FRAMES]


@dataclass(frozen=True, slots=True)
class AskedWord:
    """One word of a name asked for: its skeletons, itself first, and frames.

    ``initial``: it stands for a longer name; then the keys are letters, and the frames letters it may be elsewhere.
    """

    text: str
    keys: tuple[str, ...]
    frames: tuple[str, ...]
    initial: bool = False


@dataclass(frozen=True, slots=True)
class AskedName:
    """A name asked for: its words, and the keys and frames of the whole. ``compared``: how its letters are read.

    ``letters``: the plain letters of its words as typed, initials left out. ``unwritten``: it is in Arabic letters,
    which leave vowels out.
    """

    words: tuple[AskedWord, ...]
    wholes: tuple[str, ...]
    frames: tuple[str, ...]
    compared: tuple[str, ...]
    letters: tuple[str, ...] = ()
    unwritten: bool = False


def read_name(text: str) -> AskedName:
    """Read what somebody typed as a name. A name without letters has no words."""
    words = words_of(text.replace(".", ". "))
    told = [
        word for word in words if word.endswith(".") or fold(word) not in _PARTICLES | _SAID_OF_PLACES
    ] or words
    asked = tuple(one for word in told if (one := _asked_word(word, alone=len(told) == 1)))
    full = [one for one in asked if not one.initial]
    ways = [one.keys[: 12 if len(full) == 1 else 3] for one in full]
    wholes = ["".join(_skeletons(words)), "".join(_skeletons(told))]
    wholes += ["".join(way) for way in product(*ways)][:_MOST_KEYS] if len(full) < 4 else []
    roots = [one.frames[:3] or ("",) for one in full[:4]]
    framed = dict.fromkeys(_REPEATED.sub(r"\1", "".join(way)) for way in product(*roots))
    return AskedName(
        asked,
        tuple(dict.fromkeys(one for one in wholes if one)),
        tuple([one for one in framed if len(one) > 1][:_MOST_KEYS]),
        tuple(
            dict.fromkeys("".join(_skeletons(one.translate(table) for one in words)) for table in ({}, _ALSO))
        ),
        tuple(fold(word) for word in words_of(text) if not word.endswith(".")),
        unwritten=bool(_ARABIC.search(text)),
    )


def _asked_word(word: str, *, alone: bool) -> AskedWord | None:
    plain = _plain(word)
    own = _skeleton(word)
    if not own:
        return None
    if own[0].isdigit():
        return AskedWord(word, (f"n{own}",), frames(word))
    if not alone and len(fold(word).replace(" ", "")) < 3 and (word.endswith(".") or len(fold(word)) == 1):
        letters = "ae" if word[0] in "əƏәӘ" else fold(word)[0]
        # An h at the beginning is left out by some: Hakob, Акоп.
        return AskedWord(word, tuple(letters), tuple(_VOWELS) if letters == "h" else (), initial=True)
    # Azerbaijani q is written к in Russian and g elsewhere.
    turned = {"g": "k", "k": "g"}.get(own[0])
    stems = dict.fromkeys(_skeleton(way) for one in asked_stems(word) for way in (one, one.translate(_ALSO)))
    keys = [own, *(skeleton(one).replace(" ", "") for one in (plain.translate(_ALSO), *readings(plain)[1:]))]
    keys += chain.from_iterable((root, root + "a", root + "i", root + "o") for root in stems if len(root) > 2)
    keys += [
        root for root in (_PATRONYMIC.sub("", own), _skeleton(_JOINED.sub("", fold(word)))) if root != own
    ]
    keys += [turned + own[1:]] if turned else []
    framed = [*frames(word), *chain.from_iterable(frames(one)[:2] for one in asked_stems(word))]
    return AskedWord(
        word,
        tuple(dict.fromkeys(key for key in keys if key))[:_MOST_KEYS],
        tuple(dict.fromkeys(framed))[:_MOST_FRAMES],
    )


_LETTERS = "abcdfghiklmnoprstuvz"


@lru_cache(maxsize=256)
def one_letter(key: str) -> tuple[str, ...]:
    """Return every skeleton one letter away: left out, exchanged, put in, or two neighbours turned round."""
    if len(key) < _SHORTEST_NEAR:
        return ()
    found: dict[str, None] = {}
    for at in range(len(key) + 1):
        before, after = key[:at], key[at:]
        if after:
            found[before + after[1:]] = None
            found.update(dict.fromkeys(before + letter + after[1:] for letter in _LETTERS))
        if len(after) > 1:
            found[before + after[1] + after[0] + after[2:]] = None
        found.update(dict.fromkeys(before + letter + after for letter in _LETTERS))
    told = dict.fromkeys(_REPEATED.sub(r"\1", one) for one in found)
    told.pop(key, None)
    return tuple(told)


_VOWELS = frozenset("aiou")
_CLASSES = {letter: group for group in ("bp", "dt", "gkh", "szc", "vfp", "mn", "lr") for letter in group}
_SEMIVOWELS = frozenset({"vu", "uv", "vo", "ov"})
#: What a vowel or h costs, a consonant made at the same place, and a vowel that Arabic letters leave out.
_LIGHT, _ALIKE, _UNWRITTEN = 0.35, 0.4, 0.1


def _own(letter: str, vowel: float) -> float:
    return vowel if letter in _VOWELS else _LIGHT if letter == "h" else 1.0


def _exchanged(letter: str, against: str) -> float:
    if (letter in _VOWELS and against in _VOWELS) or letter + against in _SEMIVOWELS:
        return _LIGHT
    group = _CLASSES.get(letter)
    return _ALIKE if group and group == _CLASSES.get(against) else 1.0


@lru_cache(maxsize=65536)
def apart(one: str, other: str, unwritten: bool = False) -> float:
    """Return how far two skeletons are apart, 0 to 1: letters to change for each letter of the longer.

    A vowel or h costs a third of a letter, as does a consonant made at the same place. ``unwritten``: the first is
    written in Arabic letters, which leave vowels out.
    """
    longest = max(len(one), len(other))
    if one == other:
        return 0.0
    if abs(len(one) - len(other)) > 1 + longest // 2:
        return 1.0
    vowel = _UNWRITTEN if unwritten else _LIGHT
    weights = [_own(letter, vowel) for letter in other]
    row = [0.0]
    for weight in weights:
        row.append(row[-1] + weight)
    for letter in one:
        own = _own(letter, _LIGHT)
        left = row[0] + own
        fresh = [left]
        for at, against in enumerate(other):
            best = row[at] if letter == against else row[at] + _exchanged(letter, against)
            left = min(best, row[at + 1] + own, left + weights[at])
            fresh.append(left)
        row = fresh
    return min(1.0, row[-1] / longest)


@dataclass(frozen=True, slots=True)
class KnownName:
    """One name as its keys in the index tell it: words, letters each begins with, wholes without and with particles.

    ``unwritten``: it is known to be in Arabic letters, which leave vowels out.
    """

    words: tuple[str, ...]
    initials: tuple[str, ...]
    wholes: tuple[str, ...]
    unwritten: bool = False


def known_names(keys: str) -> Iterator[KnownName]:
    """Yield each name in a text of keys that :func:`name_keys` made."""
    words: list[str] = []
    initials: list[str] = []
    wholes: list[str] = []
    for key in keys.split():
        if key[0] == WHOLE:
            wholes.append(key[1:])
        elif key[0] == INITIAL:
            initials[-1] += key[1:]
        elif not key[0].isdigit():
            if wholes:
                yield KnownName(tuple(words), tuple(initials), tuple(wholes))
                words, initials, wholes = [], [], []
            words.append(key)
            initials.append("")
    if wholes:
        yield KnownName(tuple(words), tuple(initials), tuple(wholes))


def roughly(asked: AskedName, name: KnownName) -> int:
    """Return a number that is small where the letters are alike, quickly: a letter missing counts twice.

    Of a name of several words each is held against the word nearest to it, so that further words do not count.
    """
    if any(whole in asked.wholes for whole in name.wholes):
        return -1
    if all(word.initial or not set(word.keys).isdisjoint(name.words) for word in asked.words):
        return 0
    if len(asked.words) == 1:
        return 1 + _unlike(asked.wholes[0], name.wholes[0])
    full = [word.keys[0] for word in asked.words if not word.initial]
    return 1 + sum(min(_unlike(key, own) for own in name.words) for key in full)


@lru_cache(maxsize=65536)
def _unlike(one: str, other: str) -> int:
    own, against = _consonants(one), _consonants(other)
    return 4 * len(own - against) + 2 * len(against - own) + abs(len(one) - len(other))


@lru_cache(maxsize=65536)
def _consonants(key: str) -> frozenset[str]:
    return frozenset(key) - _VOWELS


def fit(asked: AskedName, name: KnownName) -> float:
    """Return how far a name asked for is from another: 0 the same, 1 nothing alike."""
    if any(word.initial for word in asked.words):
        return _words_apart(asked, name)  # as letters of a whole, an initial would weigh next to nothing
    best = min(_whole_apart(asked, name, whole) for whole in name.wholes)
    if best and (len(name.words) > 1 or len(asked.words) > 1):
        best = min(best, _words_apart(asked, name))
    return best


#: Added for a spelling that is another reading or form of what was typed, and for a word that is not asked for.
_OTHER, _MORE = 0.03, 0.04
#: Added for each further word of a name of which one word alone is asked: most such names are others.
_MORE_OF_ONE = 0.1
#: What an initial costs that a name begins with only in another scheme.
_OTHER_LETTER = 0.2


def _whole_apart(asked: AskedName, name: KnownName, whole: str) -> float:
    if whole in asked.wholes:
        return 0.0 if whole == asked.wholes[0] else _OTHER
    return _OTHER + min(_sounds_apart(asked, name, one, whole) for one in asked.compared)


def _words_apart(asked: AskedName, name: KnownName) -> float:
    """Compare word by word in any order: names of people turn round, places have words added."""
    left, costs = list(zip(name.words, name.initials, strict=True)), []
    for word in sorted(asked.words, key=lambda one: one.initial):
        if not left:
            costs.append(1.0)
            continue
        far = [
            _begins(word, signs) if word.initial else _word_apart(asked, name, word, own)
            for own, signs in left
        ]
        least = min(far)
        costs.append(min(1.0, least * 1.2))
        left.pop(far.index(least))
    more = _MORE if len(asked.words) > 1 else _MORE_OF_ONE
    return _OTHER + sum(costs) / len(costs) + more * min(3, len(left))


def _begins(word: AskedWord, signs: str) -> float:
    """Return 0 if a name begins with the letter asked for, a little if it does in another scheme, 1 if not."""
    if signs[:1] in word.keys and signs:
        return 0.0
    return _OTHER_LETTER if any(sign in signs for sign in (*word.keys, *word.frames)) else 1.0


def _word_apart(asked: AskedName, name: KnownName, word: AskedWord, own: str) -> float:
    if own in word.keys:
        return 0.0 if own == word.keys[0] else _OTHER
    return _OTHER + _sounds_apart(asked, name, word.keys[0], own)


def _sounds_apart(asked: AskedName, name: KnownName, one: str, other: str) -> float:
    if name.unwritten and not asked.unwritten:
        return apart(other, one, True)
    return apart(one, other, asked.unwritten and not name.unwritten)


#: What unlike letters weigh among names that sound alike.
_LETTERS_APART = 0.25
_VOWEL_LETTERS = str.maketrans("", "", "aeiouy")


def written(asked: AskedName, names: Iterable[str], near: float, *, person: bool = False) -> float:
    """Return how far a name asked for is from some names of one record as written: by sound, and by letters as well.

    ``near`` is how far it is by its keys. Letters order what sounds alike. A name in Arabic letters is compared once
    more, as one that is known to leave vowels out.
    """
    best = 1.0
    for name in names:
        typed, own = asked.letters, tuple(map(fold, words_of(name)))
        arabic = bool(_ARABIC.search(name))
        if arabic != asked.unwritten:
            typed, own = _without_vowels(typed), _without_vowels(own)
        far = _fit_arabic(asked, name, person=person) if arabic else near
        best = min(best, far + _LETTERS_APART * _letters_apart(typed, own))
    return best


def as_typed(text: str, name: str) -> float:
    """Return the share of letters in which a name differs from a text, in any casing, whatever they sound like."""
    return Levenshtein.normalized_distance(plain_case(text), plain_case(name))


@lru_cache(maxsize=1024)
def _without_vowels(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.translate(_VOWEL_LETTERS) for word in words)


def _fit_arabic(asked: AskedName, name: str, *, person: bool) -> float:
    known = known_names(name_keys([name], person=person))
    return min((fit(asked, replace(one, unwritten=True)) for one in known), default=1.0)


def _letters_apart(typed: Sequence[str], own: Sequence[str]) -> float:
    """Return the share of letters that differ: of the whole, or of each word typed and the nearest in the name."""
    whole = Levenshtein.normalized_distance("".join(typed), "".join(own))
    if not typed or not own:
        return whole
    each = [min(Levenshtein.normalized_distance(word, other) for other in own) for word in typed]
    return min(whole, sum(each) / len(each))
