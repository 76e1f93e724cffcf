"""The watchdog of a primary's machine: reset it when its agent gets stuck, before another one may lead.

An agent feeds it right after each renewal of its lease. While the renewals are derived, so is the feeding;
when they stop, a timer is armed that a machine's standing still does not stop: the device is one of hardware
(Patroni docs, watchdog.rst; patroni/watchdog/base.py). It is on while a primary has it, off in pause mode.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from statesim.systems.patroni.group import Group
    from statesim.systems.patroni.members import Member


def feed(member: Member, now: int) -> None:
    """Give the sign that the agent lives and may lead."""
    member.fed_us = max(member.fed_us, now)
    if member.watchdog is not None:
        member.watchdog.cancel()
        member.watchdog = None


def arm(group: Group, member: Member) -> None:
    """Let the time run: nobody feeds it any more."""
    timeout = group.p.watchdog_us
    on = timeout is not None and member.primary and not member.paused
    if timeout is None or not on or not member.process.alive or member.watchdog is not None:
        return
    due = max(group.clock.now, member.fed_us + timeout)
    member.watchdog = group.clock.at(due, _bite, group, member)


def _bite(group: Group, member: Member) -> None:
    member.watchdog = None
    if member.primary and member.process.alive and not member.paused:
        timeout = group.p.watchdog_us or 0
        why = f"the watchdog of {member.name} has heard nothing of its agent for {timeout // SECOND} s"
        group.host.reset(member.process, why)
