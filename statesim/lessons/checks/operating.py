"""The exercises about operating: a drain that ends, and what a restore costs."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any

from statesim.lessons.checks.asked import settings, whole
from statesim.lessons.checks.trial import shop_of, tried
from statesim.lessons.verdict import Judged
from statesim.scenario.units import shown

if TYPE_CHECKING:
    from collections.abc import Callable

_BUDGET = {"minAvailable": None, "maxUnavailable": None}  # a merge patch: what is not chosen is taken out
_MOST_REPLICAS = 9
_MINUTES = (2, 8, 12)
_ALLOWED = 0.15


def a_drain_that_ends(answer: dict[str, Any]) -> Judged:
    """Judge replicas and a budget: a drain ends and fails no request, and two at once leave a pod as well."""
    replicas = whole(answer, "replicas", 1, _MOST_REPLICAS)
    chosen = {
        "manifests.2.spec.replicas": replicas,
        "manifests.3.spec": _BUDGET | settings(answer, "budget"),
        "duration": "4m",
    }
    variant = tried("drain-blocked", "one", chosen)
    events = variant.metrics["events"]
    visitors = shop_of(variant, "visitors")
    if not events["Node"].get("Drained"):
        refused = events["PodDisruptionBudget"].get("Refused", 0)
        return Judged.not_yet("blocked", times=refused, replicas=replicas)
    if visitors["failed"]:
        return Judged.not_yet("gap", failed=visitors["failed"])
    everywhere = [{"at": "60s", "do": "drain", "on": {"nodeOf": f"Pod/web-{at}"}} for at in range(replicas)]
    at_once = tried("drain-blocked", "one", {**chosen, "timeline": everywhere})
    if shop_of(at_once, "visitors")["failed"]:
        return Judged.not_yet("no-budget")
    return Judged.good("drained")


def what_a_restore_costs(answer: Callable[[float], float]) -> Judged:
    """Judge a function from minutes to lost writes: it is asked for some, and each is run."""
    for minutes in _MINUTES:
        restore = {"at": "10m", "do": "restore", "on": "System/pg", "to": "599s", "reaction": f"{minutes}m"}
        mistake = {"at": "10m", "do": "truncate", "on": "System/pg"}
        variant = tried("replication-is-not-a-backup", "restored", {"timeline": [mistake, restore]})
        lost, said = shop_of(variant)["lost"], _said(answer, minutes)
        if not abs(said - lost) <= _ALLOWED * lost:  # so that NaN, which is near nothing, is off as well
            return Judged.not_yet("off", minutes=minutes, said=said, lost=lost)
    return Judged.good("near", minutes=minutes, lost=lost)


def _said(answer: Callable[[float], float], minutes: float) -> float:
    try:
        said = answer(minutes)
    except Exception as error:
        raise ValueError(f"answer({minutes}): {error}") from error
    if isinstance(said, bool) or not isinstance(said, Real):  # NumPy's numbers are real as well
        raise ValueError(f"answer({minutes}): expected a number, found {shown(said)}")
    return float(said)
