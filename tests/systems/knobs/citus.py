"""What the parameters of a Citus cluster move."""

from __future__ import annotations

from typing import Any

from statesim.kernel.spans import SECOND
from tests.systems.citus_lab import again, apart, cluster, home, submit, transfer
from tests.systems.harness import Lab
from tests.systems.knobs.table import Knobs
from tests.systems.registers import Put

CITUS = Knobs("citus")


def workers_with_shards(**parameters: Any) -> float:
    """Return how many of four workers, who come one after the other, get shards."""
    lab = Lab("citus", **parameters)
    for number in range(5):
        lab.start(f"c-{number}", ordinal=number)
    return len(set(lab.disks.open("pv/c-0").contents.placements.values()))


def unevenness(**parameters: Any) -> float:
    """Return how many more of the shards the fullest of three workers has than the emptiest, as a share."""
    lab = cluster(**parameters)
    shards = [len(lab.disks.open(f"pv/c-{number}").contents.shards) for number in (1, 2, 3)]
    return (max(shards) - min(shards)) / sum(shards)


def ended_after_s(lab: Lab, ask: Any) -> float:
    began = lab.clock.now
    submit(lab, ask, 0)
    while not ask.type:
        lab.run(0.005)
    return (lab.clock.now - began) / SECOND


def failed_after_s(**parameters: Any) -> float:
    """Return how long a read waits for a worker whose machine is gone, in seconds."""
    lab = cluster(**parameters)
    key = next(key for key in "abcdefghij" if home(lab, key) == "c-1")
    lab.power_cut("c-1")
    return ended_after_s(lab, Put("read", [key, None]))


def committed_after_s(**parameters: Any) -> float:
    """Return how long a transfer between two workers takes, in seconds."""
    lab = cluster(**parameters)
    return ended_after_s(lab, transfer(*apart(lab)))


def in_doubt_for_s(**parameters: Any) -> float:
    """Return how long a worker that crashed before the second phase of a commit is in doubt, in seconds."""
    lab = cluster(round_trip="10ms", **parameters)
    submit(lab, transfer(*apart(lab)), 0.005)
    lab.kill("c-2")
    lab.run(0.1)
    again(lab, 2)
    began = lab.clock.now
    while lab.disks.open("pv/c-2").contents.prepared:
        lab.run(0.1)
    return (lab.clock.now - began) / SECOND


def has_label_citus_role(**parameters: Any) -> float:
    """Tell whether a worker has a label of the name citus-role."""
    return "citus-role" in cluster(**parameters).labels["c-1"]


def worker_listens(**parameters: Any) -> float:
    """Tell whether a worker of its own system finds the coordinator of the system named citus."""
    lab = Lab("citus")
    head = lab.beside("citus", "citus", workers=1)
    workers = lab.beside("workers", "citus", **parameters)
    lab.start("c-0", ordinal=0, system=head)
    return lab.start("w-0", ordinal=0, system=workers).listening


def with_groups(**parameters: Any) -> Lab:
    """Return a coordinator whose workers are Patroni clusters, two minutes old."""
    lab = Lab("citus", **parameters)
    for group in ("g1", "g2"):
        system = lab.beside(group, "patroni")
        for number in range(3):
            lab.start(f"{group}-{number}", system=system)
    lab.run(60)
    lab.start("c-0", ordinal=0)
    lab.run(60)
    return lab


def groups_with_rows(**parameters: Any) -> float:
    """Return how many of two Patroni clusters have some of forty rows."""
    lab = with_groups(**parameters)
    for _ in range(40):
        lab.write("c-0")
    lab.run(5)
    systems = {lab.processes[f"{group}-0"].driver for group in ("g1", "g2")}
    return sum(bool(system.surviving()[1].keys()) for system in systems)


def written_again_after_s(**parameters: Any) -> float:
    """Return how long nothing can be written to a group whose leader has died, in seconds."""
    lab = with_groups(groups=["g1"], **parameters)
    lab.kill(lab.processes["g1-0"].driver.primary().pod)
    began = lab.clock.now
    while lab.clock.now - began < 200 * SECOND:
        ask = lab.write("c-0")
        lab.run(0.1)
        if ask.type == "ok":
            break
    return (lab.clock.now - began) / SECOND


CITUS.differs("coordinator", worker_listens, ("nobody", 0), ("citus", 1))
CITUS.rises("groups", groups_with_rows, (["g1"], 1), (["g1", "g2"], 2))
CITUS.rises("update_metadata", written_again_after_s, "1s", "6s", "20s")
CITUS.rises("workers", workers_with_shards, (1, 1), (2, 2), (4, 4))
CITUS.falls("shard_count", unevenness, 4, 32, 128)
CITUS.rises("node_connection_timeout", failed_after_s, ("1s", 1), ("30s", 30))
CITUS.rises("recover_2pc_interval", in_doubt_for_s, "5s", "1m")
CITUS.rises("round_trip", committed_after_s, ("10ms", 0.02), ("1s", 2))
CITUS.falls("role_label", has_label_citus_role, "citus-role", "citus")
