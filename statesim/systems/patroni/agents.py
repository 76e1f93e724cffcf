"""The loops of a cluster's Patroni agents: they run only when they would change something.

Every agent loops at its own phase. After any change of the world each agent's next decision is asked for; if
it would do nothing, its loops cost nothing until the next change. The decisions are pure (`patroni.ha`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.kernel.distributions import Uniform
from statesim.kernel.spans import MILLISECOND, SECOND
from statesim.node.process import Exit
from statesim.systems.patroni import failsafe
from statesim.systems.patroni.doing import Doing
from statesim.systems.patroni.group import Group
from statesim.systems.patroni.ha import decide
from statesim.systems.patroni.leading import Leading
from statesim.systems.patroni.leaving import Leaving
from statesim.systems.patroni.steps import Steps
from statesim.systems.patroni.view import Action, Decision

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.systems.driver import Context
    from statesim.systems.patroni.members import Member
    from statesim.systems.patroni.parameters import PatroniParameters

# recordings: from the key's expiry to the new one, when the dead member refuses connections
POLL = Uniform(91 * MILLISECOND, 107 * MILLISECOND)
# and when it answers, as after a switchover
POLL_ORDERED = Uniform(144 * MILLISECOND, 155 * MILLISECOND)


class Agents:
    """All agents of one cluster."""

    def __init__(self, context: Context, parameters: PatroniParameters) -> None:
        self.group = Group(context, parameters, self._expired, self.review)
        doing = Doing(self.group, self.loop, self.wake, self.review)
        self.leading = Leading(doing)
        self.steps = Steps(doing, self.leading)
        self.leaving = Leaving(doing, self.steps)
        self._actions = self._table()
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
            elif member.failsafe_us is not None and self._alone(member).action is not Action.CARRY_ON:
                self._arm_asking(member)
            return
        failsafe.end(g, member)
        member.paused = g.paused
        lost, member.lost_us = member.lost_us, None
        if member.retrying or (lost is not None and now >= member.next_loop(lost)):
            member.retrying = False
            member.agent.later(0, self.loop, member)
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
            member.loop = member.agent.later(member.next_loop(now) - now, self.loop, member)

    def wake(self) -> None:
        """Run the loop of everyone who watches the leader key: it has gone."""
        for member in self.group.sorted():
            if member.active and self.group.reaches_store(member):
                member.agent.later(0, self.loop, member)

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
        decision = decide(me, cluster, peers, g.p)
        self._act(member, decision)
        if decision.action is Action.NOTHING and me.system is None and not me.busy:
            self._tell_that_it_waits(member, decision.why)
        self.review()

    def _tell_that_it_waits(self, member: Member, why: str) -> None:
        """Say once that an empty member waits for somebody to clone."""
        if not member.waits:
            member.waits = True
            self._clock.cause = self.group.trace.emit(
                f"Member/{member.name}", "WaitsForLeader", system=self.group.context.name, why=why
            )

    def _retry(self, member: Member) -> None:
        """Try to reach the store for `retry_timeout` (Patroni docs, dynamic_configuration.rst)."""
        if member.retrying:
            return
        if member.lost_us is None:
            member.lost_us = self._clock.now
        member.retrying = True
        member.agent.later(self.group.p.retry_timeout, self._give_up, member, member.lost_us)

    def _give_up(self, member: Member, since_us: int) -> None:
        if not member.active or not member.retrying or member.lost_us != since_us:
            return
        if self.group.reaches_store(member):
            self._consider(member)
        else:
            self._act(member, self._alone(member))

    def _alone(self, member: Member) -> Decision:
        """Return what an agent decides without the store."""
        me, _, _ = self.group.snapshot(member)
        return decide(me, None, self.group.others(member), self.group.p)

    def _arm_asking(self, member: Member) -> None:
        """Ask the others again, when it is time: one of them will not answer."""
        if member.loop is None:
            wait_us = failsafe.next_asking(self.group, member) - self._clock.now
            member.loop = member.agent.later(wait_us, self._ask_again, member, member.lost_us)

    def _ask_again(self, member: Member, since_us: int) -> None:
        member.loop = None
        self._give_up(member, since_us)

    def _act(self, member: Member, decision: Decision) -> None:
        act = self._actions.get(decision.action)
        if act is not None:
            act(member, decision)

    def _table(self) -> dict[Action, Callable[[Member, Decision], None]]:
        """Return how each action begins; NOTHING is not among them."""
        steps, leading, leaving = self.steps, self.leading, self.leaving
        return {
            Action.INITIALISE: lambda member, decision: steps.initialise(member, decision.why),
            Action.CLONE: lambda member, decision: steps.clone(member, decision.why),
            Action.START: lambda member, decision: steps.start(member, decision.why),
            Action.RESTART: lambda member, decision: steps.restart(member, decision.why),
            Action.FOLLOW: lambda member, _: steps.follow(member),
            Action.ACQUIRE: lambda member, _: self._poll(member),
            Action.PROMOTE: lambda member, _: leading.promote(member),
            Action.NAME_STANDBYS: lambda member, decision: leading.name_standbys(
                member, decision.standbys, decision.why
            ),
            Action.CARRY_ON: lambda member, _: failsafe.begin(self.group, member),
            Action.RELEASE: lambda member, _: leaving.release(member),
            Action.FAIL_OVER: lambda member, decision: leaving.fail_over(member, decision.why),
            Action.HAND_OVER: lambda member, decision: leaving.hand_over(member, decision.why),
            Action.FORGET_ORDER: lambda _, __: self.group.forget_order(),
            Action.DEMOTE: lambda member, decision: leaving.demote(
                member, decision.why, clean=not self.group.reaches_store(member)
            ),
            Action.EXIT: lambda member, decision: self.group.host.exit(
                member.process, Exit.CRASHED, decision.why
            ),
        }

    # -- the race --------------------------------------------------------------------------------------

    def _poll(self, member: Member) -> None:
        """Ask all known members how far they are, then take the lock (patroni/ha.py: is_healthiest_node)."""
        poll = POLL if self.group.failover is None else POLL_ORDERED
        took = poll.draw(self.group.rng(member.name, "poll"))
        if self.group.silence(member):
            took += self.group.p.rest_timeout
        member.busy = "race"
        member.agent.later(took, self._polled, member)

    def _polled(self, member: Member) -> None:
        g = self.group
        member.busy = ""
        if member.active and g.reaches_store(member):
            me, cluster, peers = g.snapshot(member)
            decision = decide(me, cluster, peers, g.p)
            if decision.action is Action.ACQUIRE and g.acquire(member):
                if member.primary:
                    g.failover = None
                else:
                    self.leading.promote(member)
        self.review()
