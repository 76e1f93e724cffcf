"""The exercise about identity: what a person on call does with a machine that is not heard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.lessons.checks.asked import named, seconds
from statesim.lessons.checks.trial import shop_of, tried
from statesim.lessons.verdict import Judged
from statesim.scenario.units import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

# the two worlds that look alike to whoever is called
_ALIVE = {
    "at": "60s",
    "do": "network-partition",
    "on": {"nodeOf": "Pod/pg-0"},
    "from": "control-plane",
    "for": "14m",
    "label": "cut off from the control plane",
}
_DEAD = {"at": "60s", "do": "node-crash", "on": {"nodeOf": "Pod/pg-0"}, "label": "power cut"}
_TOOLS = ("node-crash", "delete", "taint")
_TARGETS: tuple[Any, ...] = ("Pod/pg-0", {"nodeOf": "Pod/pg-0"})
_CALLED_S = 100
_MOST_S = 120
_ROW = '{"at": "110s", "do": "delete", "on": "Pod/pg-0"}'


def fenced_before_replaced(answer: list[dict[str, Any]]) -> Judged:
    """Judge rows of a timeline in two worlds: nothing lost, never two of one name, and soon back."""
    for row in answer:
        if not isinstance(row, dict):
            raise ValueError(f"expected a row, like {_ROW}, found {shown(row)}")
        named(row)
        if row["do"] not in _TOOLS:
            return Judged.not_yet("tools", used=row["do"])
        if row["on"] not in _TARGETS:
            return Judged.not_yet("target")
        if seconds(row, "at") < _CALLED_S:
            return Judged.not_yet("early")
    out = []
    for world in (_ALIVE, _DEAD):
        shop, dual_s = _met(world, answer)
        if shop["lost"] or dual_s:
            return Judged.not_yet("twice", lost=shop["lost"], dual=dual_s)
        out.append(shop["unavailable_s"])
    if not answer:
        return Judged.not_yet("waited", alive=out[0], dead=out[1])
    if max(out) >= _MOST_S:
        if _soon_enough(_at_once(answer)):
            return Judged.not_yet("late", out=max(out))
        return Judged.not_yet("slow", out=max(out))
    return Judged.good("fenced", alive=out[0], dead=out[1])


def _met(world: dict[str, Any], rows: list[dict[str, Any]]) -> tuple[Mapping[str, Any], float]:
    """Return what clients meet in one of the worlds, and for how long there are two primaries."""
    variant = tried("split-identity", "wait", {"timeline": [world, *rows]})
    return shop_of(variant), variant.metrics["systems"]["pg"]["dual_primary_s"]


def _at_once(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the same steps in the same order, from the call on."""
    in_order = sorted(rows, key=lambda row: seconds(row, "at"))
    return [{**row, "at": f"{_CALLED_S + 10 * at}s"} for at, row in enumerate(in_order)]


def _soon_enough(rows: list[dict[str, Any]]) -> bool:
    return all(_met(world, rows)[0]["unavailable_s"] < _MOST_S for world in (_ALIVE, _DEAD))
