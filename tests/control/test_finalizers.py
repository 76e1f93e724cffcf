"""Finalizers that a manifest gives its object: it stays, Terminating, until somebody takes them away."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.scenario.manifests import parse_manifest
from statesim.scenario.manifests.notes import Notes
from tests.acceptance.small import Small, pod, workload

HOLD = "example.com/hold"


def held(made: dict[str, Any], *more: str) -> dict[str, Any]:
    made["metadata"]["finalizers"] = [HOLD, *more]
    return made


def patched(at: str, on: str, finalizers: Any) -> dict[str, Any]:
    return {"at": at, "do": "patch", "on": on, "patch": {"metadata": {"finalizers": finalizers}}}


@pytest.mark.parametrize("kind", ["StatefulSet", "Deployment", "ReplicaSet"])
def test_a_workload_stays_with_its_pods_until_its_finalizer_is_patched_away(kind: str) -> None:
    rows = [{"at": "20s", "do": "delete", "on": f"{kind}/a"}, patched("60s", f"{kind}/a", None)]
    run = Small(*rows, objects=[held(workload(kind))], duration="120s").run(59)
    assert run.find(f"{kind}/a").terminating
    assert run.events("Terminating", "Pod/") == []
    run.run()
    assert run.times("Deleted", f"{kind}/a") == [60.0]
    assert len(run.events("Deleted", "Pod/")) == 3


def test_a_deletion_in_the_foreground_waits_for_the_pods_and_for_the_finalizer() -> None:
    delete = {"at": "20s", "do": "delete", "on": "StatefulSet/a", "cascade": "foreground"}
    rows = [delete, patched("60s", "StatefulSet/a", None)]
    run = Small(*rows, objects=[held(workload("StatefulSet"))], duration="120s").run(59)
    assert len(run.events("Deleted", "Pod/")) == 3
    assert run.find("StatefulSet/a").finalizers == (HOLD,)
    run.run()
    assert run.times("Deleted", "StatefulSet/a") == [60.0]


def test_a_patch_of_something_else_does_not_bring_a_finalizer_back() -> None:
    scale = {"at": "30s", "do": "scale", "on": "StatefulSet/a", "replicas": 1}
    rows = [
        patched("20s", "StatefulSet/a", None),
        scale,
        {"at": "60s", "do": "delete", "on": "StatefulSet/a"},
    ]
    run = Small(*rows, objects=[held(workload("StatefulSet"))], duration="90s").run()
    assert run.times("Deleted", "StatefulSet/a") == [60.0]


def test_finalizers_are_added_and_taken_away_one_by_one() -> None:
    drop = {"at": "30s", "do": "patch", "on": "StatefulSet/a"}
    drop["patch"] = {"metadata": {"$deleteFromPrimitiveList/finalizers": [HOLD]}}
    rows = [patched("20s", "StatefulSet/a", ["example.com/more"]), drop]
    run = Small(*rows, objects=[held(workload("StatefulSet"))], duration="60s").run(25)
    assert run.find("StatefulSet/a").finalizers == (HOLD, "example.com/more")
    run.run()
    assert run.find("StatefulSet/a").finalizers == ("example.com/more",)


def test_a_claim_keeps_its_own_protection_beside_what_the_manifest_says() -> None:
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}}
    claim["spec"] = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    rows = [{"at": "20s", "do": "delete", "on": "PersistentVolumeClaim/data"},
            patched("60s", "PersistentVolumeClaim/data", None)]  # fmt: skip
    run = Small(*rows, objects=[held(claim)], duration="90s").run(10)
    assert run.find("PersistentVolumeClaim/data").finalizers == (HOLD, "kubernetes.io/pvc-protection")
    run.run(59)
    assert run.find("PersistentVolumeClaim/data").finalizers == (HOLD,)
    run.run()
    assert run.times("Deleted", "PersistentVolumeClaim/data") == [60.0]


def test_a_pods_finalizers_are_named_as_not_simulated_and_a_bare_word_is_refused() -> None:
    notes = Notes()
    assert parse_manifest(held(pod()), notes) is not None
    assert [w.message for w in notes.warnings] == ["metadata.finalizers is not simulated"]
    assert parse_manifest(held(workload("StatefulSet"), "hold"), notes) is None
    assert "'hold' is not a finalizer's name" in notes.errors[0].message
