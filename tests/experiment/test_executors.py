"""Work is spread, whoever does it: every result once, errors with their item, lost workers replaced."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.experiment.executors import ItemFailed, WorkersLost, cores, in_order, spread, workers
from tests.experiment.work import always_dies, dies_once, fragile, square, where

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@given(st.lists(st.integers(), max_size=30))
def test_every_item_gives_its_result_once_whoever_works(items: list[int]) -> None:
    expected = [(i, square(item)) for i, item in enumerate(items)]
    assert list(spread(square, items, jobs=1)) == expected
    with ThreadPoolExecutor(3) as pool:
        assert sorted(spread(square, items, executor=pool, jobs=3)) == expected


def test_processes_give_what_this_process_gives() -> None:
    assert list(in_order(spread(square, range(40), jobs=2))) == [n * n for n in range(40)]


def test_jobs_are_processes_and_one_job_is_this_process() -> None:
    assert {pid for _, pid in spread(where, range(3), jobs=1)} == {os.getpid()}
    elsewhere = {pid for _, pid in spread(where, range(8), jobs=2)}
    assert 1 <= len(elsewhere) <= 2
    assert os.getpid() not in elsewhere


def test_processes_are_kept_for_several_calls() -> None:
    with workers(2) as pool:
        first = {pid for _, pid in spread(where, range(20), executor=pool)}
        second = {pid for _, pid in spread(where, range(20), executor=pool)}
    assert len(first | second) <= 2


@given(st.permutations(range(8)))
def test_results_are_put_in_the_order_of_their_items(order: list[int]) -> None:
    assert list(in_order((i, str(i)) for i in order)) == [str(i) for i in range(8)]


def test_only_a_few_items_are_drawn_ahead_of_their_results() -> None:
    drawn: list[int] = []

    def endless() -> Iterator[int]:
        for number in count():
            drawn.append(number)
            yield number

    with ThreadPoolExecutor(2) as pool:
        for taken, _ in enumerate(spread(square, endless(), executor=pool, jobs=2), start=1):
            assert len(drawn) <= taken + 4
            if taken == 100:
                break


def test_whoever_leaves_ends_the_processes_at_once() -> None:
    results = spread(square, count(), jobs=2)
    assert next(results)[1] in {0, 1, 4, 9}
    results.close()


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_comes_with_the_item_that_failed(jobs: int) -> None:
    with pytest.raises(ItemFailed, match=r"item 5 \(5\): ZeroDivisionError: five is too much") as failed:
        list(spread(fragile, range(9), jobs=jobs))
    assert (failed.value.index, failed.value.item) == (5, 5)
    assert isinstance(failed.value.__cause__, ZeroDivisionError)


def test_a_lost_process_is_replaced_and_no_item_is_lost(tmp_path: Path) -> None:
    items = [(str(tmp_path), number) for number in range(12)]
    assert list(in_order(spread(dies_once, items, jobs=2))) == list(range(12))
    assert (tmp_path / "came").exists()


def test_work_that_kills_its_process_every_time_is_given_up_and_said_so() -> None:
    with pytest.raises(WorkersLost, match=r"workers died 3 times during the work on item \d .*fewer jobs"):
        list(spread(always_dies, range(6), jobs=2))


def test_there_is_at_least_one_core() -> None:
    assert cores() >= 1
