"""Work for workers, in a module of its own: spawned processes import it by name."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def square(number: int) -> int:
    return number * number


def where(_: int) -> int:
    return os.getpid()


def fragile(number: int) -> int:
    if number == 5:
        raise ZeroDivisionError("five is too much")
    return number


def dies_once(item: tuple[str, int]) -> int:
    """Kill this very process when item 3 comes for the first time; the folder remembers that it came."""
    folder, number = item
    if number == 3:
        try:
            (Path(folder) / "came").touch(exist_ok=False)
        except FileExistsError:
            return number
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def always_dies(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number
