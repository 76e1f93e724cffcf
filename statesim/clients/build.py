"""From the scenario's ``clients:`` to clients that run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.clients.client import Client, Surroundings
from statesim.clients.workload import SetWorkload, WebWorkload
from statesim.clients.workload_cache import CacheWorkload
from statesim.clients.workload_login import LoginWorkload
from statesim.clients.workload_stream import StreamWorkload
from statesim.clients.workloads_keyed import (
    AppendWorkload,
    BankWorkload,
    CounterWorkload,
    RegisterWorkload,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.clients.history import History
    from statesim.clients.routing import Router
    from statesim.clients.view import WorldView
    from statesim.clients.workload import Workload
    from statesim.cluster.dns import ClusterDNS
    from statesim.cluster.store import Store
    from statesim.cluster.topology import Topology
    from statesim.kernel.clock import Clock
    from statesim.kernel.streams import Streams
    from statesim.kernel.trace import Trace
    from statesim.scenario.clients import Client as ClientModel


def build_clients(
    models: Sequence[ClientModel],
    *,
    clock: Clock,
    trace: Trace,
    streams: Streams,
    store: Store,
    topology: Topology,
    world: WorldView,
    history: History,
    dns: ClusterDNS,
    router: Router,
    restored: bool = False,
) -> list[Client]:
    """Return the clients of a scenario, in its order; they begin to connect when the clock runs.

    Their machines are added to the topology as ``Client/<name>``. Sessions are numbered over all clients,
    and clients of the kind ``set`` share out the integers among them.
    """
    around = Surroundings(clock, trace, streams, store, topology, world, dns, router, history, restored)
    writers = [model.name for model in models if model.operations.kind == "set"]
    clients: list[Client] = []
    process = 0
    for model in models:
        clients.append(Client(model, _workload(model, writers), process, around))
        process += max(model.sessions, 0 if model.pool is None else model.pool.rules().size)
    return clients


def _workload(model: ClientModel, writers: Sequence[str]) -> Workload:
    operations = model.operations
    writes, keys = operations.mix.write, operations.keys
    match operations.kind:
        case "web":
            return WebWorkload()
        case "set":
            every = operations.reads == "all"
            return SetWorkload(writes, writers.index(model.name), len(writers), every=every)
        case "register":
            return RegisterWorkload(model.name, writes, keys, operations.cas)
        case "counter":
            return CounterWorkload(model.name, writes)
        case "bank":
            return BankWorkload(model.name, writes, keys)
        case "append":
            return AppendWorkload(model.name, writes, keys)
        case "login":
            return LoginWorkload(operations.logout)
        case "cache":
            return CacheWorkload(operations.objects, operations.zipf, operations.times)
        case "stream":
            return StreamWorkload(operations.buffer_us)
