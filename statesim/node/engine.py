"""Docker on one machine: containers that a person has started, and that nobody orchestrates.

The daemon knows its own machine and nothing else: it starts a program again as its restart policy says, and
the containers again when the machine boots. Nobody probes them, nobody moves them, nobody gives them a name:
clients find them at the machine's address (Docker documentation, "Port publishing", "Storage").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.cluster.identity import node_ip
from statesim.cluster.metadata import OwnerRef
from statesim.cluster.objects import Pod
from statesim.kernel.spans import SECOND
from statesim.kernel.streams import digest
from statesim.node.containers import Containers
from statesim.node.restart_policy import Past, after_exit, at_boot
from statesim.node.worker import ContainerRun, PodWorker, Stage
from statesim.scenario.specs import Container, PodSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.kernel.clock import Clock
    from statesim.kernel.streams import Streams
    from statesim.kernel.trace import Trace
    from statesim.node.images import Images
    from statesim.node.machine import Machine
    from statesim.node.process import Driver, Exit, Process
    from statesim.node.restart_policy import Verdict
    from statesim.scenario.containers import BareContainer
    from statesim.scenario.timings import Timings

STOP_GRACE_US = 10 * SECOND  # docker container stop: --timeout


class Bare(PodWorker):
    """One container that was started by hand, as its daemon has it; it takes a pod's place here.

    Attributes
    ----------
    row
        What `docker run` was told.
    by_hand
        A person has stopped it.
    wait_us, tries
        How long its latest restart was put off, and how often it was started again since a person did.
    """

    __slots__ = ("by_hand", "row", "tries", "wait_us")

    def __init__(self, row: BareContainer, pod: Pod, run: ContainerRun) -> None:
        super().__init__(pod, [run])
        self.row = row
        self.by_hand = False
        self.wait_us = 0
        self.tries = 0
        self.address = pod.ip
        self.stage = Stage.PULLING

    @property
    def key(self) -> str:
        """Return its name in the trace."""
        return f"Container/{self.pod.name}"

    @property
    def layer(self) -> str:
        """Return the id of its writable layer, which lasts as long as the container: over restarts too."""
        return f"layer/{self.uid}/0"

    @property
    def data(self) -> str:
        """Return the id of the disk that it keeps its data on."""
        if self.row.data == "layer":
            return self.layer
        return f"volume/{self.pod.node}/{self.pod.name}"

    def past(self, now: int) -> Past:
        """Return what its restart policy asks for."""
        ended = self.main.ended
        ran_us = 0 if ended is None else (ended.ended_us or now) - (ended.started_us or now)
        return Past(0 if ended is None else ended.exit_code, ran_us, self.wait_us, self.tries, self.by_hand)


class BareContainers(Containers):
    """The containers of a daemon: started and ended as a kubelet's are, restarted by Docker's rules."""

    def _directory(self, worker: PodWorker, run: ContainerRun) -> str:
        return worker.data if isinstance(worker, Bare) else super()._directory(worker, run)

    def _seen_after(self) -> int:
        return 0  # its shim tells the daemon at once

    def _noticed(self, worker: PodWorker, run: ContainerRun, process: Process, how: Exit) -> None:  # noqa: ARG002 - the exit code says it
        if run.process is not process or not isinstance(worker, Bare) or worker.stage is not Stage.RUNNING:
            return
        verdict = after_exit(worker.row.restart, worker.past(self._clock.now))
        where = {"uid": worker.uid, "node": self._machine.name}
        if not verdict.restart:
            self._trace.emit(worker.key, "NotRestarted", **where, why=verdict.why)
            return
        worker.wait_us = verdict.wait_us
        worker.tries += 1
        self._clock.cause = self._trace.emit(
            worker.key, "Restarting", **where, delay_s=verdict.wait_us / SECOND, why=verdict.why
        )
        self._machine.later(verdict.wait_us, self._restart, worker, run, process)

    def _restart(self, worker: PodWorker, run: ContainerRun, process: Process) -> None:
        if run.process is process and isinstance(worker, Bare) and worker.stage is Stage.RUNNING:
            run.restarts += 1
            where = {"uid": worker.uid, "node": self._machine.name}
            self._clock.cause = self._trace.emit(worker.key, "Restarted", **where, restarts=run.restarts)
            self.start(worker, run)


class Engine:
    """The daemon of one machine.

    Attributes
    ----------
    workers
        Its containers by uid, running or not, until somebody removes them.
    """

    def __init__(
        self,
        machine: Machine,
        clock: Clock,
        trace: Trace,
        streams: Streams,
        images: Images,
        timings: Timings,
        *,
        driver_of: Callable[[PodWorker], Driver],
        lose_disk: Callable[[str], None],
    ) -> None:
        self.machine = machine
        self.workers: dict[str, PodWorker] = {}
        self._clock = clock
        self._trace = trace
        self._streams = streams
        self._images = images
        self._lose_disk = lose_disk
        self._made = 0
        self._when_down: Callable[[], None] | None = None
        self.containers = BareContainers(
            machine,
            clock,
            trace,
            streams,
            timings,
            driver_of=driver_of,
            changed=lambda _worker: None,  # there is nobody to report to
            stopped=self._stopped,
        )

    def find(self, name: str) -> Bare | None:
        """Return the container of a name: on one machine there is one."""
        named = (w for w in self.workers.values() if isinstance(w, Bare) and w.pod.name == name)
        return next(named, None)

    # -- what a person does ------------------------------------------------------------------------------

    def run(self, row: BareContainer, name: str, ordinal: int | None, why: str | None = None) -> None:
        """Make a container and start it (`docker run`); its image is pulled if it is not there."""
        self._made += 1
        uid = digest("container", self.machine.name, name, self._made, size=6).hex()
        spec = PodSpec((Container(name, row.image),), grace_us=STOP_GRACE_US)
        owner = OwnerRef("Container", row.name, "")
        pod = Pod(
            name=name,
            uid=uid,
            spec=spec,
            owner=owner,
            ordinal=ordinal,
            node=self.machine.name,
            ip=node_ip(self.machine.name),
            created_us=self._clock.now,
        )
        worker = Bare(row, pod, ContainerRun(spec.containers[0], self._images.of(row.image)))
        self.workers[uid] = worker
        self._clock.cause = self._trace.emit(
            worker.key,
            "Created",
            uid=uid,
            node=self.machine.name,
            owner=owner.key,
            image=row.image,
            restart=str(row.restart),
            data=worker.data,
            address=f"{pod.ip}:{row.port}",
            why=why,
        )
        self._pull(worker)

    def _pull(self, worker: Bare) -> None:
        image, behaviour = worker.row.image, worker.main.behaviour
        if image in self.machine.images:
            self._begin(worker)
        elif behaviour.pull is None:
            where = {"uid": worker.uid, "node": self.machine.name}
            self._trace.emit(worker.key, "NotStarted", **where, why=f"{image} cannot be pulled")
        else:
            rng = self._streams.seldom("Pod", worker.pod.name, "main", "pull")
            self.machine.later(behaviour.pull.draw(rng), self._pulled, worker)

    def _pulled(self, worker: Bare) -> None:
        self.machine.images.add(worker.row.image)
        if worker.uid in self.workers and not worker.by_hand:
            self._begin(worker)

    def _begin(self, worker: Bare) -> None:
        worker.stage = Stage.RUNNING
        worker.deadline_us = None
        self.containers.start(worker, worker.main)

    def start(self, worker: Bare, why: str) -> None:
        """Start a container that has ended (`docker start`): with the layer that it had."""
        worker.by_hand = False
        worker.wait_us = worker.tries = 0
        self._started(worker, why)

    def _started(self, worker: Bare, why: str) -> None:
        where = {"uid": worker.uid, "node": self.machine.name}
        self._clock.cause = self._trace.emit(worker.key, "StartedAgain", **where, why=why)
        self._begin(worker)

    def stop(self, worker: Bare) -> None:
        """Stop a container: SIGTERM, and SIGKILL ten seconds later."""
        worker.by_hand = True
        self.containers.stop(worker, STOP_GRACE_US)

    def _stopped(self, worker: PodWorker) -> None:
        if isinstance(worker, Bare) and worker.by_hand:
            where = {"uid": worker.uid, "node": self.machine.name}
            self._trace.emit(worker.key, "Stopped", **where, why="a person has stopped it")
        self._look_down()

    def discard(self, worker: Bare, why: str) -> None:
        """Remove a container (`docker rm -f`): its layer goes, a volume stays."""
        worker.by_hand = True
        self.containers.kill(worker)
        del self.workers[worker.uid]
        self._lose_disk(worker.layer)
        where = {"uid": worker.uid, "node": self.machine.name}
        self._clock.cause = self._trace.emit(worker.key, "Removed", **where, why=why)

    # -- what the machine does ---------------------------------------------------------------------------

    def go_down(self, done: Callable[[], None]) -> None:
        """Stop the containers because the machine shuts down, and call `done`; no person has stopped them."""
        self._when_down = done
        for worker in list(self.workers.values()):
            if worker.main.up:
                self.containers.stop(worker, STOP_GRACE_US)
        self._look_down()

    def _look_down(self) -> None:
        if self._when_down is not None and not any(worker.main.up for worker in self.workers.values()):
            done, self._when_down = self._when_down, None
            done()

    def boot(self) -> None:
        """Start, with the machine, what the restart policies say."""
        cause, self._when_down = self._clock.cause, None
        for worker in list(self.workers.values()):
            self._clock.cause = cause
            if isinstance(worker, Bare):
                self._boot(worker)
        self._clock.cause = cause

    def _boot(self, worker: Bare) -> None:
        verdict: Verdict = at_boot(worker.row.restart, worker.past(self._clock.now))
        if verdict.restart:
            worker.by_hand = False
            self._started(worker, verdict.why)
        else:
            where = {"uid": worker.uid, "node": self.machine.name}
            self._trace.emit(worker.key, "NotRestarted", **where, why=verdict.why)
