"""The exercise about nines: a design for a budget, and hard years that it has to bear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.lessons.checks.asked import names, settings
from statesim.lessons.checks.trial import shop_of, tried
from statesim.lessons.verdict import Judged
from statesim.scenario.units import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.api import VariantResult

_ZONES = ("a", "b", "c")
_MEMBERS = range(1, 6)
_MEMBER, _ZONE, _BUDGET = 10, 5, 45
_YEAR_MINUTES = 365 * 24 * 60
_MOST_MINUTES = _YEAR_MINUTES / 10_000  # four nines
# of the years that come with the lesson two in which one zone, two zones and one member are not enough
_HARD = (125, 134)


def a_design_for_two_hard_years(answer: Mapping[str, Any]) -> Judged:
    """Judge members, zones and parameters: what they cost, how long nobody could write, what was lost."""
    members, zones = answer["members"], _zones(answer["zones"])
    parameters = settings(answer, "parameters")
    if (
        type(members) is not int
        or members not in _MEMBERS
        or not zones
        or sorted(zones) != sorted(set(zones) & set(_ZONES))
    ):
        return Judged.not_yet("numbers")
    cost = members * _MEMBER + len(zones) * _ZONE
    if cost > _BUDGET:
        return Judged.not_yet("dear", cost=cost, budget=_BUDGET)
    lost = _lost_if_cut_off(parameters)
    if lost:
        return Judged.not_yet("lost", lost=lost)
    worst = 0.0
    for seed in _HARD:
        year = tried("how-many-nines", "patroni-sync", _design(members, zones, parameters), seed=seed)
        shop = shop_of(year)
        minutes = (1 - shop["availability"]) * _YEAR_MINUTES
        if minutes > _MOST_MINUTES:
            longest, label = _longest(year)
            if not longest:
                return Judged.not_yet("never-served", seed=seed, minutes=minutes)
            return Judged.not_yet("down", seed=seed, minutes=minutes, longest=longest, label=label)
        worst = max(worst, minutes)
    return Judged.good("designed", minutes=worst, cost=cost)


def _zones(value: Any) -> list[str]:
    if not isinstance(value, list | tuple | set | frozenset):
        raise ValueError(f'zones: expected a list of names, like ["a", "b"], found {shown(value)}')
    return names(value, "zones: ")


def _lost_if_cut_off(parameters: Mapping[str, Any]) -> int:
    chosen = {f"systems.pg.parameters.{name}": value for name, value in parameters.items()}
    found: int = shop_of(tried("patroni-partitioned", "asynchronous", chosen))["lost"]
    return found


def _design(members: int, zones: list[str], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a design: the failures are the scenario's, of the zones that there are."""
    on = "StatefulSet/pg"
    failures: list[dict[str, Any]] = [
        {
            "random": {"mtbf": "120d", "mttr": "30m"},
            "do": "node-crash",
            "on": {"anyNode": {}},
            "label": "a machine fails",
        },
        {
            "random": {"mtbf": "20d", "per": "pod"},
            "do": "container-kill",
            "on": on,
            "label": "a program dies",
        },
        {"every": "30d", "do": "rollout-restart", "on": on, "label": "the monthly update"},
    ]
    failures += [
        {
            "random": {"mtbf": "1095d", "mttr": "2h"},
            "do": "zone-outage",
            "on": {"zone": zone},
            "label": f"zone {zone} fails",
        }
        for zone in sorted(zones)
    ]
    scaled = {"at": "1m", "do": "scale", "on": on, "replicas": members, "label": "as many as designed"}
    return {
        "cluster.nodes": [{"name": "n", "count": 6, "zones": sorted(zones)}],
        "systems": [
            {
                "name": "pg",
                "kind": "patroni",
                "workload": on,
                "parameters": {"replication_lag": "5ms", **parameters},
            }
        ],
        "timeline": [*failures, scaled],
    }


def _longest(year: VariantResult) -> tuple[float, str]:
    """Return the longest outage that ended, in minutes, and the latest fault before it; 0 if none ended."""
    events = year.record.events
    ends = [each for each in events if each.object == "Client/shop" and each.event == "Recovered"]
    if not ends:
        return 0.0, "?"
    longest = max(ends, key=lambda each: each.fields["outage_s"])
    begun = longest.t - longest.fields["outage_s"] + 1
    before = [
        each
        for each in events
        if each.object.startswith("Fault/") and each.event == "Started" and each.t <= begun
    ]
    return longest.fields["outage_s"] / 60, str(before[-1].fields["label"]) if before else "?"
