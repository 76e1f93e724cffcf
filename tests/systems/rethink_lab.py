"""RethinkDB tables in the laboratory, and what is asked of them."""

from __future__ import annotations

from typing import Any

from tests.systems.harness import Ask, Lab
from tests.systems.registers import Put

SERVERS = ("db-0", "db-1", "db-2")


def table(servers: int = 3, seed: int = 1, **parameters: Any) -> Lab:
    """Return a table, a minute old, with a replica on each server."""
    lab = Lab("rethinkdb", seed, **{"replicas": servers, **parameters})
    for number in range(servers):
        lab.start(f"db-{number}", ordinal=number)
    lab.run(60)
    assert lab.primary == "db-0"
    return lab


def start(lab: Lab, pod: str, data: str | None = None) -> None:
    """Start a pod's program; on another directory it is another server."""
    lab.start(pod, data, ordinal=int(pod.rpartition("-")[2]))


def put(lab: Lab, pod: str, key: str, value: Any = None, seconds: float = 0.1) -> Put:
    """Write a register through a server, or read it."""
    ask = Put("read" if value is None else "write", [key, value])
    lab.system.submit(lab.processes[pod], ask)
    lab.run(seconds)
    return ask


def write(lab: Lab, pod: str, count: int = 20) -> list[Ask]:
    """Write elements through a server."""
    asks = [lab.write(pod) for _ in range(count)]
    lab.run(0.1)
    return asks


def kinds(asks: list[Ask]) -> set[str]:
    return {ask.type for ask in asks}


def cut_off(lab: Lab, pod: str) -> None:
    """Part a server from all others; its callers still reach it."""
    for other in SERVERS:
        if other != pod:
            lab.cut(pod, other)


def out_s(lab: Lab) -> list[float]:
    """Return how long each time without a primary that takes writes was."""
    gaps, since = [], None
    accepting: set[str] = set()
    for event in lab.events("Role", "Member/"):
        (accepting.add if event.fields["accepts_writes"] else accepting.discard)(event.object)
        if accepting and since is not None:
            gaps.append((event.t_us - since) / 1e6)
            since = None
        elif not accepting and since is None:
            since = event.t_us
    return gaps[1:]  # the first is the time before the table
