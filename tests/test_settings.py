from __future__ import annotations

from pathlib import Path

import pytest

from embers.errors import SettingsError
from embers.settings import combine, defaults, load
from embers.surroundings import Surroundings


def test_defaults_keep_the_keyring_out_of_the_case() -> None:
    settings = combine("", {}, {})
    assert (settings.host, settings.port, settings.language) == ("127.0.0.1", 8731, "en")
    assert settings.default_profile == "prof.rgb"
    assert settings.keyring.is_absolute()
    assert settings.keyring.name == "keyring"
    assert {value.origin for value in settings.listing().values()} == {"default"}
    assert list(settings.listing()) == list(defaults())


def test_later_origins_win_and_are_named() -> None:
    settings = combine(
        'port = 1\nhost = "a"\nlanguage = "hy"\n',
        {"EMBERS_PORT": "2", "EMBERS_HOST": "b", "HOME": "/x"},
        {"port": 3, "host": None},
        file="case/embers.toml",
    )
    assert (settings.port, settings.host, settings.language) == (3, "b", "hy")
    listing = settings.listing()
    assert listing["port"].origin == "--port"
    assert listing["host"].origin == "EMBERS_HOST"
    assert listing["language"].origin == "case/embers.toml"
    assert listing["person"].origin == "default"


@pytest.mark.parametrize(
    ("toml", "environment", "flags", "code", "words"),
    [
        ("prot = 1", {}, {}, "settings.unknown", "Did you mean 'port'"),
        ("", {"EMBERS_LANGUAGES": "en"}, {}, "settings.unknown", "Did you mean 'language'"),
        ("", {}, {"zzz": 1}, "settings.unknown", "Known settings: case_folder"),
        ("port = 'many'", {}, {}, "settings.value", "whole number"),
        ("port = true", {}, {}, "settings.value", "whole number"),
        ("port = 70000", {}, {}, "settings.value", "65535"),
        ("", {"EMBERS_PORT": "0"}, {}, "settings.value", "EMBERS_PORT"),
        ("", {"EMBERS_PORT": "٨"}, {}, "settings.value", "whole number"),
        ("host = ''", {}, {}, "settings.value", "not empty"),
        ("host = 5", {}, {}, "settings.value", "text"),
        ("language = 'klingon'", {}, {}, "settings.value", "language tag"),
        ("", {}, {"log_level": "loud"}, "settings.value", "--log-level"),
        ("[web]\nport = 1", {}, {}, "settings.unknown", "'web'"),
        ("host = 'a'\nport = many\n", {}, {}, "settings.toml", "line 2"),
        ("case_folder = '/x'", {}, {}, "settings.misplaced", "EMBERS_CASE_FOLDER"),
        ("journal = 'mysql://x'", {}, {}, "settings.value", "postgresql://ROLE@HOST/DATABASE"),
        ("tables = 'other.sqlite3'", {}, {}, "settings.value", "?schema=NAME"),
        ("", {"EMBERS_ACCOUNTS": "mysql://x"}, {}, "settings.value", "must be app.sqlite3"),
        ("tables = 'postgresql://me:word@h/d?schema=x'", {}, {}, "settings.password", "PGPASSWORD"),
        ("objects = 'gopher://x'", {}, {}, "settings.value", "s3://BUCKET/PREFIX"),
        ("objects = 's3://key@bucket'", {}, {}, "settings.value", "AWS_ACCESS_KEY_ID"),
        ("objects = 's3://bucket?end=x'", {}, {}, "settings.value", "known: endpoint, region"),
        ("journal = 'postgresql://me:word@h/d'", {}, {}, "settings.password", "PGPASSWORD"),
    ],
)
def test_mistakes_are_named(
    toml: str, environment: dict[str, str], flags: dict[str, object], code: str, words: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        combine(toml, environment, flags)
    assert caught.value.code == code
    assert words in str(caught.value)


def test_load_reads_the_file_of_the_chosen_case(tmp_path: Path) -> None:
    (tmp_path / "embers.toml").write_text('person = "key:office"\nlog_level = "DEBUG"\n', encoding="utf-8")
    settings = load({"EMBERS_CASE_FOLDER": str(tmp_path)}, {}, surroundings=Surroundings())
    assert settings.case_folder == tmp_path
    assert settings.person == "key:office"
    assert settings.log_level == "debug"
    assert settings.listing()["person"].origin == str(tmp_path / "embers.toml")


def test_load_without_a_file_gives_defaults(tmp_path: Path) -> None:
    settings = load({}, {"case_folder": tmp_path / "nowhere"}, surroundings=Surroundings())
    assert settings.port == 8731


def test_files_that_are_not_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "embers.toml").write_bytes(b"person = '\xff'")
    with pytest.raises(SettingsError, match="not UTF-8"):
        load({}, {"case_folder": tmp_path}, surroundings=Surroundings())
    (tmp_path / "embers.toml").write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(SettingsError, match="larger"):
        load({}, {"case_folder": tmp_path}, surroundings=Surroundings())


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("postgresql://me:se%40cret@host/d?x=1", "postgresql://me:***@host/d?x=1"),
        ("postgresql://me:sec@ret@host/d", "postgresql://me:***@host/d"),
        ("postgresql://me@host/d?password=secret&x=1", "postgresql://me@host/d?password=***&x=1"),
        ("postgresql://me@host/d?sslpassword=secret", "postgresql://me@host/d?sslpassword=***"),
        ("postgresql://me@host/d", "postgresql://me@host/d"),
    ],
)
def test_passwords_are_masked(given: str, shown: str) -> None:
    settings = combine("", {"EMBERS_JOURNAL": given}, {})
    assert settings.listing()["journal"].value == shown
    assert settings.journal == given
    assert "secret" not in repr(settings)
