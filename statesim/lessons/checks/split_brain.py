"""The exercise about split brain: settings that keep one writer and lose nothing, in two kinds of trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.lessons.checks.asked import named
from statesim.lessons.checks.trial import shop_of, tried
from statesim.lessons.verdict import Judged

if TYPE_CHECKING:
    from statesim.api import VariantResult


def one_writer_and_nothing_lost(answer: dict[str, Any]) -> Judged:
    """Judge settings of Patroni: its agent stands still, and then a primary is cut off with its clients."""
    settings = {f"systems.pg.parameters.{name}": value for name, value in named(answer).items()}
    frozen = tried("frozen-agent", "no-watchdog", settings)
    shop = shop_of(frozen)
    if _dual_s(frozen):
        return Judged.not_yet("two", dual=_dual_s(frozen), lost=shop["lost"])
    if shop["lost"]:
        return Judged.not_yet("lost-frozen", lost=shop["lost"])
    if not frozen.metrics["systems"]["pg"]["failovers"]:
        return Judged.not_yet("outlasted")
    cut = tried("patroni-partitioned", "asynchronous", settings)
    if shop_of(cut)["lost"] or _dual_s(cut):
        return Judged.not_yet("lost-cut", lost=shop_of(cut)["lost"])
    before = tried("patroni-partitioned", "asynchronous", {})
    return Judged.good("safe", out=shop_of(cut)["unavailable_s"], before=shop_of(before)["unavailable_s"])


def _dual_s(variant: VariantResult) -> float:
    found: float = variant.metrics["systems"]["pg"]["dual_primary_s"]
    return found
