"""What the parameters of PostgreSQL's streaming replication move."""

from __future__ import annotations

from typing import Any

from statesim.kernel.spans import SECOND
from statesim.node.process import Exit
from tests.systems.harness import STEP, Lab
from tests.systems.knobs.table import Knobs
from tests.systems.replicated import cluster, restart

REPLICATION = Knobs("postgres-replication")
AT_MOST_US = 200 * SECOND


def confirmed_after_s(**parameters: Any) -> float:
    """Return how long a commit takes after the first standby in the list has fallen silent."""
    lab = cluster(**{"synchronous_standby_names": "pg-1, pg-2", **parameters})
    lab.power_cut("pg-1")
    write, began = lab.write("pg-0"), lab.clock.now
    while not write.type and lab.clock.now - began < AT_MOST_US:
        lab.run(0.01)
    return (lab.clock.now - began) / SECOND


def streams_again_after_s(silent_s: float, **parameters: Any) -> float:
    """Return when a standby that was cut off for so long has what was written meanwhile."""
    lab = cluster(2, **parameters)
    lab.cut("pg-0", "pg-1")
    lab.run(silent_s)
    write = lab.write("pg-0")
    lab.heal()
    began = lab.clock.now
    while not lab.ask("pg-1", "read", write.value).result and lab.clock.now - began < AT_MOST_US:
        lab.run(0.01)
    return (lab.clock.now - began) / SECOND


def lacks_the_log(**parameters: Any) -> float:
    """Tell whether a standby that was away for twenty minutes finds the log gone."""
    lab = cluster(2, wal_per_write="1Mi", **parameters)
    lab.power_cut("pg-1")
    lab.writer(100 * STEP, lab.clock.now + 1200 * SECOND)
    lab.run(1200)
    restart(lab, "pg-1")
    lab.run(60)
    return len(lab.events("LogRemoved"))


def rebuilt(**parameters: Any) -> tuple[str, float]:
    """Return how a primary that was replaced becomes a standby, and how long that takes."""
    lab = cluster(2, **parameters)
    lab.kill("pg-0")
    lab.system.promote("pg-1")
    lab.run(10)
    restart(lab, "pg-0")
    lab.run(10)
    lab.system.rebuild("pg-0")
    lab.run(2000)
    how = [
        e.event for e in lab.trace.events if e.object == "Member/pg-0" and e.event in ("Rewound", "Cloned")
    ]
    demoted = lab.events("Demoted")[-1].t_us
    roles = [e for e in lab.events("Role", "Member/pg-0") if e.t_us > demoted]
    up = next(e.t_us for e in roles if e.fields["role"] == "replica")
    return how[-1], (up - demoted) / SECOND


def rebuilt_after_s(**parameters: Any) -> float:
    """Return when a primary that was replaced is a standby, in seconds."""
    return rebuilt(**parameters)[1]


def is_rewound(**parameters: Any) -> float:
    """Tell whether a primary that was replaced can be rewound."""
    return rebuilt(**parameters)[0] == "Rewound"


def serves_after_s(crash: bool = False, **parameters: Any) -> float:
    """Return how long a first primary takes, or one that has crashed after a minute of writes."""
    lab = Lab("postgres-replication", **parameters)
    lab.start("pg-0", ordinal=0)
    if crash:
        lab.run(20)
        lab.writer(STEP, lab.clock.now + 60 * SECOND)
        lab.run(60)
        lab.kill("pg-0", Exit.KILLED)
        restart(lab, "pg-0")
    began = lab.clock.now
    while lab.primary is None:
        lab.run(0.01)
    return (lab.clock.now - began) / SECOND


def promoted_after_s(**parameters: Any) -> float:
    """Return how long a promotion takes, in seconds."""
    lab = cluster(2, **parameters)
    lab.power_cut("pg-0")
    began = lab.clock.now
    lab.system.promote("pg-1")
    lab.run(10)
    return (lab.events("Promoted")[0].t_us - began) / SECOND


def seen_after_s(**parameters: Any) -> float:
    """Return when readers of a standby see a commit."""
    lab = cluster(2, **parameters)
    write, began = lab.write("pg-0"), lab.clock.now
    while not lab.ask("pg-1", "read", write.value).result:
        lab.run(0.01)
    return (lab.clock.now - began) / SECOND


REPLICATION.rises(
    "synchronous_standby_names", confirmed_after_s, ("", 0), ("ANY 1 (*)", 0.05), ("pg-1, pg-2", 60), "pg-1"
)
REPLICATION.rises("replication_lag", seen_after_s, ("50ms", 0.05), ("1s", 1))
REPLICATION.rises("replay_lag", seen_after_s, ("0s", 0.05), ("2s", 2.05))
REPLICATION.rises("wal_sender_timeout", confirmed_after_s, ("10s", 10), ("1m", 60))
REPLICATION.falls("wal_receiver_timeout", streams_again_after_s, "20s", ("1m", 0.05), silent_s=30)
REPLICATION.rises("wal_retrieve_retry_interval", streams_again_after_s, "1s", "5s", silent_s=90)
REPLICATION.falls("wal_keep_size", lacks_the_log, 0, "2Gi")
REPLICATION.falls("replication_slots", lacks_the_log, False, True)
REPLICATION.rises("wal_log_hints", is_rewound, False, True)
REPLICATION.rises("data_size", rebuilt_after_s, ("100Mi", 1.5), ("1Gi", 10.74))
REPLICATION.falls("clone_rate", rebuilt_after_s, ("50Mi", 20.98), ("100Mi", 10.74), data_size="1Gi")
REPLICATION.rises("rewind_time", rebuilt_after_s, ("800ms", 1.3), ("30s", 30.5), wal_log_hints=True)
REPLICATION.rises("initdb", serves_after_s, ("1s", 1.5), ("5s", 5.5))
REPLICATION.rises("start_time", serves_after_s, ("500ms", 1.5), ("3s", 4))
REPLICATION.rises("promote_time", promoted_after_s, ("100ms", 0.1), ("2s", 2))
REPLICATION.rises("checkpoint_timeout", serves_after_s, "20s", ("5m", 6.4), crash=True, replay_rate="1Mi")
REPLICATION.rises("wal_per_write", serves_after_s, ("1Ki", 0.68), ("16Ki", 3.4), crash=True)
REPLICATION.falls("replay_rate", serves_after_s, ("1Mi", 6.4), ("32Mi", 0.68), crash=True)
