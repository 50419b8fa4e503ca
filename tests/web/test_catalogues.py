"""The words of the web application in every language: complete, compiled, with every place of a sentence kept."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Message

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_catalogues", ROOT / "tools" / "make_catalogues.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("language", ["hy", "az", "ru", "uk", "ar"])
def test_every_sentence_is_translated(maker: ModuleType, language: str) -> None:
    assert list(maker.faults(language, maker.sentences())) == [], "run python tools/make_catalogues.py"


def test_sentences_come_from_templates_code_and_vocabulary(maker: ModuleType) -> None:
    wanted = maker.sentences()
    for words in ("Incidents", "Alleged author", "de facto authorities of Nagorno-Karabakh"):
        assert wanted.get(words) is not None, words
    assert wanted.get("not said anywhere") is None


@pytest.mark.parametrize(
    ("id", "string", "plurals", "wrong"),
    [
        ("Incidents", "", 2, "not translated"),
        ("Incidents", "Происшествия ", 2, "spaces at the edge"),
        ("%(count)s of %(all)s", "%(count)s из %(al)s", 2, "places"),
        ("%(count)s of %(all)s", "%(count)s", 2, "places"),
        (("one claim", "%(count)s claims"), ("утверждение", "%(count)s утверждения"), 3, "not translated"),
        (("one claim", "%(count)s claims"), ("утверждение", "%(n)s утверждений"), 2, "places"),
        (("one claim", "%(count)s claims"), ("одно утверждение", "%(count)s утверждений"), 2, ""),
        ("%(count)s of %(all)s", "%(all)s: %(count)s", 2, ""),
    ],
)
def test_a_wrong_translation_is_named(
    maker: ModuleType, id: str | tuple[str, str], string: str | tuple[str, ...], plurals: int, wrong: str
) -> None:
    found = list(maker.translation_faults(Message(id, string), plurals))
    assert bool(found) == bool(wrong)
    assert all(wrong in fault for fault in found)
