"""What the parameters of Patroni and of its PostgreSQL move."""

from __future__ import annotations

from typing import Any

from statesim.kernel.spans import SECOND
from tests.systems.harness import STEP, STORE, Lab, patroni
from tests.systems.knobs.table import Knobs

PATRONI = Knobs("patroni")
PODS = ("pg-0", "pg-1", "pg-2")


def crashed(seed: int = 4, **parameters: Any) -> Lab:
    """Return a cluster a minute after its leader's machine went, under writes."""
    lab = patroni(seed, **parameters)
    lab.writer(STEP, 66 * SECOND)
    lab.at(65.005, lab.power_cut, "pg-0")
    lab.run(60)
    return lab


def promoted_after_s(**parameters: Any) -> float:
    """Return when another member is promoted after the leader's machine went, in seconds."""
    return crashed(**parameters).events("Promoted")[0].t - 65


def lost(**parameters: Any) -> float:
    """Return how many acknowledged writes are gone when the leader's machine went."""
    return len(crashed(**parameters).lost)


def wins_of_pg_1(**parameters: Any) -> float:
    """Return how many of eight races pg-1 wins against pg-2."""
    return sum(crashed(seed, **parameters).primary == "pg-1" for seed in range(8))


def noticed_at_worst_s(**parameters: Any) -> float:
    """Return when an agent misses its PostgreSQL at the latest, in eight clusters."""
    took = []
    for seed in range(8):
        lab = patroni(seed, **parameters)
        lab.kill_program("pg-0", "postgres")
        lab.run(15)
        took.append(next(e.t for e in lab.events("Role", "Member/pg-0") if e.t > 60) - 60)
    return max(took)


def without_the_store(**parameters: Any) -> Lab:
    lab = patroni(4, **parameters)
    for pod in PODS:
        lab.cut(pod, STORE)
    lab.run(90)
    return lab


def read_only_after_s(**parameters: Any) -> float:
    """Return when a leader that does not reach the store makes itself read-only, in seconds."""
    return without_the_store(**parameters).events("Demoted")[0].t - 60


def goes_on_without_the_store(**parameters: Any) -> float:
    """Tell whether a leader that does not reach the store takes writes."""
    return without_the_store(**parameters).accepting("pg-0")


def is_promoted_though_it_lags(**parameters: Any) -> float:
    """Tell whether a replica is promoted that lacks twenty seconds."""
    lab = patroni(4, replication_lag="20s", **parameters)
    lab.writer(STEP, 90 * SECOND)
    lab.at(85, lab.power_cut, "pg-0")
    lab.run(90)
    return lab.primary is not None


def serves_again_after_s(**parameters: Any) -> float:
    """Return after how long somebody takes writes when a leader crashes that has twenty seconds to replay."""
    slow = {"wal_per_write": "1Mi", "replay_rate": "1Mi", "maximum_lag_on_failover": "1Gi"}
    lab = patroni(4, **slow, **parameters)
    lab.writer(SECOND, 80 * SECOND)
    lab.run(20)
    lab.kill("pg-0")
    lab.start("pg-0")
    began = lab.clock.now
    while lab.primary is None:
        lab.run(0.1)
    return (lab.clock.now - began) / SECOND


def may_be_down(**parameters: Any) -> float:
    """Return without how many of its standbys a leader still confirms a commit at once."""
    for count in (1, 2):
        lab = patroni(4, **parameters)
        named = [*lab.system.group.sync.members, *PODS[1:]]
        for pod in list(dict.fromkeys(named))[:count]:
            lab.kill(pod)
        write = lab.write("pg-0")
        lab.run(0.5)
        if write.type != "ok":
            return count - 1
    return 2


def confirms_alone(**parameters: Any) -> float:
    """Tell whether a new leader confirms commits before there is a standby."""
    lab = patroni(4, synchronous_mode=True, **parameters)
    (named,) = lab.system.group.sync.members
    for pod in PODS:
        if pod != named:
            lab.kill(pod)
    lab.run(40)
    write = lab.write(named)
    lab.run(30)
    return write.type == "ok"


def stuck(**parameters: Any) -> list[float]:
    """Return after how long the machine of a leader is reset whose agent stands still."""
    lab = patroni(6, **parameters)
    renewed = lab.system.group.lease.last_renewal() / SECOND
    lab.pause_program("pg-0", "patroni")
    lab.run(60)
    return [event.t - renewed for event in lab.events("Crashed")]


def resets(**parameters: Any) -> float:
    """Return how many machines are reset when a leader's agent stands still."""
    return len(stuck(**parameters))


def reset_after_s(**parameters: Any) -> float:
    """Return when the machine of a leader is reset whose agent stands still, in seconds."""
    return stuck(watchdog_mode="required", watchdog_device=True, **parameters)[0]


def returned(empty: bool = False, **parameters: Any) -> tuple[Lab, float]:
    """Return a cluster whose old leader came back, and when."""
    lab = crashed(**parameters)
    if empty:
        lab.disks.lose("pv/pg-0")
    began = lab.clock.now / SECOND
    lab.start("pg-0")
    lab.run(300)
    return lab, began


def back_after_s(**parameters: Any) -> float:
    """Return when an old leader is a replica again, in seconds."""
    lab, began = returned(**parameters)
    return lab.events("CaughtUp", "Member/pg-0")[-1].t - began


def rewinds(**parameters: Any) -> float:
    """Return how many rewinds there are when an old leader comes back."""
    return len(returned(**parameters)[0].events("Rewound", "Member/pg-0"))


