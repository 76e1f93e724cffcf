"""A recording, replayed and judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.conformance.checks import CHECKS, Mismatch, Pair, Verdict
from statesim.errors import ScenarioError, StatesimError
from statesim.experiment.conformance.replay import simulate

if TYPE_CHECKING:
    from statesim.analysis.conformance.recording import Recording


def judge(recording: Recording) -> Verdict:
    """Replay a recording and compare both worlds; what cannot be replayed does not agree."""
    try:
        pair = Pair(recording, simulate(recording))
    except StatesimError as error:
        findings = error.findings if isinstance(error, ScenarioError) else [error]
        told = [Mismatch("", f"cannot be replayed: {finding}") for finding in findings]
        return Verdict(Pair(recording, ()), {"replay": told})
    return Verdict(pair, {name: check(pair) for name, check in CHECKS.items()})
