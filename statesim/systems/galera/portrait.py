"""The portrait of a Galera cluster."""

from __future__ import annotations

from statesim.systems.portrait import By, Need, Portrait, Transition

GALERA = Portrait(
    title="MySQL or MariaDB with Galera",
    storage=Need(
        "a data directory each; IST or SST makes copies",
        (By.ORCHESTRATOR, By.APPLICATION),
        "a full copy for each pod replaced; all, if the last one is",
    ),
    identity=Need(
        "a list of addresses, and the state's UUID and seqno on the disk",
        (By.ORCHESTRATOR, By.APPLICATION),
        "the others: without names nobody finds them, and each begins a cluster",
    ),
    session=Need(
        "connections and their transactions",
        (By.GLUE,),
        "all of a member's, when it goes or is no longer primary",
    ),
    role=Need(
        "the primary component, by quorum; who begins it again, by a person",
        (By.APPLICATION, By.GLUE),
        "the one cluster: there are as many as pods",
    ),
    transitions=(
        Transition("starting", "open", "it looks for the others"),
        Transition("open", "primary", "it bootstraps, or its component may write again"),
        Transition("open", "joiner", "it meets a primary component"),
        Transition("joiner", "synced", "IST or SST is done"),
        Transition("joiner", "aborted", "it is ahead of the cluster, or its donor is gone"),
        Transition("primary", "synced", "its data is the cluster's"),
        Transition("synced", "open", "its component has lost the majority: ERROR 1047"),
        Transition("synced", "left", "SIGTERM: the others count without it"),
        Transition("synced", "crashed", "its program or its machine dies"),
        Transition("left", "open", "it starts again"),
        Transition("crashed", "open", "the same; it remembers its last component"),
        Transition("aborted", "open", "the same"),
    ),
    drift="with every write to any member",
)
