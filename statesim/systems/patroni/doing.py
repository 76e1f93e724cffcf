"""What the actions of Patroni's agents have in common: whom they belong to, and what comes after them.

An action is a chain of waits of one member. While it lasts the agent is busy; when it is over its loop runs
(patroni/async_executor.py: one task at a time, which wakes the loop when it ends).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.systems.life import hang_up
from statesim.systems.roles import STOPPED

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.systems.patroni.group import Group
    from statesim.systems.patroni.members import Member


class Doing(NamedTuple):
    """What an action may ask for.

    Attributes
    ----------
    loop
        Runs a member's agent loop.
    wake
        Runs the loops of all who watch the leader key, after it has changed.
    review
        Looks for members whose next loop matters.
    """

    group: Group
    loop: Callable[[Member], None]
    wake: Callable[[], None]
    review: Callable[[], None]

    def silence(self, member: Member, why: str, how: str = "closed") -> None:
        """Take a server's clients away."""
        member.waiting.clear()
        self.group.roles.become(member.process, STOPPED, why)
        self.group.host.listening(member.process, False)
        hang_up(member.process, how)
