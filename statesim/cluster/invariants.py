"""Named invariants, judged online from the trace alone: what must never be so, whoever caused it.

A broken invariant is a *finding* with evidence, not a crash: that two servers write to one volume is the
lesson of a scenario, not a bug of the simulator. Checks know nothing of faults.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.kernel.trace import Trace, TraceEvent


class Violation(NamedTuple):
    """A broken invariant: what it concerns, and the values that show it."""

    subject: str
    evidence: dict[str, Any]


class Invariant(Protocol):
    """A sentence that shall always hold, folded over the trace.

    Attributes
    ----------
    kinds
        Whose events it is about.
    """

    name: str
    sentence: str
    kinds: tuple[str, ...]

    def observe(self, event: TraceEvent) -> Violation | None:
        """Take one more event into account; return what it broke, if anything."""


class _Programs:
    """Which programs run, by something they share."""

    def __init__(self) -> None:
        self._holders: dict[str, dict[str, str]] = {}
        self._shares: dict[str, str] = {}

    def enter(self, shared: str, uid: str, where: str) -> dict[str, str]:
        """Note that a program runs; return all that now share `shared`."""
        holders = self._holders.setdefault(shared, {})
        holders[uid] = where
        self._shares[uid] = shared
        return holders

    def leave(self, uid: str) -> None:
        """Note that a program ended."""
        shared = self._shares.pop(uid, None)
        if shared is not None:
            self._holders[shared].pop(uid, None)


class OneWriterPerVolume:
    """ReadWriteOnce is a promise about nodes, not about programs (KEP-2485); data needs the latter."""

    name = "one-writer-per-volume"
    sentence = "two programs have the same volume open for writing"
    kinds: tuple[str, ...] = ("Process",)

    def __init__(self) -> None:
        self._open = _Programs()

    def observe(self, event: TraceEvent) -> Violation | None:
        """See `Invariant.observe`."""
        if event.event == "Exited":
            self._open.leave(event.fields["uid"])
        elif event.event == "Running" and str(event.fields.get("data", "")).startswith("pv/"):
            volume = event.fields["data"]
            where = f"{event.object.removeprefix('Process/')}@{event.fields['node']}"
            holders = self._open.enter(volume, event.fields["uid"], where)
            if len(holders) > 1:
                return Violation(volume, {"volume": volume, "holders": sorted(holders.values())})
        return None


class OnePodPerIdentity:
    """At most one pod of a StatefulSet's name runs at a time ("Force Delete StatefulSet Pods")."""

    name = "one-pod-per-identity"
    sentence = "two pods run under one identity"
    kinds: tuple[str, ...] = ("Process", "Container")

    def __init__(self) -> None:
        self._alive = _Programs()
        self._by_hand: set[str] = set()

    def observe(self, event: TraceEvent) -> Violation | None:
        """See `Invariant.observe`; the name of a container that a person has started promises nothing."""
        kind, _, name = event.object.partition("/")
        if kind == "Container":
            self._by_hand.add(name)
        if kind == "Container" or name in self._by_hand:
            return None
        if event.event == "Exited":
            self._alive.leave(event.fields["uid"])
        elif event.event == "Running":
            pod = event.object.removeprefix("Process/")
            holders = self._alive.enter(pod, event.fields["uid"], event.fields["node"])
            if len(holders) > 1:
                return Violation(
                    pod, {"pod": pod, "uids": sorted(holders), "nodes": sorted(holders.values())}
                )
        return None


class OnePrimaryPerTerm:
    """A lease term has one winner: what a consensus store is for."""

    name = "one-primary-per-term"
    sentence = "two members were elected in one lease term"
    kinds: tuple[str, ...] = ("System",)

    def __init__(self) -> None:
        self._winners: dict[tuple[str, int], str] = {}

    def observe(self, event: TraceEvent) -> Violation | None:
        """See `Invariant.observe`."""
        if event.event != "Elected":
            return None
        term = (event.object, event.fields["term"])
        first = self._winners.setdefault(term, event.fields["pod"])
        if first != event.fields["pod"]:
            evidence = {"term": term[1], "pods": [first, event.fields["pod"]]}
            return Violation(event.object, evidence)
        return None


class OneAcceptingPrimary:
    """One system has one member that accepts writes; a second one makes a second history.

    Two pods that run under one name are two members.
    """

    name = "one-accepting-primary"
    sentence = "two members accept writes at the same time"
    kinds: tuple[str, ...] = ("Member",)

    def __init__(self) -> None:
        self._accepting: dict[str, dict[tuple[str, str], int]] = {}

    def observe(self, event: TraceEvent) -> Violation | None:
        """See `Invariant.observe`."""
        if event.event != "Role":
            return None
        members = self._accepting.setdefault(event.fields.get("system", ""), {})
        member = event.object.removeprefix("Member/"), str(event.fields.get("uid", ""))
        if not event.fields.get("accepts_writes"):
            members.pop(member, None)
            return None
        members[member] = event.t_us
        if len(members) > 1:
            return Violation(
                f"System/{event.fields.get('system')}", {"pods": sorted(pod for pod, _ in members)}
            )
        return None


