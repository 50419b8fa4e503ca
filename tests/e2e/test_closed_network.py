"""With the network closed: a server and a Chromium that have a loopback interface and nothing else show every page."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from every_page import every_page
from showcase import Showcase

pytestmark = pytest.mark.browser


def unshared() -> list[str]:
    """Return the command that closes the network of what it starts; a system that forbids it is told of."""
    for command in (["unshare", "--net"], ["unshare", "--user", "--map-root-user", "--net"]):
        if shutil.which(command[0]):
            tried = subprocess.run([*command, "true"], check=False, capture_output=True)
            if tried.returncode == 0:
                return command
    pytest.skip("this system does not let a program close its own network (unshare --net)")


def test_every_page_is_whole_without_a_network(pages_case: Showcase):
    pages = every_page(pages_case)
    folder = pages_case.folder
    script = Path(__file__).with_name("closed_network.py")
    arguments = [str(folder.path), str(folder.keyring_path), json.dumps(pages)]
    done = subprocess.run(
        [*unshared(), sys.executable, str(script), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout)
    assert seen["out"] == [], "the network is not closed, so this would prove nothing"
    assert seen["pages"].keys() == pages.keys()
    for name, page in seen["pages"].items():
        assert page["status"] == (404 if name == "error" else 200), name
        assert page["failed"] == [], name
        assert page["elsewhere"] == [], f"{name} asked something of another origin"
        assert page["asked"] > 3, name
        assert page["errors"] == [], name
        assert page["pictures"] == page["typefaces"] == page["sheets"] == [], name
        assert page["loaded"] > 0, f"{name} is shown in our own typeface"
        assert page["words"] > 100, name
