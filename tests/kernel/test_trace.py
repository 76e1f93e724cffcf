from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from statesim.kernel.clock import Clock
from statesim.kernel.trace import Trace, read

if TYPE_CHECKING:
    from pathlib import Path


def made() -> Trace:
    clock = Clock()
    trace = Trace(clock)
    clock.after(61_004_000, lambda: trace.emit("Pod/pg-0", "Ready", node="n-a-1", why=None))
    clock.cause = trace.emit("Fault/1", "Started", label="Ausfall – 停电")
    clock.after(70_000_000, lambda: trace.emit("Pod/pg-0", "NotReady", taints=["a:NoExecute"]))
    clock.run(100_000_000)
    return trace


def test_a_line_holds_time_in_seconds_and_the_cause() -> None:
    first, second, third = made().lines()
    assert (
        first
        == '{"id": 0, "t": 0.0, "object": "Fault/1", "event": "Started", "cause": null, "label": "Ausfall – 停电"}\n'
    )
    assert (
        second
        == '{"id": 1, "t": 61.004, "object": "Pod/pg-0", "event": "Ready", "cause": null, "node": "n-a-1"}\n'
    )
    assert '"cause": 0' in third


def test_a_trace_reads_back_as_it_was(tmp_path: Path) -> None:
    trace = made()
    path = tmp_path / "trace.jsonl"
    path.write_text("".join(trace.lines()), encoding="utf-8")
    assert read(path) == trace.events


def test_the_digest_changes_with_any_event() -> None:
    one, other = made(), made()
    assert one.digest() == other.digest()
    other.emit("Pod/pg-0", "Deleted")
    assert one.digest() != other.digest()


def test_the_latest_event_of_an_object_is_at_hand() -> None:
    trace = made()
    assert trace.events[trace.latest["Pod/pg-0"]].event == "NotReady"


def test_an_event_is_completed_once_and_keeps_what_it_has_told() -> None:
    trace = Trace(Clock())
    number = trace.emit("Fault/1-pod-kill", "Started", do="pod-kill")
    trace.complete(number, targets=["Pod/db-0"])
    assert trace.events[number].fields == {"do": "pod-kill", "targets": ["Pod/db-0"]}
    with pytest.raises(ValueError, match="has said already: targets"):
        trace.complete(number, targets=[])
