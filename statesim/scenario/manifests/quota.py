"""ResourceQuotas: how much of what a namespace may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.scenario.manifests import fields
from statesim.scenario.units import parse_bytes, parse_cpu
from statesim.scenario.words import did_you_mean
from statesim.scenario.workload_specs import ResourceQuotaSpec

if TYPE_CHECKING:
    from statesim.scenario.manifests.reader import Reader

CPU = frozenset({"cpu", "requests.cpu", "limits.cpu"})
BYTES = frozenset({"memory", "requests.memory", "limits.memory", "requests.storage"})
COUNTS = frozenset(
    {
        "pods",
        "persistentvolumeclaims",
        "services",
        "count/pods",
        "count/persistentvolumeclaims",
        "count/services",
        "count/deployments.apps",
        "count/replicasets.apps",
        "count/statefulsets.apps",
    }
)


def resource_quota(obj: Reader) -> ResourceQuotaSpec:
    """Return the limits of a ResourceQuota ("Resource Quotas": what each name counts).

    Names that stand for things that are not simulated (secrets, GPUs, …) are warned of.
    """
    spec = obj.inner("spec", fields.QUOTA)
    given = spec.data.get("hard")
    names = frozenset(str(name) for name in given) if isinstance(given, dict) else frozenset[str]()
    known = CPU | BYTES | COUNTS
    others = frozenset(name for name in names - known if _plausible(name))
    hard = spec.inner("hard", fields.Fields("hard", known, others))
    return ResourceQuotaSpec({name: _limit(hard, name) for name in sorted(names & known)})


def _plausible(name: str) -> bool:
    """Tell whether a name that is not known is one of Kubernetes' and not a slip of the pen."""
    return name.startswith(("count/", "requests.")) or did_you_mean(name, CPU | BYTES | COUNTS) is None


def _limit(hard: Reader, name: str) -> int:
    if name in CPU:
        return hard.quantity(name, parse_cpu)
    if name in BYTES:
        return hard.quantity(name, parse_bytes)
    return hard.whole(name, 0)
