"""Citus clusters in the laboratory: ``c-0`` is the coordinator, the others are workers."""

from __future__ import annotations

from typing import Any

from statesim.systems.citus.shards import shard_of
from tests.systems.harness import Ask, Lab

BEGUN = 100


class Everything(Ask):
    """A statement about all rows."""

    kind = "everything"


class Bank(Ask):
    """An operation of the workload ``bank``."""

    kind = "bank"


def cluster(workers: int = 3, **parameters: Any) -> Lab:
    """Return a cluster with its table, a second old."""
    lab = Lab("citus", **{"workers": workers, **parameters})
    for number in range(workers + 1):
        lab.start(f"c-{number}", ordinal=number)
    lab.run(1)
    return lab


def again(lab: Lab, number: int, data: str | None = None) -> None:
    """Start a pod again, with its disk or with another one."""
    lab.start(f"c-{number}", data, ordinal=number)


def submit(lab: Lab, ask: Ask, seconds: float = 1) -> Ask:
    """Ask the coordinator."""
    lab.system.submit(lab.processes["c-0"], ask)
    lab.run(seconds)
    return ask


def home(lab: Lab, key: Any) -> str:
    """Return the worker that holds a key of the shop."""
    placements = lab.disks.open("pv/c-0").contents.placements
    found: str = placements[shard_of(("shop", key), len(placements))]
    return found


def apart(lab: Lab) -> tuple[str, str]:
    """Return two accounts on different workers, the first of which is on ``c-1``."""
    names = [f"a{number}" for number in range(50)]
    first = next(name for name in names if home(lab, name) == "c-1")
    return first, next(name for name in names if home(lab, name) == "c-2")


def transfer(source: str, target: str, amount: int = 10) -> Bank:
    """Return a transfer between two accounts."""
    return Bank("transfer", {"from": source, "to": target, "amount": amount, "begun": BEGUN})


def balances(lab: Lab, *names: str) -> Bank:
    """Read accounts."""
    ask = Bank("read", dict.fromkeys(names, BEGUN))
    submit(lab, ask, 0)
    return ask
