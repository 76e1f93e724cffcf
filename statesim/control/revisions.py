"""A StatefulSet's revisions: the pod templates it has had, in order, so that it can go forward and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.cluster.identity import template_hash
from statesim.cluster.objects import REVISION_LABEL, ControllerRevision, StatefulSet
from statesim.control.actions import Action, Create, Delete, Write

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence


class Revisions(NamedTuple):
    """What pods were made from (`current`), what they are to be made from (`update`), what that takes.

    `collisions` counts the names that were taken.
    """

    current: ControllerRevision
    update: ControllerRevision
    actions: Sequence[Action] = ()
    collisions: int = 0


def resolve(
    owner: StatefulSet,
    known: Sequence[ControllerRevision],
    taken: Mapping[str, ControllerRevision] | None = None,
) -> Revisions:
    """Find the revision of the present template; make it, or put it last again, if it is not the newest.

    Only the pod template counts: replicas, strategy and claim templates are not versioned. An older equal
    revision is renumbered: that is what a rollback is. The current revision is the one that the status
    names, at first the update revision
    (pkg/controller/statefulset/stateful_set_control.go: getStatefulSetRevisions).
    """
    template = owner.spec.template
    newest = max((revision.revision for revision in known), default=0)
    equal = [revision for revision in known if revision.template == template]
    update = max(equal, key=lambda revision: revision.revision, default=None)
    actions: list[Action] = []
    collisions = owner.status.get("collisionCount", 0)
    if update is None:
        update, collisions = _new(owner, newest + 1, taken or {}, collisions)
        if not update.uid:
            why = f"the pod template is new: revision {update.name}"
            actions.append(Create(update, fields={"owner": owner.key}, why=why))
    elif update.revision < newest:
        why = f"an old template is back: {update.name} is the newest revision again"
        actions.append(Write(update, "Changed", {"revision": newest + 1}, why=why))
    named = (revision for revision in known if revision.name == owner.current_revision)
    return Revisions(next(named, update), update, actions, collisions)


def _new(
    owner: StatefulSet, number: int, taken: Mapping[str, ControllerRevision], collisions: int
) -> tuple[ControllerRevision, int]:
    """Return the revision to be made, and how many names were taken by revisions of other templates.

    One of the very same template is used as it is (pkg/controller/history/controller_history.go:
    CreateControllerRevision).
    """
    template = owner.spec.template
    name = name_of(owner, collisions)
    while (other := taken.get(name)) is not None:
        if other.template == template:
            return other, collisions
        collisions += 1
        name = name_of(owner, collisions)
    made = ControllerRevision(
        name=name,
        labels={**template.labels, REVISION_LABEL: name},
        template=template,
        revision=number,
        owner=owner.ref(),
    )
    return made, collisions


def name_of(owner: StatefulSet, collisions: int) -> str:
    """Return the name that the revision of the present template gets after so many collisions."""
    return f"{owner.name}-{template_hash(owner.spec.template, collisions)}"


def truncate(
    owner: StatefulSet, known: Iterable[ControllerRevision], in_use: Collection[str]
) -> list[Action]:
    """Delete the oldest unused revisions beyond the limit (stateful_set_control.go: truncateHistory).

    `in_use` names the revisions that are current, update, or a pod's own: they do not count.
    """
    unused = sorted((r for r in known if r.name not in in_use), key=lambda r: r.revision)
    surplus = unused[: max(0, len(unused) - owner.spec.revision_history_limit)]
    return [Delete(revision, why="beyond revisionHistoryLimit") for revision in surplus]
