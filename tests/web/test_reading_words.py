"""Dates, numbers, casing and errors in the reader's language; what somebody wrote stays one click away."""

from __future__ import annotations

from datetime import date

import pytest
from answers import Get, reader
from django.utils import translation
from joined_case import Joined, english

from embers import errors
from embers.language import plain_case
from embers.web.error_words import CODES, FAMILIES, in_reader_words
from embers.web.reading_words import date_words, in_small_letters, instant_words, number_words
from embers.web.serve import application
from embers.web.wording import day_words

#: How each language names a day, by what its own readers write (CLDR's long form).
MONTHS = {"ru": "мая", "uk": "травня", "az": "May", "hy": "մայիս", "ar": "مايو"}


@pytest.mark.parametrize(("language", "month"), MONTHS.items())
def test_a_day_is_told_as_the_language_tells_it(language, month):
    with translation.override(language):
        words = date_words().day(date(2031, 5, 3))
        assert month.casefold() in words.casefold(), words
        assert "2031" in words
        assert "3" in words
        assert month.casefold()[:2] in day_words("2031-05").casefold()


def test_english_dates_are_as_in_the_report():
    with translation.override("en"):
        assert day_words("[2020-10-09..2020-10-15]") == "some time between 9 and 15 October 2020"
        assert day_words("no date") == "no date"


@pytest.mark.parametrize("language", MONTHS)
@pytest.mark.parametrize(
    "text", ["2031-05-03/2031-05-09", "[2031-05-03..]", "2031-05-03~", "203X", "2031-05-1X", "2031-XX"]
)
def test_ranges_and_uncertain_dates_keep_every_figure_in_every_language(language, text):
    with translation.override(language):
        told = day_words(text)
    assert "2031" in told or "2030" in told
    assert "%(" not in told


def test_an_instant_names_its_zone_and_digits_stay_comparable():
    with translation.override("ar"):
        told = instant_words("2026-11-28T20:30:05Z")
        assert "20:30:05" in told
        assert "2026" in told
        assert number_words(1234567) == "1\u202f234\u202f567"
    assert instant_words("noon") == "noon"


@pytest.mark.parametrize(
    ("language", "text", "small"),
    [
        ("az", "İncidents", "incidents"),
        ("az", "Incə", "ıncə"),
        ("en", "Injured", "injured"),
        ("ru", "Ранены", "ранены"),
    ],
)
def test_small_letters_are_those_of_the_language(language, text, small):
    with translation.override(language):
        assert in_small_letters(text) == small


@pytest.mark.parametrize(
    "text", ["İsmayıllı rayonu", "ISMAYILLI RAYONU", "ismayıllı rayonu", "İSMAYILLI RAYONU"]
)
def test_every_casing_of_an_azerbaijani_name_is_one_and_keeps_its_length(text):
    assert plain_case(text) == "ismayilli rayonu"
    assert len(plain_case(text)) == len(text)


@pytest.fixture(scope="module")
def get(tmp_path_factory: pytest.TempPathFactory) -> Get:
    joined = Joined(tmp_path_factory.mktemp("words"))
    place = joined.new("place")
    joined.say(place, "place-name", {"name": "İsmayıllı rayonu", "lang": "az", "used_by": "unknown"})
    joined.say(joined.incidents["EX-4"], "incident-title", {"text": "Fəraidə anbarda yanğın", "lang": "az"})
    joined.say(joined.incidents["EX-4"], "note", "İsmayıllı rayonu bülleteni")
    joined.say(joined.source, "source-title", english("Another heading of the bulletin"))
    joined.folder.projection().close()
    return reader(application(joined.folder))


@pytest.mark.parametrize(
    "asked", ['"ismayıllı rayonu"', '"İSMAYILLI RAYONU"', "ISMAYILLI", "ismayilli", "İsmayıllı"]
)
def test_a_search_in_any_casing_finds_and_marks_the_name(get, asked):
    from urllib.parse import quote

    text = get(f"/search?q={quote(asked)}").text
    assert "<mark>İsmayıllı" in text, asked


def test_a_title_is_in_the_readers_language_and_its_other_forms_are_on_the_page(get):
    azerbaijani = get("/incidents/EX-4", HTTP_ACCEPT_LANGUAGE="az").text
    assert '<h1 lang="az" dir="auto">Fəraidə anbarda yanğın</h1>' in azerbaijani
    assert '<span lang="en" dir="auto">Fire at the depot of Farside</span>' in azerbaijani
    assert '<h1 lang="en" dir="auto">Fire at the depot of Farside</h1>' in get("/incidents/EX-4").text


def test_dates_of_a_page_are_in_the_readers_language(get):
    assert "11 июня 2031" in get("/incidents/EX-4", HTTP_ACCEPT_LANGUAGE="ru").text
    assert "11 червня 2031" in get("/incidents", HTTP_ACCEPT_LANGUAGE="uk").text
    assert "11 June 2031" in get("/map").text


def families() -> set[str]:
    kinds = [
        one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.EmbersError)
    ]
    return {kind.family for kind in kinds} - {"embers"}


def test_every_family_of_errors_has_words_of_its_own():
    assert families() - FAMILIES.keys() <= {"usage"}
    assert {code.partition(".")[0] for code in CODES} <= families()


def test_english_readers_see_the_exact_words_and_others_a_sentence_with_them(get):
    with translation.override("en"):
        assert in_reader_words("journal.signature", "Entry 4 is wrong.", "Stop.").original == ""
    with translation.override("ru"):
        told = in_reader_words("journal.signature", "Entry 4 is wrong.", "Stop.")
        assert told.message != "Entry 4 is wrong."
        assert told.original == "Entry 4 is wrong. Stop."
    page = get("/incidents/NONE", HTTP_ACCEPT_LANGUAGE="ru")
    assert page.status == 404
    assert "NONE" in page.text
    assert "NONE" in get("/incidents/NONE").text
