"""Who belongs to whom: controllers adopt what their selector matches, and let go what it no longer does."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from statesim.cluster.objects import Object
from statesim.control.actions import Action, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from statesim.scenario.specs import LabelSelector

T = TypeVar("T", bound=Object)


def belonging(
    owner: Object,
    selector: LabelSelector,
    candidates: Iterable[T],
    accepts: Callable[[T], bool] = lambda _: True,
) -> tuple[tuple[T, ...], list[Action]]:
    """Return the candidates that belong to `owner`, and the changes of ownership that make it so.

    Owned and matching is kept, owned and not matching is released, ownerless and matching is adopted if
    `accepts` says so (a StatefulSet looks at the name too). What is being deleted is not adopted, and who
    is being deleted adopts nothing
    (pkg/controller/controller_ref_manager.go: ClaimObject, ClaimPods, ClaimReplicaSets).
    """
    kept: list[T] = []
    actions: list[Action] = []
    for obj in candidates:
        matches = selector.matches(obj.labels)
        if obj.owner is not None:
            if obj.owner.uid != owner.uid:
                continue
            if matches:
                kept.append(obj)
            elif not owner.terminating:
                why = f"its labels no longer match the selector of {owner.key}"
                actions.append(Write(obj, "OwnerChanged", {"owner": None}, why=why))
        elif matches and not owner.terminating and not obj.terminating and accepts(obj):
            why = f"{owner.key} adopts it: nobody owns it and its labels match"
            actions.append(Write(obj, "OwnerChanged", {"owner": owner.ref()}, {"owner": owner.key}, why=why))
            kept.append(obj)
    return tuple(kept), actions
