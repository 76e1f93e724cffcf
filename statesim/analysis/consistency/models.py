"""What a single copy would answer: the sequential objects that a history is held against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Hashable

    from statesim.analysis.consistency.calls import Call


class Impossible:
    """The type of `IMPOSSIBLE`."""

    __slots__ = ()


IMPOSSIBLE: Final = Impossible()


class Model(Protocol):
    """A sequential object: a state, and what a call does to it."""

    initial: Hashable

    def step(self, state: Any, call: Call) -> Any:
        """Return the state after a call, or `IMPOSSIBLE` if the call cannot have ended so in this state.

        The result of a call that ended ``info`` is not known and forbids nothing.
        """

    def changes(self, call: Call) -> bool:
        """Tell whether a call may change the state: one of unknown end that does not proves nothing."""


class Register:
    """One value: ``write v``, ``read``, ``cas [old, new]`` (knossos, ``model.clj``: CASRegister)."""

    __slots__ = ("initial",)

    def __init__(self, initial: Any = None) -> None:
        self.initial = initial

    def step(self, state: Any, call: Call) -> Any:
        """See `Model.step`."""
        if call.f == "write":
            return call.value
        if call.f == "cas":
            old, new = call.value
            return new if state == old else IMPOSSIBLE
        return state if call.end != "ok" or call.result == state else IMPOSSIBLE

    def changes(self, call: Call) -> bool:
        """See `Model.changes`."""
        return call.f != "read"


class Counter:
    """A number: ``add n``, ``read``."""

    __slots__ = ("initial",)

    def __init__(self, initial: int = 0) -> None:
        self.initial = initial

    def step(self, state: Any, call: Call) -> Any:
        """See `Model.step`."""
        if call.f == "add":
            return state + call.value
        return state if call.end != "ok" or call.result == state else IMPOSSIBLE

    def changes(self, call: Call) -> bool:
        """See `Model.changes`."""
        return call.f != "read"
