from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from statesim.kernel.collector import PATIENCE, patient_collector


@pytest.fixture
def thresholds() -> Iterator[tuple[int, int, int]]:
    before = gc.get_threshold()
    yield before
    gc.set_threshold(*before)


def test_the_collector_waits_for_more_within_and_is_as_before_afterwards(thresholds) -> None:
    gc.set_threshold(700, 8, 9)
    with patient_collector():
        assert gc.get_threshold() == (PATIENCE, 8, 9)
    assert gc.get_threshold() == (700, 8, 9)


def test_it_is_as_before_after_an_error(thresholds) -> None:
    gc.set_threshold(700, 8, 9)
    with pytest.raises(KeyError), patient_collector():
        raise KeyError
    assert gc.get_threshold() == (700, 8, 9)


@pytest.mark.parametrize("first", [0, PATIENCE + 1])
def test_whoever_has_turned_it_off_or_made_it_wait_longer_is_obeyed(first: int, thresholds) -> None:
    gc.set_threshold(first, 8, 9)
    with patient_collector():
        assert gc.get_threshold()[0] == first
