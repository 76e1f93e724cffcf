"""Admission: what the API server adds to a pod before it stores it, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from statesim.cluster.objects import (
    NOT_READY,
    UNREACHABLE,
    Object,
    PersistentVolumeClaim,
    Pod,
    PriorityClass,
)
from statesim.control import quota
from statesim.control.volumes import classed
from statesim.errors import Forbidden
from statesim.scenario.constraints import SYSTEM_PRIORITY_CLASSES, PriorityClassSpec
from statesim.scenario.specs import Toleration

if TYPE_CHECKING:
    from statesim.cluster.store import Store
    from statesim.scenario.specs import PodSpec

T = TypeVar("T", bound=Object)


def admit(spec: PodSpec, toleration_us: int) -> PodSpec:
    """Return the spec with the default tolerations of not-ready and unreachable nodes.

    A pod that says anything about such a taint itself keeps what it says
    (kubernetes plugin/pkg/admission/defaulttolerationseconds/admission.go).
    """
    added = _defaults(toleration_us)
    if own := spec.tolerations:
        added = tuple(
            default
            for default in added
            if not any(t.key in (default.key, None) and t.effect in ("NoExecute", None) for t in own)
        )
    return replace(spec, tolerations=(*spec.tolerations, *added)) if added else spec


@lru_cache(maxsize=16)
def _defaults(toleration_us: int) -> tuple[Toleration, ...]:
    """Return the tolerations that a pod is given: the same objects for all pods."""
    return tuple(
        Toleration(key=key, operator="Exists", effect="NoExecute", seconds_us=toleration_us)
        for key in (NOT_READY, UNREACHABLE)
    )


def admitted(store: Store, obj: T) -> T:
    """Return an object as the admission plug-ins let it in: with its priority or its class, within quotas.

    Raises
    ------
    Forbidden
        If one of them refuses it.
    """
    entering: Any = obj
    if isinstance(obj, Pod):
        entering = prioritised(store, obj)
    elif isinstance(obj, PersistentVolumeClaim):
        entering = classed(store, obj)
    quota.check(store, entering)
    entered: T = entering
    return entered


def prioritised(store: Store, pod: Pod) -> Pod:
    """Return the pod with the priority of its class; of the default class, or 0, where it names none.

    Source: plugin/pkg/admission/priority/admission.go: admitPod, getDefaultPriority. The class counts
    when the pod is created: what becomes of the class later does not change the pod.

    Raises
    ------
    Forbidden
        If there is no class of that name, or the pod says another priority or policy than its class.
    """
    spec = pod.spec
    name, what = spec.priority_class, PriorityClassSpec(0)
    if name is not None:
        found = _class(store, name)
        if found is None:
            raise Forbidden(f"{pod.key}: no PriorityClass with name {name} was found")
        what = found
    else:
        defaults = [(c.spec.value, c.name, c.spec) for c in store.all(PriorityClass) if c.spec.global_default]
        if defaults:
            _, name, what = min(defaults, key=lambda row: row[:2])
    if spec.priority not in (0, what.value):
        raise Forbidden(
            f"{pod.key}: its class makes its priority {what.value}; {spec.priority} cannot be set"
        )
    if spec.preemption_policy not in (None, what.preemption_policy):
        raise Forbidden(f"{pod.key}: its class makes its preemptionPolicy {what.preemption_policy}")
    if name is None:
        return pod
    return replace(pod, spec=replace(spec, **_of_class(name, what)))


def _of_class(name: str, what: PriorityClassSpec) -> dict[str, Any]:
    return {"priority_class": name, "priority": what.value, "preemption_policy": what.preemption_policy}


def _class(store: Store, name: str) -> PriorityClassSpec | None:
    if name in SYSTEM_PRIORITY_CLASSES:
        return SYSTEM_PRIORITY_CLASSES[name]
    found = store.get(PriorityClass, name)
    return found.spec if found is not None else None
