"""Sessions: what a history of users proves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.consistency.calls import pair
from statesim.analysis.consistency.logins import NOT_LOGGED_IN, logins
from statesim.systems import statements

if TYPE_CHECKING:
    from statesim.analysis.consistency.verdict import Verdict


def told(*lines: tuple[Any, ...]) -> Verdict:
    """Judge (f, value, end, result or error) of one user, one second each."""
    rows: list[tuple[Any, ...]] = []
    for n, (f, value, end, said) in enumerate(lines):
        rows.append((n * 10, 1, "users", "invoke", f, value, ""))
        ok = end == "ok"
        rows.append((n * 10 + 5, 1, "users", end, f, said if ok else value, "" if ok else said))
    return logins(pair(rows))


LOGIN = ("login", ["u", 1], "ok", ["u-1", 0])


def act(cart: int, said: Any, end: str = "ok") -> tuple[Any, ...]:
    return ("act", ["u-1", cart], end, said)


def test_a_session_that_counts_on_until_it_is_ended_is_valid() -> None:
    logout = ("logout", ["u-1", 2], "ok", ["u-1", 2])
    again = ("login", ["u", 2], "ok", ["u-2", 0])
    after = act(2, NOT_LOGGED_IN, "fail")
    assert told(LOGIN, act(0, ["u-1", 1]), act(1, ["u-1", 2]), logout, after, again).valid == "valid"


def test_a_server_that_does_not_know_a_session_has_logged_its_user_out() -> None:
    verdict = told(LOGIN, act(0, ["u-1", 1]), act(1, NOT_LOGGED_IN, "fail"))
    assert verdict.counts() == {"session lost": 1}
    assert verdict.anomalies[0].says == "u-1 was logged in, and is not any more, with 1 in the cart"
    assert [call.f for call in verdict.anomalies[0].calls] == ["login", "act", "act"]


def test_other_failures_log_nobody_out() -> None:
    errors = ("connection reset", statements.EXPIRED, "the session store has no primary")
    for error in errors:
        assert told(LOGIN, act(0, error, "fail")).valid == "valid"


def test_a_logout_that_nobody_heard_of_may_have_happened() -> None:
    doubt = ("logout", ["u-1", 0], "info", "connection reset")
    assert told(LOGIN, doubt, act(0, NOT_LOGGED_IN, "fail")).valid == "valid"
    assert told(LOGIN, doubt, act(0, ["u-1", 1])).valid == "valid"


def test_a_session_must_not_outlive_its_logout() -> None:
    logout = ("logout", ["u-1", 0], "ok", ["u-1", 0])
    assert told(LOGIN, logout, act(0, ["u-1", 1])).counts() == {"revoked session": 1}


def test_a_cart_only_grows_and_by_what_was_put_in() -> None:
    assert told(LOGIN, act(0, ["u-1", 1]), act(1, ["u-1", 1])).counts() == {"lost write": 1}
    assert told(LOGIN, act(0, ["u-1", 3])).counts() == {"phantom in the cart": 1}


def test_a_call_that_nobody_heard_of_may_count_or_not() -> None:
    doubt = act(0, "statement timeout", "info")
    assert told(LOGIN, doubt, act(0, ["u-1", 1])).valid == "valid"
    assert told(LOGIN, doubt, act(0, ["u-1", 2])).valid == "valid"
    assert told(LOGIN, doubt, act(0, ["u-1", 3])).counts() == {"phantom in the cart": 1}
    assert told(LOGIN, doubt, act(0, ["u-1", 2]), act(2, ["u-1", 4])).counts() == {"phantom in the cart": 1}


def test_an_answer_for_somebody_else_is_seen() -> None:
    assert told(LOGIN, act(0, ["v-1", 1])).counts() == {"wrong session": 1}


def test_a_failed_call_surely_did_not_count() -> None:
    lines = (LOGIN, act(0, "the server is shutting down", "fail"), act(0, ["u-1", 2]))
    assert told(*lines).counts() == {"phantom in the cart": 1}


def test_the_checker_and_the_servers_use_the_same_words() -> None:
    assert NOT_LOGGED_IN == statements.NOT_LOGGED_IN
    assert not statements.EXPIRED.startswith(NOT_LOGGED_IN)
