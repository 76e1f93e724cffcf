"""Routers that share an address: VRRP says who answers for it, and flows go on only if that one knows them.

A backup that misses three advertisements and a skew of (256 - priority) / 256 of one becomes master; one
that is told goodbye (priority 0) waits for the skew alone. A master that hears one of higher priority becomes
a backup; of equals the one with the higher address stays (RFC 5798, 6.1, 6.4). A flow that its new router
does not know is reset, or, with an answer on its way, silent: what a NAT has not in its table belongs to
nobody (conntrackd(8)).

Roles are told as `primary` (master) and `replica` (backup).
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, ClassVar

from statesim.node.process import State
from statesim.systems.base import Member, MemberSystem
from statesim.systems.router.parameters import RouterParameters
from statesim.systems.router.portrait import ROUTER
from statesim.systems.statements import Nothing

if TYPE_CHECKING:
    from statesim.kernel.clock import Timer
    from statesim.node.process import Exit, Process
    from statesim.systems.driver import Context, Request
    from statesim.systems.portrait import Portrait
    from statesim.systems.statements import Copy

PRIORITY = 100  # keepalived.conf(5): the default; a StatefulSet's pods have one less for each ordinal
MISSED = 3
PAIR = 2


class Router(MemberSystem):
    """The routers of one workload."""

    kind: ClassVar[str] = "router"
    takes: ClassVar[type[Any]] = RouterParameters
    keeps_data: ClassVar[bool] = False
    portrait: ClassVar[Portrait | None] = ROUTER
    parameters: RouterParameters

    def __init__(self, context: Context, parameters: RouterParameters) -> None:
        super().__init__(context, parameters)
        self._context = context
        self._rng = context.streams.get(context.name, "advertisements")
        self._due: dict[str, Timer] = {}
        self._held: set[str] = set()  # who waits for `preempt_delay` alone
        self._since: dict[str, int] = {}
        self._written: set[str] = set()
        self._holder: Process | None = None  # who answers for the address

    # -- who is master -----------------------------------------------------------------------------------

    def begin(self, member: Member) -> None:
        """See `MemberSystem.begin`: a backup, until nobody better is heard."""
        member.process.forwards = True
        self._since[member.process.uid] = self.clock.now
        if len(self._written) < PAIR:
            self._written.add(self._known_as(member))
        self.follow(member, "it listens for a master")
        self._look(began=True)

    def gone(self, member: Member) -> None:
        """See `MemberSystem.gone`: a master that is told to stop says goodbye."""
        self._cancel(member)
        self._look(goodbye=member.stopping)

    def network_changed(self) -> None:
        """See `MemberSystem.network_changed`."""
        self._look()

    def thawed(self, process: Process) -> None:
        """See `MemberSystem.thawed`: it still believes what it did, until it hears of a better one."""
        super().thawed(process)
        self._look()

    def hears(self, member: Member, other: Member) -> bool:
        """See `MemberSystem.hears`: a peer by address is heard as long as it has that address."""
        both = {self._known_as(member), self._known_as(other)}
        if self.parameters.unicast_peer and not both <= self._written:
            return False
        return super().hears(member, other)

    def _known_as(self, member: Member) -> str:
        """Return what its peers write down: an address is as new as its pod, a name need not be."""
        return member.name if self.parameters.peer_names else member.process.uid

    def _rank(self, member: Member) -> tuple[int, int]:
        """Return what two masters compare: the priority, then the address."""
        return self._priority(member), int(ip_address(member.process.ip or "0.0.0.0"))

    def _priority(self, member: Member) -> int:
        return PRIORITY - (member.process.ordinal or 0)

    def _look(self, *, goodbye: bool = False, began: bool = False) -> None:
        """Let each router see whom it hears: lesser masters step down, who heeds nobody waits to be one."""
        masters = [member for member in self.live() if member.leads]
        for member in masters:
            better = [m for m in masters if m.leads and self.hears(member, m)]
            if any(self._rank(m) > self._rank(member) for m in better if m is not member):
                self.follow(member, "it hears a master of higher priority")
        self._claim()
        for member in self.live():
            if member.leads or member.stopping:
                continue
            heard = [m for m in self.live() if m.leads and not m.stopping and self.hears(member, m)]
            if any(not self.parameters.preempt or self._priority(m) >= self._priority(member) for m in heard):
                self._cancel(member)
                continue
            if member.process.uid in self._held and not heard:
                self._cancel(member)
            if member.process.uid not in self._due:
                wait_us = self._wait_us(member, goodbye=goodbye, fresh=began or bool(heard))
                self._due[member.process.uid] = member.life.later(wait_us, self._take, member)

    def _wait_us(self, member: Member, *, goodbye: bool, fresh: bool) -> int:
        """Return how long a router waits until it is master.

        Parameters
        ----------
        goodbye
            The master has said that it goes.
        fresh
            The wait begins now, as there is no master or one of lower priority; otherwise it began with the
            last advertisement, up to an interval ago.
        """
        interval_us = self.parameters.advert_int
        skew_us = interval_us * (256 - self._priority(member)) // 256
        if goodbye:
            return skew_us
        if fresh:
            return MISSED * interval_us + skew_us
        return MISSED * interval_us + skew_us - int(interval_us * self._rng.random())

    def _cancel(self, member: Member) -> None:
        self._held.discard(member.process.uid)
        timer = self._due.pop(member.process.uid, None)
        if timer is not None:
            timer.cancel()

    def _take(self, member: Member) -> None:
        """Become master, and say so to the network (gratuitous ARP).

        A master that hears it steps down first: two for the time of a packet are no split brain. Where there
        is one to take the address from, `preempt_delay` counts, from this router's own start.
        """
        heard = [m for m in self.live() if m.leads and self.hears(member, m)]
        held_us = self._since[member.process.uid] + self.parameters.preempt_delay - self.clock.now
        if heard and held_us > 0:
            self._due[member.process.uid] = member.life.later(held_us, self._take, member)
            self._held.add(member.process.uid)
            return
        self._due.pop(member.process.uid, None)
        self._held.discard(member.process.uid)
        for lesser in heard:
            self.follow(lesser, "it hears a master of higher priority")
        self.lead(member, "it hears no master of higher priority")
        self._hold(member)
        self._look()

    def _claim(self) -> None:
        """Give the address back to a master that is left, as it hears that another one had it."""
        masters = [member for member in self.live() if member.leads and not member.stopping]
        if len(masters) == 1 and self._holder is not masters[0].process:
            self._hold(masters[0])

    # -- flows ---------------------------------------------------------------------------------------------

    def _hold(self, member: Member) -> None:
        """Answer for the address: packets of all flows arrive here from now on."""
        process, before = member.process, self._holder
        self._holder = process
        if before is None or before is process:
            return
        flows, before.connections = before.connections, {}
        learned_us = self._since[process.uid] + self.parameters.relearn
        known = self.parameters.flow_sync and self.clock.now >= learned_us
        for key, flow in flows.items():
            flow.move(process, known=known)
            if known:
                process.connections[key] = flow
        if flows:
            event = "FlowsMoved" if known else "FlowsLost"
            self._context.trace.emit(
                f"Member/{process.pod}", event, system=self.name, count=len(flows), of=before.pod
            )

    # -- what the kubelet tells --------------------------------------------------------------------------

    def stopping(self, process: Process) -> int | None:
        """See `MemberSystem.stopping`: flows do not end with a router, they wait for the next one."""
        member = self._of(process)
        if member is not None:
            before, leads = self.clock.cause, member.leads
            member.stopping = True
            self._retire(member, "it was told to stop")
            self.host.listening(process, False)
            self._cancel(member)
            self._look(goodbye=leads)
            self.clock.cause = before
        return None

    def exited(self, process: Process, how: Exit) -> None:
        """See `MemberSystem.exited`."""
        member = self._of(process)
        if member is not None:
            self._cancel(member)
        super().exited(process, how)

    # -- what clients ask ----------------------------------------------------------------------------------

    def accept(self, process: Process, *, read_write: bool) -> str | None:
        """See `System.accept`: a backup forwards nothing."""
        member = self._of(process)
        if member is not None and member.serves and not member.leads:
            return "connection refused: this router is a backup"
        return super().accept(process, read_write=read_write)

    def serve(self, member: Member, request: Request) -> None:
        """See `MemberSystem.serve`: what lies behind a router always answers."""
        if request.f == "request" and member.leads:
            request.answer("ok")
        else:
            request.answer("fail", error="a router keeps no data")

    def primary(self) -> Process | None:
        """See `System.primary`: who answers for the address."""
        member = None if self._holder is None else self._of(self._holder)
        leads = member is not None and member.leads and member.process.state is State.RUNNING
        return self._holder if leads else None

    def surviving(self) -> tuple[str, Copy]:
        """See `System.surviving`: nothing is kept."""
        return "nothing is kept", Nothing()
