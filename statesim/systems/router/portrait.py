"""The portrait of routers that share an address."""

from __future__ import annotations

from statesim.systems.portrait import By, Need, Portrait, Transition

ROUTER = Portrait(
    title="Routers that share an address",
    storage=Need("none: routes are learned again", (By.NOBODY,), "nothing"),
    identity=Need(
        "a virtual address, a priority, and peers that know it",
        (By.GLUE, By.ORCHESTRATOR),
        "its peers, if they know it by its address: then both are master",
    ),
    session=Need("the flows through it", (By.APPLICATION,), "all of them, unless the backup has them too"),
    role=Need("master or backup, by VRRP", (By.APPLICATION,), "nothing by itself: who is alone is master"),
    transitions=(
        Transition("starting", "backup", "it listens"),
        Transition("backup", "master", "it hears none, a goodbye, or a lesser one"),
        Transition("master", "backup", "it hears a master of higher priority"),
        Transition("master", "gone", "its program or its machine ends"),
        Transition("backup", "gone", "the same"),
    ),
    drift="with every flow through it; with the virtual address",
)
