"""JavaRosa as a phone from outside, run by the JVM; pyxform brings it along inside ODK Validate."""

from __future__ import annotations

import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "client" / "PhoneClient.java"
VALIDATE = Path(str(files("pyxform") / "validators" / "odk_validate" / "bin" / "ODK_Validate.jar"))
needs_java = pytest.mark.skipif(
    not (shutil.which("java") and shutil.which("javac")),
    reason="needs a JDK: apt-get install default-jdk-headless",
)


def compiled(folder: Path) -> list[str]:
    """Compile the client; return the command that runs it."""
    subprocess.run(
        ["javac", "-nowarn", "-Xlint:none", "-cp", str(VALIDATE), "-d", str(folder), str(HERE)], check=True
    )
    return ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{folder}:{VALIDATE}", "PhoneClient"]


def run(command: list[str], *given: object, script: str = "") -> str:
    """Run the client to its end; return what it told."""
    done = subprocess.run(
        [*command, *map(str, given)], input=script, text=True, capture_output=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def validated(*forms: Path) -> str:
    """Return what ODK Validate says of some forms."""
    done = subprocess.run(
        ["java", "-XX:TieredStopAtLevel=1", "-jar", str(VALIDATE), *map(str, forms)],
        text=True, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    return done.stdout + done.stderr
