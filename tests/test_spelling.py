from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embers.spelling import FAR, apart, fit, frames, known_names, name_keys, one_letter, read_name, written

#: The name as it may be held, and as it may be asked for.
ONE_NAME = [
    ("Gəncə", "Ҝәнҹә"),
    ("Gəncə", "گنجه"),
    ("Şuşa", "شوشا"),
    ("Stepanakert", "Степанакерте"),
    ("Stepanakert", "Ստեփանակերտում"),
    ("Şuşi", "Շուշիում"),
    ("Martuni", "Մարտունու"),
    ("Bakı", "Bakıda"),
    ("Mykolaiv", "Миколаєва"),
    ("Harkiv", "Харків"),
    ("Riyadh", "الرياض"),
    ("Zahlé", "زحلة"),
    ("As Salamīyah", "السلمية"),
    ("Ma‘arrat an Nu‘mān", "معرة النعمان"),
    ("Tʼbilisi", "თბილისში"),
    ("Peterhof", "პეტერგოფი"),
    ("Sanandaj", "سنندج"),
    ("Diyarbakır", "Диярбакыр"),
    ("Bash-Norashen", "Башнорашен"),
    ("Uzunpınar", "Uzunpınarköy"),
    ("Stepanakert", "Stepanakret"),
    ("Stepanakert", "Stepankert"),
    ("Goranboy", "جورانبوي"),
]
#: People who do not exist.
ONE_PERSON = [
    ("Rəşid Əliyev", "Алиев Рашид"),
    ("Rəşid Əliyev", "R. Aliyev"),
    ("Rəşid Əliyev", "Рашиду Алиеву"),
    ("Rəşid Vüqar oğlu Əliyev", "Алиев Рашид Вугарович"),
    ("Рашид Вугарович Алиев", "Əliyev Rəşid Vüqar oğlu"),
    ("Հակոբ Պետրոսյան", "Акоп Петросян"),
    ("Армен Петросян", "Արմեն Պետրոսյանի"),
    ("Hüseyn Cəfərov", "Гусейн Джафаров"),
    ("Hüseyn Cəfərov", "حسین جعفروف"),
    ("Zurab Kapanadze", "زوراب کاپانادزه"),
    ("Евгений Щербаков", "E. Shcherbakov"),
]


def far(held: str, asked: str, *, person: bool = False) -> float:
    return min(fit(read_name(asked), one) for one in known_names(name_keys([held], person=person)))


@pytest.mark.parametrize(("held", "asked"), ONE_NAME)
def test_spellings_and_forms_of_a_place_are_near(held: str, asked: str) -> None:
    assert far(held, asked) < FAR / 2


@pytest.mark.parametrize(("held", "asked"), ONE_PERSON)
def test_people_are_near_in_any_order_scheme_and_case(held: str, asked: str) -> None:
    assert far(held, asked, person=True) < FAR / 2


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        ("Stepanakert", "Xankəndi"),
        ("Gəncə", "Bakı"),
        ("Hadrut", "Kəlbəcər"),
        ("Rəşid Əliyev", "Zurab Kapanadze"),
    ],
)
def test_other_names_are_far(held: str, asked: str) -> None:
    assert far(held, asked, person=True) >= FAR


def test_the_initial_of_the_father_counts_less_than_that_of_the_name() -> None:
    assert far("Vüqar Əliyev", "V. Aliyev", person=True) < far(
        "Rəşid Vüqar oğlu Əliyev", "V. Aliyev", person=True
    )
    assert far("Rəşid Əliyev", "V. Aliyev", person=True) > FAR / 2


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        ("الچین مرادی", "E. Moradi"),
        ("Əli Musavi", "A. Musavi"),
        ("عمر مرادی", "O. Moradi"),
        ("Xalid Musavi", "H. Musavi"),
        ("ჟენია ალიევი", "J. Aliyev"),
        ("جواد مرادی", "G. Moradi"),
        ("Ոսկան Ալիև", "V. Aliyev"),
    ],
)
def test_an_initial_is_read_in_every_scheme(held: str, asked: str) -> None:
    assert far(held, asked, person=True) < FAR / 2


def test_the_usual_letter_of_a_name_is_nearer_than_another_it_may_be_read_as() -> None:
    assert far("جواد مرادی", "J. Moradi", person=True) < far("جواد مرادی", "G. Moradi", person=True)


def seen(held: str, asked: str) -> float:
    return written(read_name(asked), [held], far(held, asked, person=True), person=True)


@pytest.mark.parametrize(
    ("asked", "right", "other"),
    [
        ("Ahören", "Akören", "Ahrān"),  # letters tell apart what sounds alike
        ("درعا", "Dar‘ā", "Darreh Shahr"),  # Arabic letters leave vowels out
        ("Hosseini", "حسینی", "Hashini"),
        ("Wardali", "Vardali", "Fardalu"),
    ],
)
def test_the_nearer_spelling_comes_first(asked: str, right: str, other: str) -> None:
    assert seen(right, asked) < seen(other, asked)


def test_one_word_is_rarely_meant_for_half_of_another_name() -> None:
    assert far("Koti", "Kot") < far("Kot Sultan", "Kot") < FAR / 2


def test_further_words_of_a_person_do_not_count_as_other_letters() -> None:
    name = "Rəşid Vüqar oğlu Əliyev"
    assert seen(name, "Rashid Aliyev") < seen("Rashid Alayev", "Rashid Aliyev") + 0.05
    assert seen(name, "R. Aliyev") < FAR / 2


def test_frames_of_two_readings_meet() -> None:
    assert set(frames("Ayrum")) & set(frames("Ajrum"))
    assert set(frames("Charkow")) & set(frames("Харьков"))
    assert set(frames("Гаджи")) & set(frames("Hacı"))


def test_one_letter_apart_is_every_way_to_mistype() -> None:
    found = one_letter("berda")
    assert {"brda", "berta", "breda", "berdaz"} <= set(found)
    assert "berda" not in found
    assert one_letter("ani") == ()


@given(st.text(max_size=40), st.text(max_size=40))
def test_anything_typed_is_compared(held: str, asked: str) -> None:
    keys = name_keys([held], person=True)
    read = read_name(asked)
    for one in known_names(keys):
        assert len(one.words) == len(one.initials)
        assert 0 <= min(1.0, fit(read, one) if read.words else 1.0) <= 1


@given(st.text("abcdghiklmnorstuvz", max_size=12), st.text("abcdghiklmnorstuvz", max_size=12))
def test_distance_has_no_side(one: str, other: str) -> None:
    assert apart(one, other) == pytest.approx(apart(other, one))
    assert (apart(one, other) == 0) == (one == other)
