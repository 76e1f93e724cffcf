"""People who are called when a pod has not been Ready for long, and act if that is still so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.cluster.objects import Pod
from statesim.kernel.clock import Band

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.cluster.store import Change
    from statesim.faults.ground import Ground
    from statesim.kernel.clock import Timer
    from statesim.scenario.alerts import Alert


class OnCall:
    """Whoever is called by one alert: once for each time that its pod stops being Ready.

    What the person sees is what the API says, as the alert does: whether the machine is off for certain is
    not known to either.

    Parameters
    ----------
    act
        Does what the row says; is told how long the person took, and which event the alert is about.
    row
        The row's number: reactions have a stream of their own.
    """

    def __init__(
        self, ground: Ground, alert: Alert, row: str, act: Callable[[int, int | None], None]
    ) -> None:
        self._ground = ground
        self._alert = alert
        self._act = act
        self._rng = ground.streams.get("fault", row, "reaction")
        self._ready = False
        self._timer: Timer | None = None
        self._cause: int | None = None

    def begin(self) -> None:
        """Watch the pod from now on; that it is not Ready counts once it has been."""
        pod = self._ground.store.get(Pod, self._alert.not_ready.name)
        self._ready = pod is not None and pod.ready
        self._ground.store.watch((Pod,), self._changed)

    def _changed(self, change: Change) -> None:
        pod: Pod = change.object
        if pod.name != self._alert.not_ready.name:
            return
        ready = change.verb != "DELETED" and pod.ready
        if ready == self._ready:
            return
        self._ready = ready
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not ready:
            self._cause = self._ground.trace.latest.get(pod.key)
            self._timer = self._ground.clock.after(self._alert.for_us, self._called, band=Band.FAULT)

    def _called(self) -> None:
        reaction_us = self._alert.reaction.draw(self._rng)
        self._timer = self._ground.clock.after(reaction_us, self._looks, reaction_us, band=Band.FAULT)

    def _looks(self, reaction_us: int) -> None:
        self._timer = None
        self._act(reaction_us, self._cause)
