"""Does a Service select labels that pods wear? Those of roles are put on by systems while they run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from statesim.scenario.agreement import ADDED_LABELS
from statesim.scenario.specs import ServiceSpec
from statesim.scenario.where import finding
from statesim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from statesim.errors import Finding
    from statesim.scenario.inventory import Inventory
    from statesim.scenario.manifests import Placed
    from statesim.scenario.schema import Scenario

# the labels that systems of a kind put on their pods, with their values; ``None`` = who knows
RoleLabels = Callable[[str, Mapping[str, Any]], "Mapping[str, Collection[str]] | None"]


def never_worn(
    scenario: Scenario, inventory: Inventory, placed: Sequence[Placed], labels: RoleLabels | None
) -> list[Finding]:
    """Return a warning about each label of a Service's selector that no pod ever has.

    Nothing is said where one of the systems may put on any; without systems `Agreement` looks at selectors.
    """
    roles = None if labels is None else _roles(scenario, labels)
    if not roles:
        return []
    made = {*ADDED_LABELS, *(key for each in inventory.labels() for key in each)}
    found = []
    for manifest, where in placed:
        selector = manifest.spec.selector if isinstance(manifest.spec, ServiceSpec) else None
        for key, value in (selector or {}).items():
            if key in made or value in roles.get(key, ()):
                continue
            message = f"no pod ever has {key}: {value}, so the Service has no endpoints"
            hint = did_you_mean(value, roles[key]) if key in roles else did_you_mean(key, {*roles, *made})
            found.append(finding(where, ("spec", "selector", key), message, hint))
    return found


def _roles(scenario: Scenario, labels: RoleLabels) -> dict[str, set[str]] | None:
    """Return the values that systems give to labels; ``None`` if one of them may do what it likes."""
    roles: dict[str, set[str]] = {}
    for row in scenario.systems:
        given = None if row.kind is None or row.parameters is None else labels(row.kind, row.parameters)
        if given is None:
            return None
        for key, values in given.items():
            roles.setdefault(key, set()).update(values)
    return roles
