"""A machine: on, off or frozen. What the control plane hears from it is heartbeats, which cost no events."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.kernel.clock import Clock


class Power(StrEnum):
    """Whether the machine can run a program."""

    ON = "on"
    OFF = "off"
    PAUSED = "paused"


_ON, _PAUSED = Power.ON, Power.PAUSED  # as for every timer of a machine, CPython 3.11 is slow to find them


class Skew(NamedTuple):
    """How a machine's clock is wrong: by how much since an instant, and by how much more in each second."""

    offset_us: int
    drift_ppm: float
    since_us: int

    def at(self, now: int) -> int:
        """Return by how much it is wrong at an instant."""
        return self.offset_us + round((now - self.since_us) * self.drift_ppm / 1_000_000)


class Machine:
    """One machine and its heartbeat.

    While the kubelet reaches the API server it renews its Lease every `period_us` at a fixed phase
    (kubernetes pkg/kubelet/kubelet.go, the node lease controller). The times are derived, not scheduled.

    Attributes
    ----------
    silent_us
        Since when no renewal gets through; ``None`` while they do.
    images
        What has been pulled.
    skews
        What makes its clock wrong, by name. Nothing but the time of day is: timers run at the true rate.
    """

    __slots__ = (
        "_clock",
        "_heard_us",
        "_phase",
        "_stash",
        "boots",
        "images",
        "name",
        "period_us",
        "power",
        "silent_us",
        "skews",
        "zone",
    )

    def __init__(self, name: str, zone: str, clock: Clock, period_us: int, phase_us: int) -> None:
        self.name = name
        self.zone = zone
        self._clock = clock
        self.period_us = period_us
        self._phase = phase_us
        self._heard_us = 0
        self.power = Power.ON
        self.silent_us: int | None = None
        self.images: set[str] = set()
        self.boots = 0
        self.skews: dict[str, Skew] = {}
        self._stash: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []

    def clock_us(self) -> int:
        """Return what its clock shows."""
        now = self._clock.now
        return now + sum(skew.at(now) for skew in self.skews.values())

    def last_heartbeat(self) -> int:
        """Return when the control plane last heard a renewal, in microseconds."""
        until = self._clock.now if self.silent_us is None else self.silent_us
        return max(self._heard_us, self._phase + (until - self._phase) // self.period_us * self.period_us)

    def fall_silent(self) -> None:
        """Note that from now on no renewal gets through."""
        if self.silent_us is None:
            self.silent_us = self._clock.now

    def be_heard(self) -> None:
        """Note that renewals get through again; the first one at once."""
        self._heard_us = self._clock.now
        self._phase = self._clock.now % self.period_us
        self.silent_us = None

    def later(self, delay_us: int, fn: Callable[..., Any], *args: Any) -> None:
        """Call `fn` on this machine after a delay.

        A machine that lost power meanwhile forgets it; a frozen one does it when it thaws.
        """
        self._clock.after(delay_us, self._on_machine, self.boots, fn, args)

    def _on_machine(self, boot: int, fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        if boot != self.boots:
            return
        power = self.power
        if power is _ON:
            fn(*args)
        elif power is _PAUSED:
            self._stash.append((fn, args))

    def switch_off(self) -> None:
        """Cut the power."""
        self.power = Power.OFF
        self.boots += 1
        self._stash.clear()

    def thaw(self) -> None:
        """Run on; what came due while the machine stood still happens now, in order."""
        self.power = Power.ON
        stash, self._stash = self._stash, []
        for fn, args in stash:
            fn(*args)
