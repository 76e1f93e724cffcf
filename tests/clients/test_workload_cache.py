"""Visitors who ask for what is popular, and what is measured of the answers."""

from __future__ import annotations

import pytest

from statesim.analysis.measure_caches import measure_caches
from statesim.analysis.reading import Reading
from statesim.analysis.record import RunRecord
from statesim.clients.workload_cache import CacheWorkload
from statesim.kernel.spans import SECOND


def test_one_wish_is_one_object_whatever_was_asked_before() -> None:
    first, second = CacheWorkload(1000, 0.8, 40), CacheWorkload(1000, 0.8, 40)
    wishes = [n / 100 for n in range(100)]
    for wish in wishes[:50]:
        first.begin(wish)
    assert [first.begin(w) for w in wishes] == [second.begin(w) for w in wishes]
    f, value = first.begin(0.0)
    assert (f, value) == ("request", {"object": 0, "objects": 1000, "zipf": 0.8, "times": 40})
    assert first.begin(0.9999)[1]["object"] > 900


def test_popular_objects_are_asked_for_more() -> None:
    alike, unequal = CacheWorkload(1000, 0.0), CacheWorkload(1000, 1.0)
    wishes = [(n + 0.5) / 1000 for n in range(1000)]
    top = [sum(w.begin(x)[1]["object"] < 10 for x in wishes) for w in (alike, unequal)]
    assert top[0] == 10
    assert top[1] > 300


def reading(rows: list[tuple[float, list[object]]]) -> Reading:
    history = []
    for at, value in rows:
        t = round(at * SECOND)
        history += [(t, 0, "v", "invoke", "request", {}), (t, 0, "v", "ok", "request", value)]
    return Reading(RunRecord("default", "s", "s", 1, 10 * SECOND, [], history))


def test_the_origin_is_measured_by_the_second_and_by_the_share_of_requests() -> None:
    usual = [(float(n), [0, "hit", 10, 4.0]) for n in range(5)]
    found = measure_caches(reading([*usual, (6.2, [1, "miss", 10, 8.0]), (6.4, [1, "miss", 10, 8.0])]))["v"]
    assert found["hit_ratio"] == pytest.approx(1 - 36 / 70, abs=1e-6)
    assert found["origin_requests"] == 36
    assert found["origin_rate_max"] == 16
    assert found["origin_jump"] == 2, "twice the share; that there were more requests is no colder cache"
    assert found["hit_ratio_min"] == pytest.approx(0.2)


def test_without_caches_nothing_is_measured() -> None:
    assert measure_caches(reading([(1.0, None)])) == {}  # type: ignore[list-item]
    warm = measure_caches(reading([(1.0, [0, "hit", 1, 0])]))["v"]
    assert warm["origin_jump"] is None
