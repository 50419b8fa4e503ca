"""Making one file call of a process fail, by the system's own means: seccomp's user notification (Linux 5.5 and later).

The child installs a filter that hands every call of one name to its parent, and lets all others pass at full speed;
``strace`` stops at each call of any name, which took most of a trial's time. The parent counts per thread, as the trace
that chose the call did, lets every call go on but one, and answers that one with an error or kills the child before it
is carried out.
"""

from __future__ import annotations

import array
import ctypes
import errno
import fcntl
import os
import platform
import select
import signal
import socket
import struct
from collections import Counter
from dataclasses import dataclass

#: Numbers of the calls: asm/unistd_64.h for x86_64, asm-generic/unistd.h for aarch64 (which has the ``at`` forms only).
_NUMBERS = {
    "x86_64": {
        "read": 0, "write": 1, "close": 3, "lseek": 8, "pread64": 17, "pwrite64": 18, "writev": 20, "sendfile": 40,
        "fcntl": 72, "fsync": 74, "fdatasync": 75, "ftruncate": 77, "rename": 82, "mkdir": 83, "rmdir": 84, "link": 86,
        "unlink": 87, "symlink": 88, "chmod": 90, "fchmod": 91, "sync": 162, "getdents64": 217, "openat": 257,
        "mkdirat": 258, "newfstatat": 262, "unlinkat": 263, "renameat": 264, "linkat": 265, "fchmodat": 268,
        "utimensat": 280, "fallocate": 285, "syncfs": 306, "renameat2": 316, "copy_file_range": 326, "pwritev2": 328,
        "statx": 332,
    },
    "aarch64": {
        "fcntl": 25, "mkdirat": 34, "unlinkat": 35, "linkat": 37, "renameat": 38, "ftruncate": 46, "fallocate": 47,
        "fchmod": 52, "fchmodat": 53, "openat": 56, "close": 57, "getdents64": 61, "lseek": 62, "read": 63, "write": 64,
        "writev": 66, "pread64": 67, "pwrite64": 68, "sendfile": 71, "newfstatat": 79, "sync": 81, "fsync": 82,
        "fdatasync": 83, "utimensat": 88, "syncfs": 267, "renameat2": 276, "copy_file_range": 285, "pwritev2": 287,
        "statx": 291,
    },
}  # fmt: skip
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_PR_SET_NO_NEW_PRIVS = 38
_SET_MODE_FILTER, _NEW_LISTENER = 1, 8
_ALLOW, _NOTIFY = 0x7FFF0000, 0x7FC00000
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_GO_ON = 1
_NOTICE, _ANSWER = struct.Struct("=QIIiIQ6Q"), struct.Struct("=QqiI")
_C = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Fault:
    """The ``nth`` call (from 1) of that name by a thread: killed before it if ``error`` is nothing, else refused."""

    name: str
    nth: int
    error: int | None

    @classmethod
    def of(cls, name: str, nth: int, how: str) -> Fault:
        """Return a fault by its word: ``KILL``, or the name of an error such as ``EIO``."""
        return cls(name, nth, None if how == "KILL" else getattr(errno, how))


def _machine() -> str:
    name = platform.machine()
    if name not in _NUMBERS:
        raise RuntimeError(f"Faults can be injected on {', '.join(_NUMBERS)}; this machine is {name}.")
    return name


def filter_calls(name: str, line: socket.socket) -> None:
    """In the child: hand every call of a name to whoever holds the other end of ``line``, from now on."""
    machine = _machine()
    step = struct.Struct("=HBBI")
    program = b"".join(
        (
            step.pack(0x20, 0, 0, 4),  # the architecture of the call
            step.pack(0x15, 0, 2, _AUDIT_ARCH[machine]),
            step.pack(0x20, 0, 0, 0),  # its number
            step.pack(0x15, 1, 0, _NUMBERS[machine][name]),
            step.pack(0x06, 0, 0, _ALLOW),
            step.pack(0x06, 0, 0, _NOTIFY),
        )
    )
    held = ctypes.create_string_buffer(program, len(program))
    given = ctypes.create_string_buffer(struct.pack("@HP", len(program) // step.size, ctypes.addressof(held)))
    _C.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    listener = _C.syscall(_SECCOMP[machine], _SET_MODE_FILTER, _NEW_LISTENER, ctypes.byref(given))
    if listener < 0:
        number = ctypes.get_errno()
        raise OSError(
            number, f"seccomp: {os.strerror(number)}. Is user notification allowed on this machine?"
        )
    line.sendmsg([b"."], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [listener]))])
    os.close(listener)
    line.close()


def answer_calls(child: int, fault: Fault, line: socket.socket) -> None:
    """In the parent: answer the child's calls until it has ended."""
    told, given, _, _ = line.recvmsg(1, socket.CMSG_SPACE(4))
    line.close()
    if not told:
        return  # it ended before it could ask
    listener = array.array("i", given[0][2])[0]
    counts: Counter[int] = Counter()
    ready = select.poll()
    ready.register(listener, select.POLLIN)
    try:
        while not ready.poll()[0][1] & select.POLLHUP:
            notice = bytearray(_NOTICE.size)
            try:
                fcntl.ioctl(listener, _RECEIVE, notice)
            except FileNotFoundError:
                continue  # the thread was ended while it waited
            call, thread, *_ = _NOTICE.unpack(notice)
            counts[thread] += 1
            refused = counts[thread] == fault.nth
            if refused and fault.error is None:
                os.kill(child, signal.SIGKILL)
                return
            answer = (call, 0, -fault.error, 0) if refused and fault.error else (call, 0, 0, _GO_ON)
            try:
                fcntl.ioctl(listener, _SEND, _ANSWER.pack(*answer))
            except FileNotFoundError:
                continue
    finally:
        os.close(listener)
