"""Settings of one run: ``embers.toml`` in the case folder, then ``EMBERS_*``, then command-line flags.

Later origins win. Every value keeps its origin, so that ``embers config show`` can say where it came from.
Nothing is read at import: the environment and the flags are handed in, the file goes through the disk of
the surroundings. Unknown keys are refused, because a misspelt setting would silently not protect anybody.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import platformdirs

from embers.errors import SettingsError
from embers.surroundings import Surroundings

FILE_NAME = "embers.toml"
PREFIX = "EMBERS_"
#: No settings file needs more; a larger one is a mistake or an attack.
MAX_BYTES = 1024 * 1024
#: Where a journal and its objects lie unless a team's servers hold them.
JOURNAL_FILE, OBJECTS_FOLDER = "journal.sqlite3", "objects"
#: Where the tables computed from it lie, and accounts and sessions, unless a team's server holds them.
TABLES_FILE, ACCOUNTS_FILE = "case.sqlite3", "app.sqlite3"
#: Where dossiers and reports are written, and where pieces of objects wait until they are whole.
EXPORTS_FOLDER, INCOMING_FOLDER = "exports", "incoming"
LOG_LEVELS = ("debug", "info", "warning", "error")
#: What becomes of a report or dossier no second person approved: marked on every page, or not written.
UNAPPROVED = ("draft", "refuse")
#: Decided before ``embers.toml`` is found, so it cannot stand in it.
_NOT_IN_FILE = frozenset({"case_folder"})
#: Language of the pages and reports: language, script, region (the part of BCP 47 a setting needs).
_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?", re.ASCII)
Value = str | int | Path | None


@dataclass(frozen=True, slots=True)
class SettingValue:
    """One effective value and where it came from: ``default``, a file, a variable or a flag."""

    value: Value
    origin: str


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; see ``docs/reference/settings.md``. Made by :func:`load` or :func:`combine`."""

    case_folder: Path
    keyring: Path
    host: str
    port: int
    language: str
    person: str
    default_profile: str
    log_level: str
    lock_minutes: int
    key_file: Path | None
    journal: str = field(repr=False)
    objects: str
    tables: str = field(repr=False)
    accounts: str = field(repr=False)
    authorities: Path
    unapproved: str
    origins: tuple[tuple[str, str], ...]

    def listing(self) -> dict[str, SettingValue]:
        """Return every setting by name with its value and origin, in a fixed order; passwords are masked."""
        return {name: SettingValue(masked(getattr(self, name)), origin) for name, origin in self.origins}


#: The password of an address: between the first colon and the last at-sign, or a part of the query.
_PASSWORD = re.compile(r"(://[^/@:]*:)[^/]*(@)|([?&](?:ssl)?password=)[^&]*")


def masked(value: Value) -> Value:
    """Return a value as it may be shown: an address without the password in it."""
    if not isinstance(value, str):
        return value
    return _PASSWORD.sub(lambda found: f"{found[1] or found[3]}***{found[2] or ''}", value)


def without_password(address: str) -> str:
    """Return an address without its password, for a file that is copied and carried."""
    bare = re.sub(r"(://[^/@:]*):[^/]*@", r"\1@", address)
    bare = re.sub(r"([?&])(?:ssl)?password=[^&]*&?", r"\1", bare)
    return bare.rstrip("?&")


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be text that is not empty")
    return value.strip()


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text")  # noqa: TRY004 - one kind of error carries the fragment up
    return value.strip()


def _path(value: object) -> Path:
    if isinstance(value, Path):
        return value
    return Path(_text(value)).expanduser()


def _port(value: object) -> int:
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,5}", str(value)):
        raise ValueError("must be a whole number")
    number = int(str(value))
    if not 1 <= number <= 65535:
        raise ValueError("must be between 1 and 65535")
    return number


def _minutes(value: object) -> int:
    if (
        isinstance(value, bool)
        or not re.fullmatch(r"[0-9]{1,3}", str(value))
        or not 1 <= int(str(value)) <= 240
    ):
        raise ValueError("must be a whole number of minutes from 1 to 240")
    return int(str(value))


def _optional_path(value: object) -> Path | None:
    return None if value in (None, "") else _path(value)


def _language(value: object) -> str:
    tag = _text(value)
    if not _TAG.fullmatch(tag):
        raise ValueError("must be a language tag such as en, hy or az-Cyrl")
    return tag


def _log_level(value: object) -> str:
    level = _text(value).lower()
    if level not in LOG_LEVELS:
        raise ValueError(f"must be one of {', '.join(LOG_LEVELS)}")
    return level


def _file_or_server(file: str, address: str) -> Callable[[object], str]:
    """Return a reader of the name of a file in the case folder, or of the address of a PostgreSQL database."""

    def read(value: object) -> str:
        place = _text(value)
        if place != file and not place.startswith(("postgresql://", "postgres://")):
            raise ValueError(f"must be {file} or {address}")
        return place

    return read


def _unapproved(value: object) -> str:
    choice = _text(value).lower()
    if choice not in UNAPPROVED:
        raise ValueError(f"must be one of {', '.join(UNAPPROVED)}")
    return choice


