"""Servers that wait for another: to be cloned from it, or taken back by it, as soon as it can be reached."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, TypeVar

from statesim.systems.configured import Configured
from statesim.systems.roles import STARTING

if TYPE_CHECKING:
    from statesim.systems.configured import Members

M = TypeVar("M", bound=Configured)


class Waiting(ABC, Generic[M]):
    """The members of one system that wait. A subclass says for whom, and what is done then.

    Attributes
    ----------
    orders
        Pods that are to be rebuilt as soon as they run.
    """

    def __init__(self, members: Members[M]) -> None:
        self._all: Members[M] = members
        self.orders: set[str] = set()

    @abstractmethod
    def _donor(self, member: M) -> M | None:
        """Return whom a member waits for, if that one can be reached now."""

    @abstractmethod
    def _clone(self, member: M, donor: M) -> None:
        """Copy what another has."""

    @abstractmethod
    def _take_back(self, member: M, source: M) -> None:
        """Make a member follow another again."""

    def _wait(self, member: M, what: str, why: str) -> None:
        member.wants = what
        self._all.roles.become(member.process, STARTING, why)
        self.retry()

    def retry(self) -> None:
        """Let those go on who wait for another, if they can reach it now."""
        for member in self._all.sorted():
            donor = self._donor(member) if member.wants and member.process.running else None
            if donor is None:
                continue
            wants, member.wants = member.wants, ""
            if wants == "clone":
                self._clone(member, donor)
            else:
                self._take_back(member, donor)

    def _reached(self, member: M, found: M | None, *, ready: bool) -> M | None:
        """Return who was found, if it is another one, is ready, and packets get through."""
        if found is None or found is member or not ready:
            return None
        return found if self._all.host.reachable(member.process, found.process) else None
