"""Orchestrator at work: it reads the servers at an interval, and does what `failover.decide` says.

It runs beside the control plane, and reaches what that reaches. Its polls of healthy servers are derived: it
looks at the poll after something has changed. A hook points the Services to the new source, by labels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.systems.mysql.failover import Do, Replica, View, decide
from statesim.systems.replication import Server

if TYPE_CHECKING:
    from statesim.node.process import Process
    from statesim.systems.mysql.failover import Decision
    from statesim.systems.mysql.group import Member, Members
    from statesim.systems.mysql.steps import Steps

ROLE_LABEL = "role"


class Orchestrator:
    """The tool, for one cluster.

    Attributes
    ----------
    source
        The pod that it holds to be the source; "" = it has seen none yet.
    blocked_us
        Until when it does not recover by itself.
    """

    def __init__(self, members: Members, steps: Steps) -> None:
        self._g = members
        self._steps = steps
        self.source = ""
        self.blocked_us = 0
        self._told = ""
        self._candidate: Member | None = None
        self._pods: dict[str, Process] = {}
        self._due: set[int] = set()
        p = members.p
        self._poll_phase = round(members.rng("orchestrator", "poll").random() * p.InstancePollSeconds)
        self._look_phase = round(members.rng("orchestrator", "look").random() * p.RecoveryPollSeconds)
        members.changed.append(self.poke)
        steps.announced.append(self.leads)

    def poke(self) -> None:
        """Look as soon as the next poll can have seen what has changed."""
        g, p = self._g, self._g.p
        source = g.named(self.source)
        read = _next(g.clock.now, self._poll_phase, p.InstancePollSeconds)
        if source is not None and not g.host.answers(source.process):
            read += p.MySQLConnectTimeoutSeconds
        self._look_at(read)

    def _look_at(self, at: int) -> None:
        look = _next(at, self._look_phase, self._g.p.RecoveryPollSeconds)
        if look not in self._due:
            self._due.add(look)
            self._g.clock.at(look, self._look)

    # -- what it sees ----------------------------------------------------------------------------------

    def _look(self) -> None:
        self._due.discard(self._g.clock.now)
        before = self._g.clock.cause
        self._label()
        if self.source and (self._candidate is None or not self._candidate.up):
            self._do(decide(self._view()))
        self._g.clock.cause = before

    def _view(self) -> View:
        g, now = self._g, self._g.clock.now
        source = g.named(self.source)
        answers = (
            source is not None
            and source.up
            and source.server is Server.PRIMARY
            and g.host.api_reachable(source.process)
        )
        replicas = tuple(
            Replica(
                member.name,
                member.stream is not None,
                member.gives_up_us,
                member.position(now),
                g.applied(member),
                member.ended_us + g.p.apply_lag,
            )
            for member in g.replicas_of(self.source)
            if g.host.api_reachable(member.process)
        )
        return View(
            now,
            self.source,
            answers,
            source is not None and source.read_only,
            replicas,
            self.blocked_us,
            g.p.DelayMasterPromotionIfSQLThreadNotUpToDate,
            g.p.FailMasterPromotionIfSQLThreadNotUpToDate,
        )

    # -- what it does ----------------------------------------------------------------------------------

    def _do(self, decision: Decision) -> None:
        g = self._g
        if decision.wake_us is not None:
            self._look_at(decision.wake_us)
        self._tell(decision)
        if decision.do is Do.OPEN:
            member = g.named(self.source)
            if member is not None:
                self._steps.open(member, decision.why)
        elif decision.do is not Do.NOTHING:
            self.blocked_us = g.clock.now + g.p.RecoveryPeriodBlockSeconds
            member = g.named(decision.who)
            if decision.do is Do.PROMOTE and member is not None:
                self._candidate = member
                self._steps.take_over(member, decision.after_us, "orchestrator has promoted it")
            else:
                self._look_at(self.blocked_us)

    def _tell(self, decision: Decision) -> None:
        """Tell what it has found, once for each finding in a row."""
        event = "DeadSource" if decision.dead else "UnreachableSource"
        found = f"{event}: {decision.why}"
        healthy = decision.do is Do.OPEN or (decision.do is Do.NOTHING and decision.why.endswith(" answers"))
        if not healthy and found != self._told:
            where = f"System/{self._g.context.name}"
            self._g.clock.cause = self._g.trace.emit(where, event, pod=self.source, why=decision.why)
        self._told = "" if healthy else found

    def leads(self, member: Member, *, promoted: bool) -> None:
        """Hear that a server has begun to lead: the first of all is the source, later whoever is promoted.

        A source that comes back of its own accord is another cluster to it, which is none of its business.
        """
        if promoted or not self.source:
            self.source = member.name
            self._candidate = None
            self._label()

    def _label(self) -> None:
        """Run the hook that points Services to the source: it patches labels from beside the servers.

        A pod whose server is gone keeps its labels unless somebody takes them away.
        """
        for member in self._g.sorted():
            self._pods[member.name] = member.process
        for name, process in self._pods.items():
            role = "source" if name == self.source else "replica"
            self._g.host.label(process, {ROLE_LABEL: role}, outside=True)


def _next(now: int, phase: int, period: int) -> int:
    """Return the first tick that is not before `now`."""
    return now + (phase - now) % period
