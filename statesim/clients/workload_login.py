"""Users who log in once and then act with their session, as long as the servers know it.

Each session of the client is one user. The server counts what a user puts into the cart: a session that is
the same from login to logout counts on from where it was. A user who is told that nobody is logged in logs in
again, with an empty cart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.systems.statements import EXPIRED, NOT_LOGGED_IN

if TYPE_CHECKING:
    from statesim.systems.statements import Copy

SELDOM = (
    0.01  # how often somebody logs in is not known before; an outage of logins is told after 100 calls' time
)
LOGGED_OUT = "LoggedOut"


class LoginWorkload:
    """Users: one for each session.

    Parameters
    ----------
    logout
        Which share of a user's wishes is to log out. Whoever has logged out tries the old session once, as
        somebody does who goes back in a browser, and then logs in again.
    """

    __slots__ = ("logout", "shares")
    kind = "login"

    def __init__(self, logout: float = 0.0) -> None:
        self.logout = logout
        shares = {"act": 1 - logout, "login": max(logout, SELDOM), "logout": logout}
        self.shares = {f: share for f, share in shares.items() if share > 0}

    def of(self, process: int) -> User:
        """See `clients.workload.Workload.of`."""
        return User(f"u{process}", self.logout)

    def last_read(self, copy: Copy) -> None:
        """See `clients.workload.Workload.last_read`: nobody looks for sessions at the end."""


class User:
    """One user, and what the server last said: ``[session, cart]``, and what else it wants to see again."""

    __slots__ = ("_before", "_held", "_logins", "_logout", "name")

    def __init__(self, name: str, logout: float) -> None:
        self.name = name
        self._logout = logout
        self._logins = 0
        self._held: list[Any] | None = None
        self._before: list[Any] | None = None

    def begin(self, choice: float) -> tuple[str, Any]:
        """See `clients.workload.Caller.begin`."""
        if self._before is not None:
            value, self._before = self._before, None
            return "act", value
        if self._held is None:
            self._logins += 1
            return "login", [self.name, self._logins]
        return ("logout" if choice < self._logout else "act"), self._held

    def succeed(self, f: str, value: Any, result: Any) -> Any:
        """See `clients.workload.Caller.succeed`."""
        if f == "logout":
            self._held, self._before = None, value
        elif f == "login" or value is self._held:
            self._held = result
        return result

    def fail(self, f: str, value: Any, error: str) -> str:  # noqa: ARG002 - part of the protocol
        """See `clients.workload.Caller.fail`: who is not logged in any more has nothing to show."""
        if value is not self._held or not error.startswith((NOT_LOGGED_IN, EXPIRED)):
            return ""
        self._held = None
        return LOGGED_OUT if error.startswith(NOT_LOGGED_IN) else ""
