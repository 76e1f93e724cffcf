"""A healthy PostgreSQL cluster that replicates without a manager, in the laboratory."""

from __future__ import annotations

from typing import Any

from tests.systems.harness import Lab


def cluster(members: int = 3, **parameters: Any) -> Lab:
    """Return a healthy cluster, a minute old."""
    lab = Lab("postgres-replication", **parameters)
    for number in range(members):
        lab.start(f"pg-{number}", ordinal=number)
    lab.run(60)
    assert lab.primary == "pg-0"
    assert [process.pod for process in lab.system.replicas()] == [f"pg-{n}" for n in range(1, members)]
    return lab


def restart(lab: Lab, pod: str) -> None:
    """Start a new pod of that name on the same volume."""
    lab.start(pod, ordinal=int(pod[-1]))
