"""Watches one storm: which broken rule is a mistake, and which is a lesson (`storm_excuses`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.cluster.objects import Phase, Pod, PodDisruptionBudget, StatefulSet
from statesim.experiment.storm_excuses import Excuses
from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from statesim.kernel.trace import TraceEvent
    from statesim.world import World

# what a controller sees may be as old as this (its lag, and that of what it heard)
STALE_US = 2 * SECOND


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
    lessons
        The excuses of the findings that were lessons, in order of time.
    """

    def __init__(self, world: World, *, prompt: bool) -> None:
        self._store = world.store
        self._plane = world.plane
        self._prompt = prompt
        self._excuses = Excuses(world)
        self._left: dict[str, int] = {}
        self._resumed_us = -STALE_US
        self.broken: list[Broken] = []
        self.lessons: list[str] = []
        world.trace.listen(self._observe)

    def _observe(self, event: TraceEvent) -> None:
        for pod in self._excuses.overdue(event.t_us):
            told = f"{pod} stood still, goes on and accepts writes for longer than its agent may take to look"
            self.broken.append(Broken(event.t_us, event.id, told))
        self._excuses.observe(event)
        kind, _, name = event.object.partition("/")
        match kind, event.event:
            case "Finding", "Violated":
                self._found(event)
            case "Pod", "Deleted":
                self._left[name] = event.t_us
            case "Lease", "LeaderElection":
                self._resumed_us = event.t_us
            case "Fault", "Ended" if event.fields["do"] == "control-plane-outage":
                self._resumed_us = event.t_us
            case "Pod", "Created" if self._prompt:
                self._born(event, name)
            case "PodDisruptionBudget", "Granted" if self._prompt and not self._uncounted(event.t_us):
                self._granted(event, name)

    def _found(self, event: TraceEvent) -> None:
        excuse = self._excuses.of(event)
        if excuse is not None:
            self.lessons.append(excuse)
            return
        told = {k: v for k, v in event.fields.items() if k not in ("invariant", "sentence", "subject", "why")}
        text = f"{event.fields['invariant']}: {event.fields['sentence']} ({told})"
        self.broken.append(Broken(event.t_us, int(event.fields["seen_at"]), text))

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

    def _uncounted(self, now: int) -> bool:
        """Tell whether nobody counts healthy pods now, or has until lately: the last count holds."""
        lately = now - self._resumed_us <= STALE_US
        return lately or self._plane.stands_still("kube-controller-manager")

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
