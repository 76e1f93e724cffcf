"""What the tests of preemption share: two classes of priority, and pods that come later than others."""

from __future__ import annotations

from typing import Any

from tests.acceptance.scheduling_worlds import (
    priority_class,
)
from tests.acceptance.small import Small, apply

HIGH = priority_class("high", 1_000)
LOW = priority_class("low", 10)


def later(*objects: dict[str, Any], at: str = "30s") -> dict[str, Any]:
    return apply(at, *objects)


def run(*objects: dict[str, Any], cluster: dict[str, Any], timeline: tuple[dict[str, Any], ...]) -> Small:
    return Small(*timeline, objects=[HIGH, LOW, *objects], cluster=cluster, duration="3m").run()
