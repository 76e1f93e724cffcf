"""What the parameters of one PostgreSQL server move."""

from __future__ import annotations

from typing import Any

from statesim.kernel.spans import SECOND
from tests.systems.harness import STEP, Lab
from tests.systems.knobs.table import Knobs

POSTGRES = Knobs("postgres")


def serves_after_s(**parameters: Any) -> float:
    """Return when a server on an empty directory takes connections, in seconds."""
    lab = Lab("postgres", **parameters)
    lab.start("pg-0")
    while lab.primary is None:
        lab.run(0.01)
    return lab.clock.now / SECOND


def crashed(how: str, seconds: float, **parameters: Any) -> Lab:
    """Return a server that has crashed under writes, and started again."""
    lab = Lab("postgres", **parameters)
    lab.start("pg-0")
    lab.run(5)
    lab.writer(STEP, lab.clock.now + 100 * SECOND)
    lab.run(seconds + 0.005)
    getattr(lab, how)("pg-0")
    lab.start("pg-0")
    lab.run(50)
    return lab


def replayed_s(**parameters: Any) -> float:
    """Return how long the replay after a crash under writes takes, in seconds."""
    return float(crashed("kill", 50, **parameters).events("Recovered")[0].fields["replayed_s"])


def lost_by_a_crash(**parameters: Any) -> float:
    """Return how much is lost in all by crashes at several moments between two rounds of the WAL writer."""
    return sum(len(crashed("kill", seconds, **parameters).lost) for seconds in (2, 2.25, 2.5, 2.75))


def lost_by_a_power_cut(**parameters: Any) -> float:
    """Return how many acknowledged writes a power cut takes."""
    return len(crashed("power_cut", 2, ignore_corruption=True, **parameters).lost)


def starts_on_a_corrupted_directory(**parameters: Any) -> float:
    """Tell whether a server starts on a directory that two had written to."""
    lab = Lab("postgres", **parameters)
    for pod in ("pg-0", "pg-1"):
        lab.start(pod, "pv/pg-0")
        lab.run(5)
    for pod in ("pg-0", "pg-1"):
        lab.kill(pod)
    lab.start("pg-2", "pv/pg-0")
    lab.run(5)
    return lab.primary is not None


POSTGRES.rises("start_time", serves_after_s, ("500ms", 1.5), ("3s", 4))
POSTGRES.rises("initdb", serves_after_s, ("1s", 1.5), ("5s", 5.5))
POSTGRES.rises("checkpoint_timeout", replayed_s, "10s", "20s", "5m", replay_rate="1Mi")
POSTGRES.rises("wal_per_write", replayed_s, "1Ki", ("8Ki", 39), replay_rate="1Mi")
POSTGRES.falls("replay_rate", replayed_s, "512Ki", ("1Mi", 4.9), "32Mi")
POSTGRES.falls("synchronous_commit", lost_by_a_crash, "off", ("on", 0))
POSTGRES.rises("wal_writer_delay", lost_by_a_crash, "20ms", "200ms", "900ms", synchronous_commit="off")
POSTGRES.falls("fsync", lost_by_a_power_cut, ("off", 200), ("on", 0))
POSTGRES.rises("ignore_corruption", starts_on_a_corrupted_directory, False, True)
