"""Healthy MySQL servers that replicate, in the laboratory."""

from __future__ import annotations

from typing import Any

from tests.systems.harness import STEP, Lab


def cluster(members: int = 3, kind: str = "mysql-async", **parameters: Any) -> Lab:
    """Return a healthy cluster, a minute old."""
    lab = Lab(kind, **parameters)
    for number in range(members):
        lab.start(f"db-{number}", ordinal=number)
    lab.run(60)
    assert lab.primary == "db-0"
    assert [process.pod for process in lab.system.replicas()] == [f"db-{n}" for n in range(1, members)]
    return lab


def semisync(members: int = 3, **parameters: Any) -> Lab:
    """Return one whose commits wait."""
    return cluster(members, "mysql-semisync", **parameters)


def restart(lab: Lab, pod: str) -> None:
    """Start a new pod of that name on the same volume."""
    lab.start(pod, ordinal=int(pod[-1]))


def role(lab: Lab, pod: str) -> str:
    """Return the role that the trace last told of a pod."""
    return str(lab.events("Role", f"Member/{pod}")[-1].fields["role"])


def writes(lab: Lab, seconds: float) -> None:
    """Write every 10 ms for so long."""
    lab.writer(STEP, lab.clock.now + round(seconds * 1_000_000))
    lab.run(seconds)


def until_primary_s(lab: Lab, at_most_s: float = 300) -> float:
    """Return how long it takes from now until somebody takes writes."""
    began = lab.clock.now
    while lab.primary is None and lab.clock.now - began < at_most_s * 1_000_000:
        lab.run(0.01)
    return (lab.clock.now - began) / 1_000_000
