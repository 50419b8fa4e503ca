"""Running a piece of work in a forked child: alone, under strace, or with one file call made to fail.

The parent has everything imported and nothing open, so a trial costs a fork, not a start of Python, and the
calls counted are those of the work alone.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from embers.cli.output import storage_error
from embers.errors import EmbersError

from .inject import Fault, answer_calls, filter_calls

DONE, REFUSED, RAW_ERROR = 0, 3, 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a child ended: ``done``, ``refused`` (an error with a hint), ``raw`` (any other error), ``killed``."""

    how: str
    told: str


def run(
    work: Callable[[], None], *, log: Path, strace: Sequence[str] = (), fault: Fault | None = None
) -> Outcome:
    """Run work in a child; every call is traced, or counted for the fault, from the first line of the work on."""
    here, there = socket.socketpair()
    child = os.fork()
    if child == 0:
        here.close()
        _work(lambda: filter_calls(fault.name, there) if fault else None, work, log, stop=bool(strace))
    there.close()
    if strace:
        os.waitpid(child, os.WUNTRACED)
        tracer = subprocess.Popen(["strace", "-f", *strace, "-p", str(child)], stderr=subprocess.PIPE)
        assert tracer.stderr is not None
        first = tracer.stderr.readline().decode()  # "strace: Process N attached"
        os.kill(child, signal.SIGCONT)
        _, status = os.waitpid(child, 0)
        tracer.stderr.close()
        tracer.wait()
        if "attached" not in first:
            raise RuntimeError(f"strace cannot attach: {first.strip()}. Is ptrace allowed on this machine?")
    else:
        if fault:
            answer_calls(child, fault, here)
        _, status = os.waitpid(child, 0)
    here.close()
    if os.WIFSIGNALED(status):
        return Outcome("killed", signal.Signals(os.WTERMSIG(status)).name)
    told = log.read_text(errors="replace") if log.exists() else ""
    return Outcome({DONE: "done", REFUSED: "refused"}.get(os.WEXITSTATUS(status), "raw"), told)


def _work(ready: Callable[[], None], work: Callable[[], None], log: Path, *, stop: bool) -> None:
    code, told = DONE, ""
    try:
        if stop:
            os.kill(os.getpid(), signal.SIGSTOP)
        ready()
        work()
    except EmbersError as error:
        code, told = REFUSED, f"{error.code}: {error}"
    except BaseException as error:  # the child must never return into the parent's code
        known = storage_error(error) if isinstance(error, Exception) else None  # as the command line does
        code, told = (REFUSED, f"{known.code}: {known}") if known else (RAW_ERROR, traceback.format_exc())
    try:
        if told:
            log.write_text(told)
        sys.stderr.flush()
    finally:
        os._exit(code)
