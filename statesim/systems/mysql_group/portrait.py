"""The portrait of a MySQL group."""

from __future__ import annotations

from statesim.systems.portrait import By, Need, Portrait, Transition

MYSQL_GROUP = Portrait(
    title="MySQL Group Replication (InnoDB Cluster)",
    storage=Need(
        "a data directory each; recovery or clone makes copies",
        (By.ORCHESTRATOR, By.APPLICATION),
        "a copy for each pod replaced; all, if a majority is",
    ),
    identity=Need(
        "a server_uuid on the disk, and addresses that are known before",
        (By.APPLICATION, By.ORCHESTRATOR),
        "the others: without names each begins a group of its own",
    ),
    session=Need(
        "connections and their transactions",
        (By.GLUE,),
        "those to the old primary; the way to the new one is a router's or a label's",
    ),
    role=Need(
        "primary or secondary, by a majority (Paxos)",
        (By.APPLICATION,),
        "the one primary: there are as many as groups",
    ),
    transitions=(
        Transition("offline", "recovering", "it hears a group, and is added to the view"),
        Transition("offline", "primary", "a person or a script bootstraps the group here"),
        Transition("recovering", "secondary", "it has what it lacked: binary log or clone"),
        Transition("recovering", "error", "it has transactions that the group has not"),
        Transition("secondary", "primary", "none is left; the highest weight, then the lowest uuid"),
        Transition("primary", "blocked", "it hears no majority: commits wait"),
        Transition("blocked", "primary", "it hears one again, or a person forces the membership"),
        Transition("blocked", "error", "it learns that it was expelled, or gives up"),
        Transition("secondary", "error", "the same"),
        Transition("error", "recovering", "auto-rejoin, three times, or a person"),
        Transition("primary", "gone", "it stops, and leaves; or it dies, and is expelled after 10 s"),
        Transition("gone", "offline", "it starts again"),
    ),
    drift="with every write to the group, and with its place in it",
)
