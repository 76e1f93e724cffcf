"""What the checkers say, in text: each client's verdict and the smallest evidence of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.consistency.words import plain
from statesim.analysis.judge import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statesim.analysis.consistency.verdict import Verdict
    from statesim.analysis.reading import Reading

_SAID = {
    "valid": "valid: nothing in its history is forbidden",
    "invalid": "invalid",
    "unknown": "unknown: the search was given up when its work budget was spent",
}


def verdict_lines(reading: Reading, client: str | None = None) -> Iterator[str]:
    """Yield the verdicts on a run's clients, or on one of them; a client of requests has none."""
    for name, history in sorted(reading.clients.items()):
        kind = reading.judged.get(name) or ("set" if history.kinds.keys() & {"write", "read"} else None)
        if client is not None and name != client:
            continue
        if kind is None:
            yield f"{name}: its requests keep nothing, so there is nothing to judge"
            continue
        if name in reading.judged:
            verdict = reading.verdict(name)
        else:
            verdict = judge(kind, reading.record.history, name, reading.record.duration_us)
        yield f"{name} ({kind}): {_SAID[verdict.valid]}"
        yield from _evidence(verdict)


def _evidence(verdict: Verdict) -> Iterator[str]:
    for kind, count in verdict.counts().items():
        example = min((a for a in verdict.anomalies if a.kind == kind), key=lambda a: len(a.calls))
        yield f"  {plain(kind)}: {count}" + (", the smallest of them:" if count > 1 else ":")
        yield f"    {example.says}"
        for call in example.calls:
            yield f"      {call}"
