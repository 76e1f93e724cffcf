"""Decides which node each volume shall be attached to, and when it may be taken away from one.

Source: pkg/controller/volume/attachdetach (reconciler/reconciler.go:reconcile, util/util.go). This is where
"the six minutes" come from: they only begin when no pod object on the node needs the volume any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.cluster.objects import (
    OUT_OF_SERVICE,
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    VolumeAttachment,
)
from statesim.control.actions import Action, Create, Decision, Delete, Write
from statesim.control.volumes import shareable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.store import Change, Store


@dataclass(frozen=True, slots=True)
class NodeView:
    """What matters of a node here; one whose object is gone is neither `exists` nor `ready`.

    `mounted` is what the kubelet last reported of this volume; without a Node object it counts as mounted.
    """

    name: str
    exists: bool = True
    ready: bool = True
    out_of_service: bool = False
    mounted: bool = False


@dataclass(frozen=True, slots=True)
class WantedBy:
    """A pod on a node that needs the volume."""

    pod: str
    uid: str
    node: NodeView


@dataclass(frozen=True, slots=True)
class Held:
    """An attachment and the node that it is to."""

    attachment: VolumeAttachment
    node: NodeView


@dataclass(frozen=True, slots=True)
class VolumeView:
    """One volume: who wants it, in the order in which they were scheduled, and who has it.

    `reported` holds the (node, pod uid) for which a Multi-Attach error has been reported before.
    """

    now: int
    name: str
    shareable: bool
    wanted: tuple[WantedBy, ...]
    held: tuple[Held, ...]
    reported: frozenset[tuple[str, str]]
    force_detach_us: int


def needs(pod: Pod) -> bool:
    """Tell whether a pod object keeps its volumes attached to its node.

    Source: util/util.go:DetermineVolumeAction, pkg/volume/util:IsPodTerminated. A Terminating pod whose
    container was last reported as running still does; so nothing is released while a node is only silent.
    """
    if pod.node is None or pod.finished:
        return False
    return not pod.terminating or pod.running


def decide(view: VolumeView) -> Decision:
    """Detach first, then attach, as `reconcile` does."""
    used = {w.node.name for w in view.wanted}
    actions: list[Action] = []
    wakes: list[int] = []
    busy = False
    for held in view.held:
        attachment = held.attachment
        busy = busy or not attachment.attached or attachment.detach_requested_us is not None
        if attachment.detach_requested_us is not None:
            continue
        if held.node.name in used:
            if attachment.unneeded_us is not None:
                why = f"a pod on {held.node.name} needs the volume again"
                actions.append(Write(attachment, "Needed", {"unneeded_us": None}, why=why))
            continue
        action, wake = _release(view, held)
        busy = busy or (action is not None and action.event != "Unneeded")
        actions += [action] if action is not None else []
        wakes += [wake] if wake is not None else []
    actions += _attach(view, busy=busy)
    why = "nobody needs the volume" if not used else f"the volume is needed on {', '.join(sorted(used))}"
    return Decision(tuple(actions), min(wakes, default=None), why)


def _release(view: VolumeView, held: Held) -> tuple[Write | Delete | None, int | None]:
    """Return how to take an unneeded volume away from a node, and when to look again.

    Source: reconciler.go:reconcile. Not mounted: at once. Mounted: wait for the kubelet, at most
    `force_detach_us`; a forced detach is for unhealthy nodes (1.26 on), and does not wait if the node has
    been declared out of service (KEP-2268).
    """
    attachment, node = held.attachment, held.node
    where = {"volume": view.name, "node": node.name}
    forced = {**where, "forced": True}
    if not node.mounted:
        why = f"no pod on {node.name} needs the volume and it is not mounted"
        return Write(attachment, "DetachRequested", {"detach_requested_us": view.now}, where, why), None
    if node.out_of_service:
        why = f"{node.name} is out of service"
        return Delete(attachment, event="Detached", fields=forced, why=why), None
    if attachment.unneeded_us is None:
        why = f"no pod on {node.name} needs the volume, but the node reported it as mounted"
        wake = view.now + view.force_detach_us
        return Write(attachment, "Unneeded", {"unneeded_us": view.now}, where, why), wake
    due = attachment.unneeded_us + view.force_detach_us
    if view.now < due:
        return None, due
    if node.ready:
        return None, None
    why = f"{node.name} did not unmount it for {view.force_detach_us // 1_000_000} s: detached by force"
    return Delete(attachment, event="Detached", fields=forced, why=why), None


def _attach(view: VolumeView, *, busy: bool) -> list[Action]:
    """Return the attachments to request, and the complaints about those that cannot be.

    Source: reconciler.go:attachDesiredVolumes, reportMultiAttachError. ReadWriteOnce means one *node*; an
    attachment counts from the request until it is detached, whatever became of it. While an operation on
    the volume is under way (`busy`) there is nothing to complain about yet.
    """
    actions: list[Action] = []
    holders = [h.node.name for h in view.held]
    for wanted in view.wanted:
        node = wanted.node
        if node.name in holders or not node.exists:
            continue
        attachment = VolumeAttachment(
            name=f"{view.name}@{node.name}", volume=view.name, node=node.name, requested_us=view.now
        )
        where = {"volume": view.name, "node": node.name}
        if view.shareable or not holders:
            holders.append(node.name)
            busy = True
            why = f"{wanted.pod} on {node.name} needs the volume"
            actions.append(Create(attachment, "AttachRequested", where, why))
        elif not busy and (node.name, wanted.uid) not in view.reported:
            pods = sorted(w.pod for w in view.wanted if w.node.name in holders)
            by = pods or sorted(holders)
            why = f"Multi-Attach error: {wanted.pod} waits, the volume is held by {', '.join(by)}"
            actions.append(Write(attachment, "MultiAttach", {}, {**where, "held_by": by}, why))
    return actions


class AttachDetach:
    """The attach/detach controller: one key a volume.

    Parameters
    ----------
    force_detach_us
        How long it waits for a node to unmount (``maxWaitForUnmountDuration``, 6 min).
    """

    name = "attach-detach"
    watches = (Pod, PersistentVolumeClaim, PersistentVolume, VolumeAttachment, Node)

    def __init__(self, store: Store, *, force_detach_us: int) -> None:
        self._store = store
        self._force_detach = force_detach_us
        self._reported: dict[str, set[tuple[str, str]]] = {}

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`: the volumes that a pod, claim, attachment or node has to do with."""
        obj = change.object
        match obj:
            case Pod():
                claims = obj.spec.claims if obj.node is not None and change.event != "Ready" else ()
                found = (self._store.get(PersistentVolumeClaim, name) for name in claims)
                return [
                    f"PersistentVolume/{c.volume}" for c in found if c is not None and c.volume is not None
                ]
            case PersistentVolumeClaim():
                return [f"PersistentVolume/{obj.volume}"] if obj.volume is not None else []
            case VolumeAttachment():
                return [] if change.event in ("Needed", "Unneeded") else [f"PersistentVolume/{obj.volume}"]
            case Node():
                held = self._store.by(VolumeAttachment, "node", obj.name)
                return [f"PersistentVolume/{a.volume}" for a in held]
            case _:
                if change.verb == "DELETED":
                    self._reported.pop(obj.name, None)
                return [obj.key] if change.verb == "DELETED" else []

    def look(self, key: str) -> VolumeView | None:
        """See `Controller.look`."""
        name = key.partition("/")[2]
        held = self._store.by(VolumeAttachment, "volume", name)
        volume = self._store.get(PersistentVolume, name)
        if volume is None and not held:
            return None
        wanted = self._wanted(volume) if volume is not None else ()
        return VolumeView(
            now=self._store.clock.now,
            name=name,
            shareable=volume is not None and shareable(volume.access_modes),
            wanted=wanted,
            held=tuple(Held(a, self._node(a.node, name)) for a in held),
            reported=frozenset(self._reported.get(name, ())),
            force_detach_us=self._force_detach,
        )

    def _wanted(self, volume: PersistentVolume) -> tuple[WantedBy, ...]:
        if volume.claim is None:
            return ()
        claim = self._store.get(PersistentVolumeClaim, volume.claim)
        if claim is None or claim.volume != volume.name:
            return ()
        pods = [p for p in self._store.by(Pod, "claim", claim.name) if needs(p)]
        pods.sort(key=lambda p: (p.scheduled_us or 0, p.created_us, p.name))
        return tuple(WantedBy(p.name, p.uid, self._node(p.node or "", volume.name)) for p in pods)

    def _node(self, name: str, volume: str) -> NodeView:
        node = self._store.get(Node, name)
        if node is None:
            return NodeView(name, exists=False, ready=False, mounted=True)
        return NodeView(
            name,
            ready=node.ready is True,
            out_of_service=any(taint.key == OUT_OF_SERVICE for taint in node.taints),
            mounted=volume in node.volumes_in_use,
        )

    def decide(self, view: VolumeView) -> Decision:
        """See `Controller.decide`; remembers for whom a Multi-Attach error has been reported."""
        decision = decide(view)
        uids = {w.node.name: w.uid for w in reversed(view.wanted)}
        for action in decision.actions:
            if isinstance(action, Write) and action.event == "MultiAttach":
                node = action.fields["node"]
                self._reported.setdefault(view.name, set()).add((node, uids[node]))
        return decision
