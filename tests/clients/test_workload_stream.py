"""Viewers of live streams, and what is measured of their histories."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.analysis.measure_streams import measure_streams
from statesim.analysis.reading import Reading
from statesim.analysis.record import RunRecord
from statesim.clients.workload_stream import StreamWorkload
from statesim.kernel.spans import SECOND
from statesim.kernel.trace import TraceEvent


def reading(pieces: list[tuple[float, int]], events: list[tuple[float, str, dict[str, Any]]]) -> Reading:
    history = [(round(at * SECOND), who, "v", "ok", "segment", 10.0) for at, who in pieces]
    told = [
        TraceEvent(n, round(at * SECOND), "Client/v", event, None, fields)
        for n, (at, event, fields) in enumerate(events)
    ]
    return Reading(RunRecord("default", "s", "s", 1, 100 * SECOND, told, history))


def test_the_history_says_how_much_a_player_holds() -> None:
    workload = StreamWorkload(40 * SECOND)
    assert workload.begin(0.5) == ("segment", 40.0)
    assert workload.succeed("segment", 40.0, None) == 40.0


def test_a_picture_stops_when_nothing_has_come_for_longer_than_the_player_holds() -> None:
    pieces = [(1, 0), (2, 1), (10, 0), (15, 1), (20.5, 0)]
    found = measure_streams(reading(pieces, []))["v"]
    assert found["stalls"] == 2, "13 s for the second viewer, 10.5 s for the first; 9 s are hidden"
    assert found["stalled_s"] == pytest.approx(3.5)


def test_streams_that_end_in_order_are_not_cut_and_a_first_connection_is_no_return() -> None:
    opened = [(1.0, "SessionOpened", {"session": n}) for n in range(3)]
    ended = [
        (5.0, "SessionBroken", {"session": 0, "how": "closed"}),
        (6.0, "SessionBroken", {"session": 1, "how": "reset"}),
        (6.0, "SessionBroken", {"session": 2, "how": "reset"}),
        (9.0, "SessionBroken", {"session": 2, "how": "reset"}),
    ]
    back = [(7.1, "SessionOpened", {"session": n}) for n in (1, 2)]
    found = measure_streams(reading([(1, 0)], [*opened, *ended, *back]))["v"]
    assert (found["streams_cut"], found["viewers_cut"], found["reconnects_max"]) == (3, 2, 2)


def test_without_viewers_nothing_is_measured() -> None:
    assert measure_streams(reading([], [])) == {}
