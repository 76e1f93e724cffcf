"""Tables of runs as a sweep makes them."""

from __future__ import annotations

from itertools import product
from typing import Any

import pandas as pd

TTL, WAIT = "systems.pg.parameters.ttl", "systems.pg.parameters.loop_wait"
OUT, LOST, AVAILABLE = "clients.shop.unavailable_s", "clients.shop.lost", "clients.shop.availability"


def runs(values: dict[str, list[Any]], metric: str = OUT, **columns: Any) -> pd.DataFrame:
    """Return a row for each value of each variant, with seeds from 0 on."""
    rows = [
        {"scenario": "s", "variant": variant, "seed": seed, metric: value, **columns}
        for variant, found in values.items()
        for seed, value in enumerate(found)
    ]
    return pd.DataFrame(rows)


def grid(ttls: list[str], waits: list[str], seeds: int = 5, variant: str = "patroni") -> pd.DataFrame:
    """Return runs over two settings, whose outage is the ttl in seconds, and a tenth more with each seed."""
    rows = [
        {
            "scenario": "s",
            "variant": variant,
            "seed": seed,
            TTL: ttl,
            WAIT: wait,
            OUT: float(ttl.removesuffix("s")) + seed / 10,
            LOST: seed,
            AVAILABLE: 0.99,
        }
        for ttl, wait in product(ttls, waits)
        for seed in range(seeds)
    ]
    return pd.DataFrame(rows)
