"""From the power cut to the first write that is acknowledged again, against ten crashes of a real cluster."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
import yaml

from statesim.scenario.load import load
from statesim.scenario.schema import Scenario
from statesim.world import World

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SEEDS = 50


@cache
def patroni(lag: str, rate: str, seed: int, rest_timeout: str = "2s") -> tuple[float, int, int]:
    """Run a crash; return seconds until the first acknowledged write, writes lost, and findings."""
    raw: dict[str, Any] = yaml.safe_load((SCENARIOS / "pg-node-crash.yaml").read_text(encoding="utf-8"))
    crash_s = 60 + 10 * seed / SEEDS
    raw.update(
        seed=seed,
        duration="110s",
        variants=[],
        expect=[],
        manifests=list(
            yaml.safe_load_all((SCENARIOS / "manifests/pg-patroni.yaml").read_text(encoding="utf-8"))
        ),
        systems=[
            {
                "name": "pg",
                "kind": "patroni",
                "workload": "StatefulSet/pg",
                "parameters": {"replication_lag": lag, "rest_timeout": rest_timeout},
            }
        ],
    )
    raw["timeline"] = [{"at": f"{crash_s}s", "do": "node-crash", "on": {"primaryOf": "pg"}}]
    client = raw["clients"][0]
    client["operations"] = {"kind": "set", "rate": rate, "mix": {"write": 1, "read": 0}}
    # as patient as the client of the recordings
    client["timeouts"] = {"connect": "1s", "statement": "2s"}
    client["backoff"] = {"initial": "50ms", "max": "50ms"}
    raw["cluster"]["timings"] = {"proxySync": "50ms"}
    run = World(load(Scenario.model_validate(raw)).variants[0]).run()
    # a write invoked after the crash and acknowledged by the new primary
    answered = [(t, value) for t, *_, type_, f, value, _ in run.operations if (type_, f) == ("ok", "write")]
    first = min(t for t, _ in answered if t > (crash_s + 5) * 1e6)
    acked = {value for _, value in answered}
    final = next(value for *_, f, value, _ in run.operations if f == "final")
    findings = sum(e.event == "Violated" for e in run.events)
    return first / 1e6 - crash_s, len(acked - set(final)), findings


@pytest.mark.slow
def test_the_interval_fills_the_range_of_the_recorded_crashes() -> None:
    """In the recordings the dead member's host refuses at once: nobody waits for a REST answer."""
    intervals = [patroni("1ms", "20/s", seed, rest_timeout="0s")[0] for seed in range(SEEDS)]
    assert min(intervals) >= 20
    assert max(intervals) <= 31.3, "30 s of lease, 1 s to promote, and the client's next try"
    assert min(intervals) < 22
    assert max(intervals) > 29
    assert 24 <= mean(intervals) <= 27


@pytest.mark.slow
def test_a_machine_without_power_costs_the_race_two_seconds_more() -> None:
    intervals = [patroni("1ms", "20/s", seed)[0] for seed in range(SEEDS)]
    assert min(intervals) >= 22
    assert max(intervals) <= 33
    assert 26 <= mean(intervals) <= 29


@pytest.mark.slow
def test_asynchronous_loss_is_the_write_rate_times_the_lag() -> None:
    lost = [patroni("500ms", "40/s", seed)[1] for seed in range(SEEDS)]
    assert mean(lost) == pytest.approx(40 * 0.5, rel=0.15)


@pytest.mark.slow
def test_a_short_lag_loses_next_to_nothing() -> None:
    assert mean(patroni("1ms", "20/s", seed)[1] for seed in range(SEEDS)) < 0.5


@pytest.mark.slow
def test_a_crash_breaks_no_invariant() -> None:
    assert sum(patroni("1ms", "20/s", seed)[2] for seed in range(SEEDS)) == 0
