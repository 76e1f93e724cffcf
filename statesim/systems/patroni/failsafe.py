"""Failsafe mode: a primary without the store goes on as long as all members answer it.

It asks them in every loop that fails; a loop that fails takes `retry_timeout`. While all answer, nothing
happens; when one does not, the next asking finds out (Patroni docs, dcs_failsafe_mode.rst; patroni/ha.py,
`_handle_dcs_error`, `update_failsafe`). A replica that was asked believes for `ttl` that somebody leads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.systems.patroni import watchdog

if TYPE_CHECKING:
    from statesim.systems.patroni.group import Group
    from statesim.systems.patroni.members import Member


def _period_us(group: Group) -> int:
    return max(1, group.p.loop_wait, group.p.retry_timeout)


def begin(group: Group, member: Member) -> None:
    """Note that all have answered."""
    if member.failsafe_us is None:
        member.failsafe_us = group.clock.now
    watchdog.feed(member, group.clock.now)


def next_asking(group: Group, member: Member) -> int:
    """Return when it asks next."""
    since, period = member.failsafe_us or 0, _period_us(group)
    return since + ((group.clock.now - since) // period + 1) * period


def end(group: Group, member: Member) -> None:
    """Note that it leads no longer by their answers; each believes it until `ttl` after the last asking."""
    if member.failsafe_us is None:
        return
    asked = next_asking(group, member) - _period_us(group)
    member.failsafe_us = None
    member.fed_us = max(member.fed_us, asked)
    until = asked + group.p.ttl
    for other in group.members.values():
        if other is not member:
            other.heard = (member.name, until)
    group.clock.at(max(group.clock.now, until), group.look)
