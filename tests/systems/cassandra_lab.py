"""Rings in the laboratory, and what is done to them."""

from __future__ import annotations

from typing import Any

from tests.systems.harness import Ask, Lab
from tests.systems.registers import Put

HOSTS = ("db-0", "db-1", "db-2")


def ring(hosts: int = 3, zones: str = "abc", **parameters: Any) -> Lab:
    """Return a ring, a minute old, whose hosts have not streamed anything."""
    lab = Lab("cassandra", **{"auto_bootstrap": False, "members": hosts, **parameters})
    for number in range(hosts):
        lab.zones[f"db-{number}"] = zones[number % len(zones)]
        lab.start(f"db-{number}")
    lab.run(60)
    return lab


def finish(lab: Lab, pod: str, f: str, value: Any = None, seconds: float = 6) -> Ask:
    ask = lab.ask(pod, f, value)
    lab.run(seconds)
    return ask


def put(lab: Lab, pod: str, key: str, value: Any = None) -> Put:
    ask = Put("read" if value is None else "write", [key, value])
    lab.system.submit(lab.processes[pod], ask)
    lab.run(1)
    return ask


def write(lab: Lab, pod: str, count: int = 50) -> list[Ask]:
    asks = [lab.write(pod) for _ in range(count)]
    lab.run(3)
    return asks


def held(lab: Lab, pod: str) -> set[Any]:
    return set(lab.disks.open(f"pv/{pod}").contents.held)


def kinds(asks: list[Ask]) -> set[str]:
    return {ask.type for ask in asks}


def away(lab: Lab, seconds: float = 30) -> list[Ask]:
    """Let a host be away while others write."""
    lab.kill("db-2")
    lab.run(5)
    asks = write(lab, "db-0")
    lab.run(seconds)
    lab.start("db-2")
    return asks
