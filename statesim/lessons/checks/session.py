"""The exercise about sessions: an end to every wait of a client, and none that is too early."""

from __future__ import annotations

from statesim.lessons.checks.asked import named
from statesim.lessons.checks.trial import shop_of, tried
from statesim.lessons.verdict import Judged
from statesim.scenario.units import parse_duration

_LIMITS = ("connect", "statement")
_MOST_S = 45
_TRIAL = {"duration": "6m"}  # four minutes after the power cut tell the rest
_QUIET = {"duration": "100s", "timeline": []}


def an_end_to_every_wait(answer: dict[str, str]) -> Judged:
    """Judge timeouts of a client: it writes again soon after a power cut, and gives nothing up before it."""
    other = [name for name in named(answer) if name not in _LIMITS]
    if other:
        return Judged.not_yet("only", used=other[0])
    limits = {"clients.shop.timeouts": {"statement": "never", **answer}}
    quiet = shop_of(tried("pool-full-of-dead-sockets", "defaults", {**limits, **_QUIET}))
    if quiet["failed"] or quiet["unknown"] > quiet["acked"] / 100:
        return Judged.not_yet("impatient", given_up=quiet["failed"] + quiet["unknown"])
    shop = shop_of(tried("pool-full-of-dead-sockets", "defaults", {**limits, **_TRIAL}))
    out = shop["unavailable_s"]
    if out > _MOST_S:
        if _is_short(answer.get("statement", "never")):
            return Judged.not_yet("slow", out=out, servers=shop["rto_server_s"])
        return Judged.not_yet("no-answer-limit", out=out)
    return Judged.good("back", out=out, servers=shop["rto_server_s"])


def _is_short(limit: str) -> bool:
    return limit != "never" and parse_duration(limit) <= _MOST_S * 1_000_000
