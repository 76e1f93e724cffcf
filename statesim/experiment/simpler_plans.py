"""What would be simpler than a plan: fewer targets, fewer words, shorter faults; and a plan at other times.

Most functions name plans that differ in one fault, the simplest first. A fault of a zone is more than one of
a machine; a role (the primary) says more to people than a name, and a name more than a machine. Each kind of
step has an order, and only what comes before in it is named, so that shrinking ends. Times are many and have
one order, so `earliest` searches them.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statesim.experiment.search_plans import Plan, Row
    from statesim.experiment.search_town import OwnTown

# how long a fault lasts, in the numbers that people say
SPANS_S = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1200, 1800, 3600)
QUIET_S = 30  # how long a run goes on after its last fault, at least
RUNS_S = (60, 90, 120, 180, 240, 300, 360, 480, 600, 720, 900, 1200, 1800, 2700, 3600)
OPTIONAL = ("graceful", "failover", "grace", "cascade")
_OF_MACHINES = ("node-crash", "node-pause", "network-partition", "memory-pressure", "disk-full", "clock-skew")


# -- whom ----------------------------------------------------------------------------------------------------


def fewer_targets(town: OwnTown, plan: Plan, index: int) -> Iterator[Plan]:
    """Name the plans in which a fault strikes less, or what it strikes has a name that says more."""
    row = plan.rows[index]
    if "on" not in row:
        return
    strikes = row["on"]
    for on in _targets(town, row):
        if _rank(on) >= _rank(strikes) or not _within(town, on, strikes):
            continue
        changed = {**row, "on": on}
        if row["do"] == "zone-outage":
            changed["do"] = "node-crash"
        yield plan.with_row(index, changed)


def _targets(town: OwnTown, row: Row) -> Iterator[Any]:
    """Yield what a fault of its kind may strike instead, the most telling first."""
    workloads = [w for w in town.workloads if w.pods]
    pods = [pod for workload in workloads for pod in workload.pods]
    match row["do"]:
        case "zone-outage":
            yield from town.roles
            yield from (f"Node/{name}" for name in town.machines)
        case do if do in _OF_MACHINES:
            yield from town.roles
            yield from ({"nodeOf": pod} for pod in pods)
            yield from (f"Node/{name}" for name in town.machines)
        case "container-kill" | "pod-kill" | "evict" | "process-kill" | "process-pause":
            yield from town.roles
            yield from pods


def _rank(target: Any) -> int:
    """Return how much a target means, and how little it says."""
    if isinstance(target, str):
        kinds = {"Pod": 1, "Node": 2}
        return kinds.get(target.partition("/")[0], 3)
    return {"primaryOf": 0, "nodeOf": 1, "replicaOf": 1, "zone": 4}.get(next(iter(target)), 3)


def _within(town: OwnTown, target: Any, zone: Any) -> bool:
    """Tell whether a target may be what a zone holds: machines of other zones are not."""
    if not isinstance(zone, dict) or "zone" not in zone or not str(target).startswith("Node/"):
        return True
    return town.nodes[str(target).partition("/")[2]] == str(zone["zone"])


def fewer_words(plan: Plan, index: int) -> Iterator[Plan]:
    """Name the plans in which a fault says less."""
    row = plan.rows[index]
    for word in OPTIONAL:
        if word in row:
            yield plan.with_row(index, {key: value for key, value in row.items() if key != word})


# -- when ----------------------------------------------------------------------------------------------------


def moved(plan: Plan, index: int, second: int) -> Plan:
    """Return the plan with one fault at another time."""
    return plan.with_row(index, {**plan.rows[index], "at": second})


def all_moved(plan: Plan, index: int, second: int) -> Plan:
    """Return the plan with one fault at another time, and all after it moved by as much."""
    by = second - plan.rows[index]["at"]
    return plan.with_rows(
        {**row, "at": row["at"] + by} if i >= index else row for i, row in enumerate(plan.rows)
    )


def shorter(plan: Plan, index: int) -> Iterator[Plan]:
    """Name the plans in which a fault lasts less long, or as long as people say it."""
    row = plan.rows[index]
    lasts = row.get("for")
    if lasts is None:
        return
    spans = [span for span in SPANS_S if span < lasts]
    if lasts not in SPANS_S:
        spans += [span for span in SPANS_S if span > lasts][:1]
    for span in spans:
        if (row["at"] + span) * SECOND < plan.duration_us:
            yield plan.with_row(index, {**row, "for": span})


def durations(plan: Plan) -> Iterator[Plan]:
    """Name the plans with shorter runs, the shortest first; all go on for a while after the last fault."""
    over = max(chain((row["at"] + row.get("for", 0) for row in plan.rows), (0,)))
    for seconds in RUNS_S:
        if over + QUIET_S <= seconds and seconds * SECOND < plan.duration_us:
            yield type(plan)(plan.rows, seconds * SECOND)
