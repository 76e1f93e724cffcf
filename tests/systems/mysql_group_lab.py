"""A MySQL group in the laboratory."""

from __future__ import annotations

from typing import Any

from statesim.kernel.spans import SECOND
from tests.systems.harness import Lab

NAMES = ("m-0", "m-1", "m-2")
KIND = "mysql-group-replication"


def group(members: int = 3, seed: int = 1, **parameters: Any) -> Lab:
    """Return a healthy group, a minute old, with ``m-0`` as its primary."""
    lab = Lab(KIND, seed, **parameters)
    for number in range(members):
        lab.start(f"m-{number}", ordinal=number)
    lab.run(60)
    assert lab.primary == "m-0"
    assert [process.pod for process in lab.system.replicas()] == [f"m-{n}" for n in range(1, members)]
    return lab


def back(lab: Lab, *pods: str) -> None:
    """Start programs again, on the disks that they had."""
    for pod in pods:
        lab.start(pod, ordinal=int(pod[-1]))


def fails_over_s(lab: Lab, was: str = "m-0", limit_s: float = 60) -> float | None:
    """Return after how long another member answers a write; ``None`` = not within the limit."""
    since = lab.clock.now
    while lab.clock.now < since + limit_s * SECOND:
        for pod in lab.processes:
            if pod != was and lab.accepting(pod) and lab.write(pod).type == "ok":
                return (lab.clock.now - since) / SECOND
        lab.run(0.1)
    return None


def weighted(pod: str) -> dict[str, int]:
    """Return weights with which a member is elected before all others."""
    return {pod: 90}
