"""Groups of members that hear each other, and who begins a group where there is none.

Who hears another takes its view from it, so that a group is whoever is connected, through others too (Galera
documentation, weighted-quorum.rst; MySQL manual, "Network Partitioning").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from statesim.systems.base import Member


class Peer(Protocol):
    """One run of a member's program, as a group sees it."""

    member: Member

    @property
    def name(self) -> str:
        """Return its pod's name."""

    @property
    def up(self) -> bool:
        """Tell whether it takes part in anything now."""


P = TypeVar("P", bound=Peer)


def components(peers: Iterable[P], hears: Callable[[Member, Member], bool]) -> list[list[P]]:
    """Return who is connected with whom, directly or through others, largest first."""
    left = sorted((peer for peer in peers if peer.up), key=lambda peer: peer.name)
    found = []
    while left:
        group = [left.pop(0)]
        for one in group:
            near = [other for other in left if hears(one.member, other.member)]
            left = [other for other in left if other not in near]
            group += near
        found.append(group)
    return sorted(found, key=lambda group: -len(group))


def begins(ordinal: int | None, *, told: bool, meets: bool, empty: bool, by_number: bool) -> str | None:
    """Say why a member that starts begins a group of its own; ``None`` = it looks for one.

    Parameters
    ----------
    ordinal
        The number in its pod's name; without one it has no list of addresses, and knows of nobody.
    told
        A person has said so.
    meets
        It hears a group that works.
    empty
        It has no data: somebody must begin the very first time, and that is number 0.
    by_number
        A script has number 0 do it with data as well.
    """
    if told:
        return "a person bootstraps the cluster here"
    if ordinal is None:
        return "it knows of no others"
    if ordinal == 0 and (empty or by_number) and not meets:
        return "it is number 0, and meets no cluster"
    return None


def knows(one: Member, other: Member) -> bool:
    """Tell whether a member can find another: a pod without a number has no name that a list could hold."""
    return one is other or (one.process.ordinal is not None and other.process.ordinal is not None)
