"""What every description has of an object's metadata. Source: kubectl pkg/describe/describe.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.views.kubectl.snapshot import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.views.kubectl.tabs import Lines


def head(lines: Lines, meta: Mapping[str, Any]) -> None:
    """Add an object's name, and its namespace if it has one."""
    lines.add(0, f"Name:\t{meta['name']}")
    if "namespace" in meta:
        lines.add(0, f"Namespace:\t{meta['namespace']}")


def created(lines: Lines, meta: Mapping[str, Any]) -> None:
    """Add when an object was created."""
    lines.add(0, f"CreationTimestamp:\t{moment(meta['creationTimestamp'])}")


def labelled(lines: Lines, meta: Mapping[str, Any], level: int = 0) -> None:
    """Add an object's labels and its annotations."""
    lines.labels(level, "Labels", meta.get("labels"))
    lines.annotations(level, "Annotations", meta.get("annotations"))
