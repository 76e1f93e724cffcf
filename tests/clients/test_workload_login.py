"""Users with a session each: what they ask, and what they make of the answers."""

from __future__ import annotations

from statesim.clients.workload_login import LOGGED_OUT, LoginWorkload
from statesim.systems.statements import EXPIRED, NOT_LOGGED_IN


def logged_in(logout: float = 0.0):
    user = LoginWorkload(logout).of(3)
    f, value = user.begin(0.9)
    assert (f, value) == ("login", ["u3", 1])
    user.succeed(f, value, ["u3-1", 0])
    return user


def test_a_user_logs_in_once_and_shows_what_the_server_said_last():
    user = logged_in()
    assert user.begin(0.0) == ("act", ["u3-1", 0])
    user.succeed("act", user.begin(0.5)[1], ["u3-1", 1, "more"])
    assert user.begin(0.5) == ("act", ["u3-1", 1, "more"])


def test_users_are_told_apart_and_none_has_a_session_twice():
    workload = LoginWorkload()
    users = [workload.of(process) for process in (0, 1)]
    assert [user.begin(0.5) for user in users] == [("login", ["u0", 1]), ("login", ["u1", 1])]
    assert users[0].begin(0.5) == ("login", ["u0", 2]), "the first answer has not been heard"


def test_who_is_not_known_any_more_logs_in_again():
    user = logged_in()
    f, value = user.begin(0.5)
    assert user.fail(f, value, NOT_LOGGED_IN) == LOGGED_OUT
    assert user.begin(0.5) == ("login", ["u3", 2])


def test_a_session_that_has_expired_is_no_accident():
    user = logged_in()
    f, value = user.begin(0.5)
    assert user.fail(f, value, EXPIRED) == ""
    assert user.begin(0.5) == ("login", ["u3", 2])


def test_an_error_leaves_a_user_logged_in():
    user = logged_in()
    f, value = user.begin(0.5)
    assert user.fail(f, value, "connection reset") == ""
    assert user.begin(0.5) == (f, value)


def test_after_a_logout_the_old_session_is_tried_once():
    user = logged_in(0.1)
    f, value = user.begin(0.05)
    assert f == "logout"
    user.succeed(f, value, ["u3-1", 0])
    assert user.begin(0.5) == ("act", value)
    assert user.fail("act", value, NOT_LOGGED_IN) == "", "as it should be"
    assert user.begin(0.5) == ("login", ["u3", 2])
    user.succeed("login", ["u3", 2], ["u3-2", 0])
    user.succeed("act", value, ["u3-1", 9])
    assert user.begin(0.5) == ("act", ["u3-2", 0]), "an answer to the old session changes nothing"


def test_the_shares_are_of_what_users_want():
    assert set(LoginWorkload(0.0).shares) == {"act", "login"}
    assert LoginWorkload(0.2).shares == {"act": 0.8, "login": 0.2, "logout": 0.2}
    assert next(iter(LoginWorkload(0.2).shares)) == "act", "a connection is proven by an act"
