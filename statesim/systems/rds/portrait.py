"""The portrait of a managed database."""

from __future__ import annotations

from statesim.systems.portrait import By, Need, Portrait, Transition

RDS = Portrait(
    title="Managed database (RDS)",
    storage=Need(
        "volumes of the provider, and a log that is shipped", (By.PROVIDER,), "nothing: it is not in it"
    ),
    identity=Need("an endpoint's name in DNS", (By.PROVIDER,), "nothing, unless an address is remembered"),
    session=Need("TCP and transactions, and what DNS said", (By.APPLICATION,), "all, at each failover"),
    role=Need("who writes, and the fence", (By.PROVIDER,), "nothing"),
    transitions=(
        Transition("creating", "available", "it has an endpoint"),
        Transition("available", "failing over", "the writer is lost"),
        Transition("failing over", "available", "another zone writes"),
        Transition("available", "host recovery", "the only copy's host is lost"),
        Transition("host recovery", "available", "a new host, same volume"),
        Transition("available", "zone away", "so is every copy"),
        Transition("zone away", "host recovery", "the zone is back"),
        Transition("zone away", "restoring", "people do not wait"),
        Transition("restoring", "available", "elsewhere, as of the last log"),
    ),
    drift="with every write; the image is the provider's",
)
