"""How a pod comes up once its volumes are there: images are pulled, init containers run, containers start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.control.ticks import doubled
from statesim.node.worker import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.cluster.store import Store
    from statesim.kernel.streams import Streams
    from statesim.node.containers import Containers
    from statesim.node.images import Images
    from statesim.node.machine import Machine
    from statesim.node.worker import PodWorker
    from statesim.scenario.specs import Container
    from statesim.scenario.timings import Timings

# chosen: how long a registry takes to say that there is no such image, and until the pod is looked at again
REGISTRY_US = 1_000_000
NEXT_LOOK_US = 1_000_000


class Startup:
    """The steps between mounted and running, for all pods of one machine.

    Parameters
    ----------
    told
        Tells whether a report about a pod reaches its object.
    report
        Reports a pod's containers.
    """

    def __init__(
        self,
        machine: Machine,
        store: Store,
        streams: Streams,
        images: Images,
        timings: Timings,
        containers: Containers,
        *,
        told: Callable[[PodWorker], bool],
        report: Callable[[PodWorker], None],
    ) -> None:
        self._machine = machine
        self._store = store
        self._clock = store.clock
        self._streams = streams
        self._images = images
        self._timings = timings
        self._containers = containers
        self._told = told
        self._report = report

    def later(self, delay: int, fn: Callable[[PodWorker], None], worker: PodWorker) -> None:
        """Do the next step of a pod after a delay, unless it is being stopped by then."""
        stage = worker.stage
        self._machine.later(delay, lambda: fn(worker) if worker.stage is stage else None)

    # -- images ----------------------------------------------------------------------------------------

    def pull(self, worker: PodWorker) -> None:
        """Pull what this machine does not have yet, one image after the other (serializeImagePulls).

        An image that cannot be pulled holds the pod up: ErrImagePull, and again after a pause
        (pkg/kubelet/images/image_manager.go: EnsureImageExists).
        """
        worker.stage = Stage.PULLING
        delay = 0
        for spec in (*worker.pod.spec.init_containers, *worker.pod.spec.containers):
            if spec.image in self._machine.images and spec.image_pull_policy != "Always":
                continue
            behaviour = self._images.of(spec.image)
            if behaviour.pull is None:
                self.later(delay + REGISTRY_US, lambda w, missing=spec: self._missing(w, missing), worker)  # type: ignore[misc]
                return
            rng = self._streams.seldom("Pod", worker.pod.name, spec.name, "pull")
            took = worker.pulls[spec.name] = behaviour.pull.draw(rng)
            delay += took
        self.later(delay, self._pulled, worker)

    def _missing(self, worker: PodWorker, spec: Container) -> None:
        """Say that an image cannot be pulled; the pauses double from 10 s to 5 min, by pod and image.

        Source: pkg/kubelet/kubelet.go: imageBackOff (backOffPeriod, MaxContainerBackOff).
        """
        timings = self._timings
        delay = doubled(worker.pull_failures, timings.crash_loop_base_us, timings.crash_loop_max_us)
        worker.pull_failures += 1
        self._waits(worker, spec, "ErrImagePull", 0)
        self.later(NEXT_LOOK_US, lambda w: self._waits(w, spec, "ImagePullBackOff", delay), worker)
        self.later(delay, self.pull, worker)

    def _waits(self, worker: PodWorker, spec: Container, reason: str, delay: int) -> None:
        for run in worker.containers:
            if run.spec is spec:
                run.waiting = reason
        fields = {"delay_s": delay / 1_000_000} if delay else {}
        if self._told(worker):
            where = {"uid": worker.uid, "node": self._machine.name}
            self._store.note(worker.pod, reason, **where, image=spec.image, container=spec.name, **fields)
        self._report(worker)

    def _pulled(self, worker: PodWorker) -> None:
        wanted = (*worker.pod.spec.init_containers, *worker.pod.spec.containers)
        self._machine.images.update(spec.image for spec in wanted)
        for run in worker.containers:
            run.waiting = ""
        if self._told(worker) and worker.pod.started_us is None:
            where = {"uid": worker.uid, "node": self._machine.name}
            took = {name: us / 1_000_000 for name, us in worker.pulls.items()} or None
            self._clock.cause = self._store.note(worker.pod, "Pulled", **where, took_s=took)
        self._initialise(worker)

    # -- containers ------------------------------------------------------------------------------------

    def _initialise(self, worker: PodWorker) -> None:
        """Run the init containers one after the other: each takes its image's `start` and `ready`.

        One that stays (a sidecar) lets the next begin once it has started.
        """
        worker.stage = Stage.INITIALISING
        self._go_on(worker, 0)

    def _go_on(self, worker: PodWorker, first: int) -> None:
        left = worker.pod.spec.init_containers[first:]
        if not left:
            self.later(0, self._start, worker)
            return
        spec, behaviour = left[0], self._images.of(left[0].image)
        stays = next((run for run in worker.containers if run.sidecar and run.spec.name == spec.name), None)
        if stays is not None:
            stays.when_up = lambda: self._go_on(worker, first + 1)
            self.later(0, lambda w: self._containers.start(w, stays), worker)
            return
        rng = self._streams.seldom("Pod", worker.pod.name, spec.name, "init")

        def started(worker: PodWorker) -> None:
            if self._told(worker):
                where = {"uid": worker.uid, "node": self._machine.name}
                self._clock.cause = self._store.note(worker.pod, "InitStarted", **where, container=spec.name)
            if behaviour.ready is not None:  # else it never completes: the pod stays Pending
                self.later(behaviour.ready.draw(rng), lambda w: self._go_on(w, first + 1), worker)

        self.later(behaviour.start.draw(rng), started, worker)

    def _start(self, worker: PodWorker) -> None:
        worker.stage = Stage.RUNNING
        if worker.pod.initialized_us is None and self._told(worker):
            self._store.report(worker.pod, {"initialized_us": self._clock.now})
        for run in worker.containers:
            if not run.sidecar:
                self._containers.start(worker, run)