class OneNodePerVolume:
    """A volume that is not shared is attached to one node, or being attached to it.

    Source: pkg/controller/volume/attachdetach/reconciler: isMultiAttachForbidden. An attachment counts from
    the request until it is detached, by force or not.
    """

    name = "one-node-per-volume"
    sentence = "a volume for one node is attached to two"
    kinds: tuple[str, ...] = ("VolumeAttachment",)

    def __init__(self) -> None:
        self._nodes: dict[str, dict[str, None]] = {}

    def observe(self, event: TraceEvent) -> Violation | None:
        """See `Invariant.observe`."""
        if event.event == "Detached":
            self._nodes.get(event.fields["volume"], {}).pop(event.fields["node"], None)
        elif event.event == "AttachRequested" and not event.fields.get("shared"):
            volume = event.fields["volume"]
            nodes = self._nodes.setdefault(volume, {})
            nodes[event.fields["node"]] = None
            if len(nodes) > 1:
                return Violation(f"PersistentVolume/{volume}", {"volume": volume, "nodes": sorted(nodes)})
        return None


class OneNodePerPod:
    """A pod is bound once (pkg/registry/core/pod/storage: assignPod refuses a second binding)."""

    name = "one-node-per-pod"
    sentence = "a pod was bound to a second node"
    kinds: tuple[str, ...] = ("Pod",)

    def __init__(self) -> None:
        self._bound: dict[str, str] = {}

    def observe(self, event: TraceEvent) -> Violation | None:
        """See `Invariant.observe`."""
        if event.event == "Deleted":
            self._bound.pop(event.fields.get("uid", ""), None)
        elif event.event == "Scheduled":
            uid, node = event.fields["uid"], event.fields["node"]
            first = self._bound.setdefault(uid, node)
            if first != node:
                pod = event.object.removeprefix("Pod/")
                return Violation(event.object, {"pod": pod, "nodes": [first, node]})
        return None


class OneVolumePerClaim:
    """A claim has one volume for life, and a volume one claim (pv_controller.go: bind is one to one)."""

    name = "one-volume-per-claim"
    sentence = "a claim has two volumes, or a volume two claims"
    kinds: tuple[str, ...] = ("PersistentVolumeClaim",)

    def __init__(self) -> None:
        self._volume: dict[str, str] = {}
        self._claim: dict[str, str] = {}

    def observe(self, event: TraceEvent) -> Violation | None:
        """See `Invariant.observe`."""
        claim = event.object
        if event.event == "Deleted":
            volume = self._volume.pop(claim, None)
            if volume is not None:
                self._claim.pop(volume, None)
        elif event.event == "Bound":
            volume = event.fields["volume"]
            had = self._volume.setdefault(claim, volume)
            owner = self._claim.setdefault(volume, claim)
            if had != volume or owner != claim:
                claims = sorted({owner, claim})
                return Violation(claim, {"claims": claims, "volumes": sorted({had, volume})})
        return None


class BudgetKept:
    """No more evictions are granted than the budget last said (eviction.go: checkAndDecrement)."""

    name = "budget-kept"
    sentence = "more pods were evicted than the disruption budget allowed"
    kinds: tuple[str, ...] = ("PodDisruptionBudget",)

    def __init__(self) -> None:
        self._left: dict[str, int] = {}

    def observe(self, event: TraceEvent) -> Violation | None:
        """See `Invariant.observe`."""
        if event.event == "Status":
            self._left[event.object] = event.fields["disruptions_allowed"]
        elif event.event == "Granted":
            left = self._left[event.object] = self._left.get(event.object, 0) - 1
            if left < 0:
                return Violation(event.object, {"pod": event.fields["pod"], "left": left})
        return None


def default_invariants() -> tuple[Invariant, ...]:
    """Return a fresh set of all invariants."""
    return (
        OneWriterPerVolume(),
        OnePodPerIdentity(),
        OnePrimaryPerTerm(),
        OneAcceptingPrimary(),
        OneNodePerVolume(),
        OneNodePerPod(),
        OneVolumePerClaim(),
        BudgetKept(),
    )


class Watchdog:
    """Folds every event through the invariants and records what breaks as ``Finding/…`` events."""

    def __init__(self, trace: Trace, invariants: Sequence[Invariant]) -> None:
        self._trace = trace
        self._count = 0
        for kind in sorted({kind for invariant in invariants for kind in invariant.kinds}):
            concerned = tuple(invariant for invariant in invariants if kind in invariant.kinds)
            trace.listen(partial(self._on_event, concerned), (kind,))

    def _on_event(self, concerned: Sequence[Invariant], event: TraceEvent) -> None:
        for invariant in concerned:
            violation = invariant.observe(event)
            if violation is not None:
                self._record(invariant, violation, event)

    def _record(self, invariant: Invariant, violation: Violation, event: TraceEvent) -> None:
        self._count += 1
        self._trace.emit(
            f"Finding/{self._count}-{invariant.name}",
            "Violated",
            invariant=invariant.name,
            sentence=invariant.sentence,
            subject=violation.subject,
            seen_at=event.id,
            **violation.evidence,
        )
