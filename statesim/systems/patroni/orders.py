"""What people ask of a Patroni cluster: `patronictl switchover`, `reinit`, `pause` and `resume`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.kernel.distributions import Uniform
from statesim.kernel.spans import MILLISECOND
from statesim.systems.patroni.race import promotable
from statesim.systems.patroni.view import Failover

if TYPE_CHECKING:
    from statesim.systems.patroni.agents import Agents
    from statesim.systems.patroni.members import Member

# recordings of a Patroni 4.1 cluster: patronictl starts and asks; the leader is woken by its REST API
ASKED = Uniform(477 * MILLISECOND, 646 * MILLISECOND)
NOTICED = Uniform(139 * MILLISECOND, 157 * MILLISECOND)


class Orders:
    """The orders to one cluster."""

    def __init__(self, agents: Agents) -> None:
        self._agents = agents
        self._g = agents.group

    def cannot_switch(self, candidate: str | None) -> str | None:
        """Say why a switchover is refused (patroni/api.py, `is_failover_possible`); ``None`` = it is not."""
        g = self._g
        leader = self._leader()
        if leader is None:
            return "the cluster has no leader that answers"
        if candidate is None and g.paused:
            return "switchover is possible only to a specific candidate in a paused state"
        if candidate == leader.name:
            return f"{candidate} is the leader already"
        me, cluster, peers = g.snapshot(leader)
        if candidate is not None and all(peer.name != candidate for peer in peers):
            return f"there is no member {candidate}"
        heirs = promotable(me, cluster, peers, g.p)
        if candidate is None:
            return None if heirs else "no good candidates have been found"
        return None if candidate in heirs else f"{candidate} cannot take over"

    def switch(self, candidate: str | None) -> None:
        """Run ``patronictl switchover``."""
        delay = ASKED.draw(self._g.rng("patronictl", "switchover"))
        self._g.clock.after(delay, self._ask, candidate)

    def _ask(self, candidate: str | None) -> None:
        g, leader = self._g, self._leader()
        if leader is None:
            return
        g.failover = Failover(leader.name, candidate)
        pod = candidate or "whoever is healthiest"
        g.clock.cause = g.trace.emit(
            f"System/{g.context.name}", "SwitchoverRequested", pod=leader.name, candidate=pod
        )
        delay = NOTICED.draw(g.rng(leader.name, "switchover"))
        leader.agent.later(delay, self._agents.loop, leader)

    def _leader(self) -> Member | None:
        """Return the lock's holder, if its agent answers and reaches the store."""
        g = self._g
        found = (m for m in g.members.values() if g.holds_lock(m) and m.active)
        return next((m for m in found if g.reaches_store(m) and g.host.answers(m.process)), None)

    def reinitialise(self, pod: str) -> str | None:
        """Run ``patronictl reinit``: a member's data are removed, and it clones the leader.

        The member's own agent does it, so one that does not answer is not reached, and one that is busy
        refuses (patroni/ha.py, `reinitialize`). The leader never does.
        """
        g = self._g
        if self._leader() is None:
            return "the cluster has no leader, can not reinitialize"
        member = next((m for m in g.members.values() if m.name == pod and m.active), None)
        if member is None or not g.reaches_store(member) or not g.host.answers(member.process):
            return f"the agent of {pod} does not answer"
        if g.holds_lock(member):
            return f"{pod} is the leader, can not reinitialize"
        if member.busy:
            return f"{pod}: {member.busy} already in progress"
        self._agents.leaving.wipe(member)
        self._agents.loop(member)
        return None

    def lose_store(self) -> None:
        """Let the store be empty from now on: a leader has no lock, an empty cluster may be begun.

        Source: patroni/ha.py, `bootstrap`: with no ``initialize`` key and no leader a member whose data
        directory is empty runs initdb. A member with data that takes the lock writes the key from them.
        """
        g = self._g
        g.lose_store()
        g.clock.cause = g.trace.emit(f"System/{g.context.name}", "StoreLost")
        self._agents.review()

    def pause(self, *, paused: bool) -> None:
        """Pause the management of the cluster, or resume it: who reaches the store hears of it."""
        g = self._g
        if g.paused is not paused:
            g.paused = paused
            g.clock.cause = g.trace.emit(f"System/{g.context.name}", "Paused" if paused else "Resumed")
            self._agents.review()
