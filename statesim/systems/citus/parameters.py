"""The parameters of a Citus cluster, under the names of its settings without ``citus.``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.kernel.spans import MILLISECOND, SECOND
from statesim.systems.parameters import MODEL, Parameters, row

if TYPE_CHECKING:
    from collections.abc import Collection

GUC = "citus: shared_library_init.c"
OF_WORKERS = ("coordinator", "role_label")  # what a system takes that is only workers


@dataclass(frozen=True, slots=True)
class CitusParameters(Parameters):
    """How many workers and shards there are, and how the coordinator talks to them."""

    coordinator: str = row(
        "",
        "text, may be empty",
        MODEL,
        "Another system of this kind whose coordinator these pods are workers of; empty: number 0 is it.",
    )
    groups: tuple[str, ...] = row(
        (),
        "list of names",
        "Patroni docs, citus.rst",
        "Systems of kind patroni that are the workers; none: they are pods of this kind.",
    )
    update_metadata: int = row(
        SECOND,
        "duration",
        MODEL,
        "From when a group has a new primary until the coordinator sends its statements there.",
    )
    workers: int = row(
        6, "whole number", "atomicdb, citus_petset", "With how many registered workers the table is made."
    )
    shard_count: int = row(
        32, "whole number", GUC, "Into how many shards the table is hashed; more are dealt out more evenly."
    )
    node_connection_timeout: int = row(
        30 * SECOND, "duration > 0", GUC, "How long the coordinator waits for a worker that is silent."
    )
    recover_2pc_interval: int = row(
        60 * SECOND, "duration > 0", GUC, "How often transactions in doubt are looked for."
    )
    round_trip: int = row(
        MILLISECOND,
        "duration > 0",
        MODEL,
        "Between coordinator and workers: each phase of a commit takes one.",
    )
    role_label: str = row(
        "citus-role", "text", "atomicdb, citus_petset", "The pod label that tells the role: query or shard."
    )

    def at_odds(self) -> list[str]:
        """See `Parameters.at_odds`."""
        if self.groups and self.coordinator:
            return ["groups and coordinator are not for the same system: the coordinator's names the groups"]
        if len(set(self.groups)) < len(self.groups):
            return [f"groups: each group is one worker, found {', '.join(self.groups)}"]
        return []

    def out_of_place(self, given: Collection[str]) -> list[str]:
        """See `Parameters.out_of_place`."""
        if self.coordinator:
            void = [name for name in given if name not in OF_WORKERS]
            return [f"{name} is for the system of the coordinator, {self.coordinator}" for name in void]
        count = len(self.groups)
        if count and "workers" in given and self.workers != count:
            return [f"workers: each group is one, {count} of them, found {self.workers}; leave it out"]
        if not count and "update_metadata" in given:
            return ["update_metadata is for groups, and there are none"]
        return []
