"""A client's history with the last read: which checker judges it, and what is lost for good."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.analysis.judge import ANOMALIES, judge

END = 100_000_000
Row = tuple[Any, ...]


def rows(*operations: tuple[str, Any, Any], final: Any) -> list[Row]:
    """Return a history of operations one after another: (f, value, result)."""
    found: list[Row] = []
    for index, (f, value, result) in enumerate(operations):
        begin = index * 1_000_000
        found.append((begin, 0, "shop", "invoke", f, value, ""))
        found.append((begin + 500_000, 0, "shop", "ok", f, result, ""))
    return [*found, (END, "final", "shop", "ok", "final", final, "")]


def test_a_write_that_was_taken_back_is_lost_though_others_wrote_there_since() -> None:
    history = rows(
        ("write", ["x", 1], ["x", 1]),
        ("write", ["x", 2], ["x", 2]),
        ("write", ["x", 3], ["x", 3]),
        final={"x": [1, 3]},
    )
    verdict = judge("register", history, "shop", END)
    assert verdict.counts() == {"lost write": 1}
    assert "x = 2 was acknowledged" in verdict.anomalies[0].says


def test_what_survives_whole_is_valid() -> None:
    for kind, operations, final in (
        ("register", [("write", ["x", 1], ["x", 1]), ("read", ["x", None], ["x", 1])], {"x": [1]}),
        ("counter", [("add", 1, 1), ("add", 1, 1), ("read", None, 2)], 2),
        ("bank", [("read", {"a": 20, "b": 20}, {"a": 5, "b": 35})], {"a": 5, "b": 35}),
        ("append", [("txn", [["append", "x", 1]], [["append", "x", 1]])], {"x": [1]}),
        ("set", [("write", 1, 1), ("read", 1, [1, True])], [1]),
    ):
        assert judge(kind, rows(*operations, final=final), "shop", END).valid == "valid", kind


@pytest.mark.parametrize(
    ("kind", "operations", "final"),
    [
        ("register", [("write", ["x", 1], ["x", 1])], {}),
        ("counter", [("add", 1, 1), ("add", 1, 1)], 1),
        ("append", [("txn", [["append", "x", 1]], [["append", "x", 1]])], {"x": []}),
        ("set", [("write", 1, 1), ("write", 2, 2)], [2]),
    ],
)
def test_what_does_not_survive_is_lost(kind: str, operations: list[Any], final: Any) -> None:
    assert judge(kind, rows(*operations, final=final), "shop", END).counts() == {"lost write": 1}


def test_money_that_is_gone_at_the_end_is_a_wrong_total() -> None:
    history = rows(("read", {"a": 20, "b": 20}, {"a": 20, "b": 20}), final={"a": 20, "b": 10})
    assert judge("bank", history, "shop", END).counts() == {"wrong total": 1}


def test_other_clients_are_not_judged_with_it() -> None:
    history = rows(("write", ["x", 1], ["x", 1]), final={"x": [1]})
    foreign = [(1, 9, "other", "invoke", "write", ["x", 9], ""), (2, 9, "other", "ok", "write", ["x", 9], "")]
    assert judge("register", [*foreign, *history], "shop", END).valid == "valid"


def test_every_kind_of_anomaly_has_a_name_that_is_said() -> None:
    assert set(ANOMALIES) == {"set", "register", "counter", "bank", "append", "login"}
    assert all(kinds[0] == "lost write" for kinds in ANOMALIES.values())
