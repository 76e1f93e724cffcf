"""Storm, then calm: a scenario drawn by lot, in which everything goes wrong and is then put right.

Swarm testing (Groce et al., ISSTA 2012): each seed draws a town, some kinds of faults and actions, and
5 to 40 of them within some minutes. Then people put everything right and wait. Whatever the seed: no safety
rule breaks in the storm, and after the calm everything is as its owner wrote it down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.experiment.lot import Lot
from statesim.experiment.storm_town import IMAGES, RATES, VERSIONS, build, rebuilt
from statesim.experiment.storm_weather import (
    KINDS,
    MAINTENANCE,
    OUT_OF_SERVICE,
    UNSAFE_KINDS,
    Sky,
    bury,
)
from statesim.scenario.schema import Scenario

if TYPE_CHECKING:
    from statesim.experiment.storm_town import Town

QUIET_S = 120  # everything starts before the storm does
CALM_S = 1_500
FEWEST, MOST = 5, 40
TRIES = 20


def storm(seed: int, *, unsafe: bool = False) -> Scenario:
    """Return the storm of a seed, and the calm after it.

    Parameters
    ----------
    seed
        Draws the town and the faults; it is the seed of the run as well.
    unsafe
        Draw also what Kubernetes warns of: forced deletions of pods whose machine may still run.
    """
    lot = Lot(seed, "storm", "unsafe" if unsafe else "safe")
    town = build(lot, watchdog=Lot(seed, "storm", "watchdog").chance(0.5))
    begin = QUIET_S
    end = begin + lot.pick((120, 300, 600, 900))
    rows = [*_storm(Sky(lot, town, begin, end), unsafe=unsafe)]
    after = rebuilt(lot, town)
    rows = sorted(rows, key=lambda row: row["at"]) + _calm(after, end)
    return Scenario.model_validate(
        {
            "apiVersion": "statesim/v1",
            "kind": "Scenario",
            "metadata": {
                "name": f"storm-{seed}",
                "title": f"Storm {seed}, then calm",
                "description": f"{len(rows)} rows drawn by lot; the storm ends after {end} s.",
            },
            "seed": seed,
            "duration": f"{end + CALM_S}s",
            "cluster": {
                "kubernetes": lot.pick(VERSIONS),
                "zones": len(town.zones),
                "nodesPerZone": len(town.nodes["a"]),
                "clientConnection": {"controllerManager": lot.pick(RATES)},
            },
            "images": IMAGES,
            "manifests": town.objects(),
            "systems": town.systems(),
            "clients": town.clients(),
            "timeline": rows,
            "expect": [
                {"metric": f"workloads.{w.name}.ready_at_end", "equals": w.replicas} for w in after.workloads
            ],
        }
    )


def _storm(sky: Sky, *, unsafe: bool) -> list[dict[str, Any]]:
    """Draw the rows of the storm: first the machines that die for sure, then the rest around them."""
    lot = sky.lot
    rows: list[dict[str, Any]] = []
    for _ in range(lot.pick((0, 0, 1, 2))):
        rows += bury(sky)
    kinds = {**KINDS, **(UNSAFE_KINDS if unsafe else {})}
    drawn = lot.some(list(kinds), least=2)
    drawn += [kind for kind in UNSAFE_KINDS if unsafe and kind not in drawn]
    count = lot.between(FEWEST, lot.pick((10, 20, MOST)))
    for _ in range(TRIES * count):  # some kinds find nothing to strike in some towns
        if len(rows) >= count:
            return rows
        rows += kinds[lot.pick(drawn)](sky)
    while len(rows) < FEWEST:
        rows += kinds["pod-kill"](sky)
    return rows


def _calm(town: Town, at: int) -> list[dict[str, Any]]:
    """Put everything right: machines on, nodes clean, manifests as they shall be.

    A set whose pods wait for each other does not heal when its template does: pods of the broken revision
    must be deleted by hand (doc "StatefulSets: Forced rollback"), so they are. Neither does one whose first
    repaired member needs the others before it is Ready, as a database cluster's may.
    """
    everywhere: dict[str, Any] = {"anyNode": {}}
    taints = [OUT_OF_SERVICE, *({"key": MAINTENANCE, "effect": e} for e in ("NoExecute", "NoSchedule"))]
    rows: list[dict[str, Any]] = [
        *({"do": "untaint", "on": everywhere, "taint": taint} for taint in taints),
        *({"do": "node-recover", "on": f"Node/{name}"} for name in town.machines),
        {"do": "uncordon", "on": everywhere},
        {"do": "apply", "manifests": town.objects(), "label": "calm"},
    ]
    later = [{"do": "pod-kill", "on": w.key} for w in town.workloads if w.ordered or w.system]
    return [*({"at": at, **row} for row in rows), *({"at": at + 90, **row} for row in later)]
