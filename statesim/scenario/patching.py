"""Two ways to change a document by another one: RFC 7386, and Kubernetes' strategic merge. Both copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# field -> the key by which kubectl merges its list (patchMergeKey in k8s.io/api); other lists are replaced
_MERGE_KEYS = {
    "containers": ("name",),
    "initContainers": ("name",),
    "ephemeralContainers": ("name",),
    "volumes": ("name",),
    "env": ("name",),
    "imagePullSecrets": ("name",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "hostAliases": ("ip",),
    "topologySpreadConstraints": ("topologyKey",),
    "ownerReferences": ("uid",),
    "ports": ("containerPort", "port"),
}
_DIRECTIVE = "$patch"


def merge_patch(target: Any, patch: Any) -> Any:
    """Return `target` changed by a JSON merge patch (RFC 7386): null deletes, lists are replaced.

    Parts that the patch leaves alone are the target's own objects, not copies.
    """
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), value)
    return result


def patch_between(before: Any, after: Any) -> Any:
    """Return the merge patch that makes `after` of `before`; `after` holds no nulls of its own."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return after
    patch: dict[str, Any] = {key: None for key in before if key not in after}
    for key, value in after.items():
        if key not in before:
            patch[key] = value
        elif before[key] != value:
            patch[key] = patch_between(before[key], value)
    return patch


def strategic_patch(target: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return a Kubernetes object changed as `kubectl patch` does by default.

    Mappings are merged, null deletes, and the lists of `_MERGE_KEYS` are merged item by item; every other
    list (tolerations, volumeClaimTemplates, command, …) is replaced. ``$patch: delete`` in an item of a
    merged list takes that item out, ``$patch: replace`` replaces instead of merging.
    """
    if patch.get(_DIRECTIVE) == "replace":
        return _without_directives(patch)
    kept = patch.get("$retainKeys")
    result = {key: value for key, value in target.items() if kept is None or key in kept}
    for key, value in patch.items():
        if key.startswith("$"):
            continue
        if value is None or (isinstance(value, dict) and value.get(_DIRECTIVE) == "delete"):
            result.pop(key, None)
        else:
            result[key] = _changed(key, result.get(key), value)
    return result


def _changed(field: str, old: Any, new: Any) -> Any:
    if isinstance(new, dict):
        return strategic_patch(old if isinstance(old, dict) else {}, new)
    if isinstance(new, list):
        key = _merge_key(field, new)
        if key is not None:
            return _merged_list(old if isinstance(old, list) else [], new, key)
        if field == "finalizers" and isinstance(old, list):
            return [*old, *(item for item in new if item not in old)]
    return new


def _merge_key(field: str, items: list[Any]) -> str | None:
    """Return the key that tells the items of a list apart, ``None`` if the list is replaced."""
    for key in _MERGE_KEYS.get(field, ()):
        if items and all(isinstance(item, dict) and (key in item or _replaces(item)) for item in items):
            return key
    return None


def _replaces(item: dict[str, Any]) -> bool:
    return item == {_DIRECTIVE: "replace"}


def _merged_list(old: list[Any], new: list[Any], key: str) -> list[Any]:
    if any(_replaces(item) for item in new):
        return [_without_directives(item) for item in new if not _replaces(item)]
    result = list(old)
    for item in new:
        index = next(
            (i for i, row in enumerate(result) if isinstance(row, dict) and row.get(key) == item[key]), None
        )
        if item.get(_DIRECTIVE) == "delete":
            if index is not None:
                del result[index]
        elif index is None:
            result.append(strategic_patch({}, item))
        else:
            result[index] = strategic_patch(result[index], item)
    return result


def _without_directives(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: inner for key, inner in value.items() if not key.startswith("$") and inner is not None}
