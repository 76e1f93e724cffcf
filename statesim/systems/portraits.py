"""The portraits of the systems that ship."""

from __future__ import annotations

from statesim.systems.portrait import By, Need, Portrait, Transition

APP, ORCHESTRATOR, GLUE, NONE = By.APPLICATION, By.ORCHESTRATOR, By.GLUE, By.NOBODY

STATELESS = Portrait(
    title="A web tier",
    storage=Need("none", (NONE,), "nothing"),
    identity=Need("none: any copy is as good", (NONE,), "nothing"),
    session=Need(
        "a connection, and the request on it", (APP,), "requests under way, if a pod goes without a pause"
    ),
    role=Need("none", (NONE,), "nothing"),
    transitions=(
        Transition("starting", "serving", "it listens"),
        Transition("serving", "stopping", "SIGTERM"),
        Transition("stopping", "gone", "what was under way is done"),
        Transition("serving", "gone", "its machine or its program dies"),
    ),
    drift="not at all: however long it runs, it is its image",
)

POSTGRES = Portrait(
    title="Standalone PostgreSQL",
    storage=Need(
        "a data directory, one writer",
        (ORCHESTRATOR,),
        "everything on an emptyDir; on a shared volume, its integrity",
    ),
    identity=Need("the name of its Service", (ORCHESTRATOR,), "nothing: one name is enough"),
    session=Need("connections and their transactions", (APP,), "all of them, at every restart"),
    role=Need("none: there is one server", (NONE,), "nothing, until two servers write to one directory"),
    transitions=(
        Transition("absent", "initdb", "the data directory is empty"),
        Transition("initdb", "starting", "a new, empty cluster"),
        Transition("stopped", "starting", "the last shutdown was in order"),
        Transition("crashed", "recovering", "the log since the last checkpoint is replayed"),
        Transition("recovering", "primary", "the replay is done"),
        Transition("starting", "primary", "it takes connections"),
        Transition("primary", "stopped", "SIGTERM: a fast shutdown"),
        Transition("primary", "crashed", "SIGKILL, a power cut, a full disk"),
    ),
    drift="with every write",
)

PATRONI = Portrait(
    title="PostgreSQL under Patroni",
    storage=Need(
        "a data directory each; replication makes copies",
        (ORCHESTRATOR, APP),
        "a clone for each pod replaced; all, if the last one is",
    ),
    identity=Need(
        "a stable name, and the cluster's system identifier",
        (ORCHESTRATOR, APP),
        "the slots and keys of members that never come back",
    ),
    session=Need(
        "connections and their transactions",
        (APP, ORCHESTRATOR, GLUE),
        "those to the old primary, at every failover",
    ),
    role=Need(
        "primary or replica, by a lease", (APP, GLUE), "nothing by itself: Patroni elects wherever it runs"
    ),
    transitions=(
        Transition("uninitialised", "bootstrapping", "it has won the race for the initialize key"),
        Transition("uninitialised", "cloning", "there is a leader"),
        Transition("bootstrapping", "primary", "initdb is done, and it has the lease"),
        Transition("cloning", "replica", "the base backup is there"),
        Transition("replica", "primary", "nobody holds the lease, and it is the healthiest"),
        Transition("primary", "restarting", "PostgreSQL dies, and its agent lives"),
        Transition("restarting", "primary", "crash recovery is done within primary_start_timeout"),
        Transition("restarting", "demoting", "it takes longer, and another one can take over"),
        Transition("primary", "failsafe", "the store is out of reach, and all members answer"),
        Transition("failsafe", "primary", "the store is back"),
        Transition("failsafe", "demoting", "one of them does not answer"),
        Transition("primary", "demoting", "the lease is lost, the store out of reach, or a switchover"),
        Transition("demoting", "replica", "somebody else leads"),
        Transition("primary", "crashed", "its program or machine dies, or its watchdog resets it"),
        Transition("crashed", "primary", "it comes back within ttl"),
        Transition("crashed", "rewinding", "somebody else leads, and it has more than the fork"),
        Transition("rewinding", "replica", "pg_rewind, or a new clone"),
    ),
    drift="with every write, the replicas with the primary's; with a role it is elected to",
)
