"""The portrait of a RethinkDB table."""

from __future__ import annotations

from statesim.systems.portrait import By, Need, Portrait, Transition

APP, ORCHESTRATOR = By.APPLICATION, By.ORCHESTRATOR

RETHINKDB = Portrait(
    title="A RethinkDB table",
    storage=Need(
        "a data directory each; every shard on several servers",
        (ORCHESTRATOR, APP),
        "a replica for each pod replaced; with most of them, the table, until somebody repairs what is left",
    ),
    identity=Need(
        "the server's UUID, on the disk; the table's configuration names it",
        (APP,),
        "the servers that the table names: the new ones are strangers",
    ),
    session=Need("connections and changefeeds; any server passes queries on", (APP,), "feeds of that server"),
    role=Need(
        "a primary for each shard, by Raft; emergency repair, by a person",
        (APP, By.GLUE),
        "nothing, while a majority is there",
    ),
    transitions=(
        Transition("absent", "proxy", "an empty disk: a new server, which no table names"),
        Transition("absent", "secondary", "the table is made with it"),
        Transition("proxy", "backfilling", "a person reconfigures the table"),
        Transition("backfilling", "secondary", "it has what the primary has"),
        Transition("secondary", "disconnected", "its program or its machine is gone"),
        Transition("disconnected", "backfilling", "it is back with its disk"),
        Transition("secondary", "primary", "most of the voters have no more than it has"),
        Transition("primary", "secondary", "it has handed over, or a person repairs the table"),
        Transition("primary", "disconnected", "as a secondary"),
        Transition("primary", "without quorum", "it hears too few voters"),
        Transition("without quorum", "primary", "it hears them again"),
        Transition("without quorum", "backfilling", "the others have a primary of their own"),
    ),
    drift="with every write to one of its shards, and with the UUID that the table names",
)
