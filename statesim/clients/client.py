"""A client of the scenario: its sessions, what it noticed, and the judge's last read on its behalf."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statesim.clients.arrivals import Arrivals
from statesim.clients.calm import Calm
from statesim.clients.connection import Vantage
from statesim.clients.demand import Change, Demand
from statesim.clients.history import FINAL
from statesim.clients.hosts import Candidate, Hosts
from statesim.clients.keepalive import GIVE_UP_US, Keepalive, probing_of
from statesim.clients.link import Link
from statesim.clients.outage import Watch
from statesim.clients.pool import Pool
from statesim.clients.resolver import NO_NAME, Resolver
from statesim.clients.routing import one_of
from statesim.clients.session import Session
from statesim.clients.slot import Slot
from statesim.clients.tally import Tally
from statesim.clients.thinning import thinning
from statesim.clients.workload import SetWorkload
from statesim.cluster.dns import PodAddress, name_of
from statesim.cluster.objects import Pod
from statesim.kernel.spans import MINUTE, SECOND
from statesim.systems.driver import Outside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from statesim.clients.history import History, Rows
    from statesim.clients.routing import Router
    from statesim.clients.view import WorldView
    from statesim.clients.workload import Workload
    from statesim.cluster.dns import Address, ClusterDNS
    from statesim.cluster.store import Store
    from statesim.cluster.topology import Topology
    from statesim.kernel.clock import Clock
    from statesim.kernel.streams import Streams
    from statesim.kernel.trace import Trace
    from statesim.scenario.clients import Client as ClientModel
    from statesim.scenario.pools import PoolRules
    from statesim.systems.driver import System

OPENING_US = MINUTE
TRIED_US = SECOND // 4
UNSAID = ("set", "web", "cache", "stream")  # their history says what they are
RTT_US = 500  # a round trip inside a region; zones have no distances here


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all clients of a run share; `restored`: somebody will take the data back to an earlier state."""

    clock: Clock
    trace: Trace
    streams: Streams
    store: Store
    topology: Topology
    world: WorldView
    dns: ClusterDNS
    router: Router
    history: History
    restored: bool = False


