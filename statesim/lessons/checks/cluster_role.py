"""The exercise about roles: a lease that is short enough for a power cut, and long enough for a migration."""

from __future__ import annotations

from typing import Any

from statesim.lessons.checks.asked import named, seconds
from statesim.lessons.checks.trial import tried
from statesim.lessons.verdict import Judged

_SETTINGS = ("ttl", "loop_wait", "retry_timeout")
_SEEDS = range(1, 6)
_MOST_S = 25
_STILL = "20s"
_LEAST_TTL_S = 20  # Patroni documentation, dynamic_configuration: the minimum


def _row(do: str, **more: Any) -> dict[str, Any]:
    return {"at": "60s", "do": do, "on": {"primaryOf": "pg"}, **more}


def a_lease_for_both(answer: dict[str, Any]) -> Judged:
    """Judge three settings: five power cuts are short, and no migration makes anybody fail over."""
    other = [name for name in named(answer) if name not in _SETTINGS]
    if other:
        return Judged.not_yet("settings", used=other[0])
    ttl, loop, retry = (seconds(answer, name) for name in _SETTINGS)
    if ttl < max(loop + 2 * retry, _LEAST_TTL_S):
        return Judged.not_yet("rule", least=loop + 2 * retry)
    lease = {f"systems.pg.parameters.{name}": value for name, value in answer.items()} | {"duration": "3m"}
    cut = [_systems(lease, [_row("node-crash")], seed)["rto_s"] for seed in _SEEDS]
    if max(cut) > _MOST_S:
        return Judged.not_yet("slow", worst=max(cut))
    still = [_systems(lease, [_row("node-pause", **{"for": _STILL})], seed)["failovers"] for seed in _SEEDS]
    if any(still):
        return Judged.not_yet("nervous", times=sum(map(bool, still)))
    return Judged.good("both", worst=max(cut), loop=loop)


def _systems(lease: dict[str, Any], timeline: list[dict[str, Any]], seed: int) -> Any:
    variant = tried("switchover-or-crash", "crash", {**lease, "timeline": timeline}, seed=seed)
    return variant.metrics["systems"]["pg"]
