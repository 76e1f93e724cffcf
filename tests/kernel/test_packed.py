"""A packed record reads as the list that it stands for."""

from __future__ import annotations

import pickle
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.kernel.clock import Clock
from statesim.kernel.packed import Packed
from statesim.kernel.trace import Trace, TraceEvent


@given(
    rows=st.lists(st.integers(), max_size=60),
    loose=st.integers(0, 9),
    chunk=st.integers(1, 9),
    picks=st.lists(st.integers(-70, 70), max_size=9),
    cut=st.slices(60),
)
def test_it_reads_as_the_list_of_its_rows(
    rows: list[int], loose: int, chunk: int, picks: list[int], cut: slice
) -> None:
    packed: Packed[int] = Packed(loose, chunk)
    for row in rows:
        packed.append(row)
    assert list(packed) == rows
    assert (packed, len(packed)) == (rows, len(rows))
    assert packed[cut] == rows[cut]
    assert packed != [*rows, 1]
    assert pickle.loads(pickle.dumps(packed)) == rows
    for pick in picks:
        if -len(rows) <= pick < len(rows):
            assert packed[pick] == rows[pick]
            packed.change(pick % len(rows), 7)
            rows[pick] = 7
        else:
            with pytest.raises(IndexError):
                packed[pick]
    assert list(packed) == rows


def test_what_is_told_later_of_an_old_event_is_kept() -> None:
    trace = Trace(Clock())
    trace.events = Packed(loose=0, chunk=2)
    number = trace.emit("Fault/1", "Started", do="node-crash")
    for _ in range(9):
        trace.emit("Pod/p", "Ready")
    trace.complete(number, targets=["Node/a"])
    assert trace.events[number].fields == {"do": "node-crash", "targets": ["Node/a"]}
    with pytest.raises(ValueError, match="targets"):
        trace.complete(number, targets=[])


def test_rows_that_are_named_tuples_come_back_as_what_they_were() -> None:
    packed: Packed[TraceEvent] = Packed(loose=0, chunk=2, make=TraceEvent._make)
    rows = [TraceEvent(number, 0, "Pod/p", "Ready", None, {"n": number}) for number in range(5)]
    for row in rows:
        packed.append(row)
    rows[1] = rows[1]._replace(fields={"n": "changed"})
    packed.change(1, rows[1])
    for found in (list(packed), packed[:], [packed[number] for number in range(5)]):
        assert found == rows
        assert {type(row) for row in found} == {TraceEvent}


def test_old_rows_take_a_tenth_of_their_room() -> None:
    packed: Packed[TraceEvent] = Packed(loose=100, chunk=500)
    tracemalloc.start()
    try:
        for number in range(20_000):
            fields = {
                "uid": f"{number % 700:08x}",
                "node": f"n-a-{number % 90}",
                "why": f"slot {number} is empty",
            }
            packed.append(
                TraceEvent(number, number * 50_000, f"Pod/db-{number % 700}", "Ready", number - 1, fields)
            )
        assert tracemalloc.get_traced_memory()[0] < 20_000 * 60
    finally:
        tracemalloc.stop()
