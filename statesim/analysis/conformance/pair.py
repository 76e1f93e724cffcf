"""A recording and its replay side by side, and the verdict on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statesim.analysis.conformance.recording import Recording, Seen


class Mismatch(NamedTuple):
    """Something that does not agree: about which row of the timelines, and in a sentence what."""

    subject: str
    told: str


@dataclass(frozen=True)
class Pair:
    """A recording, and what the simulator made of the same manifests and actions."""

    recording: Recording
    simulated: Sequence[Seen]

    @property
    def recorded(self) -> Sequence[Seen]:
        """Return what the real control plane did."""
        return self.recording.events

    @property
    def stateful(self) -> frozenset[str]:
        """Return the pods that have a stable identity."""
        return self.recording.stateful_pods()

    def apart(self, recorded_t: float, simulated_t: float) -> bool:
        """Tell whether two times are further apart than the tolerance."""
        tolerance = min(self.recording.tolerance_s(t) for t in (recorded_t, simulated_t))
        return abs(recorded_t - simulated_t) > tolerance


@dataclass(frozen=True)
class Verdict:
    """What became of one recording.

    Attributes
    ----------
    found
        For each check what does not agree.
    """

    pair: Pair
    found: Mapping[str, Sequence[Mismatch]]

    @property
    def name(self) -> str:
        """Return the recording's name."""
        return self.pair.recording.name

    @property
    def passed(self) -> bool:
        """Tell whether everything agrees."""
        return not any(self.found.values())
