"""What Python is given is checked as the command line checks it."""

from __future__ import annotations

from typing import Any

import pytest

import statesim
from statesim.asked import lists_by_path, names, seed_of, seeds_of
from statesim.errors import StatesimError
from statesim.views.heatmap import heatmap
from tests.views.sweeps import grid


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"variants": "patroni-async"},
            "variants is a list of names, as variants=['patroni-async'], and not",
        ),
        ({"variants": [3]}, "variants is a list of names, as variants=['NAME'], and not [3]"),
        ({"settings": ["duration=3m"]}, "settings is a dictionary of values by their paths"),
        ({"settings": {"duration": "3m"}}, "settings['duration'] is a list of the values to try, as ['3m']"),
        ({"seeds": "5"}, "seeds is a number from 1 on, or a list of seeds, as seeds=[3, 7], and not '5'"),
        ({"seeds": 2.0}, "seeds is a number from 1 on, or a list of seeds, as seeds=[3, 7], and not 2.0"),
        ({"seeds": 0}, "and not 0"),
        ({"seeds": True}, "and not True"),
        ({"seeds": [-1]}, "each of seeds is a whole number from 0 on, and not -1"),
        ({"seeds": ["5"]}, "each of seeds is a whole number from 0 on, and not '5'"),
        ({"seeds": []}, "seeds is empty"),
    ],
)
def test_a_sweep_of_what_nobody_means_is_refused_before_it_runs(given: dict[str, Any], told: str) -> None:
    with pytest.raises(StatesimError) as refused:
        statesim.sweep("pg-node-crash", **given)

    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"seeds": 1}, "one seed tells of no difference how sure it is"),
        ({"seeds": [7, 7]}, "one seed tells of no difference how sure it is"),
        ({"seeds": 4, "variants": ["patroni-async"]}, "only 'patroni-async' would be run"),
        ({"seeds": 4, "variants": "patroni-async"}, "variants is a list of names"),
        ({"seeds": 4, "settings": ["duration=3m"]}, "settings is a dictionary"),
        ({"seed": -1}, "seed is a whole number from 0 on, and not -1"),
    ],
)
def test_a_comparison_of_what_cannot_be_compared_is_refused(given: dict[str, Any], told: str) -> None:
    with pytest.raises(StatesimError) as refused:
        statesim.compare("pg-node-crash", **given)

    assert told in str(refused.value)


def test_a_search_among_the_letters_of_a_word_is_refused() -> None:
    with pytest.raises(StatesimError, match=r"faults is a list of names, as faults=\['node-crash'\]"):
        statesim.search(
            "pg-node-crash", "clients.shop.lost > 0", variant="patroni-async", faults="node-crash"
        )


def test_a_run_is_asked_for_as_well() -> None:
    for given in ({"variants": "patroni-async"}, {"seed": -1}, {"settings": ["duration=3m"]}):
        with pytest.raises(StatesimError):
            statesim.run("pg-node-crash", **given)  # type: ignore[arg-type]


def test_what_is_meant_is_taken() -> None:
    numpy = pytest.importorskip("numpy")

    assert list(seeds_of(3)) == [1, 2, 3]
    assert list(seeds_of(numpy.int64(2), 5)) == [5, 6]
    assert list(seeds_of(range(4, 6))) == [4, 5]
    assert list(seeds_of(numpy.array([3, 7]))) == [3, 7]
    assert seed_of(0) == 0
    assert names(("a", "b"), "variants") == ["a", "b"]
    assert lists_by_path({"x": ("1s", "2s")}) == {"x": ["1s", "2s"]}


def test_a_column_is_found_by_the_end_of_its_name() -> None:
    with pytest.raises(
        ValueError, match=r"no column 'ttl' in this table; did you mean systems.pg.parameters.ttl"
    ):
        heatmap(grid(["15s"], ["5s"]), "clients.shop.unavailable_s", "ttl", "loop_wait")
