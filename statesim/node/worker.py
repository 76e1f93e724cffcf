"""A pod as its kubelet has it: the containers, how far each is, and what has been learned from the API."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from statesim.cluster.identity import pod_ip
from statesim.cluster.status import ContainerStatus, Ended

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.cluster.objects import Pod
    from statesim.kernel.clock import Timer
    from statesim.node.process import Process
    from statesim.scenario.schema import ImageBehaviour
    from statesim.scenario.specs import Container


class Stage(IntEnum):
    """How far a pod is on its machine; each stage waits for something, then takes a while."""

    VOLUMES = 0  # waits until every claim is attached to this node
    MOUNTING = 1
    PULLING = 2
    INITIALISING = 3  # init containers, one after the other
    RUNNING = 4  # the containers have been started
    STOPPING = 5
    GONE = 6


class Ending(NamedTuple):
    """Why a kubelet ends a pod by its own decision: the pod's object stays, as Failed for this `reason`.

    `disruption` is the reason of its condition DisruptionTarget, "" if it gets none.
    """

    reason: str
    why: str
    disruption: str = ""


class ContainerRun:
    """One container of a pod, across its restarts.

    Attributes
    ----------
    process
        Its present (or last) run.
    made
        How many times it has run, counted on over boots: for a kubelet each is a container of its own.
    first_up
        It has been running at least once.
    ready
        Its readiness as the kubelet sees it.
    probe
        The timer under way that will change `ready`.
    liveness
        The timer under way that will kill it for not answering.
    failing
        Kinds of probes that a silent program does not answer, each with the timer of its first failure, or
        ``None`` once that was told.
    failures
        Restarts that count for the back-off.
    backoff_us
        How long its restart is put off; 0 if it is not.
    ended, last
        The latest run that is over, and the one before it.
    passed
        Its present run has answered its startup probe, or has none.
    over
        It has ended, and the restart policy does not start it again.
    waiting
        Why it has not run yet, where that is not the usual reason: ``ErrImagePull``, ``ImagePullBackOff``.
    sidecar
        It is an init container that stays.
    when_up
        What waits for it to have started.
    hook_until_us, asked
        When its preStop hook is through, and whether it has been asked to stop: only of sidecars.
    """

    __slots__ = (
        "asked",
        "backoff_us",
        "behaviour",
        "ended",
        "failing",
        "failures",
        "first_up",
        "hook_until_us",
        "last",
        "liveness",
        "made",
        "over",
        "passed",
        "probe",
        "process",
        "ready",
        "restarts",
        "sidecar",
        "spec",
        "waiting",
        "when_up",
    )

    def __init__(self, spec: Container, behaviour: ImageBehaviour, *, sidecar: bool = False) -> None:
        self.sidecar = sidecar
        self.passed = True
        self.when_up: Callable[[], None] | None = None
        self.hook_until_us = 0
        self.asked = False
        self.spec = spec
        self.behaviour = behaviour
        self.process: Process | None = None
        self.made = 0
        self.first_up = False
        self.ready = False
        self.restarts = 0
        self.failures = 0
        self.probe: Timer | None = None
        self.liveness: Timer | None = None
        self.failing: dict[str, Timer | None] = {}
        self.backoff_us = 0
        self.waiting = ""
        self.over = False
        self.ended: Ended | None = None
        self.last: Ended | None = None

    def note_end(self, exit_code: int, reason: str, now: int) -> None:
        """Remember how the present run ended."""
        process = self.process
        started, run = now, max(0, self.made - 1)
        if process is not None:
            started, run = process.started_us, process.incarnation
        self.last, self.ended = self.ended, Ended(exit_code, reason, started, now, run)

    def status(self, waiting: str) -> ContainerStatus:
        """Return what is to be said of it; `waiting` is why it does not run if it never has.

        Source: pkg/kubelet/kubelet_pods.go: convertToAPIContainerStatuses.
        """
        name, image, process = self.spec.name, self.spec.image, self.process
        if process is not None and process.alive:
            return ContainerStatus(
                name,
                image,
                ready=self.ready,
                restarts=self.restarts,
                started_us=process.started_us,
                last=self.ended,
                run=process.incarnation,
            )
        if self.ended is None:
            return ContainerStatus(name, image, restarts=self.restarts, waiting=self.waiting or waiting)
        if self.backoff_us:
            return ContainerStatus(
                name,
                image,
                restarts=self.restarts,
                waiting="CrashLoopBackOff",
                backoff_us=self.backoff_us,
                last=self.ended,
                run=self.ended.run,
            )
        return ContainerStatus(
            name, image, restarts=self.restarts, ended=self.ended, last=self.last, run=self.ended.run
        )

    @property
    def up(self) -> bool:
        """Tell whether a program runs in it."""
        return self.process is not None and self.process.alive


class PodWorker:
    """One pod on one machine.

    Attributes
    ----------
    address
        The IP of its sandbox.
    volumes
        Names of the PersistentVolumes that are mounted for it, as far as they had to be attached.
    disks
        Names of the data that it finds on them, in the order of its claims.
    pulls
        How long the images of containers take to be pulled (µs), where they are.
    quiet
        The pod object is gone from the API (deleted by force): nothing is reported any more.
    ending
        Why the kubelet ends it by its own decision; ``None`` if it does not.
    pull_failures
        How often an image of it could not be pulled.
    completed
        Its containers have ended by themselves; what is left are sidecars, which are stopped.
    """

    __slots__ = (
        "address",
        "completed",
        "containers",
        "deadline_us",
        "disks",
        "ending",
        "pod",
        "pull_failures",
        "pulls",
        "quiet",
        "stage",
        "uid",
        "volumes",
    )

    def __init__(self, pod: Pod, containers: list[ContainerRun]) -> None:
        self.pod = pod
        self.uid = pod.uid
        self.containers = containers
        self.stage = Stage.VOLUMES
        self.volumes: tuple[str, ...] = ()
        self.disks: tuple[str, ...] = ()
        self.pulls: dict[str, int] = {}
        self.quiet = False
        self.deadline_us: int | None = None
        self.ending: Ending | None = None
        self.pull_failures = 0
        self.completed = False
        self.address = pod_ip(pod.uid)

    @property
    def main(self) -> ContainerRun:
        """Return the first container: the one whose program the clients talk to."""
        return self.containers[0]

    @property
    def started(self) -> bool:
        """Tell whether every container has run at least once (the phase is Running from then on)."""
        return all(run.first_up for run in self.containers)

    @property
    def ready(self) -> bool:
        """Tell whether all containers are ready and the pod is not being stopped."""
        return self.stage is Stage.RUNNING and all(run.ready for run in self.containers)

    @property
    def running(self) -> bool:
        """Tell whether any program of the pod runs."""
        return any(run.up for run in self.containers)

    def statuses(self) -> tuple[ContainerStatus, ...]:
        """Return what is to be said of every container."""
        waiting = "PodInitializing" if self.pod.spec.init_containers else "ContainerCreating"
        return tuple([run.status(waiting) for run in self.containers])

    @property
    def over(self) -> bool:
        """Tell whether every container has ended for good; sidecars are not asked."""
        return all(run.over for run in self.containers if not run.sidecar)

    @property
    def succeeded(self) -> bool:
        """Tell whether every container has ended well (kubelet_pods.go: getPhase); sidecars do not count."""
        regular = (run for run in self.containers if not run.sidecar)
        return all(run.ended is not None and run.ended.exit_code == 0 for run in regular)

    @property
    def restarts(self) -> int:
        """Return how often containers of the pod were restarted."""
        return sum(run.restarts for run in self.containers)
