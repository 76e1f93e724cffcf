"""The exercise about sessions: an end to every wait of a client, and none that is too early."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.lessons.checks.asked import named
from statesim.lessons.checks.trial import shop_of, tried
from statesim.lessons.verdict import Judged
from statesim.scenario.units import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

_GOOD = {"connect": "2s", "statement": "10s"}  # what an answer is mended with, to see which part of it hurts
_MOST_S = 45
_QUIET = {"duration": "100s", "timeline": []}


def an_end_to_every_wait(answer: dict[str, str]) -> Judged:
    """Judge timeouts of a client: it writes again soon after a power cut, and gives nothing up before it."""
    for name, value in named(answer).items():
        if name not in _GOOD:
            return Judged.not_yet("only", used=name)
        if value is None:
            raise ValueError(f"{name}: expected a duration, like 2s, or never, found {shown(value)}")
    given_up = _given_up(answer)
    if given_up:
        return Judged.not_yet("impatient", given_up=given_up)
    shop = _after_the_cut(answer)
    out = shop["unavailable_s"]
    if out <= _MOST_S:
        return Judged.good("back", out=out, servers=shop["rto_server_s"])
    mended = {name: _after_the_cut(_mended(answer, name))["unavailable_s"] for name in _GOOD}
    hurts = min(mended, key=mended.__getitem__)
    if mended[hurts] > _MOST_S:
        return Judged.not_yet("both", out=out, **mended)
    if hurts == "connect":
        return Judged.not_yet("late-connect", out=out, servers=shop["rto_server_s"])
    return Judged.not_yet("late-statement", out=out, servers=shop["rto_server_s"])


def _mended(answer: Mapping[str, str], name: str) -> dict[str, str]:
    return {**answer, name: _GOOD[name]}


def _given_up(answer: Mapping[str, str]) -> int:
    """Return how many statements nobody waits for in quiet times; 0 if fewer than one of a hundred."""
    quiet = _run(answer, _QUIET)
    found: int = quiet["failed"] + quiet["unknown"]
    return found if quiet["failed"] or quiet["unknown"] > quiet["acked"] / 100 else 0


def _after_the_cut(answer: Mapping[str, str]) -> Mapping[str, Any]:
    return _run(answer, {})


def _run(answer: Mapping[str, str], more: Mapping[str, Any]) -> Mapping[str, Any]:
    limits = {"clients.shop.timeouts": {"statement": "never", **answer}}
    return shop_of(tried("pool-full-of-dead-sockets", "defaults", {**limits, **more}))
