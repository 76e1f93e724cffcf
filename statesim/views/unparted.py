"""Text at a terminal in which a line never ends between a number and its unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from statesim.views.letters import glued

if TYPE_CHECKING:
    from rich.console import Console
    from rich.containers import Lines

# for Rich a no-break space is a space to break at; this stands in for one while lines are made
_JOINT = "\N{SYMBOL FOR SPACE}"


class Unparted(Text):
    """A text that wraps between words, but not after a number."""

    def wrap(self, console: Console, width: int, **how: Any) -> Lines:
        """Return its lines, no wider than `width` cells."""
        whole = self.copy()
        whole.plain = glued(self.plain, _JOINT)
        lines = whole.wrap(console, width, **how)
        for line in lines:
            line.plain = line.plain.replace(_JOINT, " ")
        return lines
