"""The portraits of the database clusters that ship."""

from __future__ import annotations

from statesim.systems.portrait import By, Need, Portrait, Transition

POSTGRES_REPLICATION = Portrait(
    title="PostgreSQL with streaming replication, without a manager",
    storage=Need(
        "a data directory each; replication makes copies",
        (By.ORCHESTRATOR, By.APPLICATION),
        "every pod's own database on an emptyDir; on a shared volume, its integrity",
    ),
    identity=Need(
        "the pod's name and number: number 0 is the primary",
        (By.ORCHESTRATOR,),
        "who is who: without numbers every pod believes that it is the first",
    ),
    session=Need("connections and their transactions", (By.APPLICATION,), "all of them, at every restart"),
    role=Need(
        "primary or standby, by configuration and by hand",
        (By.GLUE,),
        "the one primary: there are as many as pods",
    ),
    transitions=(
        Transition("absent", "initdb", "its number is 0, or it has none"),
        Transition("absent", "cloning", "it has another number, and number 0 is there"),
        Transition("initdb", "primary", "a new, empty cluster"),
        Transition("cloning", "standby", "the base backup is there"),
        Transition("standby", "disconnected", "its primary is gone, or silent"),
        Transition("disconnected", "standby", "who bears that name is there again"),
        Transition("disconnected", "stuck", "the log that it lacks is gone, or its history is another"),
        Transition("standby", "primary", "a person promotes it"),
        Transition("disconnected", "primary", "a person promotes it"),
        Transition("primary", "crashed", "its program or its machine dies"),
        Transition("crashed", "primary", "it returns with its volume: nobody has told it otherwise"),
        Transition("primary", "rebuilding", "a person takes it back"),
        Transition("crashed", "rebuilding", "a person takes it back"),
        Transition("stuck", "rebuilding", "a person takes it back"),
        Transition("rebuilding", "standby", "pg_rewind, or a new clone"),
    ),
    drift="with every write, the standbys with the primary's",
)
