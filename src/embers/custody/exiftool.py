"""ExifTool as one long-running process, kept on a short lead.

Written against `exiftool -stay_open` (https://exiftool.org/exiftool_pod.html). Arguments go over standard input, one a
line, so a path is given absolute (it cannot begin with "-") and refused if it holds a line break. The configuration
file of the person is not read, because it may run code. A file that takes too long or says too much ends the
process; the next file gets a fresh one.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

#: Seconds one file may take.
PATIENCE = 20.0
#: Bytes of answer kept for one file.
LOUDEST = 4 * 1024 * 1024
_START = ("-config", "", "-stay_open", "True", "-@", "-")
#: JSON with groups; nothing of our own store's names, dates and rights.
_ASK = (
    *("-j", "-G1", "-a", "-u", "-s", "-c", "%+.6f"),
    *("-api", "largefilesupport=1", "-x", "System:all", "-x", "SourceFile"),
)


class ExiftoolFault(Exception):  # noqa: N818 - said of one file, turned into a result at once
    """ExifTool gave no usable answer for a file; the text says why."""


class Exiftool:
    """Asks ExifTool about files, one at a time. A context manager."""

    def __init__(self, program: str, *, patience: float = PATIENCE) -> None:
        self._program = program
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[bytes | None] = queue.Queue()
        done = subprocess.run(  # noqa: S603 - a fixed program, no shell
            [program, "-config", "", "-ver"], capture_output=True, timeout=patience, check=False
        )
        self.version = done.stdout.decode("ascii", "replace").strip() or "of unknown version"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def tags(self, path: Path) -> dict[str, Any]:
        """Return every tag of a file as ``group:name``; refuse, with the reason, what gives none."""
        whole = str(path.absolute())
        if any(mark in whole for mark in "\r\n"):
            raise ExiftoolFault("its path holds a line break")
        process = self._running()
        request = "\n".join((*_ASK, whole, "-execute", ""))
        try:
            if process.stdin is None:
                raise ExiftoolFault("ExifTool takes no questions")
            process.stdin.write(request.encode("utf-8", "surrogateescape"))
            process.stdin.flush()
        except OSError:
            self._stop()
            raise ExiftoolFault("ExifTool ended") from None
        return _tags(self._answer())

    def close(self) -> None:
        """End the process."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.write(b"-stay_open\nFalse\n")
                self._process.stdin.flush()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=2)
        self._stop()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(  # noqa: S603 - a fixed program, no shell
                [self._program, *_START],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # so that whatever it started ends with it
            )
            self._answers = queue.Queue()
            listener = threading.Thread(
                target=_listen, args=(self._process.stdout, self._answers), daemon=True
            )
            listener.start()
        return self._process

    def _answer(self) -> bytes:
        try:
            answer = self._answers.get(timeout=self._patience)
        except queue.Empty:
            self._stop()
            raise ExiftoolFault(f"ExifTool gave no answer within {self._patience:g} seconds") from None
        if answer is None:
            self._stop()
            raise ExiftoolFault("ExifTool ended, or said more than is kept")
        return answer

    def _stop(self) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        with suppress(OSError, AttributeError):  # Windows knows no groups of processes
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
        if process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()


def _listen(stream: IO[bytes] | None, answers: queue.Queue[bytes | None]) -> None:
    """Cut the output at its ``{ready}`` lines; end with ``None`` when it ends or grows without measure."""
    heard = bytearray()
    with suppress(OSError, ValueError):  # the stream is closed under us when the process is stopped
        while stream is not None and (line := stream.readline(LOUDEST)):
            if line.strip() == b"{ready}":
                answers.put(bytes(heard))
                heard.clear()
                continue
            heard += line
            if len(heard) > LOUDEST:
                break
    answers.put(None)
    if stream is not None:
        stream.close()


def _tags(answer: bytes) -> dict[str, Any]:
    try:
        read = json.loads(answer.decode("utf-8", "replace"))
        (tags,) = read
        return {name: value for name, value in dict(tags).items() if name != "SourceFile"}
    except (ValueError, TypeError, RecursionError):
        raise ExiftoolFault("ExifTool found nothing it can read") from None
