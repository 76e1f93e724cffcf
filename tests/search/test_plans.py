"""Fault plans by lot: every word can be drawn, all of it loads, and a seed is one plan."""

from __future__ import annotations

from collections import Counter

import pytest
from pydantic import TypeAdapter

from statesim.errors import ScenarioError
from statesim.experiment.search_plans import ACTIONS, DRAWN, FAULTS, MOST, can_happen, chosen, draw
from statesim.experiment.search_town import OwnTown, own_town
from statesim.scenario.load import load
from statesim.scenario.timeline import TimelineRow
from tests.search.towns import NODES, TOWN, WEB

SEEDS = range(400)
ROWS = TypeAdapter(TimelineRow)


def plan(seed: int, words: tuple[str, ...] = tuple(DRAWN), most: int = MOST) -> tuple[dict[str, object], ...]:
    return draw(seed, TOWN, words, begin_s=60, end_s=600, most=most)


def test_a_seed_is_one_plan_and_seeds_differ() -> None:
    assert [plan(seed) for seed in SEEDS] == [plan(seed) for seed in SEEDS]
    assert len({str(plan(seed)) for seed in SEEDS}) > 390


def test_every_word_is_drawn_and_every_row_is_one_of_a_timeline() -> None:
    drawn: Counter[str] = Counter()
    for seed in SEEDS:
        for row in plan(seed):
            drawn[ROWS.validate_python(row).do] += 1
            assert "label" not in row
    words = {*DRAWN} - {"force-delete"}  # which is a pod-kill without grace
    assert words <= {*drawn}
    assert any(row["do"] == "pod-kill" and row.get("grace") == "0s" for seed in SEEDS for row in plan(seed))


def test_plans_are_swarms_some_kinds_are_left_out_of_each() -> None:
    kinds = [{row["do"] for row in plan(seed, tuple(FAULTS))} for seed in SEEDS]
    sizes = Counter(len(each) for each in kinds)
    assert sizes[1] > 30
    assert sum(count for size, count in sizes.items() if size >= 4) > 30


def test_faults_come_in_order_no_more_than_asked_for_and_end_in_time() -> None:
    for seed in SEEDS:
        rows = plan(seed, tuple(FAULTS), most=5)
        assert 1 <= len(rows) <= 5
        times = [int(str(row["at"])) for row in rows]
        assert times == sorted(times)
        assert all(60 <= at <= 600 for at in times)
        assert all(at + int(str(row.get("for", 0))) <= 600 for at, row in zip(times, rows, strict=True))


def test_nothing_is_aimed_at_by_lot_that_has_a_name() -> None:
    aims = [row["on"] for seed in SEEDS for row in plan(seed) if isinstance(row.get("on"), dict)]
    assert not any("anyNode" in aim for aim in aims)
    assert all(aim["anyPod"] == {"app": "web"} for aim in aims if "anyPod" in aim)


def test_only_what_can_happen_is_drawn() -> None:
    web = OwnTown(NODES, (WEB,))
    assert "disk-loss" not in chosen((), web)
    assert "process-pause" not in chosen(("all",), web)
    assert "process-pause" in chosen(("all",), TOWN)
    assert chosen(("drain", "node-crash"), TOWN) == ("node-crash", "drain")
    assert set(chosen((), TOWN)) == set(FAULTS)
    assert set(chosen(("actions",), TOWN)) == set(ACTIONS)
    bare = OwnTown({"n": ""}, ())
    assert not can_happen("zone-outage", bare)
    for seed in range(50):
        draw(seed, bare, chosen(("all",), bare), begin_s=10, end_s=60)
        draw(seed, web, chosen(("all",), web), begin_s=10, end_s=60)


def test_wrong_words_are_named_with_the_nearest_right_ones() -> None:
    with pytest.raises(ScenarioError) as caught:
        chosen(("node-chrash", "netsplit"), TOWN)
    assert caught.value.findings[0].hint == "did you mean node-crash?"
    assert "network-partition" in str(caught.value.findings[1])
    with pytest.raises(ScenarioError, match="nothing of disk-loss can happen"):
        chosen(("disk-loss",), OwnTown(NODES, (WEB,)))


def test_a_scenario_tells_its_own_town() -> None:
    town = own_town(load("scenarios/pg-node-crash.yaml").variant("patroni-async"), ["pg"], ["pg"])
    (pg,) = town.workloads
    assert (pg.key, pg.pods, pg.system) == ("StatefulSet/pg", ["Pod/pg-0", "Pod/pg-1", "Pod/pg-2"], "patroni")
    assert pg.claim(1) == "data-pg-1"
    assert town.roles == [{"primaryOf": "pg"}]
    assert town.zones == ("a", "b", "c")
    assert len(town.machines) == 6
    shared = own_town(load("scenarios/pg-node-crash.yaml").variant("deployment-rwo")).workloads[0]
    assert (shared.pods, shared.volume) == ([], "one")
    assert shared.claim(0) == shared.claim_name
