"""The portrait of a Citus cluster."""

from __future__ import annotations

from statesim.systems.portrait import By, Need, Portrait, Transition

CITUS = Portrait(
    title="PostgreSQL sharded by Citus",
    storage=Need(
        "a data directory each: the coordinator's catalogue, and each worker's own part of the rows",
        (By.ORCHESTRATOR,),
        "one part of the rows with each worker replaced, while the others answer; with the coordinator, all",
    ),
    identity=Need(
        "the worker's name, which stands in the coordinator's catalogue",
        (By.ORCHESTRATOR,),
        "the shards of each worker replaced: the old name dangles, the new one has none",
    ),
    session=Need(
        "connections to the coordinator, and their transactions over several workers",
        (By.APPLICATION,),
        "all of them, with the coordinator; some transactions stay in doubt until it is back",
    ),
    role=Need(
        "coordinator or shard: by the pod's number, told by a label",
        (By.ORCHESTRATOR, By.GLUE),
        "the coordinator: without numbers every pod is a shard",
    ),
    transitions=(
        Transition("new", "registered", "it reaches the coordinator, and tells its name"),
        Transition("registered", "holding shards", "the table is made"),
        Transition("holding shards", "paused", "its group hands over: its traffic is held back"),
        Transition(
            "paused", "at a new address", "the coordinator knows the new primary, which holds them too"
        ),
        Transition("holding shards", "away", "its program or its machine ends: its part of the keys fails"),
        Transition("away", "holding shards", "it is back, with its name and its disk"),
        Transition("away", "name without tables", "it is back with its name and an empty disk"),
        Transition("away", "dangling", "another name comes in its place"),
    ),
    drift="with every write to one of its shards; the coordinator with every worker that registers",
)
