"""The loops of a cluster's Patroni agents: they run only when they would change something.

Every agent loops at its own phase. After any change of the world each agent's next decision is asked for; if
it would do nothing, its loops cost nothing until the next change. The decisions are pure (`patroni.ha`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.kernel.clock import MILLISECOND, SECOND
from statesim.kernel.distributions import Uniform
from statesim.node.process import Exit
from statesim.systems.patroni.group import Group
from statesim.systems.patroni.ha import Action, Decision, decide
from statesim.systems.patroni.steps import Steps

if TYPE_CHECKING:
    from statesim.systems.driver import Context
    from statesim.systems.patroni.members import Member
    from statesim.systems.patroni.parameters import PatroniParameters

# recordings: from the key's expiry to the new one, when the dead member refuses connections
POLL = Uniform(91 * MILLISECOND, 107 * MILLISECOND)


class Agents:
    """All agents of one cluster."""

    def __init__(self, context: Context, parameters: PatroniParameters) -> None:
        self.group = Group(context, parameters, self._expired, self.review)
        self.steps = Steps(self.group, self.loop, self.wake, self.review)
        self._clock = context.clock

    # -- when a loop matters ---------------------------------------------------------------------------

    def review(self) -> None:
        """Look at every agent after a change: break and mend streams, arm the loops that matter."""
        self.group.refresh_streams()
        for member in self.group.sorted():
            if member.active:
                self._consider(member)

    def _consider(self, member: Member) -> None:
        g, now = self.group, self._clock.now
        if not g.reaches_store(member):
            if member.lost_us is None:
                member.lost_us = now
                g.fall_silent(member)
            if member.primary and not member.retrying:
                self._arm(member)
            return
        lost, member.lost_us = member.lost_us, None
        if member.retrying or (lost is not None and now >= member.next_loop(lost)):
            member.retrying = False
            member.life.later(0, self.loop, member)
        elif self._matters(member):
            self._arm(member)

    def _matters(self, member: Member) -> bool:
        g = self.group
        if g.holds_lock(member) and not g.renews(member):
            return True
        if g.wanted_label(member) not in (None, member.label):
            return True
        me, cluster, peers = g.snapshot(member)
        return decide(me, cluster, peers, g.p).action is not Action.NOTHING

    def _arm(self, member: Member) -> None:
        if member.loop is None:
            now = self._clock.now
            member.loop = member.life.later(member.next_loop(now) - now, self.loop, member)

    def wake(self) -> None:
        """Run the loop of everyone who watches the leader key: it has gone."""
        for member in self.group.sorted():
            if member.active and self.group.reaches_store(member):
                member.life.later(0, self.loop, member)

    def _expired(self, holder: str, renewed_us: int) -> None:
        g = self.group
        g.leader = None
        self._clock.cause = g.trace.emit(
            f"System/{g.context.name}", "LeaseExpired", holder=holder, renewed_s=renewed_us / SECOND
        )
        self.wake()

    # -- the loop --------------------------------------------------------------------------------------

    def loop(self, member: Member) -> None:
        """Run one loop: read the store, renew the lease if it is held, do what is decided."""
        g = self.group
        member.stop_loop()
        if not member.active:
            return
        if not g.reaches_store(member):
            self._retry(member)
            return
        if g.holds_lock(member):
            g.renew(member)
        g.label(member)
        me, cluster, peers = g.snapshot(member)
        self._act(member, decide(me, cluster, peers, g.p))
        self.review()

    def _retry(self, member: Member) -> None:
        """Try to reach the store for `retry_timeout` (Patroni docs, dynamic_configuration.rst)."""
        if member.retrying:
            return
        if member.lost_us is None:
            member.lost_us = self._clock.now
        member.retrying = True
        member.life.later(self.group.p.retry_timeout, self._give_up, member, member.lost_us)

    def _give_up(self, member: Member, since_us: int) -> None:
        if not member.active or not member.retrying or member.lost_us != since_us:
            return
        if self.group.reaches_store(member):
            self._consider(member)
        else:
            me, _, peers = self.group.snapshot(member)
            self._act(member, decide(me, None, peers, self.group.p))

    def _act(self, member: Member, decision: Decision) -> None:
        steps, g, why = self.steps, self.group, decision.why
        match decision.action:
            case Action.INITIALISE:
                steps.initialise(member, why)
            case Action.CLONE:
                steps.clone(member, why)
            case Action.START:
                steps.start(member, why)
            case Action.ACQUIRE:
                self._poll(member)
            case Action.RELEASE:
                g.release(member)
                self.wake()
            case Action.PROMOTE:
                steps.promote(member)
            case Action.DEMOTE:
                steps.demote(member, why, clean=not g.reaches_store(member))
            case Action.FOLLOW:
                steps.follow(member)
            case Action.NAME_STANDBY:
                steps.name_standby(member, decision.standby, why)
            case Action.EXIT:
                g.host.exit(member.process, Exit.CRASHED, why)

    # -- the race --------------------------------------------------------------------------------------

    def _poll(self, member: Member) -> None:
        """Ask all known members how far they are, then take the lock (patroni/ha.py: is_healthiest_node)."""
        took = POLL.draw(self.group.rng(member.name, "poll"))
        if self.group.silence(member):
            took += self.group.p.rest_timeout
        member.busy = "race"
        member.life.later(took, self._polled, member)

    def _polled(self, member: Member) -> None:
        g = self.group
        member.busy = ""
        if member.active and g.reaches_store(member):
            me, cluster, peers = g.snapshot(member)
            decision = decide(me, cluster, peers, g.p)
            if decision.action is Action.ACQUIRE and g.acquire(member) and not member.primary:
                self.steps.promote(member)
        self.review()
