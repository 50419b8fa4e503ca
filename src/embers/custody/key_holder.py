"""Keeps the key of an unlocked field case in the memory of one small process, and forgets it in time.

``embers unlock`` starts it and hands it the key through a pipe. Commands and the web application ask it through a
socket in the file system that only this user can reach; no network is involved. It ends, and the key with it, on
``embers lock``, on ``embers panic``, and when nobody has asked for the set number of minutes. Time asleep counts.
Python cannot wipe memory for certain: ending the process is what gives the memory back to the system.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from embers.errors import CustodyError

KEY, PEEK, LOCK = b"key\n", b"peek\n", b"lock\n"
_OPEN = b"open\n"
#: Longest path a Unix socket can have on every system (macOS: 104 bytes).
_LONGEST = 100
_PATIENCE_S = 5.0


def socket_path(lock_id: str) -> Path:
    """Return where the holder of one lock listens: in a folder only this user can enter. Its name says nothing."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    folder = Path(runtime) / "embers" if runtime else Path(tempfile.gettempdir()) / f"embers-{os.getuid()}"
    return folder / f"{lock_id[:16]}.sock"


def _is_ours(folder: Path) -> bool:
    """Tell whether a folder is a real one of this user that nobody else can enter: /tmp belongs to everybody."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077


def held_key(lock_id: str) -> bytes:
    """Return the key if the case is unlocked, else nothing. Asking counts as use."""
    answer = _ask(lock_id, KEY)
    return bytes.fromhex(answer.decode().strip()) if answer else b""


def is_unlocked(lock_id: str) -> bool:
    """Tell whether the key is held. Asking does not count as use."""
    return _ask(lock_id, PEEK) == _OPEN


def forget(lock_id: str) -> bool:
    """End the holder; tell whether there was one."""
    return bool(_ask(lock_id, LOCK))


def hold(lock_id: str, key: bytes, *, minutes: int) -> None:
    """Start a holder for a key; one that holds this key already is replaced."""
    if not hasattr(socket, "AF_UNIX"):
        raise CustodyError(
            "no-holder",
            "This system cannot keep a key between commands.",
            "Set EMBERS_PASSPHRASE for each command instead.",
        )
    forget(lock_id)
    path = socket_path(lock_id)
    told = json.dumps({"path": str(path), "minutes": minutes, "key": key.hex()}).encode()
    process = subprocess.Popen(
        [sys.executable, "-m", "embers.custody.key_holder"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )
    if process.stdin is not None:
        process.stdin.write(told)
        process.stdin.close()
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        if is_unlocked(lock_id):
            return
        time.sleep(0.02)
    raise CustodyError("no-holder", f"The key holder did not start at {path}.", "Is the folder writable?")


def _ask(lock_id: str, word: bytes) -> bytes:
    if not hasattr(socket, "AF_UNIX"):
        return b""
    path = socket_path(lock_id)
    if not _is_ours(path.parent):
        return b""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking, contextlib.suppress(OSError):
        asking.settimeout(_PATIENCE_S)
        asking.connect(str(path))
        asking.sendall(word)
        return asking.recv(256)
    return b""


# --- the holding process --------------------------------------------------------------------------------


def _now() -> float:
    """Seconds that go on while the laptop sleeps, where the system has such a clock."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(clock) if clock is not None else time.monotonic()


def _keep_to_ourselves() -> None:
    """No core dumps; on Linux no other process of the user may look into this one, and its memory is not swapped."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - Windows has none

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - keeps the waiting process small elsewhere

        with contextlib.suppress(OSError):
            system = ctypes.CDLL(None)
            system.prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE, from <linux/prctl.h>
            system.mlockall(3)  # MCL_CURRENT | MCL_FUTURE; refused quietly where the limit is too low


def serve_key(path: Path, key: str, *, idle_s: float) -> None:
    """Answer until told to lock or idle for too long. Removes its socket when it ends."""
    if len(str(path)) > _LONGEST:
        raise CustodyError("no-holder", f"The path {path} is too long for a socket.", "Set XDG_RUNTIME_DIR.")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _is_ours(path.parent):
        raise CustodyError("no-holder", f"{path.parent} is not a folder of this user alone.", "Remove it.")
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(8)
        listener.settimeout(0.5)
        used = _now()
        try:
            while _now() - used < idle_s:
                word, asked = _answer(listener, key, until=used + idle_s)
                if word == LOCK:
                    return
                if word == KEY:
                    used = asked
        finally:
            path.unlink(missing_ok=True)


def _answer(listener: socket.socket, key: str, *, until: float) -> tuple[bytes, float]:
    """The word a caller said and when it was heard; no word if nobody called, or only after ``until``."""
    try:
        asking, _ = listener.accept()
    except TimeoutError:
        return b"", 0.0
    with asking, contextlib.suppress(OSError):
        asking.settimeout(1.0)
        word, heard = asking.recv(16), _now()
        if heard < until:  # asked now: the wait for a caller may have outlasted the time
            asking.sendall({KEY: f"{key}\n".encode(), PEEK: _OPEN, LOCK: b"locked\n"}.get(word, b""))
            return word, heard
    return b"", 0.0


def main() -> None:
    """Take the key from the pipe and hold it."""
    _keep_to_ourselves()
    told = json.loads(sys.stdin.buffer.read())
    serve_key(Path(told["path"]), told["key"], idle_s=60.0 * told["minutes"])


if __name__ == "__main__":
    main()
