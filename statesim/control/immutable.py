"""Which fields of a workload's spec the API server does not let anybody change, and what it says then.

Source: pkg/apis/apps/validation/validation.go (ValidateStatefulSetUpdate, ValidateDeploymentUpdate,
ValidateReplicaSetUpdate). What a StatefulSet's update may change has grown from version to version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from statesim.scenario.specs import Manifest
    from statesim.scenario.versions import Features

_SELECTOR = {"selector": "selector"}
_STATEFUL_SET = {
    **_SELECTOR,
    "service_name": "serviceName",
    "pod_management": "podManagementPolicy",
    "claim_templates": "volumeClaimTemplates",
}
_HISTORY = {"revision_history_limit": "revisionHistoryLimit"}


def immutable(before: Any, manifest: Manifest, features: Features) -> str | None:
    """Return why the API server refuses a manifest as the successor of a spec, ``None`` if it does not.

    A field that a version does not know, or whose gate is off, is dropped before anybody compares, so that
    changing it changes nothing (registry/apps/statefulset/strategy.go: dropStatefulSetDisabledFields).
    """
    names = {"StatefulSet": _STATEFUL_SET, "Deployment": _SELECTOR, "ReplicaSet": _SELECTOR}.get(
        manifest.kind, {}
    )
    if manifest.kind == "StatefulSet" and not features.has("StatefulSetHistoryCanChange"):
        names = {**names, **_HISTORY}
    changed = [
        field for name, field in names.items() if getattr(before, name) != getattr(manifest.spec, name)
    ]
    if not changed:
        return None
    said = _said(features) if manifest.kind == "StatefulSet" else "spec.selector: field is immutable"
    return f"the API server refuses to change {', '.join(changed)} of a {manifest.kind}: {said}"


def _said(features: Features) -> str:
    since = {
        "ordinals": "StatefulSetSaysOrdinals",
        "revisionHistoryLimit": "StatefulSetHistoryCanChange",
        "persistentVolumeClaimRetentionPolicy": "StatefulSetSaysRetention",
        "minReadySeconds": "StatefulSetSaysMinReady",
    }
    fields = ("replicas", "ordinals", "template", "updateStrategy", *list(since)[1:])
    known = [f"'{field}'" for field in fields if field not in since or features.has(since[field])]
    comma = "" if features.has("StatefulSetSaysMinReady") else ","
    listed = f"{', '.join(known[:-1])}{comma} and {known[-1]}"
    return f"spec: Forbidden: updates to statefulset spec for fields other than {listed} are forbidden"
