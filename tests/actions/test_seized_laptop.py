"""Everything a field laptop leaves on its disk after a day of commands, pages and power cuts, read byte by byte.

Not the case folder alone: the person's home, temporary files, the runtime folder with the key holder's socket, logs,
what exchange remembers. The card the material came from and the stick it goes out on are not the laptop; both are
read too, to show that the secrets were really there.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent))

from secret_scan import positions, scan

from embers.actions import field_case
from embers.actions.recorder import Act
from embers.cli.main import app
from embers.cli.where import here, recorder
from embers.custody.field_lock import Argon2Cost, create_lock
from embers.ids import new_subject
from embers.projections.database import forget_databases

PASSPHRASE = "six plain words drawn with dice"
LAT, LON = 39812345, 46712345
SECRETS = {
    "name": "Nvard Example-Testová",
    "name in Armenian letters": "Նվարդ Օրինակյան",
    "name in Cyrillic letters": "Нвард Примерова",
    "testimony": "The shell came over the bakery roof before noon",
    "place": "Upper Testford bakery yard",
    "place in Azerbaijani": "Yuxarı Sınaqkənd",
    "telephone": "+374 10 555 0199",
    "account": "@nvard_testova",
    "owner in a photograph": "Camera of Nvardine Testov",
    "file name": "nvard-in-her-kitchen.txt",
    "chat": "Come to the cellar, bring the children",
}
PYTHON = [sys.executable, "-c", "from embers.cli.main import main; main()"]


def run(*words: object) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == 0, (words, done.output, done.exception)
    return done.output


def card(folder: Path) -> Path:
    """Material that says every secret, as people bring it."""
    folder.mkdir()
    everything = "\n".join([*SECRETS.values(), f"{LAT / 1e6}, {LON / 1e6}"])
    (folder / SECRETS["file name"]).write_text((everything + "\n") * 40, encoding="utf-8")
    image = Image.effect_noise((120, 90), 90).convert("RGB")
    exif = image.getexif()
    exif[0x010F] = SECRETS["owner in a photograph"]
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (39.0, 48.0, 44.442), "E", (46.0, 42.0, 44.442)
    image.save(folder / "IMG_0001.jpg", exif=exif)
    with zipfile.ZipFile(folder / "WhatsApp Chat - 017.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_chat.txt", f"[17/10/2020, 01:05:12] {SECRETS['name']}: {SECRETS['chat']}\n" * 30)
    return folder


def say_all(case: Path) -> None:
    """Record every secret the way pages and imports do."""
    found = here(case)
    signer = recorder(found, role="investigator")
    random = signer.surroundings.randomness
    place, incident = new_subject("place", random), new_subject("incident", random)
    point = {"lat": LAT, "lon": LON, "precision_m": 5, "method": "GNSS"}
    names = (("place", "en"), ("place in Azerbaijani", "az"), ("name in Armenian letters", "hy"))
    said = [
        signer.new_assertion(place, "place-name", {"name": SECRETS[key], "lang": lang, "used_by": "unknown"})
        for key, lang in names
    ]
    said.append(signer.new_assertion(place, "place-position", point))
    said += [signer.new_assertion(incident, "note", text) for text in SECRETS.values()]
    signer.record(Act("place.describe", tuple(said)))
    signer.journal.close()
    found.folder.projection()


def served_pages(case: Path, environment: dict[str, str]) -> str:
    """Open pages in the running web application, then kill it as a power cut would."""
    port = 20_000 + os.getpid() % 20_000
    server = subprocess.Popen(
        [*PYTHON, "serve", str(case), "--port", str(port)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    text = ""
    try:
        for path in ("/", "/search?q=bakery", "/map", f"/search?q={urllib.parse.quote(SECRETS['name'])}"):
            text += _page(f"http://127.0.0.1:{port}{path}", server)
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    return text


def _page(address: str, server: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + 60
    while True:
        assert server.poll() is None, server.stdout.read() if server.stdout else ""
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError:
            return ""
        except OSError:
            assert time.monotonic() < deadline, "the web application did not start"
            time.sleep(0.1)


def cut_in_the_middle(case: Path, environment: dict[str, str], material: Path) -> None:
    """Take in a card and kill the program while its bytes are on their way."""
    adding = subprocess.Popen(
        [*PYTHON, "add", str(material), "--source", "W-018", "--case", str(case)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    incoming = case / "objects" / ".incoming"
    while adding.poll() is None and not (incoming.exists() and len(list(incoming.iterdir())) > 20):
        time.sleep(0.001)
    adding.kill()
    said, _ = adding.communicate()
    assert list(incoming.iterdir()), f"the cut came too late to test anything: {said.decode()}"


@pytest.fixture
def laptop(tmp_path, runtime_folder, monkeypatch):
    """A home of its own; whatever any program of the day writes goes below it."""
    home = tmp_path / "laptop"
    for name in ("tmp", "home"):
        (home / name).mkdir(parents=True)
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "EMBERS_KEYRING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home / "home"))
    monkeypatch.setenv("TMPDIR", str(home / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(
        field_case, "create_lock", lambda *a, **k: create_lock(*a, **{**k, "cost": Argon2Cost(64, 1, 1)})
    )
    return home


def test_a_working_day_leaves_no_secret_on_the_laptop(laptop, tmp_path, runtime_folder, monkeypatch):
    case, stick = laptop / "home" / "mission", tmp_path / "stick"
    material = card(tmp_path / "card")
    many = tmp_path / "second card"
    many.mkdir()
    for number in range(400):
        (many / f"{number}-{SECRETS['file name']}").write_text(
            f"{number}\n" + "\n".join(SECRETS.values()) * 30, encoding="utf-8"
        )
    monkeypatch.setenv("EMBERS_PASSPHRASE", PASSPHRASE)
    run("init", case, "--title", "M2", "--field")
    run("unlock", case, "--minutes", "5")
    monkeypatch.delenv("EMBERS_PASSPHRASE")
    try:
        run("add", material, "--source", "W-017", "--title", SECRETS["name"], "--account", SECRETS["account"],
            "--device", SECRETS["owner in a photograph"], "--case", case)  # fmt: skip
        say_all(case)
        assert SECRETS["place"] in run("search", "bakery", "--case", case)
        environment = dict(os.environ)
        assert SECRETS["place"] in served_pages(case, environment)
        cut_in_the_middle(case, environment, many)
        run("sync", "with", stick, "--case", case)
        run("sync", "status", "--case", case)
        run("verify", case)
        also = {"position": positions(LAT, LON)}
        for state in ("open", "locked"):
            if state == "locked":
                run("lock", case)
                forget_databases(case)
            found = scan([laptop, runtime_folder], SECRETS, also)
            assert {label: places for label, places in found.items() if places} == {}, state
    finally:
        CliRunner().invoke(app, ["lock", str(case)])
    outside = scan([tmp_path / "card", stick], SECRETS, also)
    assert [label for label, places in outside.items() if not places] == [], "the secrets were really there"
