"""Progress where no bar can be drawn: a line on stderr now and then, so that no long work is silent."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, TextIO

from statesim.analysis.outcome import duration_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EVERY_S = 30.0


@contextmanager
def now_and_then(
    line: Callable[[float], str], *, every_s: float = EVERY_S, file: TextIO | None = None
) -> Iterator[None]:
    """Print a line each half a minute while something is done, however long one part of it takes.

    Parameters
    ----------
    line
        Called with how many seconds have passed.
    file
        Default: stderr, so that what is printed can still be read by a program.
    """
    done = Event()

    def work() -> None:
        times = 1
        while not done.wait(every_s):
            print(line(every_s * times), file=file or sys.stderr, flush=True)
            times += 1

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def progress_line(done: int, total: int, word: str, passed_s: float, rate: float = 0.0) -> str:
    """Return how far it is: ``1,200 of 10,000 runs after 2 min, 10.0 runs/s, 14 min 40 s left``.

    Parameters
    ----------
    rate
        How many are done in a second; 0 where nobody knows.
    """
    told = f"{done:,} of {total:,} {word} after {duration_text(passed_s)}"
    if not done:
        return f"{told}: the first is not finished yet"
    left = f", {rate:.1f} {word}/s, {duration_text((total - done) / rate)} left" if rate else ""
    return f"{told}{left}"
