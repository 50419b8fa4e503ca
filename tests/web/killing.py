"""Acts that are cut off by the death of their process, as when the power fails."""

from __future__ import annotations

import os
from collections.abc import Callable


def killed_while(act: Callable[[], object]) -> None:
    """Do something in a process that is killed in the middle of it."""
    child = os.fork()
    if child == 0:
        try:
            act()
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def die(*_: object, **__: object) -> None:
    """End this process at once."""
    os._exit(9)
