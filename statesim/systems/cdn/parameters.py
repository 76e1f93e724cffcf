"""The parameters of caches in front of an origin."""

from __future__ import annotations

from dataclasses import dataclass

from statesim.kernel.spans import MILLISECOND
from statesim.systems.parameters import MODEL, Parameters, row

NGINX = "nginx docs, proxy_cache_path"


@dataclass(frozen=True, slots=True)
class CdnParameters(Parameters):
    """What a cache holds, and where."""

    store: str = row(
        "memory",
        "memory or disk",
        NGINX,
        "Where objects lie: in memory, gone with the program; or on what the pod mounts (emptyDir, volume).",
    )
    capacity: int = row(10_000, "whole number", MODEL, "How many objects one cache holds (LRU).")
    origin_latency: int = row(
        50 * MILLISECOND, "duration", MODEL, "How much longer an answer takes that the origin gives."
    )
    warm_until: int = row(
        0,
        "duration",
        MODEL,
        "A cache that starts before this in a run begins full, as in the middle of its life.",
    )
