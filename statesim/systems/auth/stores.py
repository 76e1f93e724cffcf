"""Where a server looks a session up: its own memory, another system, or what the user brings along.

The store of several owners is in `auth.cache`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from statesim.kernel.spans import MILLISECOND
from statesim.systems import alike
from statesim.systems.statements import EXPIRED, execute

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from statesim.node.process import Process
    from statesim.systems.auth.parameters import AuthParameters
    from statesim.systems.driver import Answer, Context, Request
    from statesim.systems.life import Life

STORE_RTT_US = MILLISECOND // 2  # as far as a client is from a server
NOT_WRITING = "the session store does not take writes"


class Memory:
    """What one server remembers, as a copy of the data: it goes when the program goes."""

    __slots__ = ("rows",)

    def __init__(self) -> None:
        self.rows: dict[Hashable, tuple[int, int]] = {}

    def get(self, key: Hashable) -> Any:
        """See `statements.Copy.get`."""
        return self.rows.get(key)

    def keys(self) -> Sequence[Any]:
        """See `statements.Copy.keys`."""
        return list(self.rows)

    def values(self, key: Hashable) -> Sequence[Any]:
        """See `statements.Copy.values`."""
        return [self.rows[key]] if key in self.rows else []

    def put(self, key: Hashable, value: Any) -> None:
        """See `statements.Writable.put`; ``None`` forgets a row."""
        if value is None:
            self.rows.pop(key, None)
        else:
            self.rows[key] = value


class Server(alike.Server):
    """One run of a server's program.

    Attributes
    ----------
    memory
        The sessions that it keeps.
    member
        Whether the others count on it.
    """

    __slots__ = ("member", "memory")

    def __init__(self, process: Process, life: Life) -> None:
        super().__init__(process, life)
        self.memory = Memory()
        self.member = True


class Lookup:
    """What a server asks of a store for a user: a statement of the kind ``session``; implements `Request`."""

    __slots__ = ("_asked", "_server", "f", "kind", "scope", "value")

    def __init__(self, asked: Request, server: Server, session: str, now_us: int, ttl_us: int) -> None:
        self._asked = asked
        self._server = server
        self.kind = "session"
        self.scope = asked.scope
        self.f = asked.f
        self.value: Any = {"session": session, "now_us": now_us, "ttl_us": ttl_us}

    def answer(self, type_: Answer, value: Any = None, error: str = "") -> None:
        """Pass the store's answer on, a round trip later; a server that has ended meanwhile says nothing."""
        said = NOT_WRITING if "read-only" in error else error
        self._server.life.later(STORE_RTT_US, self._asked.answer, type_, value, said)


class Store(Protocol):
    """Where the sessions are."""

    def joined(self, server: Server) -> None:
        """Hear of a new server."""

    def left(self, server: Server, *, noticed: bool) -> None:
        """Hear that one is gone with its memory; whether the others see it at once."""

    def serve(self, server: Server, request: Request) -> None:
        """Answer a user."""

    def network_changed(self) -> None:
        """Hear that reachability has changed somewhere."""


class Still:
    """What the stores share to which servers may come and go as they like."""

    __slots__ = ("_clock", "_ttl_us")

    def __init__(self, context: Context, parameters: AuthParameters) -> None:
        self._clock = context.clock
        self._ttl_us = parameters.session_ttl

    def joined(self, server: Server) -> None:
        """See `Store.joined`."""

    def left(self, server: Server, *, noticed: bool) -> None:
        """See `Store.left`."""

    def network_changed(self) -> None:
        """See `Store.network_changed`."""

    def lookup(self, server: Server, request: Request) -> Lookup:
        """Return what a user's request means to a table of sessions."""
        return Lookup(request, server, session_of(request), self._clock.now, self._ttl_us)


class Local(Still):
    """Each server knows those who have logged in with it, and nobody else."""

    __slots__ = ("_name", "_trace")

    def __init__(self, context: Context, parameters: AuthParameters) -> None:
        super().__init__(context, parameters)
        self._name = context.name
        self._trace = context.trace

    def left(self, server: Server, *, noticed: bool) -> None:  # noqa: ARG002 - nobody has to notice
        """See `Store.left`."""
        horizon = self._clock.now - self._ttl_us
        count = sum(1 for _, used_us in server.memory.rows.values() if used_us >= horizon)
        server.memory.rows = {}
        if count:
            self._trace.emit(f"System/{self._name}", "SessionsLost", count=count, pod=server.process.pod)

    def serve(self, server: Server, request: Request) -> None:
        """See `Store.serve`."""
        request.answer(*execute(self.lookup(server, request), server.memory))


class External(Still):
    """Another system keeps the sessions: the servers are stateless, and as good as that system is."""

    __slots__ = ("_host", "_name", "_systems")

    def __init__(self, context: Context, parameters: AuthParameters) -> None:
        super().__init__(context, parameters)
        self._host = context.host
        self._systems = context.systems
        self._name = parameters.system

    def serve(self, server: Server, request: Request) -> None:
        """See `Store.serve`: to a store that keeps silent a user's own patience is the limit."""
        store = self._systems.get(self._name)
        primary = store.primary() if store is not None else None
        if store is None or primary is None:
            request.answer("fail", error="the session store has no primary")
            return
        if not self._host.answers(primary) or not self._host.reachable(server.process, primary):
            return
        refusal = store.accept(primary, read_write=True)
        if refusal is None:
            store.submit(primary, self.lookup(server, request))
        else:
            request.answer("fail", error=f"the session store: {refusal}")


class Token(Still):
    """A signed token says who is logged in: no server keeps anything, or can take it back (RFC 7519)."""

    __slots__ = ()

    def serve(self, server: Server, request: Request) -> None:  # noqa: ARG002 - any server can
        """See `Store.serve`: a token that is used is issued anew."""
        now = self._clock.now
        if request.f == "login":
            request.answer("ok", [session_of(request), 0, now])
            return
        session, cart, issued_us = request.value
        if now - issued_us > self._ttl_us:
            request.answer("fail", request.value, EXPIRED)
        elif request.f == "logout":
            request.answer("ok", request.value)
        else:
            request.answer("ok", [session, cart + 1, now])


def session_of(request: Request) -> str:
    """Return the name of the session that a user asks for, or asks with.

    A server would draw it by chance; here it is the user's name and how many logins there were before.
    """
    first, second = request.value[:2]
    return f"{first}-{second}" if request.f == "login" else str(first)
