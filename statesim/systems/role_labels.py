"""Which labels a system puts on its pods to tell their roles, and the values that they take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.systems.citus.driver import QUERY, SHARD
from statesim.systems.roles import PRIMARY, REPLICA

if TYPE_CHECKING:
    from collections.abc import Mapping

# Patroni docs, kubernetes.rst; atomicdb, citus_petset; mysql-operator, cluster_api.py; `Orchestrator._label`
_VALUES: Mapping[str, tuple[str, ...]] = {
    "patroni": (PRIMARY, REPLICA),
    "citus": (QUERY, SHARD),
    "mysql-group-replication": ("PRIMARY", "SECONDARY"),
    "mysql-async": (PRIMARY, REPLICA, "source"),
    "mysql-semisync": (PRIMARY, REPLICA, "source"),
}


def role_labels(driver: type[Any], parameters: Any) -> Mapping[str, tuple[str, ...]] | None:
    """Return the values by label; ``None`` = that is not known of such systems."""
    values = _VALUES.get(driver.kind)
    label = getattr(parameters, "role_label", None) or getattr(driver, "role_label", None)
    return None if values is None or label is None else {label: values}
