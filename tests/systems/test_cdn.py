"""Caches: how warm they get, what is lost with each of them."""

from __future__ import annotations

from math import exp, inf

import pytest

from statesim.kernel.spans import MINUTE, SECOND
from statesim.node.process import Exit
from statesim.systems.catalogue import problems
from statesim.systems.cdn.curve import curve
from statesim.systems.zipf import Zipf, zipf
from tests.systems.harness import Ask, Lab

OBJECTS = 100_000
FULL = 0.4687  # the hit ratio of 10,000 of these objects


def lab(caches: int = 1, **parameters: object) -> Lab:
    found = Lab("cdn", **parameters)
    for number in range(caches):
        found.start(f"cdn-{number}")
    return found


def ask(found: Lab, item: int = 0, times: int = 1, pod: str = "cdn-0") -> Ask:
    wanted = Ask("request", {"object": item, "objects": OBJECTS, "zipf": 0.8, "times": times})
    wanted.kind = "cache"
    process = found.processes[pod]
    if process.running and process.listening and found.system.accept(process, read_write=True) is None:
        found.system.submit(process, wanted)
    found.run(0.1)
    return wanted


def hit_ratio(found: Lab, pod: str = "cdn-0") -> float:
    """Return which share of the requests a cache answers now."""
    _, _, times, to_origin = ask(found, times=1_000_000, pod=pod).result
    return 1 - to_origin / times


def warm(found: Lab, requests: int = 20_000, pod: str = "cdn-0") -> None:
    ask(found, times=requests, pod=pod)


# -- the curve -------------------------------------------------------------------------------------------


def test_popularities_sum_to_one_and_fall_as_a_power_of_the_rank() -> None:
    law = Zipf(OBJECTS, 0.8)
    assert sum(count * p for count, p in law.classes) == pytest.approx(1)
    assert sum(count for count, _ in law.classes) == OBJECTS
    assert law.popularity(0) / law.popularity(99) == pytest.approx(100**0.8)
    assert law.popularity(0) / law.popularity(49_999) == pytest.approx(50_000**0.8, rel=0.01)
    assert len(law.classes) < 2000


def test_what_is_drawn_is_as_popular_as_it_should_be() -> None:
    law = Zipf(5000, 0.9)
    drawn = [law.draw((n + 0.5) / 200_000) for n in range(200_000)]
    assert min(drawn) == 0
    assert max(drawn) == 4999
    for item in (0, 7, 300, 2500):
        assert drawn.count(item) / 200_000 == pytest.approx(law.popularity(item), rel=0.1)
    assert law.draw(0.0) == 0
    assert law.draw(1.0) == 4999


def test_the_computed_example_comes_out() -> None:
    """100,000 objects, Zipf 0.8, room for 10,000, 500 requests a second (Che's approximation)."""
    shape = curve(OBJECTS, 0.8, 10_000)
    assert shape.hit_ratio() == pytest.approx(0.47, abs=0.005)
    assert shape.full_after / 500 == pytest.approx(31, abs=0.5)
    assert shape.requests_to(0.9) / 500 == pytest.approx(22, abs=0.5)
    assert shape.requests_to(0.9) / 100 == pytest.approx(108, abs=0.5)
    assert 1 / (1 - shape.hit_ratio()) == pytest.approx(1.9, abs=0.03)


def test_the_sum_over_classes_is_the_sum_over_objects() -> None:
    shape, weights = curve(OBJECTS, 0.8, 10_000), [n**-0.8 for n in range(1, OBJECTS + 1)]
    total = sum(weights)
    exact = sum(w / total * (1 - exp(-w / total * 5000)) for w in weights)
    assert shape.hit_ratio(5000) == pytest.approx(exact, rel=1e-4)
    held = sum(1 - exp(-w / total * shape.full_after) for w in weights)
    assert held == pytest.approx(10_000, rel=1e-4)


def test_a_real_lru_has_the_hit_ratio_that_the_approximation_says() -> None:
    """A list of objects in order of use, against the closed form: cold, and when it is full."""
    from collections import OrderedDict
    from random import Random

    rng, law, held = Random(3), zipf(2000, 0.8), OrderedDict[int, None]()
    shape = curve(2000, 0.8, 200)
    hits = []
    for _ in range(60_000):
        item = law.draw(rng.random())
        hits.append(item in held)
        held[item] = None
        held.move_to_end(item)
        if len(held) > 200:
            held.popitem(last=False)
    assert sum(hits[10_000:]) / 50_000 == pytest.approx(shape.hit_ratio(), abs=0.01)
    early = sum(shape.hit_ratio(n) for n in range(150)) / 150
    assert sum(hits[:150]) / 150 == pytest.approx(early, abs=0.08)


def test_a_cache_with_room_for_everything_never_evicts() -> None:
    shape = curve(100, 0.8, 100)
    assert shape.full_after == inf
    assert shape.hit_ratio(1e9) == pytest.approx(1)


# -- what is lost when ------------------------------------------------------------------------------------


