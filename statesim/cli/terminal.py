"""The terminal as a screen with keys: taken over for a show, and given back as it was."""

from __future__ import annotations

import os
import select
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

_INTERRUPT = "\x03"
_ESCAPE = "\x1b"  # begins what arrows and the like send: one key, and none that is meant here


def has_keys() -> bool:
    """Tell whether single keys can be read from where this program runs."""
    try:
        import termios  # noqa: F401 - not on every system
    except ImportError:
        return False
    return sys.stdin.isatty()


class Terminal:
    """A screen of rich, and the keys of whoever sits before it."""

    def __init__(self, console: Console, live: Live, *, keys: bool) -> None:
        self._console = console
        self._live = live
        self._keys = keys
        self._typed = ""  # and not yet asked for

    def size(self) -> tuple[int, int]:
        """Return how many columns and lines there are now."""
        return self._console.width, self._console.height

    def show(self, lines: Sequence[Text]) -> None:
        """Show these lines, and no others."""
        from rich.text import Text

        whole = Text("\n", no_wrap=True, end="").join(lines)
        self._live.update(whole, refresh=True)

    def wait(self, seconds: float | None) -> str:
        """Wait so long for a key, ``None``: until there is one; return it, or "" if there was none."""
        if not self._keys:
            import time

            time.sleep(2.0 if seconds is None else seconds)
            return "q" if seconds is None else ""
        if not self._typed:
            ready, _, _ = select.select([sys.stdin], [], [], seconds)
            if not ready:
                return ""
            read = os.read(sys.stdin.fileno(), 64).decode(errors="replace")
            self._typed = "q" if not read else "?" if read.startswith(_ESCAPE) else read
        key, self._typed = self._typed[0], self._typed[1:]
        if key == _INTERRUPT:
            raise KeyboardInterrupt
        return key


@contextmanager
def taken(console: Console) -> Iterator[Terminal]:
    """Take the terminal over; whatever happens, it is given back clean."""
    from rich.live import Live

    keys = has_keys()
    with _single_keys(on=keys), Live(console=console, screen=True, auto_refresh=False) as live:
        yield Terminal(console, live, keys=keys)


@contextmanager
def _single_keys(*, on: bool) -> Iterator[None]:
    if not on:
        yield
        return
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
