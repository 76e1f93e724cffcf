"""Two ways to patch a document: RFC 7386 (variants of a scenario) and Kubernetes' strategic merge."""

from __future__ import annotations

from typing import Any

# k8s.io/api/core/v1/types.go: the patchMergeKey tags
_MERGE_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "volumes": "name",
    "env": "name",
    "volumeMounts": "mountPath",
    "ports": "containerPort",
}


def merge_patch(target: Any, patch: Any) -> Any:
    """Return `target` with `patch` merged in: mappings merge, ``None`` deletes, all else replaces (RFC 7386)."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def strategic_patch(target: Any, patch: Any) -> Any:
    """Return `target` patched as `kubectl patch` does by default: known lists merge by their key."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, list) and key in _MERGE_KEYS and isinstance(merged.get(key), list):
            merged[key] = _merge_list(merged[key], value, _MERGE_KEYS[key])
        else:
            merged[key] = strategic_patch(merged.get(key), value)
    return merged


def _merge_list(target: list[Any], patch: list[Any], by: str) -> list[Any]:
    merged = list(target)
    for row in patch:
        at = next((i for i, old in enumerate(merged) if old.get(by) == row.get(by)), None)
        if at is None:
            merged.append(row)
        elif row.get("$patch") == "delete":
            del merged[at]
        else:
            merged[at] = strategic_patch(merged[at], row)
    return merged