def test_an_empty_cache_fills_itself_by_its_misses_and_not_by_time() -> None:
    found = lab()
    assert ask(found).result == [0, "miss", 1, 1]
    found.run(3600)
    cold = hit_ratio(lab())
    assert cold == 0
    warm(found, 10_816)
    assert hit_ratio(found) == pytest.approx(0.9 * FULL, abs=0.005)
    warm(found)
    assert hit_ratio(found) == pytest.approx(FULL, abs=0.001)


def test_what_is_asked_for_often_is_there_and_the_rest_is_not() -> None:
    found = lab()
    warm(found)
    popular = [ask(found, 0).result[1] for _ in range(100)]
    rare = [ask(found, OBJECTS - 1).result[1] for _ in range(100)]
    assert popular.count("hit") > 95
    assert rare.count("hit") < 20


@pytest.mark.parametrize("end", ["stop", "kill", "power_cut"])
def test_memory_goes_with_the_program(end: str) -> None:
    found = lab()
    warm(found)
    uid = found.processes["cdn-0"].uid
    getattr(found, end)("cdn-0")
    found.run(5)
    found.start("cdn-0", uid=uid)
    assert hit_ratio(found) == 0
    assert [e.fields["cache"] for e in found.events("CacheStarted")] == ["empty", "empty"]


@pytest.mark.parametrize("end", ["stop", "kill", "power_cut"])
def test_a_disk_that_comes_back_is_as_warm_as_it_was(end: str) -> None:
    found = lab(store="disk")
    warm(found, 10_816)
    getattr(found, end)("cdn-0")
    found.run(5)
    found.start("cdn-0")
    assert hit_ratio(found) == pytest.approx(0.9 * FULL, abs=0.005)
    assert [e.fields["cache"] for e in found.events("CacheStarted")] == ["empty", "kept"]


def test_another_disk_is_empty_whatever_the_pod_is_called() -> None:
    found = Lab("cdn", store="disk")
    found.start("cdn-0", "emptyDir/u1/objects")
    warm(found)
    found.kill("cdn-0")
    found.start("cdn-0", "emptyDir/u2/objects")
    assert hit_ratio(found) == 0


def test_a_cache_does_not_warm_another_one() -> None:
    found = lab(2)
    warm(found)
    assert hit_ratio(found, "cdn-1") == 0


def test_a_cache_whose_disk_is_gone_ends_and_one_whose_disk_is_full_keeps_what_it_has() -> None:
    found = lab(store="disk")
    found.disks.fill("pv/cdn-0", "somebody")
    warm(found)
    assert hit_ratio(found) == 0, "nothing could be put in"
    found.disks.relieve("pv/cdn-0")
    warm(found)
    found.disks.lose("pv/cdn-0")
    assert ask(found).type == ""
    assert found.events("Exited")[-1].fields["how"] == Exit.CRASHED.value


def test_a_cache_that_stops_takes_no_more_and_finishes_what_it_fetches() -> None:
    found = lab(origin_latency="500ms")
    first = ask(found, OBJECTS - 1)
    found.stop("cdn-0")
    assert ask(found).type == ""
    found.run(0.5)
    assert first.type == "ok"


def test_a_frozen_cache_answers_when_it_goes_on() -> None:
    found = lab(origin_latency="500ms")
    first = ask(found, OBJECTS - 1)
    found.freeze("cdn-0")
    found.run(5)
    assert first.type == ""
    found.thaw("cdn-0")
    assert first.type == "ok"


# -- parameters -------------------------------------------------------------------------------------------


def test_more_room_makes_more_hits_and_takes_longer_to_fill() -> None:
    ratios = []
    for capacity in (1000, 10_000, 50_000):
        found = lab(capacity=capacity)
        warm(found, 1_000_000)
        ratios.append(hit_ratio(found))
    assert ratios == sorted(ratios)
    assert ratios[0] < 0.3
    assert ratios[2] > 0.7
    assert curve(OBJECTS, 0.8, 1000).full_after < curve(OBJECTS, 0.8, 50_000).full_after


def test_caches_that_start_early_enough_begin_full() -> None:
    found = lab(warm_until="30s")
    assert hit_ratio(found) == pytest.approx(FULL, abs=0.001)
    found.run(60)
    found.kill("cdn-0")
    found.start("cdn-0")
    assert hit_ratio(found) == 0
    assert [e.fields["cache"] for e in found.events("CacheStarted")] == ["full", "empty"]


def test_a_parameter_that_is_wrong_is_complained_about() -> None:
    assert problems("cdn", {"store": "disk", "capacity": 5}) == []
    assert "did you mean memory?" in problems("cdn", {"store": "memry"})[0]
    assert problems("cdn", {"capacity": 0})


def test_healthy_caches_cost_nothing() -> None:
    found = lab(4)
    before = found.clock.events
    found.run(20 * MINUTE / SECOND)
    assert found.clock.events == before


def test_other_requests_are_answered_or_refused() -> None:
    found = lab()
    assert found.ask("cdn-0", "request").type == "ok"
    assert "no other data" in found.write("cdn-0").error
    assert found.system.primary() is None
    assert [process.pod for process in found.system.replicas()] == ["cdn-0"]
    assert found.system.surviving()[1].keys() == []