def replicas_in_the_end(**parameters: Any) -> float:
    """Return how many replicas there are when an old leader has come back."""
    return len(returned(**parameters)[0].system.replicas())


def seen_after_s(**parameters: Any) -> float:
    """Return when readers of a replica see a commit."""
    lab = patroni(4, **parameters)
    value, began = lab.write("pg-0").value, lab.clock.now
    while not lab.ask("pg-1", "read", value).result:
        lab.run(0.01)
    return (lab.clock.now - began) / SECOND


def connected_at_worst_s(**parameters: Any) -> float:
    """Return when a replica that was cut off for a second streams again at the latest, in eight clusters."""
    took = []
    for seed in range(8):
        lab = patroni(seed, **parameters)
        lab.cut("pg-0", "pg-1")
        lab.run(1)
        lab.heal()
        lab.run(40)
        took.append(lab.events("CaughtUp", "Member/pg-1")[-1].t - 61)
    return max(took)


def confirmed_after_s(**parameters: Any) -> float:
    """Return how long a commit waits for a standby whose machine has gone."""
    lab = patroni(4, synchronous_mode=True, loop_wait="2s", **parameters)
    (named,) = lab.system.group.sync.members
    lab.power_cut(named)
    write, began = lab.write("pg-0"), lab.clock.now
    while not write.type:
        lab.run(0.1)
    return (lab.clock.now - began) / SECOND


def has_label_role(**parameters: Any) -> float:
    """Tell whether the leader has a label of the name role."""
    return patroni(4, **parameters).labels["pg-0"].get("role") is not None


def initialised_after_s(**parameters: Any) -> float:
    """Return when the first member has made the cluster, in seconds."""
    lab = Lab("patroni", 4, **parameters)
    lab.start("pg-0")
    lab.run(30)
    return lab.events("Initialised")[0].t


def handed_over_after_s(**parameters: Any) -> float:
    """Return when another member leads after a leader was told to stop, in seconds."""
    lab = patroni(4, **parameters)
    lab.stop("pg-0")
    lab.run(20)
    return lab.events("Elected")[1].t - 60


def replayed_s(**parameters: Any) -> float:
    """Return how long the replay after a crash takes, in seconds."""
    lab = patroni(4, **parameters)
    lab.writer(STEP, 100 * SECOND)
    lab.run(35)
    lab.kill_program("pg-0", "postgres")
    lab.run(15)
    return float(lab.events("Recovered")[-1].fields["replayed_s"])


PATRONI.rises("ttl", promoted_after_s, "30s", "40s", "50s")
PATRONI.rises("loop_wait", noticed_at_worst_s, "2s", "5s", "10s")
PATRONI.rises("retry_timeout", read_only_after_s, "3s", "5s", "10s")
PATRONI.rises("maximum_lag_on_failover", is_promoted_though_it_lags, "100Ki", "1Gi")
PATRONI.rises("primary_start_timeout", serves_again_after_s, "5s", "5m")
PATRONI.rises("failsafe_mode", goes_on_without_the_store, False, True)
PATRONI.falls("synchronous_mode", lost, False, (True, 0), replication_lag="500ms")
PATRONI.falls("synchronous_mode", may_be_down, (False, 2), ("quorum", 1), (True, 0))
PATRONI.falls("synchronous_node_count", may_be_down, (1, 1), (2, 0), synchronous_mode="quorum")
PATRONI.falls("synchronous_mode_strict", confirms_alone, False, True)
PATRONI.differs("nofailover", wins_of_pg_1, (["pg-1"], 0), (["pg-2"], 8))
PATRONI.rises("failover_priority", wins_of_pg_1, ({"pg-1": 0}, 0), {"pg-1": 1}, ({"pg-1": 2}, 8))
PATRONI.rises("watchdog_mode", resets, "off", "automatic", watchdog_device=True)
PATRONI.rises("watchdog_device", resets, False, True)
PATRONI.falls("watchdog_safety_margin", reset_after_s, ("5s", 25), ("10s", 20))
PATRONI.rises("use_pg_rewind", rewinds, (False, 0), (True, 1))
PATRONI.rises(
    "remove_data_directory_on_diverged_timelines",
    replicas_in_the_end,
    (False, 1),
    (True, 2),
    use_pg_rewind=False,
)
PATRONI.rises("replication_lag", lost, "1ms", "100ms", "500ms")
PATRONI.rises("replay_lag", seen_after_s, "0s", ("2s", 2))
PATRONI.rises("wal_retrieve_retry_interval", connected_at_worst_s, "1s", "5s", "30s")
PATRONI.rises("wal_sender_timeout", confirmed_after_s, "5s", "15s", "60s")
PATRONI.rises("rest_timeout", promoted_after_s, "2s", "5s")
PATRONI.falls("role_label", has_label_role, "role", "spilo-role")
PATRONI.rises("data_size", back_after_s, "100Mi", "1100Mi", empty=True)
PATRONI.falls("clone_rate", back_after_s, "50Mi", "100Mi", empty=True, data_size="1100Mi")
PATRONI.rises("initdb", initialised_after_s, "2s", "12s")
PATRONI.rises("start_time", back_after_s, "600ms", "5s")
PATRONI.rises("crash_recovery", back_after_s, "700ms", "5s")
PATRONI.rises("rewind_time", back_after_s, "800ms", "5s")
PATRONI.rises("shutdown_checkpoint", handed_over_after_s, "100ms", "3s")
PATRONI.rises("checkpoint_timeout", replayed_s, "10s", "5m")
PATRONI.rises("wal_per_write", replayed_s, "1Ki", "4Ki")
PATRONI.falls("replay_rate", replayed_s, "16Mi", "32Mi")
