"""What a metric is called on a slide, in what unit, and how its numbers are written."""

from __future__ import annotations

from math import isinf
from typing import NamedTuple

from statesim.analysis.direction import direction
from statesim.analysis.tidy import OUTAGES
from statesim.views.shares import NINE, percent, telling_decimals
from statesim.views.speech import duration, say, word

_WORDS = {
    "lost": "acknowledged writes lost",
    "acked": "operations acknowledged",
    "failed": "operations that failed",
    "unknown": "operations without an answer",
    "stale_reads": "stale reads",
    "unavailable_s": "time without service",
    "longest_outage_s": "longest outage",
    "first_outage_s": "first outage",
    "outages": "outages",
    "availability": "availability",
    "read_unavailable_s": "time without reads",
    "read_availability": "availability of reads",
    "rto_server_s": "time until servers took writes again",
    "rto_client_p50_s": "time until clients were back, median",
    "rto_client_p99_s": "time until clients were back, 99 of 100",
    "rto_client_max_s": "time until the last client was back",
    "sessions_broken": "sessions broken",
    "users_logged_out": "users logged out",
    "failovers": "failovers",
    "rto_s": "time without a primary, longest",
    "no_primary_s": "time without a primary",
    "rpo_writes": "writes that the new primary did not have",
    "rpo_s": "age of the oldest write lost",
    "dual_primary_s": "time with two primaries",
    "quorum_lost_s": "time without a majority",
    "ready_s": "time with all pods Ready",
    "below_desired_s": "time with too few pods Ready",
    "first_replacement_s": "time until the pod was replaced",
    "replacement_ready_s": "time until the replacement was Ready",
    "multi_attach_wait_s": "time that pods waited for a volume",
    "restarts": "restarts",
}
_SHARES = ("availability", "hit_ratio", "hit_ratio_min")
_TICKS = ((1.0, "s"), (60.0, "min"), (3600.0, "h"), (86400.0, "d"))


class MetricWords(NamedTuple):
    """How a metric is said.

    Attributes
    ----------
    title
        ``Time without service, shop``.
    path
        As it stands in ``metrics.json``.
    unit
        ``s``, ``ms``, ``share``, or nothing: it is counted.
    better
        1 if more is, -1 if less is, 0 if neither can be said.
    """

    title: str
    path: str
    unit: str
    better: int

    @property
    def which_is_better(self) -> str:
        """Return ``more is better``, ``less is better``, or nothing."""
        return word({1: "more is better", -1: "less is better", 0: ""}[self.better])

    @property
    def open_(self) -> str:
        """Return what is said of a run that ended first."""
        name = self.path.rpartition(".")[2].removeprefix("read_")
        return word("not over" if name in OUTAGES else "never")

    def shown(self, value: float) -> str:
        """Return a value with its unit, as a person says it."""
        if isinf(value):
            return self.open_ if value > 0 else word("no bound")
        if self.unit == "s":
            if 0 < abs(value) < 0.1:
                return f"{1000 * value:.3g} {word('ms')}"
            return _signed(value, _seconds(abs(value)) if value else f"0 {word('s')}")
        if self.unit == "ms":
            return f"{value:,.3g} {word('ms')}" if abs(value) < 1000 else f"{value:,.0f} {word('ms')}"
        if self.unit == "share":
            if NINE <= value <= 1:
                return percent(value, max(3 if value > 0.99 else 2, telling_decimals(1 - value)))
            return f"{100 * value:.4g} %"
        return f"{value:,.0f}" if value == round(value) or abs(value) >= 100 else f"{value:,.3g}"

    def tick(self, value: float, high: float) -> str:
        """Return a round value as it stands at an axis that ends at `high`: ``90 s``, ``5 min``."""
        if self.unit != "s" or value == 0:
            return self.shown(value)
        # all in the same unit, unless they span too much, as they do on a logarithmic axis
        size, unit = next((s, u) for s, u in reversed(_TICKS) if min(high / 2, value) >= s or s == 1)
        return f"{value / size:.3g} {word(unit)}"


def _seconds(seconds: float) -> str:
    """Return a duration as it is said aloud, of one or two minutes no fewer than three digits."""
    if 59.95 <= seconds < 119.95:
        return f"{f'{seconds:.1f}'.removesuffix('.0')} {word('s')}"
    return duration(seconds)


def _signed(value: float, text: str) -> str:
    return f"-{text}" if value < 0 else text


def metric_words(path: str) -> MetricWords:
    """Return how the metric at a dotted path is said."""
    group, _, rest = path.partition(".")
    whose, _, name = rest.rpartition(".")
    bare = name.removeprefix("read_") if name not in _WORDS else name
    said = _WORDS.get(name) or name.removesuffix("_s").removesuffix("_ms").replace("_", " ")
    unit = "s" if name.endswith("_s") else "ms" if name.endswith("_ms") else ""
    unit = "share" if bare in _SHARES or name in _SHARES or bare == "availability" else unit
    owner = whose or ("" if group in {"findings", "nodes", "volumes"} else group)
    title = word(f"{said[:1].upper()}{said[1:]}")
    if owner:
        title = say("{metric}, {whose}", metric=title, whose=word(owner) if owner == "all" else owner)
    return MetricWords(title, path, unit, direction(path))


def log_ticks(low: float, high: float, unit: str) -> list[float]:
    """Return ticks for a logarithmic axis: powers of ten, and for seconds what a clock has."""
    clock = (0.01, 0.1, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 18000, 36000, 86400, 864000)
    places = clock if unit == "s" else tuple(10.0**power for power in range(-6, 13))
    inner = [float(place) for place in places if low <= place <= high]
    return inner or [low, high]
