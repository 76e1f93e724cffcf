"""A recording, replayed and judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.conformance.checks import CHECKS
from statesim.analysis.conformance.pair import Mismatch, Pair, Verdict
from statesim.analysis.conformance.recording import Recording, read
from statesim.errors import ScenarioError, StatesimError
from statesim.experiment.conformance.replay import simulate

if TYPE_CHECKING:
    from pathlib import Path


def judge_file(path: Path) -> Verdict:
    """Read a recording, replay it and compare; what is wrong with the file is what differs."""
    try:
        recording = read(path)
    except ScenarioError as error:
        blank = Recording(path.stem, "?", {}, 0.0, (), (), (), ())
        told = [Mismatch("", f"is no recording: {finding}") for finding in error.findings]
        return Verdict(Pair(blank, ()), {"replay": told})
    return judge(recording)


def judge(recording: Recording) -> Verdict:
    """Replay a recording and compare both worlds; what cannot be replayed does not agree."""
    try:
        pair = Pair(recording, simulate(recording))
    except StatesimError as error:
        findings = error.findings if isinstance(error, ScenarioError) else [error]
        told = [Mismatch("", f"cannot be replayed: {finding}") for finding in findings]
        return Verdict(Pair(recording, ()), {"replay": told})
    return Verdict(pair, {name: check(pair) for name, check in CHECKS.items()})
