"""What a system is bound to: a workload of the cluster, another system, or nothing of either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.scenario.where import finding
from statesim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from statesim.errors import Finding
    from statesim.scenario.inventory import Inventory
    from statesim.scenario.schema import Scenario, SystemBinding
    from statesim.scenario.where import Where

    # of a kind, its parameters, its pods' names (None: chance gives them), and how many they are at most
    Doubts = Callable[[str, Mapping[str, Any], Collection[str] | None, int | None], list["Doubt"]]


GROUP, SHARDED = "patroni", "citus"
WORKERS = 6  # how many a table waits for where the scenario does not say


class Doubt(NamedTuple):
    """A parameter that cannot be meant as it is, in a sentence, and what may be meant."""

    parameter: str
    message: str
    hint: str | None


def unbound(row: SystemBinding, outside: Callable[[str], bool | None] | None) -> list[str]:
    """Return a complaint about a workload that is missing, or that such a system cannot have."""
    where = outside(row.kind) if outside is not None else None
    if where is False and "workload" not in row.model_fields_set:
        return [f"workload is missing: {row.kind} runs in pods"]
    if where and row.workload is not None:
        return [f"{row.kind} runs outside the cluster: it has no workload"]
    return []


def unknown_system(row: SystemBinding, scenario: Scenario) -> list[str]:
    """Return a complaint about a system that keeps its data in another one, which is not there."""
    names = [other.name for other in scenario.systems if other is not row]
    wrong = []
    for key in ("system", "coordinator", "groups"):
        found = row.parameters.get(key)
        for named in found if isinstance(found, list | tuple) else [found] if found else []:
            if named not in names and all(each is not None for each in names):
                hint = did_you_mean(str(named), names)
                wrong.append(f"{key}: there is no other system {named}" + (f"; {hint}" if hint else ""))
    return [*wrong, *_misnamed(row, scenario)]


def _given(row: SystemBinding, name: str) -> Any:
    """Return a parameter as the scenario gives it; ``None`` also if it could not be read."""
    return (row.parameters or {}).get(name)


def _groups(row: SystemBinding) -> list[Any]:
    groups = _given(row, "groups")
    return list(groups) if isinstance(groups, list | tuple) else []


def _misnamed(row: SystemBinding, scenario: Scenario) -> list[str]:
    """Return a complaint about a coordinator or a group that is a system of another kind, or another's."""
    others = {other.name: other for other in scenario.systems if other is not row}
    wrong = []
    for name in _groups(row):
        other = others.get(name) if isinstance(name, str) else None
        if other is not None and other.kind != GROUP:
            wrong.append(f"groups: {name} is of kind {other.kind}, and a group is of kind {GROUP}")
        shared = [each.name for each in others.values() if name in _groups(each)]
        wrong += [f"groups: {name} is a group of {each} already" for each in shared]
    coordinator = _given(row, "coordinator")
    other = others.get(coordinator) if isinstance(coordinator, str) else None
    if other is not None and other.kind != row.kind:
        wrong.append(f"coordinator: {coordinator} is of kind {other.kind}, and not of kind {row.kind}")
    elif other is not None and _given(other, "coordinator"):
        wrong.append(f"coordinator: {coordinator} has none, its own is {_given(other, 'coordinator')}")
    elif other is not None and _groups(other):
        wrong.append(f"coordinator: the workers of {coordinator} are its groups, it has no others")
    return wrong


def too_few_workers(scenario: Scenario, inventory: Inventory) -> list[tuple[int, str]]:
    """Return by index which coordinators there will not be, or wait in vain as there are too few workers."""
    found = []
    for index, row in enumerate(scenario.systems):
        if row.kind != SHARDED or _given(row, "coordinator") or _given(row, "groups"):
            continue
        beside = [other for other in scenario.systems if _given(other, "coordinator") == row.name]
        if row.workload and not row.workload.startswith("StatefulSet/"):
            found.append((index, f"no pod of {row.workload} has number 0: nobody is the coordinator"))
            continue
        pods = [inventory.pods_at_most(each.workload) for each in (row, *beside) if each.workload]
        counts = [count for count in pods if count is not None]
        wanted = _given(row, "workers") or WORKERS
        if len(counts) == 1 + len(beside) and isinstance(wanted, int) and sum(counts) - 1 < wanted:
            there = " and ".join(str(each.workload) for each in (row, *beside))
            most = sum(counts) - 1
            message = f"workers: the table waits for {wanted}, and {there} never run more than {most}"
            found.append((index, message))
    return found


def unmeant(scenario: Scenario, inventory: Inventory, where: Where, doubts: Doubts | None) -> list[Finding]:
    """Return a warning about each parameter that cannot be meant of the pods which the system has."""
    found = []
    for index, row in enumerate(scenario.systems):
        if doubts is None or not row.workload or row.kind is None or row.parameters is None:
            continue
        names = inventory.pods_of(row.workload)
        most = inventory.pods_at_most(row.workload) if names is None else len(names)
        for key, message, hint in doubts(row.kind, row.parameters, names, most):
            given = key in row.parameters
            at = ("parameters", key) if given else ("workload",)
            found.append(
                finding(where, ("systems", index, *at), message if given else f"{key}: {message}", hint)
            )
    return found
