from __future__ import annotations

import math
import subprocess
import sys
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.kernel.distributions import (
    Distribution,
    Empirical,
    Exponential,
    Fixed,
    Lognormal,
    Uniform,
    Weibull,
)
from statesim.kernel.streams import Streams

SHAPES: list[Distribution] = [
    Fixed(5_000_000),
    Uniform(1_000_000, 3_000_000),
    Exponential(2_000_000),
    Lognormal(1_000_000, 0.5),
    Weibull(2_000_000, 1.5),
    Weibull(2_000_000, 0.8),
    Empirical((1_000_000, 2_000_000, 10_000_000)),
    Empirical((1_000_000, 5_000_000), (3.0, 1.0)),
]


@pytest.mark.parametrize("shape", SHAPES, ids=repr)
def test_the_sample_mean_is_the_stated_mean(shape: Distribution) -> None:
    rng = Streams(1).get("test", repr(shape))
    drawn = [shape.draw(rng) for _ in range(20_000)]
    assert min(drawn) >= 0
    spread = math.sqrt(sum((x - shape.mean) ** 2 for x in drawn) / len(drawn))
    assert abs(sum(drawn) / len(drawn) - shape.mean) <= 4 * spread / math.sqrt(len(drawn)) + 1


@pytest.mark.parametrize("shape", SHAPES[1:], ids=repr)
def test_a_draw_takes_one_number_from_the_stream(shape: Distribution) -> None:
    one, other = Streams(1).get("s"), Streams(1).get("s")
    shape.draw(one)
    other.random()
    assert one.random() == other.random()


def test_a_stream_does_not_depend_on_which_others_exist() -> None:
    few, many = Streams(7), Streams(7)
    for ordinal in range(20):
        many.get(f"Pod/db-{ordinal}", "crash").random()
    assert few.get("Pod/db-30", "crash").random() == many.get("Pod/db-30", "crash").random()


def test_streams_differ_by_seed_and_by_path() -> None:
    draws = {
        Streams(seed).get(*path).random() for seed in (1, 2) for path in (("a",), ("b",), ("a", "b"), ("ab",))
    }
    assert len(draws) == 8


def test_a_stream_is_the_same_in_another_process_with_another_hash_seed() -> None:
    code = "from statesim.kernel.streams import Streams; print(Streams(7).get('Pod/db-0', 'crash').random())"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert outputs == {f"{Streams(7).get('Pod/db-0', 'crash').random()}\n"}


@pytest.mark.parametrize(("values", "weights"), [((), ()), ((1, 2), (1.0,))])
def test_an_empirical_distribution_refuses_what_it_cannot_draw_from(
    values: tuple[int, ...], weights: tuple[float, ...]
) -> None:
    with pytest.raises(ValueError, match="empirical"):
        Empirical(values, weights)


@given(
    draws=st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.booleans()), max_size=120),
    told=st.lists(st.floats(0, 1, exclude_max=True), max_size=5),
)
def test_who_draws_seldom_gets_the_numbers_of_the_open_stream(
    draws: list[tuple[str, bool]], told: list[float]
) -> None:
    one, other = Streams(3, {("b",): told}), Streams(3, {("b",): told})
    for path, seldom in draws:
        stream = one.seldom(path) if seldom else one.get(path)
        assert stream.random() == other.get(path).random()


def test_a_stream_from_which_little_is_drawn_is_not_kept_open() -> None:
    streams = Streams(3)
    tracemalloc.start()
    try:
        for pod in range(2_000):
            streams.seldom("Pod", str(pod), "start").random()
        assert tracemalloc.get_traced_memory()[0] < 2_000 * 500
    finally:
        tracemalloc.stop()
