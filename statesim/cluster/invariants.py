"""Named invariants, judged online from the trace alone: what must never be so, whoever caused it.

A broken invariant is a *finding* with evidence, not a crash: that two servers write to one volume is the
lesson of a scenario, not a bug of the simulator. Checks know nothing of faults.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statesim.kernel.trace import Trace, TraceEvent


class Violation(NamedTuple):
    """A broken invariant: what it concerns, and the values that show it."""

    subject: str
    evidence: dict[str, Any]


class Invariant(Protocol):
    """A sentence that shall always hold, folded over the trace."""

    name: str
    sentence: str

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

    def __init__(self) -> None:
        self._open = _Programs()

    def observe(self, event: TraceEvent) -> Violation | None:
        """See `Invariant.observe`."""
        if not event.object.startswith("Process/"):
            return None
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

    def __init__(self) -> None:
        self._alive = _Programs()

    def observe(self, event: TraceEvent) -> Violation | None:
        """See `Invariant.observe`."""
        if not event.object.startswith("Process/"):
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

    def __init__(self) -> None:
        self._winners: dict[tuple[str, int], str] = {}

    def observe(self, event: TraceEvent) -> Violation | None:
        """See `Invariant.observe`."""
        if event.event != "Elected" or not event.object.startswith("System/"):
            return None
        term = (event.object, event.fields["term"])
        first = self._winners.setdefault(term, event.fields["pod"])
        if first != event.fields["pod"]:
            evidence = {"term": term[1], "pods": [first, event.fields["pod"]]}
            return Violation(event.object, evidence)
        return None


class OneAcceptingPrimary:
    """One system has one member that accepts writes; a second one makes a second history."""

    name = "one-accepting-primary"
    sentence = "two members accept writes at the same time"

    def __init__(self) -> None:
        self._accepting: dict[str, dict[str, int]] = {}

    def observe(self, event: TraceEvent) -> Violation | None:
        """See `Invariant.observe`."""
        if event.event != "Role" or not event.object.startswith("Member/"):
            return None
        members = self._accepting.setdefault(event.fields.get("system", ""), {})
        pod = event.object.removeprefix("Member/")
        if not event.fields.get("accepts_writes"):
            members.pop(pod, None)
            return None
        members[pod] = event.t_us
        if len(members) > 1:
            return Violation(f"System/{event.fields.get('system')}", {"pods": sorted(members)})
        return None


def default_invariants() -> tuple[Invariant, ...]:
    """Return a fresh set of all invariants."""
    return (OneWriterPerVolume(), OnePodPerIdentity(), OnePrimaryPerTerm(), OneAcceptingPrimary())


class Watchdog:
    """Folds every event through the invariants and records what breaks as ``Finding/…`` events."""

    def __init__(self, trace: Trace, invariants: Sequence[Invariant]) -> None:
        self._trace = trace
        self._invariants = invariants
        self._count = 0
        trace.listen(self._on_event)

    def _on_event(self, event: TraceEvent) -> None:
        for invariant, violation in self._broken_by(event):
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

    def _broken_by(self, event: TraceEvent) -> Iterator[tuple[Invariant, Violation]]:
        for invariant in self._invariants:
            violation = invariant.observe(event)
            if violation is not None:
                yield invariant, violation
