from __future__ import annotations

import random
from math import sqrt

import pytest

from statesim.analysis.seed_by_seed import seed_by_seed


def noisy(chance: random.Random, shifts: list[float], n: int = 30) -> list[dict[int, float]]:
    """Return samples that the same chance moves by ten, each by one of its own, and by its shift."""
    shared = [chance.gauss(0, 10) for _ in range(n)]
    return [{seed: each + chance.gauss(shift, 1) for seed, each in enumerate(shared)} for shift in shifts]


def test_the_two_that_differ_most_surely_are_found_whichever_comes_first() -> None:
    samples = noisy(random.Random(1), [0, 3, 0, -3])
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2]):
        found = seed_by_seed([samples[each] for each in order])
        assert found is not None
        assert found.pairs == 6
        assert found.higher is not None
        assert found.lower is not None
        assert (order[found.higher], order[found.lower]) == (1, 3)
        assert found.found is not None
        assert found.found.mean is not None
        assert found.found.mean.estimate == pytest.approx(6, abs=1)
        assert found.found.higher == 30


def test_of_many_cells_that_are_alike_one_in_twenty_sweeps_at_most_finds_two_that_differ() -> None:
    """Ten alike make 45 pairs: without a correction most sweeps would find two that differ."""
    chance, sweeps = random.Random(7), 200
    found = [seed_by_seed(noisy(chance, [0.0] * 10)) for _ in range(sweeps)]
    false = sum(each is not None and each.found is not None for each in found)

    assert false / sweeps < 0.05 + 3 * sqrt(0.05 * 0.95 / sweeps)
    assert false > 0


def test_few_differences_that_are_all_the_same_are_not_believed() -> None:
    def twins(n: int) -> list[dict[int, float]]:
        return [{seed: float(seed) for seed in range(n)}, {seed: seed + 1.0 for seed in range(n)}]

    few, many = seed_by_seed(twins(4)), seed_by_seed(twins(8))

    assert few is not None
    assert few.found is None
    assert many is not None
    assert (many.higher, many.lower) == (1, 0)


def test_only_seeds_that_both_have_are_compared() -> None:
    found = seed_by_seed([{1: 5.0, 2: 6.0, 3: 7.5, 9: 0.0}, {1: 1.0, 2: 2.1, 3: 3.0, 4: 99.0}])

    assert found is not None
    assert found.found is not None
    assert (found.higher, found.found.n) == (0, 3)


@pytest.mark.parametrize("samples", [[], [{1: 1.0, 2: 2.0}], [{1: 1.0, 2: 2.0}, {2: 1.0, 3: 2.0}]])
def test_what_has_no_seeds_in_common_is_not_compared(samples: list[dict[int, float]]) -> None:
    assert seed_by_seed(samples) is None
