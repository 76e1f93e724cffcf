"""Decides which node each volume shall be attached to, and when it may be taken away from one.

Source: pkg/controller/volume/attachdetach (reconciler/reconciler.go:reconcile, util/util.go). This is where
"the six minutes" come from: they only begin when no pod object on the node needs the volume any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.cluster.objects import (
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    VolumeAttachment,
)
from statesim.control.actions import Action, Create, Decision, Write
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

    pod: Pod
    node: NodeView


@dataclass(frozen=True, slots=True)
class Held:
    """An attachment and the node that it is to."""

    attachment: VolumeAttachment
    node: NodeView


@dataclass(frozen=True, slots=True)
class Policy:
    """When a volume is taken from a node that has not unmounted it, and when a missing one is complained of.

    Attributes
    ----------
    force_detach_us
        After this long (``maxWaitForUnmountDuration``, 6 min); ``None`` = never
        (``--disable-force-detach-on-timeout``, 1.30 on).
    only_unhealthy
        Only from nodes that are not Ready (1.25 on; kubernetes PR 110721). Before, from any node.
    out_of_service
        At once from nodes that have been declared out of service (NodeOutOfServiceVolumeDetach, KEP-2268).
    attach_timeout_us
        How long the controller waits for one attachment before it says that it failed, and waits again.
    """

    force_detach_us: int | None = 360_000_000
    only_unhealthy: bool = True
    out_of_service: bool = True
    attach_timeout_us: int = 120_000_000


@dataclass(frozen=True, slots=True)
class VolumeView:
    """One volume: who wants it, in the order in which they were scheduled, and who has it.

    `reported` holds the (node, pod uid) for which a Multi-Attach error, and the (attachment uid, pod uid)
    for which a failed attachment has been reported before. `since_us` is when the controller's process began:
    it knows of no wait that is older.
    """

    now: int
    name: str
    shareable: bool
    wanted: tuple[WantedBy, ...]
    held: tuple[Held, ...]
    reported: frozenset[tuple[str, str]]
    policy: Policy = Policy()
    driver: str = ""
    since_us: int = 0


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
        if attachment.detach_requested_us is not None:
            until = _detaching_until(view, attachment)
            wakes += [until] if until is not None and used else []
            busy = busy or until is not None
            continue
        busy = busy or not attachment.attached
        if held.node.name in used:
            if attachment.unneeded_us is not None:
                why = f"a pod on {held.node.name} needs the volume again"
                actions.append(Write(attachment, "Needed", {"unneeded_us": None}, why=why))
            continue
        action, wake = _release(view, held)
        busy = busy or (action is not None and action.event != "Unneeded")
        actions += [action] if action is not None else []
        wakes += [wake] if wake is not None else []
    late, wake = _late(view)
    wakes += [wake] if wake is not None else []
    actions += [*late, *_attach(view, busy=busy)]
    why = "nobody needs the volume" if not used else f"the volume is needed on {', '.join(sorted(used))}"
    return Decision(tuple(actions), min(wakes, default=None), why)


def _detaching_until(view: VolumeView, attachment: VolumeAttachment) -> int | None:
    """Return when the operation that detaches a volume gives up, ``None`` if it has failed already.

    Source: pkg/volume/csi/csi_attacher.go: waitForVolumeDetachment. It ends with the driver's first error, or
    when it has waited for as long as an attachment may take. From then on it is tried again and again, and
    what waits for the next try is not pending (nestedpendingoperations.go: IsOperationPending).
    """
    if attachment.detach_failed_us is not None or attachment.detach_requested_us is None:
        return None
    due = max(attachment.detach_requested_us, view.since_us) + view.policy.attach_timeout_us
    return due if view.now < due else None


def _release(view: VolumeView, held: Held) -> tuple[Write | None, int | None]:
    """Return how to take an unneeded volume away from a node, and when to look again.

    Source: reconciler.go:reconcile. Not mounted: at once. Mounted: wait for the kubelet; if it does not come,
    ask the storage system all the same once the policy allows that. A node whose object is gone counts as
    unhealthy and as having mounted what it last reported (nodeIsHealthy; attach_detach_controller.go:
    nodeDelete), so that deleting it shortens nothing. Since when it waits, the controller has in memory only
    (cache/actual_state_of_world.go: SetDetachRequestTime): a new process waits anew.
    """
    attachment, node, policy = held.attachment, held.node, view.policy
    if not node.mounted:
        why = f"no pod on {node.name} needs the volume and it is not mounted"
        return _detach(view, held, why), None
    if node.out_of_service and policy.out_of_service:
        return _detach(view, held, f"{node.name} is out of service", forced=True), None
    wait = policy.force_detach_us
    if attachment.unneeded_us is None or attachment.unneeded_us < view.since_us:
        why = f"no pod on {node.name} needs the volume, but the node reported it as mounted"
        where = {"volume": view.name, "node": node.name}
        wake = view.now + wait if wait is not None else None
        return Write(attachment, "Unneeded", {"unneeded_us": view.now}, where, why), wake
    if wait is None:
        return None, None
    due = attachment.unneeded_us + wait
    if view.now < due:
        return None, due
    if node.ready and policy.only_unhealthy:
        return None, None
    why = f"{node.name} did not unmount it for {wait // 1_000_000} s: detached by force"
    return _detach(view, held, why, forced=True), None


def _detach(view: VolumeView, held: Held, why: str, *, forced: bool = False) -> Write:
    where = {"volume": view.name, "node": held.node.name, **({"forced": True} if forced else {})}
    changes = {"detach_requested_us": view.now, "forced": forced}
    return Write(held.attachment, "DetachRequested", changes, where, why)


def _late(view: VolumeView) -> tuple[list[Action], int | None]:
    """Complain of an attachment that is not there after the time-out, once to each pod that waits for it.

    Source: pkg/volume/csi/csi_attacher.go: waitForVolumeAttachment; operation_generator.go:
    GenerateAttachVolumeFunc (the volume counts as uncertain: MarkVolumeAsUncertain). The request stays, and
    so does its hold on the volume. A new process waits anew for what it finds requested.
    """
    actions: list[Action] = []
    wakes = []
    for held in view.held:
        attachment = held.attachment
        pods = [w.pod for w in view.wanted if w.node.name == held.node.name]
        if attachment.attached or attachment.detach_requested_us is not None or not pods:
            continue
        due = max(attachment.requested_us, view.since_us) + view.policy.attach_timeout_us
        if view.now < due:
            wakes.append(due)
            continue
        why = (
            f'AttachVolume.Attach failed for volume "{view.name}" : timed out waiting for external-attacher '
            f"of {view.driver} CSI driver to attach volume {view.name}"
        )
        where = {"volume": view.name, "node": held.node.name}
        new = [pod for pod in pods if (attachment.uid, pod.uid) not in view.reported]
        actions += [Write(pod, "FailedAttachVolume", {}, {**where, "uid": pod.uid}, why) for pod in new]
    return actions, min(wakes, default=None)


def _attach(view: VolumeView, *, busy: bool) -> list[Action]:
    """Return the attachments to request, and the complaints about those that cannot be.

    Source: reconciler.go:attachDesiredVolumes, reportMultiAttachError. ReadWriteOnce means one *node*; an
    attachment counts from the request until it is detached, whatever became of it. While an operation on
    the volume is under way (`busy`; one that has failed is not) there is nothing to complain about yet.
    """
    actions: list[Action] = []
    holders = [h.node.name for h in view.held]
    for wanted in view.wanted:
        node, pod = wanted.node, wanted.pod
        if node.name in holders or not node.exists:
            continue
        attachment = VolumeAttachment(
            name=f"{view.name}@{node.name}", volume=view.name, node=node.name, requested_us=view.now
        )
        where = {"volume": view.name, "node": node.name}
        if view.shareable or not holders:
            holders.append(node.name)
            busy = True
            why = f"{pod.name} on {node.name} needs the volume"
            fields = {**where, "shared": view.shareable or None}
            actions.append(Create(attachment, "AttachRequested", fields, why))
        elif not busy and (node.name, pod.uid) not in view.reported:
            pods = sorted(w.pod.name for w in view.wanted if w.node.name in holders)
            told = {**where, "held_by": pods or sorted(holders), "pod": pod.name, "uid": pod.uid}
            actions.append(Write(attachment, "MultiAttach", {}, told, _multi_attach(view.name, pods)))
    return actions


def _multi_attach(volume: str, pods: list[str]) -> str:
    users = (
        f"Volume is already used by pod(s) {', '.join(pods)}"
        if pods
        else "Volume is already exclusively attached to one node and can't be attached to another"
    )
    return f'Multi-Attach error for volume "{volume}" {users}'


class AttachDetach:
    """The attach/detach controller: one key a volume.

    Parameters
    ----------
    policy
        What it does about nodes that do not unmount.
    """

    name = "attach-detach"
    watches = (Pod, PersistentVolumeClaim, PersistentVolume, VolumeAttachment, Node)

    def __init__(self, store: Store, *, policy: Policy = Policy()) -> None:
        self._store = store
        self._policy = policy
        self._last_mounted: dict[str, frozenset[str]] = {}
        self._reported: dict[str, set[tuple[str, str]]] = {}
        self._since_us = 0

    def restart(self) -> None:
        """Forget since when volumes are unneeded, what was complained of, and what deleted nodes had mounted.

        A new process takes every attached volume for mounted until the node says otherwise
        (cache/actual_state_of_world.go: AddVolumeNode).
        """
        self._since_us = self._store.clock.now
        self._reported.clear()
        self._last_mounted.clear()

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
                if change.verb == "DELETED":
                    self._last_mounted[obj.name] = frozenset(obj.volumes_in_use)
                elif change.verb == "ADDED":
                    self._last_mounted.pop(obj.name, None)
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
            policy=self._policy,
            driver=volume.provisioned_by if volume is not None else "",
            since_us=self._since_us,
        )

    def _wanted(self, volume: PersistentVolume) -> tuple[WantedBy, ...]:
        if volume.claim is None or not volume.attachable:
            return ()
        claim = self._store.get(PersistentVolumeClaim, volume.claim)
        if claim is None or claim.volume != volume.name:
            return ()
        pods = [p for p in self._store.by(Pod, "claim", claim.name) if needs(p)]
        pods.sort(key=lambda p: (p.scheduled_us or 0, p.created_us, p.name))
        return tuple(WantedBy(p, self._node(p.node or "", volume.name)) for p in pods)

    def _node(self, name: str, volume: str) -> NodeView:
        node = self._store.get(Node, name)
        if node is None:
            mounted = volume in self._last_mounted.get(name, (volume,))
            return NodeView(name, exists=False, ready=False, mounted=mounted)
        return NodeView(
            name,
            ready=node.ready is True,
            out_of_service=node.out_of_service,
            mounted=volume in node.volumes_in_use,
        )

    def decide(self, view: VolumeView) -> Decision:
        """See `Controller.decide`; remembers to whom it has complained of what."""
        decision = decide(view)
        reported = self._reported.setdefault(view.name, set())
        held = {h.node.name: h.attachment.uid for h in view.held}
        for action in decision.actions:
            if isinstance(action, Write) and action.event == "MultiAttach":
                reported.add((action.fields["node"], action.fields["uid"]))
            elif isinstance(action, Write) and action.event == "FailedAttachVolume":
                reported.add((held[action.fields["node"]], action.fields["uid"]))
        return decision
