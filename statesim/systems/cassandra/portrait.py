"""What a Cassandra ring is, in words: its four kinds of state and a host's states."""

from __future__ import annotations

from statesim.systems.portrait import By, Need, Portrait, Transition

APP, ORCHESTRATOR = By.APPLICATION, By.ORCHESTRATOR

CASSANDRA = Portrait(
    title="A Cassandra ring",
    storage=Need(
        "a commit log and tables each; every key on several hosts",
        (ORCHESTRATOR, APP),
        "a replica for each pod replaced; with the second one, the quorum of some keys",
    ),
    identity=Need(
        "a host ID on the disk, a rack from the zone, names for seeds",
        (APP, ORCHESTRATOR),
        "the dead hosts' places on the ring: nobody takes them over",
    ),
    session=Need("connections; nothing that another host could not do", (APP,), "requests under way"),
    role=Need("nobody leads; a replica of some keys, by the ring", (APP,), "nothing: there is none to lose"),
    transitions=(
        Transition("absent", "joining", "an empty disk: a new host, which streams its share"),
        Transition("absent", "normal", "it founds the ring, or joins without streaming"),
        Transition("joining", "refused", "another host joins, or a replica that it needs is down"),
        Transition("refused", "joining", "its kubelet has started it again"),
        Transition("joining", "normal", "it has its share"),
        Transition("normal", "down", "the others have not heard it for too long"),
        Transition("down", "normal", "it is back with its disk, and gets what was hinted"),
        Transition("down", "replaced", "an empty host takes its place: replace_address_first_boot"),
    ),
    drift="with every write to one of its keys, and with its place on the ring",
)
