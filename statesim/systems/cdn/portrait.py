"""The portrait of caches in front of an origin."""

from __future__ import annotations

from statesim.systems.portrait import By, Need, Portrait, Transition

CDN = Portrait(
    title="Caches in front of an origin",
    storage=Need(
        "a soft copy of what is popular; the origin has it all",
        (By.ORCHESTRATOR,),
        "no data: speed, and the origin's peace until the caches are warm again",
    ),
    identity=Need(
        "a name, which the same volume comes back with", (By.ORCHESTRATOR,), "what the cache before it held"
    ),
    session=Need("a connection, and the request on it", (By.APPLICATION,), "requests under way"),
    role=Need("none", (By.NOBODY,), "nothing"),
    transitions=(
        Transition("starting", "empty", "objects were in memory, or its disk is another one"),
        Transition("starting", "warming", "the same disk is mounted again: it goes on where it was"),
        Transition("empty", "warming", "requests come: each miss puts an object in"),
        Transition("warming", "full", "it has had the requests of its characteristic time"),
        Transition("full", "stopped", "its program ends"),
        Transition("warming", "stopped", "its program ends"),
    ),
    drift="with every object that it did not have, until it is full",
)
