"""What is said of volumes and of init containers, in the words of each version; documents that agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import statesim
from statesim.analysis.event_sources import events_at

if TYPE_CHECKING:
    from pathlib import Path

    from statesim.api import Result

SECOND = 1_000_000
TWO_PODS = """
apiVersion: statesim/v1
kind: Scenario
metadata: {{name: mounts, title: "A volume that is elsewhere"}}
seed: 1
duration: 200s
cluster: {{kubernetes: "{version}", nodesPerZone: 2, zones: 1}}
images: {{"app:1": {{pull: 1s, start: 1s, ready: 1s, stop: 1s}}}}
manifests:
  - apiVersion: v1
    kind: PersistentVolumeClaim
    metadata: {{name: data}}
    spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}
  - apiVersion: v1
    kind: Pod
    metadata: {{name: p}}
    spec: &pod
      nodeSelector: {{kubernetes.io/hostname: node-a-1}}
      initContainers: [{{name: prepare, image: "app:1"}}]
      containers: [{{name: app, image: "app:1", volumeMounts: [{{name: data, mountPath: /data}}]}}]
      volumes: [{{name: data, persistentVolumeClaim: {{claimName: data}}}}, {{name: tmp, emptyDir: {{}}}}]
  - {{apiVersion: v1, kind: Pod, metadata: {{name: q}}, spec: {{<<: *pod, nodeName: node-a-2}}}}
"""


def run(tmp_path: Path, version: str) -> Any:
    path = tmp_path / "mounts.yaml"
    path.write_text(TWO_PODS.format(version=version), encoding="utf-8")
    (variant,) = statesim.run(path).variants.values()
    return variant


def of_pod(variant: Any, name: str) -> list[tuple[str, str]]:
    rows = [e for e in events_at(variant.record, 199 * SECOND) if e["involvedObject"]["name"] == name]
    return [(e["reason"], e["message"]) for e in rows]


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("1.26", "unmounted volumes=[data], unattached volumes=[data]: timed out waiting for the condition"),
        (
            "1.27",
            "unmounted volumes=[data], unattached volumes=[data], failed to process volumes=[]: "
            "timed out waiting for the condition",
        ),
        ("1.28", None),
    ],
)
def test_a_wait_for_volumes_that_runs_out_of_time_is_told_as_the_version_tells_it(
    tmp_path: Path, version: str, words: str | None
) -> None:
    variant = run(tmp_path, version)
    told = {
        name: [message for reason, message in of_pod(variant, name) if reason == "FailedMount"]
        for name in "pq"
    }
    assert told["p"] == ([] if words is None else [f"Unable to attach or mount volumes: {words}"])
    early = "unmounted volumes=[data], unattached volumes=[data]"
    if version != "1.26":
        early = "unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]"
    why = "error processing PVC default/data: PVC is not bound"
    assert told["q"] == [f"Unable to attach or mount volumes: {early}: {why}"]


def test_an_init_container_is_created_and_started_before_the_others(tmp_path: Path) -> None:
    told = [row for row in of_pod(run(tmp_path, "1.32"), "q") if row[0] in ("Created", "Started")]
    assert told == [
        (reason, f"{words} {name}")
        for name in ("prepare", "app")
        for reason, words in (("Created", "Created container:"), ("Started", "Started container"))
    ]


@pytest.mark.parametrize(("version", "both"), [("1.22", False), ("1.23", True)])
def test_class_claim_and_volume_name_the_same_provisioner(tmp_path: Path, version: str, both: bool) -> None:
    variant = run(tmp_path, version)
    (storage_class,) = variant.get("sc", at=199)
    claim = variant.get("pvc/data", at=199)
    (volume,) = variant.get("pv", at=199)
    name = storage_class["provisioner"]
    notes = claim["metadata"]["annotations"]
    assert notes["volume.beta.kubernetes.io/storage-provisioner"] == name
    assert notes.get("volume.kubernetes.io/storage-provisioner") == (name if both else None)
    assert volume["metadata"]["annotations"]["pv.kubernetes.io/provisioned-by"] == name
    assert volume["spec"]["csi"]["driver"] == name
    (attachment,) = variant.get("volumeattachment", at=199)
    assert attachment["spec"]["attacher"] == name


def test_a_node_claims_no_range_of_addresses_from_which_its_pods_have_none(everything: Result) -> None:
    (variant,) = everything.variants.values()
    for node in variant.get("nodes"):
        assert "podCIDR" not in node["spec"]
