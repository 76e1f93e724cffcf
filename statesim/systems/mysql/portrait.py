"""The portraits of MySQL's own replication."""

from __future__ import annotations

from dataclasses import replace

from statesim.systems.portrait import By, Need, Portrait, Transition

MYSQL_ASYNC = Portrait(
    title="MySQL with asynchronous replication",
    storage=Need(
        "a data directory and a binary log each; replication makes copies",
        (By.ORCHESTRATOR,),
        "every pod's own database on an emptyDir",
    ),
    identity=Need(
        "the server id, from the pod's number; number 0 is the source, number N clones N - 1",
        (By.ORCHESTRATOR, By.GLUE),
        "who is who: every pod has the same server id and believes that it is the source",
    ),
    session=Need(
        "connections and their transactions",
        (By.APPLICATION, By.GLUE),
        "all of a server's, at every restart; a proxy sends only new ones elsewhere",
    ),
    role=Need(
        "source or replica: by number, by hand, or by orchestrator",
        (By.GLUE,),
        "the one source: there are as many as pods",
    ),
    transitions=(
        Transition("absent", "initializing", "its number is 0, or it has none"),
        Transition("absent", "cloning", "number N - 1 is there"),
        Transition("initializing", "source", "a new, empty database"),
        Transition("cloning", "replica", "it has what the other had applied"),
        Transition("replica", "connecting", "its source refuses, or is silent for replica_net_timeout"),
        Transition("connecting", "replica", "source_connect_retry: who bears that name is there"),
        Transition("connecting", "broken", "errant GTIDs, or the log that it needs is purged"),
        Transition("replica", "source", "a person or orchestrator promotes it"),
        Transition("connecting", "source", "the same"),
        Transition("source", "replica", "a person promotes another: super_read_only, then repointed"),
        Transition("source", "crashed", "its program or its machine dies"),
        Transition("crashed", "source", "it returns with its volume: nobody has told it otherwise"),
        Transition("crashed", "rebuilding", "a person takes it back"),
        Transition("broken", "rebuilding", "a person takes it back"),
        Transition("rebuilding", "replica", "repointed, or cloned anew"),
    ),
    drift="with every write, the replicas with the source's; with a server id",
)

MYSQL_SEMISYNC = replace(
    MYSQL_ASYNC,
    title="MySQL with semi-synchronous replication",
    transitions=(
        Transition("absent", "replica", "it clones number N - 1"),
        Transition("absent", "starting", "number 0 initializes"),
        Transition("starting", "semi-sync", "a source waits for replicas from its first commit on"),
        Transition("replica", "semi-sync", "a person or orchestrator promotes it"),
        Transition("semi-sync", "asynchronous", "no acknowledgement for rpl_semi_sync_source_timeout"),
        Transition("asynchronous", "semi-sync", "enough replicas have caught up"),
        Transition("semi-sync", "crashed", "nothing that was acknowledged is lost with it"),
        Transition("asynchronous", "crashed", "what was acknowledged meanwhile is on its disk alone"),
        Transition("crashed", "starting", "it returns with its volume: nobody has told it otherwise"),
        Transition("crashed", "rebuilding", "a person takes it back"),
        Transition("rebuilding", "replica", "repointed, or cloned anew"),
    ),
)
