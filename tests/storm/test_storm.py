"""Storm, then calm: whatever the seed, no safety rule breaks, and afterwards all is as it was written down."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from statesim.experiment.storm import CALM_S, storm
from statesim.experiment.storm_runs import Outcome, weather, weathers
from statesim.experiment.storm_weather import UNSAFE
from statesim.faults.catalogue import CATALOGUE
from statesim.kernel.spans import SECOND
from statesim.scenario.load import load
from statesim.scenario.schema import Scenario  # noqa: TC001
from statesim.systems.catalogue import problems
from statesim.world import World
from tests.storm.shuffled import ShuffledClock

# spread wide, and those that have found something before
SAMPLE = (*range(1, 10_000, 220), 42, 56, 348, 1162, 20433, 30312)
# words that a storm does not draw, and why
NOT_DRAWN = {
    **dict.fromkeys(("promote", "rebuild"), "no town has a system whose roles are in people's hands"),
    **dict.fromkeys(("restore", "truncate", "emergency-repair"), "what is lost with them is lost on purpose"),
    **dict.fromkeys(("start-container", "stop-container"), "in no town anything is started by hand"),
    **dict.fromkeys(
        ("switchover", "pause", "resume", "process-kill", "process-pause", "store-loss"),
        "they are Patroni's alone: those that lose nothing are drawn in tests/systems/test_patroni_storm.py",
    ),
    "clock-skew": "no system of a town goes by its clock",
    "rollout-restart": "it is a patch of the pod template, as set-image is",
    "traffic": "it is no blow: callers become more or fewer",
}


def told(outcome: Outcome) -> str:
    return f"{outcome.first}\n  see it with: {outcome.command}"


@pytest.mark.parametrize("seed", SAMPLE)
def test_no_rule_breaks_in_the_storm_and_all_is_well_after_the_calm(seed: int) -> None:
    outcome = weather(seed)
    assert outcome.passed, told(outcome)
    assert outcome.rows >= 5


@pytest.mark.parametrize("seed", range(3, 9_000, 600))
def test_force_breaks_only_what_people_are_warned_of(seed: int) -> None:
    outcome = weather(seed, unsafe=True)
    assert outcome.passed, told(outcome)


@pytest.mark.parametrize("seed", [42, 1162, 56, 501, 7003])
def test_outcomes_do_not_depend_on_the_order_within_an_instant(seed: int) -> None:
    """The shuffles change the order of what is due at once within a band, and nothing else."""
    outcomes = [weather(seed, clock=ShuffledClock(shuffle)) for shuffle in range(3)]
    assert all(one.passed for one in outcomes), [told(one) for one in outcomes if not one.passed]


def test_a_shuffled_clock_does_shuffle_within_a_band_and_only_there() -> None:
    def order(shuffle: int) -> list[str]:
        clock = ShuffledClock(shuffle)
        done: list[str] = []
        for name in "abcdefgh":
            clock.after(5, done.append, name)
        clock.after(4, done.append, "early")
        clock.after(6, done.append, "late")
        clock.run(10)
        return done

    orders = [order(shuffle) for shuffle in range(5)]
    assert all(o[0] == "early" and o[-1] == "late" and sorted(o[1:-1]) == list("abcdefgh") for o in orders)
    assert len({tuple(o) for o in orders}) > 1


def test_a_seed_is_one_storm() -> None:
    def digest(scenario: Scenario) -> str:
        world = World(load(scenario, systems=problems).variants[0])
        world.run()
        return world.trace.digest()

    assert storm(11) == storm(11)
    assert storm(11) != storm(12)
    assert digest(storm(11)) == digest(storm(11))


def test_a_storm_that_is_written_down_is_the_same_storm(tmp_path: Path) -> None:
    path = tmp_path / "storm.yaml"
    path.write_text(yaml.safe_dump(storm(4711).to_dict(), sort_keys=False), encoding="utf-8")
    traces = []
    for source in (storm(4711), path):
        world = World(load(source, systems=problems).variants[0])
        world.run()
        traces.append(world.trace.digest())
    assert traces[0] == traces[1]
    assert load(path, systems=problems).base.expect != ()


def test_processes_share_the_storms_and_keep_their_order() -> None:
    assert list(weathers(range(20, 23), jobs=2)) == [weather(seed) for seed in range(20, 23)]


def test_storms_are_drawn_from_every_word_of_the_timeline() -> None:
    drawn = {row.do for seed in range(200) for row in storm(seed).timeline}
    assert drawn == set(CATALOGUE) - set(NOT_DRAWN), "a new word: draw it in storm_weather, or say why not"


def test_storms_differ_in_size_towns_and_kinds() -> None:
    storms = [storm(seed) for seed in range(150)]
    sizes = Counter((s.cluster.zones or 0) * (s.cluster.nodes_per_zone or 0) for s in storms)
    kinds = {frozenset(row.do for row in s.timeline) for s in storms}
    assert min(sizes) == 3
    assert max(sizes) == 9
    assert len(kinds) > 100
    assert {len(s.clients) for s in storms} == {1, 2, 3, 4}
    assert sum(bool(s.systems) for s in storms) > 30


@pytest.mark.parametrize("seed", range(40))
def test_the_calm_begins_when_the_last_fault_has_ended(seed: int) -> None:
    scenario = storm(seed)
    calm_us = scenario.duration_us - CALM_S * SECOND
    for row in scenario.timeline:
        assert row.at_us is not None
        assert row.at_us + (row.for_us or 0) <= calm_us or row.do == "pod-kill", row


def test_safe_storms_use_force_only_on_machines_that_are_off() -> None:
    forced = 0
    for seed in range(300):
        scenario = storm(seed)
        for row in scenario.timeline:
            by_force = row.do == "pod-kill" and row.grace_us == 0
            by_force |= row.do == "delete" and row.on.kind == "Node"
            if not by_force and not (row.do == "taint" and "out-of-service" in row.taint.key):
                continue
            forced += 1
            assert row.at_us is not None
            assert any(
                crash.do == "node-crash"
                and crash.on == row.on
                and (crash.at_us or 0) < row.at_us < (crash.at_us or 0) + (crash.for_us or 0)
                for crash in scenario.timeline
            ), (seed, row)
            assert not any(
                again.do == "node-recover" and again.on == row.on and again.at_us == row.at_us
                for again in scenario.timeline
            )
    assert forced > 50


def test_unsafe_rows_say_so() -> None:
    labels = [row.label or "" for seed in range(30) for row in storm(seed, unsafe=True).timeline]
    assert sum(label.startswith(UNSAFE) for label in labels) > 30
    assert not any((row.label or "").startswith(UNSAFE) for seed in range(30) for row in storm(seed).timeline)
