"""The time axis: round steps, and labels as a clock shows them."""

from __future__ import annotations

_STEPS = (
    (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800)
    + (3600, 7200, 14400, 21600, 43200, 86400, 2 * 86400, 7 * 86400, 14 * 86400, 30 * 86400, 90 * 86400)
)  # fmt: skip
_MOST = 14


def time_ticks(start: float, end: float) -> list[float]:
    """Return round instants (s) from `start` to `end`, at most fourteen."""
    step = next((s for s in _STEPS if (end - start) / s <= _MOST), _STEPS[-1])
    first = -(-start // step)
    count = int((end - first * step) // step + 1e-9) + 1
    return [round((first + index) * step, 6) for index in range(count)]


def time_label(t: float, end: float) -> str:
    """Return an instant (s) as ``m:ss``; as ``h:mm`` in runs over two hours, as days in runs over four days."""
    if end > 4 * 86400:
        return f"{t / 86400:g} d"
    if end > 7200:
        return f"{int(t // 3600)}:{int(t % 3600 // 60):02d}"
    whole = int(t)
    part = f"{t - whole:.1f}"[1:] if t != whole else ""
    return f"{whole // 60}:{whole % 60:02d}{part}"
