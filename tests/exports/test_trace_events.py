"""Trace Event JSON, read back by a library for Chrome's traces, and held against what its viewers need."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import made_traces as made
import pytest
from chrometrace import TraceEvent, TraceEventType

from statesim.analysis.reading import Reading
from statesim.views.exports.trace_events import trace_json

if TYPE_CHECKING:
    from statesim.analysis.record import RunRecord


def read_back(*runs: RunRecord) -> list[TraceEvent]:
    document = json.loads(trace_json([Reading(run) for run in runs]))
    # the library has no flows: their ends are looked at as they are
    return [TraceEvent.from_dict(event) for event in document["traceEvents"] if event["ph"] not in "sf"]


@pytest.fixture(scope="module")
def events() -> list[TraceEvent]:
    return read_back(made.patroni())


def names(events: list[TraceEvent], what: str) -> dict[tuple[int, int], str]:
    return {
        (e.process_id, e.thread_id if what == "thread_name" else 0): e.args["name"]
        for e in events
        if e.event_type == TraceEventType.METADATA and e.name == what
    }


def test_pods_volumes_leaders_and_clients_are_tracks(events: list[TraceEvent]) -> None:
    assert set(names(events, "process_name").values()) >= {"pods", "nodes", "volumes", "leaders", "clients"}
    tracks = set(names(events, "thread_name").values())
    assert {"pg-0: really", "pg-0: Kubernetes says", "pg: who takes writes", "data-pg-0"} <= tracks


def test_a_pods_track_shows_its_roles_for_as_long_as_it_had_them(events: list[TraceEvent]) -> None:
    where = {name: at for at, name in names(events, "thread_name").items()}["pg-1: really"]
    slices = [
        (e.name, e.timestamp_us, e.duration_us)
        for e in events
        if e.event_type == TraceEventType.COMPLETE and (e.process_id, e.thread_id) == where
    ]
    assert [name for name, _, _ in slices][-2:] == ["replica", "primary"]
    assert slices[-1][1] == 86_300_000
    assert slices[-1][1] + slices[-1][2] == 1_200_000_000


@pytest.mark.parametrize(
    "run", [made.patroni(), made.partition(), made.web_rollout()], ids=lambda r: r.variant
)
def test_slices_of_a_track_lie_apart_or_within_each_other(run: RunRecord) -> None:
    of: dict[tuple[int, int], list[TraceEvent]] = defaultdict(list)
    for event in read_back(run):
        if event.event_type == TraceEventType.COMPLETE:
            of[event.process_id, event.thread_id].append(event)
    for slices in of.values():
        open_: list[int] = []
        for each in sorted(slices, key=lambda e: (e.timestamp_us, -e.duration_us)):
            while open_ and open_[-1] <= each.timestamp_us:
                open_.pop()
            end = each.timestamp_us + each.duration_us
            assert not open_ or end <= open_[-1], each
            open_.append(end)


def test_flows_lead_from_the_fault_to_the_takeover_and_hang_on_slices(events: list[TraceEvent]) -> None:
    slices = defaultdict(list)
    for event in events:
        if event.event_type == TraceEventType.COMPLETE:
            slices[event.process_id, event.thread_id].append(event)

    def at(event: dict[str, Any]) -> str:
        holding = [
            each.name
            for each in slices[event["pid"], event["tid"]]
            if each.timestamp_us <= event["ts"] < each.timestamp_us + each.duration_us
        ]
        assert holding, event
        return holding[-1]

    document = json.loads(trace_json([Reading(made.patroni())]))
    flows = [e for e in document["traceEvents"] if e["ph"] in "sf"]
    starts = {e["id"]: at(e) for e in flows if e["ph"] == "s"}
    ends = {e["id"]: at(e) for e in flows if e["ph"] == "f"}
    assert starts.keys() == ends.keys()
    led = {(starts[number], ends[number]) for number in starts}
    assert any(words.startswith("power cut") and then == "no power" for words, then in led)
    assert any("elected" in words and then == "primary" for words, then in led)
    assert all(e["bp"] == "e" for e in flows if e["ph"] == "f")


def test_counters_tell_how_many_sessions_are_open() -> None:
    story = made.Story("s", 60)
    story.nodes()
    story.say(5, "Client/shop", "SessionOpened", session=1, pod="pg-0")
    story.say(6, "Client/shop", "SessionOpened", session=2, pod="pg-0", alike=9)
    story.say(50, "Client/shop", "SessionBroken", session=1, pod="pg-0", how="reset")
    counts = [
        (e.timestamp_us, e.args["open"])
        for e in read_back(story.record())
        if e.event_type == TraceEventType.COUNTER and e.name == "shop with pg-0"
    ]
    assert counts == [(5_000_000, 1), (6_000_000, 10), (50_000_000, 9)]


def test_every_pod_has_its_events_however_many_there_are() -> None:
    run = made.web_rollout()
    tracks = set(names(read_back(run), "thread_name").values())
    pods = {event.object[4:] for event in run.events if event.object.startswith("Pod/")}
    assert len(pods) > 10
    assert {f"{pod}: events" for pod in pods} <= tracks


def test_variants_have_processes_of_their_own() -> None:
    events = read_back(made.patroni(duration_s=150), made.statefulset(duration_s=150))
    told = names(events, "process_name")
    assert {name.partition(": ")[0] for name in told.values()} == {"patroni-async", "statefulset"}
    assert len(told) == len(set(told.values()))


def test_the_same_run_gives_the_same_bytes() -> None:
    assert trace_json([Reading(made.patroni())]) == trace_json([Reading(made.patroni())])
