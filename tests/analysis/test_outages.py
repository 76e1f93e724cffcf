"""An outage of a kind of operation rests on trouble of that kind, or of a whole session."""

from __future__ import annotations

from typing import Any

import pytest

import statesim
from statesim.analysis.metrics import metrics
from statesim.analysis.record import Operation, RunRecord
from statesim.kernel.trace import TraceEvent

S = 1_000_000
SPARSE = [1.0, 3.0, 5.0, 7.0, 19.0, 21.0, 23.0]  # nobody happens to write between 7 and 19
QUIET = {
    "write": SPARSE,
    "read": [n / 5 for n in range(5, 125) if not 50 <= n < 75],
}  # no reads from 10 to 15


def calls(process: int, f: str, times: list[float], type_: str = "ok") -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for number, t in enumerate(times):
        value = [number, True] if f == "read" else number + (0 if type_ == "ok" else 900)
        rows += [(t, process, "shop", "invoke", f, value), (t + 0.01, process, "shop", type_, f, value)]
    return rows


def outages(
    events: list[tuple[float, str, dict[str, Any]]], failed: dict[str, list[float]] | None = None
) -> dict[str, int]:
    """Return how many outages a client had of each kind that writes rarely and reads often."""
    rows = [row for process, (f, times) in enumerate(QUIET.items()) for row in calls(process, f, times)]
    rows += [row for f, times in (failed or {}).items() for row in calls(9, f, times, "fail")]
    history = [Operation(round(t * S), *rest) for t, *rest in sorted(rows, key=lambda row: row[0])]
    trace = [
        TraceEvent(i, round(t * S), "Client/shop", event, None, fields)
        for i, (t, event, fields) in enumerate(events)
    ]
    found = metrics(RunRecord("v", "v", "hand-made", 1, 25 * S, trace, history))["clients"]["shop"]
    return {"write": found["outages"], "read": found["read_outages"]}


def reported(f: str) -> list[tuple[float, str, dict[str, Any]]]:
    return [(12, "Outage", {"f": f, "last_ok_s": 9.8}), (15, "Recovered", {"f": f, "outage_s": 5.2})]


def test_without_any_trouble_there_is_no_outage() -> None:
    assert outages([]) == {"write": 0, "read": 0}


@pytest.mark.parametrize("f", ["write", "read"])
def test_an_outage_that_the_client_reports_of_one_kind_is_none_of_another(f: str) -> None:
    assert outages(reported(f)) == {"write": 0, "read": 0, f: 1}


@pytest.mark.parametrize("f", ["write", "read"])
def test_what_fails_of_one_kind_makes_no_outage_of_another(f: str) -> None:
    assert outages([], failed={f: [12.0]}) == {"write": 0, "read": 0, f: 1}


def test_a_broken_session_is_trouble_for_all_that_it_carried() -> None:
    assert outages([(12, "SessionBroken", {"session": 0})]) == {"write": 1, "read": 1}


def test_a_session_that_breaks_while_others_are_answered_makes_no_outage_of_what_nobody_asked() -> None:
    assert outages([(17, "SessionBroken", {"session": 0})]) == {"write": 0, "read": 0}


def test_users_who_have_logged_in_and_stay_so_have_no_outage_of_logins() -> None:
    run = statesim.run("everyone-logged-out", variants=["two-owners-slow"])
    (reading,) = run.readings
    logins = reading.clients["users"].kinds["login"]
    assert len(logins.ok) == 40
    assert max(logins.ok) < 20 * S
    assert reading.outages("users", "login") == []


def test_a_broken_connection_that_is_for_reads_alone_is_trouble_for_reads_alone() -> None:
    assert outages([(12, "SessionBroken", {"session": 0, "f": "read"})]) == {"write": 0, "read": 1}
