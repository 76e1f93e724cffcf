"""Which shards the coordinator cannot ask for, told when that changes.

Nobody in Citus looks after workers: the coordinator finds out with the next statement for one of its shards,
and goes on to ask the address that its catalogue has (Citus docs, "Citus FAQ": failure of a worker node).
This is the view from above, for those who look for the cause of errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.systems.citus.staging import NoNodeError, missing

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.kernel.trace import Trace
    from statesim.systems.citus.shards import Catalogue, Shards


class Reach:
    """What has been told of each worker that has shards.

    Parameters
    ----------
    name
        The system's, for the trace.
    """

    __slots__ = ("_name", "_told", "_trace")

    def __init__(self, name: str, trace: Trace) -> None:
        self._name = name
        self._trace = trace
        self._told: dict[str, str] = {}

    def look(self, catalogue: Catalogue, ask: Callable[[str], Shards]) -> None:
        """Compare what can be asked for with what was told last.

        Parameters
        ----------
        ask
            Returns a worker's disk by its name, or raises `NoNodeError`.
        """
        held: dict[str, list[int]] = {}
        for shard, node in catalogue.placements.items():
            held.setdefault(node, []).append(shard)
        for node, shards in sorted(held.items()):
            state, why = _state(node, shards, ask)
            if state == self._told.get(node, ""):
                continue
            self._told[node] = state
            event, told = ("ShardsOutOfReach", {"why": why}) if state else ("ShardsAnswer", {})
            self._trace.emit(f"System/{self._name}", event, node=node, shards=len(shards), **told)


def _state(node: str, shards: list[int], ask: Callable[[str], Shards]) -> tuple[str, str]:
    """Return what is wrong with a worker in a word, and in its own words; empty if nothing is."""
    try:
        store = ask(node)
    except NoNodeError as error:
        return "away", str(error)
    lacking = next((shard for shard in shards if shard not in store.shards), None)
    return ("empty", missing(lacking, node)) if lacking is not None else ("", "")
