"""Disruption budgets in the API's form, and kinds that are as their manifests say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.cluster.wire.metadata import metadata, said, timestamp
from statesim.cluster.wire.workloads import int_or_percent, selector
from statesim.scenario.manifests.defaults import canonical
from statesim.scenario.served import preferred

if TYPE_CHECKING:
    from statesim.cluster.objects import Object, PodDisruptionBudget
    from statesim.cluster.wire.metadata import Document, Frame


def disruption_budget(obj: PodDisruptionBudget, frame: Frame) -> Document:
    """Return a PodDisruptionBudget (its conditions: pkg/controller/disruption: updatePdbStatus)."""
    spec = canonical(said(obj))
    if (written := spec.get("selector")) is not None:
        # v1beta1 keeps an empty selector as it is; v1 says in other words that it selects nothing
        kept = not written and preferred(obj.KIND, frame.features.minor) == "policy/v1beta1"
        spec["selector"] = {} if kept else selector(obj.spec.selector)
    for key, bound in (
        ("minAvailable", obj.spec.min_available),
        ("maxUnavailable", obj.spec.max_unavailable),
    ):
        if bound is not None:
            spec[key] = int_or_percent(bound)
    counts = obj.status
    status: Document = {
        "currentHealthy": counts.get("current_healthy", 0),
        "desiredHealthy": counts.get("desired_healthy", 0),
        "disruptionsAllowed": obj.disruptions_allowed,
        "expectedPods": counts.get("expected_pods", 0),
    }
    if counts:
        status["observedGeneration"] = counts.get("observed_generation", obj.generation)
    if obj.disrupted:
        status["disruptedPods"] = {pod: timestamp(at) for pod, at in sorted(obj.disrupted.items())}
    return {"metadata": metadata(obj), "spec": spec, "status": status}


def as_written(obj: Object, _frame: Frame) -> Document:
    """Return an object that is what its manifest says and nothing more."""
    raw = dict(obj.manifest.raw) if obj.manifest is not None else {}
    kept = {key: value for key, value in raw.items() if key not in ("apiVersion", "kind", "metadata")}
    return {"metadata": metadata(obj), **canonical(kept)}
