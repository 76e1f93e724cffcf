"""A recording, replayed and judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.conformance.checks import CHECKS, Pair, Verdict
from statesim.experiment.conformance.replay import simulate

if TYPE_CHECKING:
    from statesim.analysis.conformance.recording import Recording


def judge(recording: Recording) -> Verdict:
    """Replay a recording and compare both worlds.

    Raises
    ------
    ScenarioError
        If the recording holds something that is not simulated.
    """
    pair = Pair(recording, simulate(recording))
    return Verdict(pair, {name: check(pair) for name, check in CHECKS.items()})
