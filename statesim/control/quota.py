"""ResourceQuota: what may be created while there is so much of it already."""

from __future__ import annotations

from collections import Counter
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from statesim.cluster.objects import (
    Deployment,
    Object,
    PersistentVolumeClaim,
    Pod,
    ReplicaSet,
    ResourceQuota,
    Service,
    StatefulSet,
)
from statesim.errors import Forbidden

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.cluster.store import Store

_PLURAL: dict[type[Object], str] = {
    Deployment: "deployments.apps",
    PersistentVolumeClaim: "persistentvolumeclaims",
    Pod: "pods",
    ReplicaSet: "replicasets.apps",
    Service: "services",
    StatefulSet: "statefulsets.apps",
}
_MILLI = frozenset({"cpu", "requests.cpu", "limits.cpu"})
_COMPUTE = ("cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory")


def usage_of(obj: Object, now: int) -> dict[str, int]:
    """Return what one object takes, by the names of a quota.

    A pod that has ended, or should have by its grace period, takes nothing but its place among the objects
    (pkg/quota/v1/evaluator/core/pods.go: PodUsageFunc, QuotaV1Pod; persistent_volume_claims.go: Usage).
    """
    plural = _PLURAL.get(type(obj))
    if plural is None:
        return {}
    usage = {f"count/{plural}": 1}
    match obj:
        case Pod():
            if not _over(obj, now):
                usage |= {"pods": 1, **_compute(obj)}
        case PersistentVolumeClaim():
            usage |= {plural: 1, "requests.storage": obj.spec.size_bytes}
        case Service():
            usage[plural] = 1
    return usage


def _over(pod: Pod, now: int) -> bool:
    return pod.finished or (pod.deleted_us is not None and now > pod.deleted_us + (pod.grace_us or 0))


def _compute(pod: Pod) -> dict[str, int]:
    requests = pod.spec.requests
    limits = [container.limits for container in pod.spec.containers]
    return {
        "cpu": requests.cpu_milli,
        "requests.cpu": requests.cpu_milli,
        "limits.cpu": sum(limit.cpu_milli for limit in limits),
        "memory": requests.memory_bytes,
        "requests.memory": requests.memory_bytes,
        "limits.memory": sum(limit.memory_bytes for limit in limits),
    }


def refusal(
    name: str, hard: Mapping[str, int], used: Mapping[str, int], wanted: Mapping[str, int], *, is_pod: bool
) -> str | None:
    """Return why a quota does not allow what is wanted, in the API server's words; ``None`` if it does.

    A quota on CPU or memory wants every pod to say how much of it it takes
    (apiserver pkg/admission/plugin/resourcequota/controller.go: CheckRequest; pods.go: Constraints).
    """
    missing = [resource for resource in _COMPUTE if is_pod and resource in hard and not wanted.get(resource)]
    if missing:
        return f"failed quota: {name}: must specify {','.join(sorted(missing))}"
    over = sorted(r for r in hard if wanted.get(r) and used.get(r, 0) + wanted[r] > hard[r])
    if not over:
        return None

    def listed(amounts: Mapping[str, int]) -> str:
        return ",".join(f"{resource}={_shown(resource, amounts.get(resource, 0))}" for resource in over)

    return (
        f"exceeded quota: {name}, requested: {listed(wanted)}, used: {listed(used)}, limited: {listed(hard)}"
    )


def _shown(resource: str, amount: int) -> str:
    if resource in _MILLI:
        return str(amount // 1000) if amount % 1000 == 0 else f"{amount}m"
    if resource.rpartition(".")[2] in ("memory", "storage"):
        for unit, size in (("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)):
            if amount and amount % size == 0:
                return f"{amount // size}{unit}"
    return str(amount)


def check(store: Store, obj: Object) -> None:
    """Let an object be created, or not. Costs nothing where there is no quota.

    Raises
    ------
    Forbidden
        If a ResourceQuota does not allow it.
    """
    for quota in store.all(ResourceQuota):
        wanted = usage_of(obj, store.clock.now)
        hard = quota.spec.hard
        if not any(resource in hard for resource in wanted):
            continue
        used = store.shared(Ledger).used()
        why = refusal(quota.name, hard, used, wanted, is_pod=isinstance(obj, Pod))
        if why is not None:
            plural = _PLURAL[type(obj)]
            raise Forbidden(f'{plural} "{obj.name}" is forbidden: {why}')


class Ledger:
    """How much all objects of a store take together, brought up to date with every change.

    A pod whose grace period ends takes less from then on, without a change: when that is due is kept.
    """

    __slots__ = ("_due", "_entries", "_store", "_total")

    def __init__(self, store: Store) -> None:
        self._store = store
        self._entries: dict[str, dict[str, int]] = {}
        self._total: Counter[str] = Counter()
        self._due: list[tuple[int, str]] = []
        for kind in _PLURAL:
            for obj in store.all(kind):
                self._enter(obj.key)
        store.watch(_PLURAL, lambda change: self._enter(change.object.key))

    def used(self) -> Counter[str]:
        """Return how much is taken of each resource now."""
        now = self._store.clock.now
        while self._due and self._due[0][0] < now:
            self._enter(heappop(self._due)[1])
        return self._total

    def _enter(self, key: str) -> None:
        """Count what is there of that name now: a pod may be gone by the time its end is told of."""
        obj = self._store.find(key)
        usage = usage_of(obj, self._store.clock.now) if obj is not None else {}
        before = self._entries.pop(key, {})
        if usage:
            self._entries[key] = usage
        if usage != before:
            self._total.subtract(before)
            self._total.update(usage)
        if isinstance(obj, Pod) and obj.deleted_us is not None and "pods" in usage:
            heappush(self._due, (obj.deleted_us + (obj.grace_us or 0), key))
