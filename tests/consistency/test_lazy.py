"""Verdicts cost what is asked: metrics search once a client, and nobody shrinks before somebody looks."""

from __future__ import annotations

from typing import Any

from statesim.analysis.consistency.shrink import Shrunk
from statesim.analysis.metrics import metrics
from statesim.analysis.reading import Reading
from statesim.analysis.record import RunRecord
from statesim.api import Result
from statesim.kernel.trace import TraceEvent
from statesim.views.verdicts import verdict_lines

END = 100_000_000
CLIENTS = ("shop", "till")


def record() -> RunRecord:
    """Return a run in which two clients have read an old value, late in a longer history."""
    events = [
        TraceEvent(number, 0, f"Client/{client}", "Workload", None, {"kind": "register"})
        for number, client in enumerate(CLIENTS, 1)
    ]
    rows: list[tuple[Any, ...]] = []
    for client in CLIENTS:
        at = 0
        for value in range(1, 9):
            rows.append((at, 0, client, "invoke", "write", ["x", value], ""))
            rows.append((at + 5, 0, client, "ok", "write", ["x", value], ""))
            seen = 3 if value == 7 else value
            rows.append((at + 10, 1, client, "invoke", "read", ["x", None], ""))
            rows.append((at + 15, 1, client, "ok", "read", ["x", seen], ""))
            at += 20
        rows.append((END, "final", client, "ok", "final", {"x": list(range(1, 9))}, ""))
    return RunRecord("default", "", "lazy", 1, END, events, rows)


def shrinking(reading: Reading, client: str) -> Shrunk:
    found = [a.evidence for a in reading.verdict(client).anomalies if a.kind == "not linearizable"]
    assert len(found) == 1
    assert isinstance(found[0], Shrunk)
    return found[0]


def test_metrics_count_what_is_wrong_and_shrink_nothing() -> None:
    reading = Reading(record())
    measured = metrics(reading)["clients"]

    assert [measured[client]["valid"] for client in CLIENTS] == [False, False]
    assert [measured[client]["anomaly_not_linearizable"] for client in CLIENTS] == [1, 1]
    assert [shrinking(reading, client).asked for client in CLIENTS] == [0, 0]


def test_who_asks_for_the_evidence_of_one_client_gets_it_once_and_of_that_one() -> None:
    reading = Reading(record())
    text = "\n".join(verdict_lines(reading, "shop"))
    asked = shrinking(reading, "shop").asked

    assert "not linearizable: 1" in text
    assert asked > 0
    assert list(reading._verdicts) == ["shop"]  # the other one was not even judged
    assert "\n".join(verdict_lines(reading, "shop")) == text
    assert shrinking(reading, "shop").asked == asked
    assert shrinking(reading, "till").asked == 0


def test_a_result_judges_nobody_before_its_metrics_are_asked_for() -> None:
    result = Result([record()])
    (reading,) = result.readings

    assert result.why("Client/shop") is not None
    assert reading._verdicts == {}
    assert result.variants["default"].metrics["clients"]["till"]["valid"] is False
    assert sorted(reading._verdicts) == list(CLIENTS)
    assert [shrinking(reading, client).asked for client in CLIENTS] == [0, 0]