def _objects(value: object) -> str:
    place = _text(value)
    parts = urlsplit(place)
    if place == OBJECTS_FOLDER:
        return place
    if parts.scheme != "s3" or not parts.netloc or parts.fragment:
        raise ValueError(f"must be {OBJECTS_FOLDER} or s3://BUCKET/PREFIX")
    if "@" in parts.netloc:
        raise ValueError("must not hold a key; give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    if strange := sorted(parse_qs(parts.query).keys() - {"endpoint", "region"}):
        raise ValueError(f"has the unknown part {strange[0]}; known: endpoint, region")
    return place


_READERS: Mapping[str, Callable[[object], Value]] = {
    "case_folder": _path,
    "keyring": _path,
    "host": _text,
    "port": _port,
    "language": _language,
    "person": _name,
    "default_profile": _text,
    "log_level": _log_level,
    "lock_minutes": _minutes,
    "key_file": _optional_path,
    "journal": _file_or_server(JOURNAL_FILE, "postgresql://ROLE@HOST/DATABASE"),
    "objects": _objects,
    "tables": _file_or_server(TABLES_FILE, "postgresql://ROLE@HOST/DATABASE?schema=NAME"),
    "accounts": _file_or_server(ACCOUNTS_FILE, "postgresql://ROLE@HOST/DATABASE?schema=NAME"),
    "authorities": _path,
    "unapproved": _unapproved,
}


def defaults() -> dict[str, Value]:
    """Return the built-in values; the keyring lies in the user's data folder, never in the case."""
    return {
        "case_folder": Path(),
        "keyring": platformdirs.user_data_path("embers") / "keyring",
        "host": "127.0.0.1",
        "port": 8731,
        "language": "en",
        "person": "",
        "default_profile": "prof.rgb",
        "log_level": "warning",
        "lock_minutes": 10,
        "key_file": None,
        "journal": JOURNAL_FILE,
        "objects": OBJECTS_FOLDER,
        "tables": TABLES_FILE,
        "accounts": ACCOUNTS_FILE,
        "authorities": Path("authorities.toml"),
        "unapproved": "draft",
    }


def load(
    environment: Mapping[str, str], flags: Mapping[str, object], *, surroundings: Surroundings
) -> Settings:
    """Read all settings. ``flags`` maps setting names to values; ``None`` means the flag was not given.

    Raises :class:`SettingsError` for unknown names, wrong values and unreadable TOML. A missing
    ``embers.toml`` is not an error.
    """
    folder = combine("", environment, flags).case_folder
    return combine(
        _file_text(folder / FILE_NAME, surroundings), environment, flags, file=str(folder / FILE_NAME)
    )


def combine(
    toml: str, environment: Mapping[str, str], flags: Mapping[str, object], *, file: str = FILE_NAME
) -> Settings:
    """Combine the three origins; pure. ``file`` is the name used in messages and origins."""
    values = {name: SettingValue(value, "default") for name, value in defaults().items()}
    for name, given, origin in [
        *_from_toml(toml, file),
        *_from_environment(environment),
        *((name, value, _flag(name)) for name, value in flags.items() if value is not None),
    ]:
        values[name] = SettingValue(_read(name, given, origin), origin)
    plain = {name: setting.value for name, setting in values.items()}
    origins = tuple((name, setting.origin) for name, setting in values.items())
    return Settings(**plain, origins=origins)  # type: ignore[arg-type]  # each reader returns its field's type


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _read(name: str, given: object, origin: str) -> Value:
    reader = _READERS.get(name)
    if reader is None:
        close = difflib.get_close_matches(name, _READERS, n=1)
        hint = f"Did you mean {close[0]!r}?" if close else f"Known settings: {', '.join(_READERS)}."
        raise SettingsError("unknown", f"{origin} sets {name!r}, which is not a setting.", hint)
    try:
        return reader(given)
    except ValueError as error:
        raise SettingsError(
            "value",
            f"{origin}: {name} {error}, not {masked(given) if isinstance(given, str) else given!r}.",
            f"Run `embers config show` to see {name}.",
        ) from error


def _from_toml(toml: str, file: str) -> list[tuple[str, object, str]]:
    try:
        table = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError("toml", f"{file} is not valid TOML: {error}.", "Mend that line.") from error
    if misplaced := sorted(_NOT_IN_FILE & set(table)):
        raise SettingsError(
            "misplaced",
            f"{file} sets {misplaced[0]!r}, but the file is found through that very setting.",
            f"Use {PREFIX}{misplaced[0].upper()} or {_flag(misplaced[0])}.",
        )
    if any(isinstance(value, str) and masked(value) != value for value in table.values()):
        raise SettingsError(
            "password",
            f"{file} holds a password.",
            "A case folder is copied and carried: take it out, and give PGPASSWORD or a password file.",
        )
    return [(name, value, file) for name, value in table.items()]


def _from_environment(environment: Mapping[str, str]) -> list[tuple[str, object, str]]:
    names = sorted(name for name in environment if name.startswith(PREFIX))
    return [(name.removeprefix(PREFIX).lower(), environment[name], name) for name in names]


def _file_text(path: Path, surroundings: Surroundings) -> str:
    try:
        with surroundings.disk.read(path) as handle:
            data = handle.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return ""
    if len(data) > MAX_BYTES:
        raise SettingsError("toml", f"{path} is larger than {MAX_BYTES} bytes.", "Is this the right file?")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SettingsError(
            "toml", f"{path} is not UTF-8 (byte {error.start}).", "Save it as UTF-8."
        ) from error
