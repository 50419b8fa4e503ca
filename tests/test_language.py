from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embers.errors import VocabularyError
from embers.language import LangText, check_tag, fold, lower, script_of, search_keys, skeleton

SAMPLE = Path(__file__).parent / "gazetteer_sample.csv"

ONE_NAME = [
    "gence Gence GƏNCƏ Gəncə Gǝncǝ Gencə Ganja Gyandzha Gandzha Gyanja Gandja "
    "Гянджа Ганджа Գյանջա განჯა Ҝәнҹә",
    "Şuşa Susa Shusha Шуша şuşa Շուշա შუშა",
    "Shushi Şuşi Շուշի Шуши",
    "Ağdam Agdam Aghdam Агдам Աղդամ აღდამ",
    "Xankəndi Xankendi Khankendi Khankandi Ханкенди Խանքենդի ხანკენდი Ханкенді",
    "Stepanakert Степанакерт Ստեփանակերտ Stepʻanakert Step'anakert",
    "Xocavənd Xocavend Khojavend Khodzhavend Ходжавенд",
    "Mərdəkan Merdekan Mardakan Mardakyan Мардакян",
    "Tərtər Terter Tartar Тертер Թարթառ",
    "Bərdə Berde Barda Барда",
    "Mingəçevir Mingecevir Mingachevir Mingechevir Мингечевир",
    "Ağdərə Agdere Aghdara Агдере",
    "Martakert Мартакерт Մարտակերտ",
    "Martuni Мартуни Մարտունի",
    "Hadrut Հադրութ",
    "Azıx Azykh Azix",
    "Azokh Ազոխ Азох",
    "Şıxarx Sixarx Shikharkh Шыхарх",
    "Goranboy Горанбой",
    "Qarayusifli Garayusifli Gharayusifli",
    "Göygöl Goygol Гёйгёль",
    "Yerevan Երևան Երեւան Ереван Erevan",
    "Çıraqlı Ciraqli Chiragly Чырагли",
    "İsmayıllı ismayilli ISMAYILLI Ismailli Исмаиллы",
    "Quzanlı Guzanly Guzanli",
    "Mets Metz Մեծ Мец",
    "Bakı Baki Bakı BAKI",
]
PAIRS = [(words.split()[0], other) for words in ONE_NAME for other in words.split()[1:]]
DIFFERENT = [
    ("Stepanakert", "Xankəndi"),
    ("Martuni", "Xocavənd"),
    ("Şuşa", "Şuşi"),
    ("Gəncə", "Bakı"),
    ("Ağdam", "Ağdərə"),
    ("Hadrut", "Horadiz"),
    ("Azıx", "Azokh"),
    ("Goris", "Kars"),
    ("Qazax", "Qax"),
    ("Tərtər", "Tatar"),
]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_spellings_of_one_name_share_a_key(first: str, second: str) -> None:
    assert set(search_keys(first)) & set(search_keys(second))


@pytest.mark.parametrize(("first", "second"), DIFFERENT)
def test_other_names_share_none(first: str, second: str) -> None:
    assert not set(search_keys(first)) & set(search_keys(second))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Gəncə şəhəri", "gence seheri"),
        ("  St. Ghazanchetsots—Cathedral ", "st ghazanchetsots cathedral"),
        ("БМ-30 «Смерч»", "bm 30 smerch"),
        ("Ⅻ ﬁ", "xii fi"),
        ("Կիրովաբադ", "kirovabad"),
        ("Харків, Їжак", "kharkiv yizhak"),
        ("کربلا", "krbla"),
        ("", ""),
        ("!?", ""),
        ("占贾", "占贾"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert once == " ".join(once.split())


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz şçğıəöü'-", max_size=40))
def test_keys_ignore_case_and_apostrophes(text: str) -> None:
    assert search_keys(text) == search_keys(text.capitalize().replace("'", "’"))


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Gəncə", "Latn"),
        ("Гянджа", "Cyrl"),
        ("Գյանջա", "Armn"),
        ("განჯა", "Geor"),
        ("گنجه", "Arab"),
        ("Γκαντζά", "Grek"),
        ("占贾", "Zzzz"),
        ("2020-10-17", "Zyyy"),
        ("Гянджа (Ganja)", "Cyrl"),
    ],
)
def test_script(text: str, script: str) -> None:
    assert script_of(text) == script


def test_lower_follows_the_language() -> None:
    assert lower("QAZAXISTAN", "az") == "qazaxıstan"
    assert lower("İSTANBUL", "tr") == "istanbul"
    assert lower("ISTANBUL", "en") == "istanbul"
    assert lower("İRƏVAN", "az-Latn") == "irəvan"


@pytest.mark.parametrize(
    "tag", ["az", "hy", "und", "az-Cyrl", "uk-UA", "sr-Latn-RS", "hy-arevela", "es-419", "en-x-own"]
)
def test_language_tags(tag: str) -> None:
    assert check_tag(tag) == tag


@pytest.mark.parametrize("tag", ["", "other", "AZ", "az_Cyrl", "azerbaijani", "az-", "az-cyrl", "a", "az\n"])
def test_wrong_language_tags(tag: str) -> None:
    with pytest.raises(VocabularyError):
        check_tag(tag)


def test_lang_text_detects_its_script() -> None:
    assert LangText("Գյանջա", "hy").script == "Armn"
    assert LangText("Gəncə", "az", "Latn").script == "Latn"
    with pytest.raises(VocabularyError):
        LangText("Gəncə", "az", "latin")


@cache
def gazetteer() -> tuple[tuple[str, tuple[str, ...]], ...]:
    with SAMPLE.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    return tuple((row["name"], tuple(filter(None, row["variants"].split(";")))) for row in rows)


def colliding_pairs(key: Callable[[str], str]) -> int:
    by_key: dict[str, list[str]] = defaultdict(list)
    for name, _ in gazetteer():
        by_key[key(name)].append(name)
    return sum(len(list(combinations(names, 2))) for names in by_key.values())


def found_across_scripts(key: Callable[[str], str]) -> tuple[int, int]:
    """Count non-Latin variants whose key equals the key of a Latin name of the same settlement."""
    hits = total = 0
    for name, variants in gazetteer():
        latin = {key(text) for text in (name, *variants) if script_of(text) == "Latn"}
        other = [text for text in variants if script_of(text) != "Latn"]
        total += len(other)
        hits += sum(key(text) in latin for text in other)
    return hits, total


def test_false_friends_stay_rare_on_a_whole_gazetteer() -> None:
    """870 settlements of Armenia and Azerbaijan: 65 pairs bear the very same name (homonyms).

    The skeleton may add at most ten pairs to that; it added 8 when measured, three of which are one name
    in two romanisations (Gobustan, Sheki, Chinarli).
    """
    assert len(gazetteer()) == 870
    same_name = colliding_pairs(str.casefold)
    assert same_name == 65
    assert colliding_pairs(fold) == same_name
    assert colliding_pairs(skeleton) <= same_name + 10


def test_most_names_are_found_across_scripts() -> None:
    hits, total = found_across_scripts(fold)
    assert total > 3000
    assert hits / total > 0.83
    hits, total = found_across_scripts(skeleton)
    assert hits / total > 0.95
