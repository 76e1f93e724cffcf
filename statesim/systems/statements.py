"""What a client's operation means to a database: statements over keys and values, executed one at a time.

A driver decides whether an operation is executed, where and when it is durable; what it reads and writes is
said here, once for all of them. The kinds are Jepsen's workloads (jepsen-io/jepsen: ``checker.clj``,
``tests/linearizable_register.clj``, ``tests/bank.clj``, ``tests/cycle/append.clj``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from statesim.systems.driver import Answer, Statement


class Copy(Protocol):
    """A copy of the data, which can be read."""

    def get(self, key: Hashable) -> Any:
        """Return the value of a key; ``None`` if it was never written."""

    def keys(self) -> Sequence[Any]:
        """Return every key that was written, in order of the writes; one written twice comes twice."""

    def values(self, key: Hashable) -> Sequence[Any]:
        """Return what a key has held, the present value last: all that was ever visible in this copy."""


class Writable(Copy, Protocol):
    """A copy of the data at the server that may change it."""

    def put(self, key: Hashable, value: Any) -> None:
        """Write a key."""


class Nothing:
    """An empty copy: no data is left, or none was ever kept."""

    def get(self, key: Hashable) -> None:
        """See `Copy.get`."""

    def keys(self) -> Sequence[Any]:
        """See `Copy.keys`."""
        return []

    def values(self, key: Hashable) -> Sequence[Any]:  # noqa: ARG002 - part of the protocol
        """See `Copy.values`."""
        return []


class Outcome(NamedTuple):
    """What the server answers: ``ok`` and the value, or ``fail`` and why nothing was done."""

    type: Answer
    value: Any = None
    error: str = ""


_FOUND, _NOT_FOUND = Outcome("ok", True), Outcome("ok", False)
NOT_DONE = "not done: "  # what was asked does not hold: the server works, and has refused nothing
ABORTED = (
    "could not serialize access",
    "deadlock detected",
    "ERROR 1213",
)  # another transaction was in its way
ANSWERS = (NOT_DONE, *ABORTED)  # errors of a server that works
NOT_LOGGED_IN = f"{NOT_DONE}not logged in"
EXPIRED = f"{NOT_DONE}the session has expired"
CHANGING = frozenset({"write", "cas", "add", "transfer", "txn", "login", "act", "logout", "truncate"})


def changes(request: Statement) -> bool:
    """Tell whether an operation writes, so that it needs a server which may; a transaction may only read."""
    if request.f == "txn":
        return any(each[0] == "append" for each in request.value)
    return request.f in CHANGING


def execute(request: Statement, copy: Any) -> Outcome:
    """Execute an operation on a copy of the data: `Writable` if it `changes` anything.

    What is read is what this copy holds. An operation that fails has written nothing.
    """
    return _STATEMENTS[request.kind](request, copy)


def _set(request: Statement, copy: Any) -> Outcome:
    """``write`` adds an element, ``read`` asks whether one is there."""
    if request.f == "write":
        copy.put(request.value, True)
        return Outcome("ok", request.value)
    return _FOUND if copy.get(request.value) is not None else _NOT_FOUND


def _register(request: Statement, copy: Any) -> Outcome:
    """``write [k, v]``, ``read [k, None]``, ``cas [k, [old, new]]``."""
    name, argument = request.value
    key = (request.scope, name)
    if request.f == "read":
        return Outcome("ok", [name, copy.get(key)])
    if request.f == "cas":
        old, argument = argument
        found = copy.get(key)
        if found != old:
            return Outcome("fail", request.value, f"{NOT_DONE}{name} is {found}, not {old}")
    copy.put(key, argument)
    return Outcome("ok", request.value)


def _counter(request: Statement, copy: Any) -> Outcome:
    """``add n``, ``read``."""
    key = (request.scope, COUNTER)
    found = copy.get(key) or 0
    if request.f == "read":
        return Outcome("ok", found)
    copy.put(key, found + request.value)
    return Outcome("ok", request.value)


def _bank(request: Statement, copy: Any) -> Outcome:
    """``transfer {from, to, amount, begun}``, ``read`` of all accounts: of each, what it began with."""
    value = request.value
    if request.f == "read":
        held = {name: copy.get((request.scope, name)) for name in value}
        return Outcome("ok", {name: value[name] if each is None else each for name, each in held.items()})
    source, target = (request.scope, value["from"]), (request.scope, value["to"])
    has = copy.get(source)
    has = value["begun"] if has is None else has
    if has < value["amount"]:
        why = f"{value['from']} holds {has}, which is less than {value['amount']}"
        return Outcome("fail", value, NOT_DONE + why)
    gets = copy.get(target)
    copy.put(source, has - value["amount"])
    copy.put(target, (value["begun"] if gets is None else gets) + value["amount"])
    return Outcome("ok", value)


def _append(request: Statement, copy: Any) -> Outcome:
    """``txn [["append", k, element], ["r", k, None], …]``."""
    done: list[list[Any]] = []
    for f, name, argument in request.value:
        found = copy.get((request.scope, name)) or ()
        if f == "append":
            copy.put((request.scope, name), (*found, argument))
            done.append([f, name, argument])
        else:
            done.append([f, name, list(found)])
    return Outcome("ok", done)


def _session(request: Statement, copy: Any) -> Outcome:
    """``login``, ``act``, ``logout`` of ``{session, now_us, ttl_us}``: the carts of who is logged in.

    A row is the cart, and when it was last used.
    """
    session, now = request.value["session"], request.value["now_us"]
    key = (request.scope, session)
    if request.f == "login":
        copy.put(key, (0, now))
        return Outcome("ok", [session, 0])
    found = copy.get(key)
    if found is None:
        return Outcome("fail", request.value, NOT_LOGGED_IN)
    cart, used = found
    if now - used > request.value["ttl_us"]:
        copy.put(key, None)
        return Outcome("fail", request.value, EXPIRED)
    if request.f == "logout":
        copy.put(key, None)
        return Outcome("ok", [session, cart])
    copy.put(key, (cart + 1, now))
    return Outcome("ok", [session, cart + 1])


def _login(request: Statement, copy: Any) -> Outcome:  # noqa: ARG001 - nothing is looked up
    return Outcome("fail", request.value, "this system logs nobody in: bind auth to its workload")


def _web(request: Statement, copy: Any) -> Outcome:  # noqa: ARG001 - nothing is kept
    return Outcome("ok", request.value)


def _everything(request: Statement, copy: Any) -> Outcome:  # noqa: ARG001 - it is about all of them
    """``truncate`` deletes every row, whoever has written it."""
    there = [key for key in dict.fromkeys(copy.keys()) if copy.get(key) is not None]
    for key in there:
        copy.put(key, None)
    return Outcome("ok", len(there))


COUNTER = "counter"
_STATEMENTS: dict[str, Callable[[Statement, Any], Outcome]] = {
    "set": _set,
    "register": _register,
    "counter": _counter,
    "bank": _bank,
    "append": _append,
    "everything": _everything,
    "web": _web,
    "cache": _web,
    "stream": _web,
    "login": _login,
    "session": _session,
}
