"""Users who log in once: whether the session is the same until they log out, and the cart only grows.

The rules are those of HTTP's sessions (RFC 6265): a session id is as good as its login until its user logs
out or lets it expire, and a server that has forgotten it has logged somebody out who did not ask for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statesim.analysis.consistency.verdict import Anomaly, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.analysis.consistency.calls import Call
    from statesim.analysis.consistency.verdict import Verdict

SESSION_LOST = "session lost"
NOT_LOGGED_IN = "not done: not logged in"  # what a server says that does not know a session


@dataclass(slots=True)
class _Session:
    """What is known of one session.

    Attributes
    ----------
    login
        The call that began it; ``None`` if nobody heard of that.
    last
        The last call that was answered with a cart.
    cart
        What was in the cart then.
    doubtful
        How many more there may be since: calls whose answer nobody heard.
    ended
        The logout that was answered; ``None`` while it is open.
    doubted
        Whether it may have been ended by a logout whose answer nobody heard.
    """

    login: Call | None = None
    last: Call | None = None
    cart: int = 0
    doubtful: int = 0
    ended: Call | None = None
    doubted: bool = False


def logins(calls: Sequence[Call]) -> Verdict:
    """Judge logins and what was done with their sessions.

    Parameters
    ----------
    calls
        ``login``, whose result is ``[session, cart, …]``; ``act`` and ``logout``, whose value and result are
        such a list. A process is one user, who has one session at a time.
    """
    sessions: dict[Any, _Session] = {}
    return verdict([anomaly for call in calls for anomaly in _next(call, sessions)], len(calls))


def _next(call: Call, sessions: dict[Any, _Session]) -> Iterable[Anomaly]:
    if call.f == "login":
        if call.end == "ok":
            sessions[call.result[0]] = _Session(call, call, call.result[1])
        return
    known = sessions.setdefault(call.value[0], _Session(cart=call.value[1]))
    if call.end == "info":
        known.doubtful += call.f == "act"
        known.doubted = known.doubted or call.f == "logout"
    elif call.end == "fail":
        if call.error.startswith(NOT_LOGGED_IN) and known.ended is None and not known.doubted:
            says = f"{call.value[0]} was logged in, and is not any more, with {known.cart} in the cart"
            yield Anomaly(SESSION_LOST, says, _evidence(known, call))
            known.doubted = True  # said once
    else:
        yield from _answered(call, known)


def _answered(call: Call, known: _Session) -> Iterable[Anomaly]:
    session, cart = call.result[:2]
    if session != call.value[0]:
        yield Anomaly("wrong session", f"{call.value[0]} was answered as {session}", _evidence(known, call))
        return
    if known.ended is not None:
        says = f"{session} was accepted after its user had logged out"
        yield Anomaly("revoked session", says, (known.ended, call))
        return
    if call.f == "logout":
        known.ended = call
        return
    least, most = known.cart + 1, known.cart + 1 + known.doubtful
    if cart < least:
        says = f"the cart of {session} held {known.cart}, and {cart} after one more"
        yield Anomaly("lost write", says, _evidence(known, call))
    elif cart > most:
        says = f"the cart of {session} holds {cart} where at most {most} can be"
        yield Anomaly("phantom in the cart", says, _evidence(known, call))
    known.last, known.cart, known.doubtful = call, cart, 0


def _evidence(known: _Session, call: Call) -> tuple[Call, ...]:
    before = [each for each in (known.login, known.last) if each is not None]
    return (*dict.fromkeys(before), call)
