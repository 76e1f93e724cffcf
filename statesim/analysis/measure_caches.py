"""What caches kept from the origin, as the answers to their clients say; see the metrics page."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING

from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from statesim.analysis.reading import Reading

WINDOW_US = SECOND
ANSWER = 4  # object, hit or miss, requests, of these to the origin


def measure_caches(reading: Reading) -> dict[str, dict[str, float | None]]:
    """Return what each client's answers say of caches, by its name; clients that asked none are not in it.

    The jump is about shares of requests, so that more visitors in a window do not look like colder caches.
    """
    if not any("request" in client.kinds for client in reading.clients.values()):
        return {}
    windows: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0]))
    for t, _, name, type_, f, value, *_ in reading.record.history:
        if type_ == "ok" and f == "request" and isinstance(value, list | tuple) and len(value) == ANSWER:
            window = windows[name][t // WINDOW_US]
            window[0] += value[2]
            window[1] += value[3]
    return {name: _of(list(found.values())) for name, found in windows.items()}


def _of(windows: list[list[float]]) -> dict[str, float | None]:
    asked, missed = (sum(window[i] for window in windows) for i in (0, 1))
    shares = [to_origin / requests for requests, to_origin in windows]
    usual = median(shares)
    return {
        "hit_ratio": round(1 - missed / asked, 6),
        "hit_ratio_min": round(1 - max(shares), 6),
        "origin_requests": round(missed),
        "origin_rate_max": round(max(window[1] for window in windows) * SECOND / WINDOW_US, 3),
        "origin_jump": round(max(shares) / usual, 6) if usual else None,
    }
