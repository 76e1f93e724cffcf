"""What a system is bound to: a workload of the cluster, another system, or nothing of either."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.scenario.schema import Scenario, SystemBinding


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
            if named not in names:
                hint = did_you_mean(str(named), names)
                wrong.append(f"{key}: there is no other system {named}" + (f"; {hint}" if hint else ""))
    return wrong
