"""A small world under real clients: pods on machines that can be cut off, killed, frozen and booted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from statesim.clients.build import build_clients
from statesim.clients.history import History
from statesim.clients.routing import Router
from statesim.cluster.dns import ClusterDNS, PodAddress
from statesim.cluster.identity import pod_ip
from statesim.cluster.objects import Endpoint, EndpointSlice, Pod, Service
from statesim.cluster.store import Store
from statesim.cluster.topology import Topology
from statesim.kernel.clock import Clock
from statesim.kernel.spans import SECOND
from statesim.kernel.streams import Streams
from statesim.kernel.trace import Trace
from statesim.node.process import Process, State
from statesim.scenario.clients import Client as ClientModel
from statesim.scenario.specs import Container, PodSpec, ServiceSpec


class FakeSystem:
    """Keeps what is written at once; `mode` says how it answers."""

    name = "pg"

    def __init__(self) -> None:
        self.elements: set[Any] = set()
        self.read_only: set[str] = set()
        self.mode = "answers"
        self.refusal: str | None = None
        self.held: list[Any] = []
        self.requests = 0

    def accept(self, process: Process, *, read_write: bool) -> str | None:
        return self.refusal

    def submit(self, process: Process, request: Any) -> None:
        self.requests += 1
        if self.mode == "holds":
            self.held.append(request)
        elif request.f == "write" and process.pod in self.read_only:
            request.answer("fail", error="cannot execute INSERT in a read-only transaction")
        elif request.f == "write":
            self.elements.add(request.value)
            request.answer("ok")
        elif request.f == "read":
            request.answer("ok", request.value in self.elements)
        else:
            request.answer("ok")

    def primary(self) -> Process | None:
        return None

    def replicas(self) -> list[Process]:
        return []

    def surviving(self) -> tuple[str, FakeSystem]:
        return "pod", self

    def keys(self) -> list[Any]:
        return list(self.elements)

    def get(self, key: Any) -> Any:
        return True if key in self.elements else None

    def values(self, key: Any) -> list[Any]:
        return [True] if key in self.elements else []


class Bench:
    """Three machines n0..n2; implements `clients.view.WorldView`."""

    def __init__(self, *rows: dict[str, Any], pods: int = 1, seed: int = 1, sync_us: int = SECOND) -> None:
        self.clock = Clock()
        self.trace = Trace(self.clock)
        self.store = Store(self.clock, self.trace)
        self.topology = Topology()
        self.history = History()
        self.system = FakeSystem()
        self.systems: dict[str, Any] = {"pg": self.system}
        self.powers = {f"n{i}": "on" for i in range(3)}
        self.programs: dict[str, Process] = {}
        for node in self.powers:
            self.topology.add_node(node, "")
        self.store.create(Service(name="pg", spec=ServiceSpec(selector={"app": "pg"})))
        self.slice = self.store.create(EndpointSlice(name="pg", service="pg"))
        for number in range(pods):
            self.start(f"pg-{number}", f"n{number}")
        self.endpoints(*self.programs)
        self.dns = ClusterDNS(self.store)
        self.router = Router(self.store, sync_us=sync_us)
        self.clients = build_clients(
            [model(**row) for row in rows or ({},)],
            clock=self.clock,
            trace=self.trace,
            streams=Streams(seed),
            store=self.store,
            topology=self.topology,
            world=self,
            history=self.history,
            dns=self.dns,
            router=self.router,
        )
        self.client = self.clients[0]

    # what the world answers

    def answered(self, process: Process) -> None:
        """Hear of it: nobody writes drift down here."""

    def has_address(self, address: PodAddress) -> bool:
        return self.program_at(address) is not None

    def program_at(self, address: PodAddress) -> Process | None:
        found = (p for p in self.programs.values() if (p.uid, p.node) == (address.uid, address.node))
        return next(found, None)

    def power(self, node: str) -> str:
        return self.powers[node]

    def driver_of(self, process: Process) -> Any:
        return self.system

    # what happens

    def start(self, name: str, node: str = "n0") -> Process:
        pod = self.store.get(Pod, name)
        if pod is None:
            spec = PodSpec(containers=(Container("main", "postgres:16"),))
            pod = self.store.create(Pod(name=name, spec=spec, node=node, hostname=name, subdomain="peers"))
        process = self.programs[name] = Process(pod, pod.node or node, "main", "postgres:16", 0, "pv/x")
        process.listening = True
        return process

    def endpoints(self, *names: str) -> None:
        self.place(self.slice, *names)

    def place(self, where: EndpointSlice, *names: str) -> None:
        """Write which pods are ready behind a Service."""
        changes = {"endpoints": tuple(self.endpoint(name, where.service) for name in sorted(names))}
        self.store.write(where, "EndpointsChanged", changes, ready=list(names))

    def endpoint(self, name: str, service: str = "pg", **conditions: bool) -> Endpoint:
        pod = self.store.get(Pod, name)
        assert pod is not None
        assert pod.node is not None
        hostname = pod.hostname if pod.subdomain == service else ""
        return Endpoint(
            pod=name, uid=pod.uid, address=pod_ip(pod.uid), node=pod.node, hostname=hostname, **conditions
        )

    def exit(self, name: str, how: str | None = "reset") -> None:
        """End a program; `how` is what its connections hear, ``None`` = nothing (power cut)."""
        process = self.programs[name]
        process.state = State.EXITED
        process.listening = False
        if how is not None:
            connections, process.connections = process.connections, {}
            for connection in connections.values():
                connection.reset(how)
        else:
            process.fall_silent()

    def crash(self, node: str) -> None:
        self.powers[node] = "off"
        self.trace.emit(f"Node/{node}", "Crashed")
        for name, process in self.programs.items():
            if process.node == node:
                self.exit(name, None)

    def freeze(self, node: str) -> None:
        self.powers[node] = "paused"
        for process in self.programs.values():
            if process.node == node and process.state is State.RUNNING:
                process.state = State.FROZEN
                process.fall_silent()

    def thaw(self, node: str) -> None:
        self.powers[node] = "on"
        for process in self.programs.values():
            if process.node == node and process.state is State.FROZEN:
                process.state = State.RUNNING

    def run(self, seconds: float) -> None:
        self.clock.run(round(seconds * SECOND))

    # what is to be seen

    def rows(self, *types: str, f: str | None = None, after_s: float = 0) -> list[SimpleNamespace]:
        names = ("t_us", "process", "client", "type", "f", "value", "error")
        found = [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in self.history.rows]
        return [
            row
            for row in found
            if (not types or row.type in types) and (f is None or row.f == f) and row.t_us >= after_s * SECOND
        ]

    def events(self, event: str | None = None) -> list[Any]:
        return [e for e in self.trace.events if e.object.startswith("Client/") and event in (None, e.event)]


def model(**row: Any) -> ClientModel:
    given = {"name": "shop", "target": "Service/pg", "operations": {"rate": "10/s"}, **row}
    if "connect" in given:
        del given["target"]
    return ClientModel.model_validate(given)


@pytest.fixture(scope="session")
def bench() -> type[Bench]:
    return Bench
