"""What operations mean to a database: each kind on a copy of the data."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.systems.statements import NOT_DONE, Nothing, changes, execute
from statesim.systems.wal import Snapshot, Timeline, Writer


class Asked:
    """An operation of the client shop."""

    scope = "shop"

    def __init__(self, kind: str, f: str, value: Any = None, scope: str = "shop") -> None:
        self.kind, self.f, self.value, self.scope = kind, f, value, scope

    def answer(self, type_: str, value: Any = None, error: str = "") -> None:
        raise AssertionError("a statement answers nobody")


class Server:
    """One database that executes what it is asked."""

    def __init__(self) -> None:
        self.timeline = Timeline()
        self.now = 0

    def __call__(self, kind: str, f: str, value: Any = None, scope: str = "shop") -> tuple[str, Any]:
        self.now += 10
        asked = Asked(kind, f, value, scope)
        if changes(asked):
            outcome = execute(asked, Writer(self.timeline, self.now))
        else:
            outcome = execute(asked, Snapshot(self.timeline, self.timeline.length))
        return outcome.type, outcome.error or outcome.value


def test_a_set_holds_what_was_added() -> None:
    server = Server()
    assert server("set", "write", 7) == ("ok", 7)
    assert server("set", "read", 7) == ("ok", True)
    assert server("set", "read", 8) == ("ok", False)


def test_a_register_is_compared_before_it_is_set() -> None:
    server = Server()
    assert server("register", "read", ["x", None]) == ("ok", ["x", None])
    assert server("register", "cas", ["x", [None, 1]]) == ("ok", ["x", [None, 1]])
    length = server.timeline.length
    assert server("register", "cas", ["x", [None, 2]]) == ("fail", f"{NOT_DONE}x is 1, not None")
    assert server.timeline.length == length, "what fails has written nothing"
    assert server("register", "write", ["x", 3])[0] == "ok"
    assert server("register", "read", ["x", None]) == ("ok", ["x", 3])


def test_each_client_has_keys_of_its_own() -> None:
    server = Server()
    server("register", "write", ["x", 3])
    server("counter", "add", 1)
    assert server("register", "read", ["x", None], "other") == ("ok", ["x", None])
    assert server("counter", "read", None, "other") == ("ok", 0)


def test_money_moves_and_nobody_overdraws() -> None:
    server = Server()
    accounts = {"a": 20, "b": 20}
    transfer = {"from": "a", "to": "b", "amount": 15, "begun": 20}
    assert server("bank", "read", accounts) == ("ok", accounts)
    assert server("bank", "transfer", transfer)[0] == "ok"
    assert server("bank", "read", accounts) == ("ok", {"a": 5, "b": 35})
    assert server("bank", "transfer", transfer) == ("fail", f"{NOT_DONE}a holds 5, which is less than 15")
    assert server("bank", "read", accounts) == ("ok", {"a": 5, "b": 35})


def test_a_transaction_sees_its_own_appends() -> None:
    server = Server()
    server("append", "txn", [["append", "x", 1]])
    asked = [["r", "x", None], ["append", "x", 2], ["r", "x", None], ["r", "y", None]]
    done = [["r", "x", [1]], ["append", "x", 2], ["r", "x", [1, 2]], ["r", "y", []]]
    assert server("append", "txn", asked) == ("ok", done)


def test_a_transaction_that_only_reads_changes_nothing() -> None:
    assert not changes(Asked("append", "txn", [["r", "x", None]]))
    assert changes(Asked("append", "txn", [["r", "x", None], ["append", "x", 1]]))
    assert not changes(Asked("web", "request"))


def test_a_copy_that_lags_answers_from_the_past() -> None:
    server = Server()
    server("register", "write", ["x", 1])
    server("register", "write", ["x", 2])
    asked = Asked("register", "read", ["x", None])
    assert [execute(asked, Snapshot(server.timeline, upto)).value[1] for upto in (0, 1, 2)] == [None, 1, 2]


@pytest.mark.parametrize(
    ("kind", "value", "empty"),
    [("register", ["x", None], ["x", None]), ("counter", None, 0), ("bank", {"a": 20}, {"a": 20})],
)
def test_where_nothing_is_left_reads_find_nothing(kind: str, value: Any, empty: Any) -> None:
    assert execute(Asked(kind, "read", value), Nothing()).value == empty