class Client:
    """A group of sessions that ask the same of the same target.

    Nobody calls a service that has never been there: callers come from the client's first connection on, or a
    minute after the start of the run at the latest.

    Parameters
    ----------
    model
        The scenario's row.
    workload
        What the operations are about.
    first_process
        Number of the first session in the history.

    Attributes
    ----------
    short
        Whether a connection is for one operation.
    give_up_us
        How long TCP repeats what nobody acknowledges.
    hosts
        The servers that are tried in turn, if there are several.
    pool
        The rules of its pools; ``None`` = each session has connections of its own.
    leaves_read_only
        Whether a connection is thrown away on which a write met a read-only server.
    probing
        How idle connections are probed; ``None`` = not at all.
    rtt_us
        A round trip to any server; may be changed at any time.
    resting
        No calls are begun: see `calm`.
    answer_us
        How long an operation takes in the mean, where nothing is wrong.
    flow
        What lets it rest; ``None`` = every operation is recorded.
    opened, opened_us
        Whether and since when callers come.
    system
        The system behind the target, once there has been a connection.
    watches
        Outages, by `f`.
    targets
        Where each kind of operation goes.
    lost
        Acknowledged elements that the surviving data does not hold; known after `finish`.
    """

    def __init__(
        self, model: ClientModel, workload: Workload, first_process: int, around: Surroundings
    ) -> None:
        self.name = model.name
        self.key = f"Client/{model.name}"
        self.workload = workload
        self.clock, self.trace, self.world = around.clock, around.trace, around.world
        self.router = around.router
        self.rows: Rows = around.history.rows
        self.hosts = None if model.connect is None else Hosts(self.clock, model.connect)
        self.pool = None if model.pool is None else model.pool.rules()
        self.resolver = Resolver(around.dns, around.clock, model.remembers())
        self._store = around.store
        self._stale: set[tuple[str, str]] = set()
        self.history = around.history
        self.connect_us, self.statement_us = model.connect_patience_us(), model.timeouts.statement_us
        self.give_up_us = min(GIVE_UP_US, model.tcp.user_timeout_us or GIVE_UP_US)
        self.probing = probing_of(model)
        self.leaves_read_only = self.pool is None or self.pool.close_read_only
        self.backoff = model.backoff
        self.rtt_us = RTT_US
        self.short = model.connections == "short"
        self._own_addresses = model.addresses == "own"
        self.opened = self.resting = False
        self.opened_us = 0
        self.system: System | None = None
        self.lost: tuple[int, ...] = ()
        self.answer_us = self.rtt_us + model.service_time.mean
        self._trouble: int | None = None
        if workload.kind not in UNSAID:
            self.record("Workload", kind=workload.kind)
        around.topology.add_client(self.key, model.zone)
        self.vantage = Vantage(self.key, self.clock, self.trace, around.topology, self.world)
        self._main = model.target
        self.targets = {
            f: (model.read_target if f == "read" else None) or model.target for f in workload.shares
        }
        self._pools: dict[str, Pool] = {}
        if self.pool is not None:
            self._share(self.pool, first_process, around.streams)
        rate = model.operations.rate
        self._demand = Demand(rate)
        self._first = first_process
        self._thin = thinning(model.sessions, flow=model.recording == "flow")
        self.flow: Calm | None = None
        self._tally: Tally | None = None
        if model.recording == "flow":
            self._keep_no_history(around)
        mean = self._thin.mean_us(rate)
        self.sessions = [
            self._session(model, number, first_process + number, mean, around.streams)
            for number in range(self._thin.simulated)
        ]
        called = self._thin.simulated_rate(rate)
        self.watches = {
            f: Watch(self, f, SECOND / (called * share) if called else None, self.stuck)
            for f, share in workload.shares.items()
        }
        self.clock.after(OPENING_US, self.open)

    def _keep_no_history(self, around: Surroundings) -> None:
        """Count operations instead of recording them, and rest where nothing changes."""
        thin = self._thin
        tally = Tally(self.workload.shares, thin.each)
        self._tally, self.rows = tally, tally
        beside = (Client, Session, Link, Watch, Pool, Slot, Keepalive, Calm)
        rng = around.streams.get(self.key, "flow")
        self.flow = Calm(self, tally, thin, rng, beside, rests=not around.restored)

    def _share(self, rules: PoolRules, first: int, streams: Streams) -> None:
        """Make a pool for each target; its connections have numbers of their own, as sessions have."""
        for f, target in self.targets.items():  # writes come first: a pool for both is proven by a write
            if target not in self._pools:
                rng = streams.get(self.key, "pool", target)
                numbers = (first, 2 * first + len(self._pools))
                self._pools[target] = Pool(self, target, f, rules, numbers, rng)

    def _session(
        self, model: ClientModel, number: int, process: int, mean_us: float | None, streams: Streams
    ) -> Session:
        stream = (self.key, str(number))
        arrivals = Arrivals(streams.get(*stream, "arrivals"), model.service_time, mean_us)
        session = Session(self, process, arrivals)
        made: dict[str, Link | Pool] = dict(self._pools)
        for f, target in self.targets.items():  # writes come first: a link for both is proven by a write
            if target not in made:
                key = 2 * process + len(made)
                made[target] = Link(session, target, key, f, streams.get(*stream, "connect", target))
            session.links[f] = made[target]
        return session

    # -- finding a server --------------------------------------------------------------------------------

    def plan(self, target: str, rng: Random) -> list[Candidate]:
        """Return whom a new connection to a target tries, in order."""
        if self.hosts is None or target != self._main:
            return [Candidate(target, "any")]
        return self.hosts.plan(rng)

    def find(self, target: str, rng: Random, process: int = 0) -> PodAddress | str | None:
        """Return where a new connection to a target goes, by its name: a pod, a refusal, or nowhere.

        Parameters
        ----------
        target
            ``Service/x``; ``Pod/x`` (its name under the Service that governs it); ``System/x`` (the endpoint
            name of a managed service, which follows the primary); ``Container/x`` (an address that somebody
            has written down).
        rng
            Chooses among several addresses, and among the pods behind one.
        process
            Which session connects, for those that have addresses of their own.
        """
        if target.startswith("Container/"):
            return one_of(self.world.by_hand.addresses(target.partition("/")[2]), rng)
        if target.startswith("System/"):
            system = self.world.systems[target.partition("/")[2]]
            if isinstance(system, Outside):
                return self._beyond(target, system)
            primary = system.primary()
            if primary is None:
                return NO_NAME
            return PodAddress(primary.pod, primary.uid, primary.node, primary.ip)
        name = name_of(self._store, target)
        addresses = NO_NAME if name is None else self.resolver.look_up(name)
        if isinstance(addresses, str):
            return addresses
        address = addresses[0] if len(addresses) == 1 else one_of(addresses, rng)
        self._heed(name or target, address)
        source = f"{self.name}/{process}" if self._own_addresses else self.name
        return self.router.route(address, source, rng)

    def _beyond(self, target: str, system: Outside) -> PodAddress | str:
        """Return the address that a name outside the cluster is taken for."""
        addresses = self.resolver.look_up(target, system.look_up)
        if isinstance(addresses, str):
            return addresses
        address = addresses[0]
        if not isinstance(address, PodAddress):
            return NO_NAME
        if not system.is_current(address) and (target, address.ip) not in self._stale:
            self._stale.add((target, address.ip))
            fields = {"name": target, "pod": address.pod, "address": address.ip}
            self.clock.cause = self._trouble
            self._trouble = self.record("StaleAddress", **fields)
            self.clock.cause = None
        return address

    def _heed(self, name: str, address: Address) -> None:
        """Record, once, that a name is still taken for the address of a pod that is no more."""
        if not isinstance(address, PodAddress) or (name, address.ip) in self._stale:
            return
        pod = self._store.get(Pod, address.pod)
        if pod is None or (pod.uid, pod.ip) != (address.uid, address.ip):
            self._stale.add((name, address.ip))
            latest = self.trace.latest.get(f"Pod/{address.pod}")
            self.clock.cause = latest if self._trouble is None else self._trouble
            self._trouble = self.record("StaleAddress", name=name, pod=address.pod, address=address.ip)
            self.clock.cause = None

    # -- what sessions tell ------------------------------------------------------------------------------

    def open(self) -> None:
        """Let callers come, and watch for outages from now on."""
        if not self.opened:
            self.opened = True
            self.opened_us = self.clock.now
            for watch in self.watches.values():
                watch.begin()
            if self.flow is not None:
                self.flow.begin()

    def record(self, event: str, **fields: Any) -> int:
        """Write an event of this client to the trace; return its id."""
        return self.trace.emit(self.key, event, **fields)

    def session_event(self, event: str, session: int, **fields: Any) -> int:
        """Write an event of one session to the trace, which may stand for more than one."""
        if event == "SessionBroken" and self.flow is not None:
            for f, watch in self.watches.items():  # as `analysis.outages` does where there is a history
                if fields.get("f", f) == f:
                    watch.fail(self.clock.now)
        alike = self._thin.stands_for(session - self._first) if self.pool is None else 1
        return self.record(event, session=session, **fields, alike=alike if alike > 1 else None)

    def tell(self) -> None:
        """Write what was counted to the trace, if there is no history to count in."""
        if self.flow is not None:
            self.flow.tell()

    def broken(self, event: int) -> None:
        """Note a session's end that is in the trace."""
        self._trouble = event

    def blame(self, f: str, since_us: int) -> int | None:
        """Return the event that best explains why no operation of a kind has succeeded since an instant."""
        for session in self.sessions:
            operation = session.operation
            connection = None if operation is None else operation.connection
            if connection is not None and not connection.carries():
                return self.vantage.blame(connection.process)
        trouble = self._trouble
        if trouble is not None and self.trace.events[trouble].t_us >= since_us:
            return trouble
        return self._nobody_ready(self.targets[f])

    def _nobody_ready(self, target: str) -> int | None:
        """Return the event since which a Service has no endpoint that is ready."""
        kind, _, name = target.partition("/")
        latest = self.trace.latest.get(f"EndpointSlice/{name}") if kind == "Service" else None
        told = None if latest is None else self.trace.events[latest]
        return latest if told is not None and told.fields.get("ready") == [] else None

    def stuck(self, f: str, now: int) -> bool:
        """Tell whether an operation of a kind has been under way for a quarter of a second."""
        operations = (session.operation for session in self.sessions)
        return any(o is not None and o.f == f and o.invoked_us <= now - TRIED_US for o in operations)

    # -- what the world asks -----------------------------------------------------------------------------

    def demand(self, name: str, rate: float | None, factor: float | None, share: float) -> None:
        """Change how often there are callers: `share` of the way to a rate, or to `factor` times as many.

        Parameters
        ----------
        name
            Of the change; with a share of 0 it has ended.
        """
        self._demand.change(name, Change(rate, factor, share))
        self.record("RateChanged", rate=round(self._demand.rate, 6))
        self.set_rate(self._demand.rate)

    @property
    def rate(self) -> float:
        """Return how many operations all sessions together begin in a second."""
        return self._demand.rate

    def set_rate(self, per_second: float) -> None:
        """Change how many operations all sessions together begin in a second; 0 = none."""
        mean = self._thin.mean_us(per_second)
        for session in self.sessions:
            session.set_mean(mean)
        called = self._thin.simulated_rate(per_second)
        for f, share in self.workload.shares.items():
            self.watches[f].expect(SECOND / (called * share) if called else None)

    def finish(self) -> None:
        """End the run: close the watches and take the last read."""
        for watch in self.watches.values():
            watch.close()
        if self._tally is not None:
            self._tally.close()
            self.tell()
        if self.system is not None:
            self.final_read(self.system)

    def final_read(self, system: System) -> None:
        """Ask for everything that has survived of this client's writes, record it, and count what is lost."""
        workload = self.workload
        _, data = system.surviving()
        survived = workload.last_read(data)
        if survived is None:
            return
        if self._tally is not None:
            self._tell_lost(self._tally.lost(survived))
            return
        self.history.add(self.clock.now, FINAL, self.name, "ok", FINAL, survived)
        if isinstance(workload, SetWorkload):
            self.lost = tuple(sorted(set(workload.acknowledged).difference(survived)))
            if self.lost:
                self.record("Lost", count=len(self.lost))

    def _tell_lost(self, lost: Sequence[tuple[int, float]]) -> None:
        """Record how many acknowledged writes are lost, and when the first and the last was acknowledged."""
        count = round(sum(writes for _, writes in lost))
        if count:
            first, last = lost[0][0] / SECOND, lost[-1][0] / SECOND
            self.record("Lost", count=count, first_s=first, last_s=last)
