"""Watches one storm: which broken rule is a mistake, and which is what somebody was warned of.

What may look like a mistake and is a lesson: a person deletes a pod by force whose machine still runs, and
two programs may live under that name ("Force Delete StatefulSet Pods"). A machine stands still and goes on
where it was, and for a moment its program still believes that it leads (client-go leaderelection, package
comment; Patroni has a watchdog for it). Two pods of one node share a ReadWriteOnce claim: it is about nodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.cluster.objects import Node, Phase, Pod, PodDisruptionBudget, StatefulSet
from statesim.experiment.storm_weather import UNSAFE
from statesim.kernel.clock import SECOND

if TYPE_CHECKING:
    from statesim.kernel.trace import TraceEvent
    from statesim.world import World

# what a controller sees may be as old as this (its lag, and that of what it heard)
STALE_US = 2 * SECOND
# until the agent of a machine that has stood still must have looked at its lease (Patroni: loop_wait)
LOOP_US = 10 * SECOND


class Broken(NamedTuple):
    """A rule that broke: when, by which event of the trace, and a sentence."""

    t_us: int
    event: int
    told: str

    def __str__(self) -> str:
        return f"at {self.t_us / SECOND:.3f} s, event {self.event}: {self.told}"


class Guard:
    """Judges every event of a world.

    Parameters
    ----------
    prompt
        The control plane writes without delay, so that what it decides is not older than `STALE_US`.

    Attributes
    ----------
    broken
        In order of time.
    excused
        How many findings were lessons.
    """

    def __init__(self, world: World, *, prompt: bool) -> None:
        self._store = world.store
        self._prompt = prompt
        self._forced: list[tuple[TraceEvent, dict[str, list[str]]]] = []
        self._thawed: dict[str, int] = {}
        self._left: dict[str, int] = {}
        self.broken: list[Broken] = []
        self.excused = 0
        world.trace.listen(self._observe)

    def _observe(self, event: TraceEvent) -> None:
        kind, _, name = event.object.partition("/")
        match kind, event.event:
            case "Fault", "Started" if str(event.fields.get("label", "")).startswith(UNSAFE):
                self._forced.append((event, self._who_is_where()))
            case "Process", "Thawed":
                self._thawed[name] = event.t_us
            case "Finding", "Violated":
                self._found(event)
            case "Pod", "Deleted":
                self._left[name] = event.t_us
            case "Pod", "Created" if self._prompt:
                self._born(event, name)
            case "PodDisruptionBudget", "Granted" if self._prompt:
                self._granted(event, name)

    def _who_is_where(self) -> dict[str, list[str]]:
        nodes = [node.name for node in self._store.all(Node)]
        return {name: [pod.name for pod in self._store.by(Pod, "node", name)] for name in nodes}

    # -- findings ----------------------------------------------------------------------------------------

    def _found(self, event: TraceEvent) -> None:
        if self._by_force(event) or self._awoken(event) or self._shared(event):
            self.excused += 1
            return
        told = {k: v for k, v in event.fields.items() if k not in ("invariant", "sentence", "subject", "why")}
        text = f"{event.fields['invariant']}: {event.fields['sentence']} ({told})"
        self.broken.append(Broken(event.t_us, int(event.fields["seen_at"]), text))

    def _by_force(self, event: TraceEvent) -> bool:
        """Tell whether the finding is about a pod that somebody was warned not to let go."""
        warned: set[str] = set()
        for fault, where in self._forced:
            for target in fault.fields.get("targets", ()):
                kind, _, name = target.partition("/")
                warned.update([name] if kind == "Pod" else where.get(name, ()))
        return not warned.isdisjoint(_pods(event.fields))

    def _awoken(self, event: TraceEvent) -> bool:
        """Tell whether a second primary is one whose machine has just gone on where it was."""
        since = event.t_us - LOOP_US
        awake = [pod for pod in _pods(event.fields) if self._thawed.get(pod, since - 1) >= since]
        return event.fields["invariant"] == "one-accepting-primary" and bool(awake)

    def _shared(self, event: TraceEvent) -> bool:
        """Tell whether pods of one node share a ReadWriteOnce claim: it is about nodes (KEP-2485)."""
        holders = [str(holder).partition("@") for holder in event.fields.get("holders", ())]
        names = {pod for pod, _, _ in holders}
        one_node = len({node for _, _, node in holders}) == 1
        return (
            event.fields["invariant"] == "one-writer-per-volume" and one_node and len(names) == len(holders)
        )

    # -- what only the store can tell ----------------------------------------------------------------------

    def _born(self, event: TraceEvent, name: str) -> None:
        """Judge INV-M: in an ordered set no pod is made before all its predecessors are Running and Ready."""
        pod = self._store.get(Pod, name)
        owner = self._store.find(pod.owner.key) if pod is not None and pod.owner is not None else None
        if not isinstance(owner, StatefulSet) or owner.spec.pod_management != "OrderedReady":
            return
        ordinal = int(name.rpartition("-")[2])
        for earlier in range(owner.spec.start_ordinal, ordinal):
            other = f"{owner.name}-{earlier}"
            if not self._was_well(other, event.t_us):
                told = f"INV-M: {name} was made while {other} was not Running and Ready"
                self.broken.append(Broken(event.t_us, event.id, told))

    def _was_well(self, name: str, now: int) -> bool:
        """Tell whether a pod is Running and Ready, or was until so lately that it may not be known yet."""
        pod = self._store.get(Pod, name)
        if pod is None:
            return self._left.get(name, -STALE_US) >= now - STALE_US
        lately = now - STALE_US
        going = pod.deleted_us is not None and pod.deleted_us < lately
        unready = not pod.ready and (pod.unready_since_us is None or pod.unready_since_us < lately)
        return pod.phase is Phase.RUNNING and not going and not unready

    def _granted(self, event: TraceEvent, name: str) -> None:
        """Judge an eviction by the pods themselves: enough are Ready beside the one that goes."""
        budget = self._store.get(PodDisruptionBudget, name)
        if budget is None:
            return
        chosen = [pod for pod in self._store.all(Pod) if budget.spec.selector.matches(pod.labels)]
        others = [pod for pod in chosen if pod.name != event.fields["pod"]]
        healthy = sum(self._was_well(pod.name, event.t_us) for pod in others)
        desired = budget.status.get("desired_healthy", 0)
        gone = sum(name not in {pod.name for pod in others} for name in self._recently_gone(event.t_us))
        if healthy + gone < desired:
            told = f"{budget.key}: {event.fields['pod']} was evicted though {healthy} of {desired} were left"
            self.broken.append(Broken(event.t_us, event.id, told))

    def _recently_gone(self, now: int) -> list[str]:
        return [name for name, at in self._left.items() if at >= now - STALE_US]


def _pods(fields: dict[str, Any]) -> set[str]:
    """Return the names of the pods in a finding's evidence."""
    named = [*fields.get("pods", ()), *([fields["pod"]] if "pod" in fields else [])]
    return {str(name) for name in named} | {str(h).partition("@")[0] for h in fields.get("holders", ())}
