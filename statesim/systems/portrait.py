"""What a system is, said by its driver: its four kinds of state, who provides them, and its states.

Pages, pictures and `statesim states` are made from this. The four kinds are those of Josh Berkus, "Stateful
services" (the article that this project starts from): storage, identity, session and cluster role.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class By(StrEnum):
    """Who provides a kind of state."""

    APPLICATION = "application"
    ORCHESTRATOR = "orchestrator"
    GLUE = "glue"  # a label and a Service, an operator, a proxy, a person
    PROVIDER = "provider"  # of a managed service
    NOBODY = "nobody"  # there is none


class Need(NamedTuple):
    """One kind of state of a system.

    Attributes
    ----------
    what
        What it consists of, in a few words.
    by
        Who provides it, the more important one first.
    naive
        What is lost of it in a Deployment without care.
    """

    what: str
    by: tuple[By, ...]
    naive: str


class Transition(NamedTuple):
    """An arrow of a state machine: from one state to another, and what makes it so."""

    before: str
    after: str
    why: str


@dataclass(frozen=True, slots=True)
class Portrait:
    """A system in words.

    Attributes
    ----------
    title
        Its name, as people say it.
    storage, identity, session, role
        The four kinds of state.
    transitions
        The states of a member, or of the whole, and how one becomes another.
    drift
        With what its containers move away from their image.
    """

    title: str
    storage: Need
    identity: Need
    session: Need
    role: Need
    transitions: tuple[Transition, ...]
    drift: str

    def states(self) -> list[str]:
        """Return the states in the order of their first mention."""
        return list(dict.fromkeys(state for each in self.transitions for state in each[:2]))
