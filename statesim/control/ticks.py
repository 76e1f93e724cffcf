"""Fixed-period loops without their idle rounds: when the next round is, instead of an event for each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ticks:
    """The instants ``phase_us + k * period_us`` at which a polling loop comes round."""

    period_us: int
    phase_us: int = 0

    def at_or_after(self, t_us: int) -> int:
        """Return the first round that is not before `t_us`."""
        return self.phase_us - (self.phase_us - t_us) // self.period_us * self.period_us

    def after(self, t_us: int) -> int:
        """Return the first round later than `t_us`."""
        return self.at_or_after(t_us + 1)


def doubled(failures: int, base_us: int, most_us: int) -> int:
    """Return the pause after so many earlier failures: doubled each time, up to a limit."""
    return min(base_us << min(failures, 20), most_us)
