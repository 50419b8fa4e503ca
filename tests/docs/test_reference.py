from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_reference", ROOT / "tools" / "make_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_reference_pages_say_what_the_code_says(maker: ModuleType) -> None:
    assert maker.stale() == [], "run python tools/make_reference.py"


def test_a_page_that_differs_is_noticed(
    maker: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maker, "TARGET", tmp_path)
    monkeypatch.setattr(maker.sys, "argv", ["make_reference.py"])
    assert maker.main() == 0
    assert maker.stale() == []
    page = tmp_path / "errors.md"
    page.write_text(page.read_text(encoding="utf-8").replace("projection.unknown", "projection.gone"))
    assert maker.stale() == ["errors.md"]


def test_pages_hold_every_command_code_predicate_and_setting(maker: ModuleType) -> None:
    pages = maker.pages()
    for command in (
        "demo",
        "init",
        "add",
        "verify",
        "trace",
        "report build",
        "dossier export",
        "law support",
    ):
        assert f"## embers {command}\n" in pages["commands.md"]
    for code in ("projection.unknown", "usage.day", "vocabulary.value", "action.references", "law.cycle"):
        assert f"`{code}`" in pages["errors.md"]
    for predicate in ("killed", "identity-sheet", "note"):
        assert f"| `{predicate}` |" in pages["vocabulary.md"]
    assert "`EMBERS_KEYRING`" in pages["settings.md"]
    assert str(Path.home()) not in "".join(pages.values())
