"""The closed set of effects, and the decision that carries them.

A controller's `decide` returns a `Decision` and touches nothing; ``runtime`` applies it. There are three
effects because there are three verbs at the API server: create, change, delete.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from statesim.cluster.objects import Object
    from statesim.errors import Refused


@dataclass(frozen=True, slots=True)
class Create:
    """Add `object`, traced as ``Created`` (or `event`) with `fields`."""

    object: Object
    event: str = "Created"
    fields: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True, slots=True)
class Write:
    """Change attributes of the object that was seen, traced as `event` with `fields`.

    A namesake that took the object's place in the meantime is not touched (the write conflicts). With no
    `changes` the event is only noted, as Kubernetes' own Events are. `details` are attributes of the status
    on which nobody decides: they change without waking anybody, and without an event if `event` is "".
    """

    object: Object
    event: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delete:
    """Ask for the object that was seen to be deleted.

    Attributes
    ----------
    grace_us
        A pod's grace period; ``None`` = its own, 0 = by force: the object goes at once, whatever runs.
    cascade
        What happens to the objects it owns: ``background`` (they go after it), ``foreground`` (they go
        first) or ``orphan`` (they stay, ownerless).
    event
        What the trace calls it when an object other than a pod goes, with `fields`.
    """

    object: Object
    grace_us: int | None = None
    cascade: str = "background"
    event: str = "Deleted"
    fields: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True, slots=True)
class Together:
    """Actions that are sent side by side: one that is refused does not keep the others from being tried.

    A tuple among them is a sequence of its own, which ends with its first refusal. What comes after the batch
    is not tried then (pkg/controller/replicaset/replica_set.go: slowStartBatch).
    """

    actions: tuple[Create | Write | Delete | tuple[Create | Write | Delete, ...], ...]


Action = Create | Write | Delete | Together


def let_go(obj: Object, finalizer: str, event: str = "Unprotected") -> tuple[Write | Delete, ...]:
    """Return what takes a finalizer away from an object, and the object with it if that was the last."""
    left = tuple(name for name in obj.finalizers if name != finalizer)
    release = Write(obj, event, {"finalizers": left})
    return (release,) if left else (release, Delete(obj))


def one_by_one(action: Action) -> Iterator[Create | Write | Delete]:
    """Return the action, or those of a batch."""
    if not isinstance(action, Together):
        yield action
        return
    for part in action.actions:
        yield from part if isinstance(part, tuple) else (part,)


def because(call: Create | Write | Delete, why: str) -> Create | Write | Delete:
    """Return a call with this reason, unless it has one of its own."""
    return call if call.why else replace(call, why=why)


def all_because(actions: Iterable[Action], why: str) -> list[Action]:
    """Return actions with their own reason, those of batches too: that of the whole pass is not theirs."""
    done: list[Action] = []
    for action in actions:
        if isinstance(action, Together):
            parts = [
                tuple(because(call, why) for call in part) if isinstance(part, tuple) else because(part, why)
                for part in action.actions
            ]
            done.append(Together(tuple(parts)))
        else:
            done.append(because(action, why))
    return done


def slow_start(
    calls: Sequence[tuple[Create | Write | Delete, ...]], largest: int = 500
) -> tuple[Together, ...]:
    """Return calls in batches of 1, 2, 4, … : what the API server refuses is then refused a few times only.

    Source: pkg/controller/replicaset/replica_set.go: slowStartBatch, SlowStartInitialBatchSize;
    pkg/controller/statefulset/stateful_set_control.go: slowStartBatch, MaxBatchSize.
    """
    batches: list[Together] = []
    size, done = 1, 0
    while done < len(calls):
        batch = calls[done : done + size]
        batches.append(Together(tuple(call[0] if len(call) == 1 else call for call in batch)))
        done += len(batch)
        size = min(2 * size, largest)
    return tuple(batches)


class Refusal(NamedTuple):
    """An action that the API server did not take, and what it said."""

    action: Create | Write | Delete
    error: Refused


@dataclass(frozen=True, slots=True)
class Decision:
    """What a controller wants done about one key.

    Attributes
    ----------
    actions
        Applied in order; the first that is refused ends the pass, and the key is retried with back-off.
    wake_at
        Look again at this time (microseconds) even if nothing changes; ``None`` = only on a change.
    why
        One sentence in the domain's words. It goes into the trace with every action that has none: a pass
        that does several things for different reasons gives each its own (`all_because`).
    on_refusal
        What is done when actions were refused, in place of those that are left: Events, conditions.
    retry
        Look again with back-off although nothing was refused: a pass that ends in an error.
    """

    actions: tuple[Action, ...] = ()
    wake_at: int | None = None
    why: str = ""
    on_refusal: Callable[[tuple[Refusal, ...]], tuple[Write, ...]] | None = None
    retry: bool = False
