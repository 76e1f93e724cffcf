"""What is left to be done of one decision, action by action: batches, refusals, what follows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.control.actions import Create, Decision, Delete, Refusal, Together, Write, one_by_one
from statesim.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statesim.errors import Refused


class Pass:
    """What is left to be done of one decision.

    A pass that has waited for its client writes what it decided on an older state. As at the API server such
    a write conflicts if anybody else has changed the object since it was looked at (resourceVersion; API
    conventions, "Concurrency Control and Consistency"), and the key is looked at again.

    Attributes
    ----------
    begun
        How many requests a batch has that has just begun.
    slots
        When those of them may go out that have not yet.
    answered_us
        When the request before would have been answered, if requests took their time.
    """

    __slots__ = (
        "_batch",
        "_epilogue",
        "_rest",
        "_seen",
        "answered_us",
        "begun",
        "decision",
        "refusals",
        "slots",
    )

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self.refusals: list[Refusal] = []
        self.begun = 0
        self.slots: list[int] = []
        self.answered_us = 0
        self._rest = list(reversed(decision.actions))
        self._batch: list[list[Create | Write | Delete]] = []
        self._epilogue: Iterator[Write] | None = None
        self._seen: dict[str, int] | None = None

    def remember(self, following: Create | Write | Delete) -> None:
        """Note the versions that the decision was made on, before time passes for the first time."""
        if self._seen is not None:
            return
        self._seen = {}
        batch = (action for part in self._batch for action in part)
        for action in (following, *batch, *self._rest):
            for one in one_by_one(action):
                if isinstance(one, Write) and one.changes:
                    self._seen[one.object.key] = one.object.version

    def check(self, action: Create | Write | Delete) -> None:
        """Refuse a change of something that is no longer as it was when the pass looked.

        Raises
        ------
        Conflict
            If somebody else has changed the object since.
        """
        if self._seen is None or not isinstance(action, Write) or not action.changes:
            return
        obj = action.object
        if self._seen.get(obj.key, obj.version) != obj.version:
            raise Conflict(f"{obj.key} has been changed since it was looked at")

    def note(self, action: Create | Write | Delete) -> None:
        """Take the pass's own write into account."""
        if self._seen is not None and isinstance(action, Write):
            self._seen[action.object.key] = action.object.version

    def next(self) -> Create | Write | Delete | None:
        """Return the next action: those of a batch whatever became of each, others while none was refused."""
        while self._batch and not self._batch[0]:
            del self._batch[0]
        if self._batch:
            return self._batch[0].pop(0)
        if self.refusals:
            return self._after_refusals()
        action = self._rest.pop() if self._rest else None
        self.slots.clear()
        if not isinstance(action, Together):
            return action
        self._batch = [list(part) if isinstance(part, tuple) else [part] for part in action.actions]
        self.begun = sum(is_request(one) for part in self._batch for one in part)
        return self.next()

    def refuse(self, action: Create | Write | Delete, error: Refused) -> None:
        """Note that an action was not taken: what follows it in its own sequence is not tried."""
        self.refusals.append(Refusal(action, error))
        if self._batch:
            self._batch[0].clear()

    def _after_refusals(self) -> Write | None:
        """Return what is still to be done about what was refused; what goes wrong with that is let go."""
        if self._epilogue is None:
            what = self.decision.on_refusal
            self._epilogue = iter(what(tuple(self.refusals)) if what is not None else ())
        return next(self._epilogue, None)


def is_request(action: Create | Write | Delete) -> bool:
    """Tell whether a pass waits for its client before an action; Events are sent beside it."""
    return not isinstance(action, Write) or bool(action.changes)
