"""A StatefulSet's revisions: the pod templates it has had, in order, so that it can go forward and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.cluster.identity import template_hash
from statesim.cluster.objects import REVISION_LABEL, ControllerRevision, StatefulSet
from statesim.control.actions import Action, Create, Delete, Write

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence


class Revisions(NamedTuple):
    """What pods were made from (`current`), what they are to be made from (`update`), what that takes."""

    current: ControllerRevision
    update: ControllerRevision
    actions: Sequence[Action] = ()


def resolve(owner: StatefulSet, known: Sequence[ControllerRevision]) -> Revisions:
    """Find the revision of the present template; make it, or put it last again, if it is not the newest.

    Only the pod template counts: replicas, strategy and claim templates are not versioned. An older equal
    revision is renumbered: that is what a rollback is. The current revision is the one that the status
    names, at first the update revision
    (pkg/controller/statefulset/stateful_set_control.go: getStatefulSetRevisions).
    """
    template = owner.spec.template
    newest = max((revision.revision for revision in known), default=0)
    update = next((revision for revision in known if revision.template == template), None)
    actions: list[Action] = []
    if update is None:
        name = f"{owner.name}-{template_hash(template)}"
        update = ControllerRevision(
            name=name,
            labels={**template.labels, REVISION_LABEL: name},
            template=template,
            revision=newest + 1,
            owner=owner.ref(),
        )
        why = f"the pod template is new: revision {name}"
        actions.append(Create(update, fields={"owner": owner.key}, why=why))
    elif update.revision < newest:
        why = f"an old template is back: {update.name} is the newest revision again"
        actions.append(Write(update, "Changed", {"revision": newest + 1}, why=why))
    named = (revision for revision in known if revision.name == owner.current_revision)
    return Revisions(next(named, update), update, actions)


def truncate(
    owner: StatefulSet, known: Iterable[ControllerRevision], in_use: Collection[str]
) -> list[Action]:
    """Delete the oldest unused revisions beyond the limit (same file: truncateHistory).

    `in_use` names the revisions that are current, update, or a pod's own: they do not count.
    """
    unused = sorted((r for r in known if r.name not in in_use), key=lambda r: r.revision)
    surplus = unused[: max(0, len(unused) - owner.spec.revision_history_limit)]
    return [Delete(revision, why="beyond revisionHistoryLimit") for revision in surplus]
