"""Admission: what the API server adds to a pod before it stores it, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from statesim.cluster.objects import NOT_READY, UNREACHABLE, PriorityClass
from statesim.errors import Forbidden
from statesim.scenario.constraints import SYSTEM_PRIORITY_CLASSES
from statesim.scenario.specs import Toleration

if TYPE_CHECKING:
    from statesim.cluster.objects import Pod
    from statesim.cluster.store import Store
    from statesim.scenario.specs import PodSpec, PriorityClassSpec


def admit(spec: PodSpec, toleration_us: int) -> PodSpec:
    """Return the spec with the default tolerations of not-ready and unreachable nodes.

    A pod that says anything about such a taint itself keeps what it says
    (kubernetes plugin/pkg/admission/defaulttolerationseconds/admission.go).
    """
    added = tuple(
        Toleration(key=key, operator="Exists", effect="NoExecute", seconds_us=toleration_us)
        for key in (NOT_READY, UNREACHABLE)
        if not any(t.key in (key, None) and t.effect in ("NoExecute", None) for t in spec.tolerations)
    )
    return replace(spec, tolerations=(*spec.tolerations, *added)) if added else spec


def prioritised(store: Store, pod: Pod) -> Pod:
    """Return the pod with the priority of its class; of the default class, or 0, where it names none.

    Source: plugin/pkg/admission/priority/admission.go: admitPod. The class counts when the
    pod is created: what becomes of the class later does not change the pod.

    Raises
    ------
    Forbidden
        If there is no class of that name.
    """
    spec = pod.spec
    if spec.priority_class is not None:
        found = _class(store, spec.priority_class)
        if found is None:
            raise Forbidden(f"{pod.key}: no PriorityClass with name {spec.priority_class} was found")
        chosen = (spec.priority_class, found)
    else:
        defaults = [(c.spec.value, c.name, c.spec) for c in store.all(PriorityClass) if c.spec.global_default]
        if not defaults:
            return pod
        _, name, lowest = min(defaults, key=lambda row: row[:2])
        chosen = (name, lowest)
    name, what = chosen
    policy = spec.preemption_policy or what.preemption_policy
    admitted = replace(spec, priority_class=name, priority=what.value, preemption_policy=policy)
    return replace(pod, spec=admitted)


def _class(store: Store, name: str) -> PriorityClassSpec | None:
    if name in SYSTEM_PRIORITY_CLASSES:
        return SYSTEM_PRIORITY_CLASSES[name]
    found = store.get(PriorityClass, name)
    return found.spec if found is not None else None
