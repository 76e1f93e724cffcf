"""Machines that fail and are mended by chance, and who of them is up when."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import statesim
from statesim.scenario.schema import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statesim.analysis.record import RunRecord


def machines(count: int, seconds: float, random: dict[str, Any], **more: Any) -> Scenario:
    """Return `count` machines, each of which crashes by itself; `more` is what else there is."""
    raw = {
        "metadata": {"name": "failing"},
        "duration": f"{seconds}s",
        "cluster": {"nodes": [{"name": "n", "count": count, "zone": "a"}]},
        "images": {"*": {"pull": "0s", "start": "0s"}},
        "timeline": [{"random": random, "do": "node-crash", "on": {"anyNode": {}}}],
    }
    return Scenario.model_validate({**raw, **more})


def ran(scenario: Scenario, seed: int) -> RunRecord:
    """Run a scenario with a seed."""
    (record,) = statesim.run(scenario, seed=seed).records
    return record


def changes(record: RunRecord, kind: str, up: str, down: str) -> Iterator[tuple[float, str, bool]]:
    """Yield when which object of a kind was up or down from then on."""
    for event in record.events:
        if event.event in (up, down) and event.object.startswith(f"{kind}/"):
            yield event.t, event.object, event.event == up


def shares(
    moves: Iterable[tuple[float, str, bool]], count: int, begin_s: float, end_s: float, *, up: bool
) -> list[float]:
    """Return the share of the time in which 0, 1, … of `count` were up; `up`: whether they begin so."""
    there = count if up else 0
    steps = [(begin_s, there)]
    for at, _, is_up in moves:
        there += 1 if is_up else -1
        steps.append((max(begin_s, at), there))
    steps.append((end_s, there))
    spent = [0.0] * (count + 1)
    for (start, number), (stop, _) in pairwise(steps):
        spent[number] += stop - start
    return [each / (end_s - begin_s) for each in spent]
