"""Running containers: start, exit, back-off, stop. The kubelet's hands.

What happens here is the truth on the machine. It becomes known to the API only through the kubelet's
report, and to clients through the connections that are reset (or not).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.node import sidecars
from statesim.node.data import data_directory
from statesim.node.line import Line
from statesim.node.prober import Prober
from statesim.node.probes import CLEAN_RUN_US, restart_delay
from statesim.node.process import EXIT_CODES, Exit, Process, State
from statesim.node.worker import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.kernel.clock import Clock
    from statesim.kernel.streams import Streams
    from statesim.kernel.trace import Trace
    from statesim.node.machine import Machine
    from statesim.node.process import Driver
    from statesim.node.worker import ContainerRun, PodWorker
    from statesim.scenario.timings import Timings

# pkg/kubelet/kuberuntime/kuberuntime_container.go: minimumGracePeriodInSeconds
FORCED_GRACE_US = 2_000_000
# pkg/kubelet/pleg/generic.go: the runtime is relisted once a second, so an exit is noticed within one
RELIST_US = 1_000_000


class Containers:
    """All containers of one machine.

    Parameters
    ----------
    driver_of
        Gives the driver of a pod's main program.
    changed
        Called when something that the API should learn of has changed.
    stopped
        Called when the last container of a pod that is being stopped (or has completed) has exited.
    """

    def __init__(
        self,
        machine: Machine,
        clock: Clock,
        trace: Trace,
        streams: Streams,
        timings: Timings,
        *,
        driver_of: Callable[[PodWorker], Driver],
        changed: Callable[[PodWorker], None],
        stopped: Callable[[PodWorker], None],
    ) -> None:
        self._machine = machine
        self._clock = clock
        self._trace = trace
        self._streams = streams
        self._timings = timings
        self._driver_of = driver_of
        self._changed = changed
        self.probes = Prober(
            machine, clock, trace, changed=changed, unhealthy=self._terminate_or_kill, up=self._up
        )
        self._stopped = stopped

    # -- starting --------------------------------------------------------------------------------------

    def start(self, worker: PodWorker, run: ContainerRun) -> None:
        """Start a container: after the image's `start` its program runs."""
        rng = self._streams.seldom("Pod", worker.pod.name, run.spec.name, "start")
        self._machine.later(run.behaviour.start.draw(rng), self._running, worker, run)

    def _running(self, worker: PodWorker, run: ContainerRun) -> None:
        if not sidecars.may_run(worker, run):
            return
        process = Process(
            worker.pod,
            self._machine.name,
            run.spec.name,
            run.spec.image,
            run.made,
            self._directory(worker, run),
        )
        process.started_us = self._clock.now
        process.ip = worker.address
        if run.behaviour.workers is not None:
            process.line = Line(self._clock, process, run.behaviour.workers, run.behaviour.backlog)
        run.process = process
        run.made += 1
        main = run is worker.main
        if main:
            process.driver = self._driver_of(worker)
            self._clock.cause = self._trace.emit(
                f"Process/{process.pod}", "Running", uid=process.uid, node=process.node, data=process.data
            )
        run.first_up = True
        run.backoff_us = 0
        self._plan(worker, run, process)
        self._changed(worker)
        if run.spec.startup is None:
            self._up(run)

    def _directory(self, worker: PodWorker, run: ContainerRun) -> str:
        """Return the id of the disk that a container keeps its data on."""
        return data_directory(worker, run)

    def _plan(self, worker: PodWorker, run: ContainerRun, process: Process) -> None:
        """Set going what follows from a start: answering, readiness, liveness, a crash to come."""
        name = process.pod
        behaviour = run.behaviour
        after = behaviour.listen or behaviour.ready
        if after is not None:
            rng = self._streams.seldom("Pod", name, run.spec.name, "ready")
            delay = after.draw(rng)
            self._machine.later(delay, self._begin, worker, run, process)
            if run.spec.readiness is None and behaviour.listen is None:
                self._machine.later(delay, self.probes.set_ready, worker, run, process, True)
        if run.spec.readiness is None and behaviour.listen is not None:
            self.probes.set_ready(worker, run, process, True)
        if behaviour.completes_after is not None:
            rng = self._streams.seldom("Pod", name, run.spec.name, "completes")
            self._machine.later(behaviour.completes_after.draw(rng), self.complete, worker, run, process)
        if behaviour.crash_after is not None:
            rng = self._streams.seldom("Pod", name, run.spec.name, "crash")
            self._machine.later(behaviour.crash_after.draw(rng), self.crash, worker, run, process)
        self.probes.begin(worker, run, process)

    def _begin(self, worker: PodWorker, run: ContainerRun, process: Process) -> None:
        """Hand a program that has come up by itself to its driver, if it has one."""
        if not process.running or process.state is State.STOPPING:
            return
        if process.driver is not None:
            process.driver.started(process)
        else:
            self.probes.answering(worker, run, answers=True, ready=True)

    def _up(self, run: ContainerRun) -> None:
        """Tell who waits for a container that it has started, as its startup probe says if it has one."""
        waits, run.when_up = run.when_up, None
        if waits is not None:
            waits()

    def _terminate_or_kill(self, worker: PodWorker, run: ContainerRun, process: Process) -> None:
        """Stop one container, with its preStop hook and the pod's grace period; it is restarted afterwards.

        Source: kuberuntime_manager.go: computePodActions (reasonLivenessProbe), killContainer.
        """
        grace_us = worker.pod.spec.grace_us
        hook_us = min(run.spec.pre_stop_us, grace_us)

        def killed() -> None:
            if run.process is process:
                self.exit(worker, run, Exit.KILLED)

        self._machine.later(hook_us, self._terminate, worker, run)
        self._machine.later(max(grace_us, hook_us + FORCED_GRACE_US), killed)

    # -- exiting ---------------------------------------------------------------------------------------

    def crash(self, worker: PodWorker, run: ContainerRun, process: Process) -> None:
        """End a run by its own fault, unless it is over already."""
        if run.process is process and process.running:
            self.exit(worker, run, Exit.CRASHED)

    def complete(self, worker: PodWorker, run: ContainerRun, process: Process) -> None:
        """End a run because its work is done."""
        if run.process is process and process.running:
            self.exit(worker, run, Exit.STOPPED)

    def exit(self, worker: PodWorker, run: ContainerRun, how: Exit, why: str | None = None) -> None:
        """End a program, reset its connections, and do what the restart policy says."""
        process = run.process
        if process is None or not process.alive:
            return
        before, ended = self._clock.cause, self.end(worker, run, how, why)
        if worker.stage is Stage.STOPPING:
            if not worker.running:
                self._stopped(worker)
            else:
                self._changed(worker)
                self._next_turn(worker)
            return
        if how is Exit.POWER_CUT:
            return
        self._clock.cause = before if ended is None else ended
        self._machine.later(self._seen_after(), self._noticed, worker, run, process, how)
        self._clock.cause = before

    def _seen_after(self) -> int:
        """Return how long after an exit whoever restarts the container has seen it."""
        rng = self._streams.seldom("Node", self._machine.name, "relist")
        return round(rng.random() * RELIST_US)

    def end(self, worker: PodWorker, run: ContainerRun, how: Exit, why: str | None = None) -> int | None:
        """Make a program be no more: the truth, before anybody notices. Return the event that tells it."""
        process = run.process
        if process is None:
            return None
        self.probes.end(worker, run)
        process.state = State.EXITED
        process.listening = False
        run.note_end(*EXIT_CODES[how], self._clock.now)
        before, told = self._clock.cause, None
        if process.driver is not None:
            where = {"uid": process.uid, "node": process.node}
            told = self._clock.cause = self._trace.emit(
                f"Process/{process.pod}", "Exited", **where, how=how.value, code=EXIT_CODES[how][0], why=why
            )
        if how is not Exit.POWER_CUT and not process.forwards:
            self.hang_up(process, "closed" if how is Exit.STOPPED else "reset")
        else:
            process.fall_silent()
        if process.driver is not None:
            process.driver.exited(process, how)
        self._clock.cause = before
        return told

    def hang_up(self, process: Process, how: str) -> None:
        """Tell every client that is connected to a program that it is gone."""
        connections, process.connections = process.connections, {}
        for connection in connections.values():
            connection.reset(how)

    def _noticed(self, worker: PodWorker, run: ContainerRun, process: Process, how: Exit) -> None:
        """Report an exit that the kubelet has seen, and restart the container after its back-off."""
        if run.process is not process or not sidecars.may_run(worker, run):
            return
        ended_us = self._clock.now if run.ended is None else run.ended.ended_us
        if ended_us - process.started_us > CLEAN_RUN_US:
            run.failures = 0
        policy = "Always" if run.sidecar else worker.pod.spec.restart_policy
        if policy == "Never" or (policy == "OnFailure" and how is Exit.STOPPED):
            run.over = True
            if worker.over and worker.running:
                worker.completed = True
                self.stop(worker, worker.pod.spec.grace_us)
            elif worker.over:
                self._stopped(worker)
            else:
                self._changed(worker)
            return
        delay = restart_delay(run.failures, self._timings.crash_loop_base_us, self._timings.crash_loop_max_us)
        run.failures += 1
        run.backoff_us = delay
        self._changed(worker)
        if delay:
            self._trace.emit(
                worker.pod.key,
                "BackOff",
                uid=worker.uid,
                node=self._machine.name,
                container=run.spec.name,
                delay_s=delay / 1_000_000,
                restarts=run.restarts,
            )
        self._machine.later(max(0, ended_us + delay - self._clock.now), self._restart, worker, run, process)

    def _restart(self, worker: PodWorker, run: ContainerRun, process: Process) -> None:
        if run.process is process and sidecars.may_run(worker, run):
            run.restarts += 1
            self.start(worker, run)

    # -- stopping --------------------------------------------------------------------------------------

    def stop(self, worker: PodWorker, grace_us: int) -> None:
        """Ask every container to stop; kill what is left when the grace period ends.

        A preStop hook runs before SIGTERM, for the grace period at most, and its time counts against it; what
        is left for the program is never less than 2 s. A grace period that is shortened meanwhile begins anew
        (pkg/kubelet/kuberuntime/kuberuntime_container.go: killContainer, executePreStopHook).
        """
        now = self._clock.now
        earlier = worker.deadline_us is not None and now + grace_us >= worker.deadline_us
        if worker.stage is Stage.STOPPING and earlier:
            return
        worker.stage = Stage.STOPPING
        worker.deadline_us = now + grace_us
        if not worker.running:
            self._stopped(worker)
            return
        for run in worker.containers:
            if not run.up:
                continue
            hook_us = min(run.spec.pre_stop_us, grace_us)
            if hook_us:
                self._tell_hook(worker, run, hook_us)
            if run.sidecar:
                run.hook_until_us = now + hook_us
                self._machine.later(max(grace_us, hook_us), self._take_turn, worker, run)
                continue
            self._machine.later(hook_us, self._terminate, worker, run)
            self._machine.later(max(grace_us, hook_us + FORCED_GRACE_US), self.exit, worker, run, Exit.KILLED)
        self._next_turn(worker)

    def _next_turn(self, worker: PodWorker) -> None:
        """Ask the next sidecar to stop, once everything that may need it has ended."""
        run = sidecars.next_to_stop(worker)
        if run is not None:
            self._machine.later(max(0, run.hook_until_us - self._clock.now), self._take_turn, worker, run)

    def _take_turn(self, worker: PodWorker, run: ContainerRun) -> None:
        left = (worker.deadline_us or 0) - self._clock.now
        if run.up and not run.asked:
            run.asked = True
            self._terminate(worker, run)
            self._machine.later(max(left, FORCED_GRACE_US), self.exit, worker, run, Exit.KILLED)

    def _tell_hook(self, worker: PodWorker, run: ContainerRun, hook_us: int) -> None:
        where = {"uid": worker.uid, "node": self._machine.name, "container": run.spec.name}
        self._trace.emit(worker.pod.key, "PreStop", **where, runs_s=hook_us / 1_000_000)

    def kill(self, worker: PodWorker) -> None:
        """Kill every container at once: a hard eviction leaves no grace."""
        worker.stage = Stage.STOPPING
        worker.deadline_us = self._clock.now
        if not worker.running:
            self._stopped(worker)
            return
        for run in worker.containers:
            self.exit(worker, run, Exit.KILLED)

    def _terminate(self, worker: PodWorker, run: ContainerRun) -> None:
        process = run.process
        if process is None or process.state is not State.RUNNING:
            return
        process.state = State.STOPPING
        process.asked = True
        asked = process.driver.stopping(process) if process.driver is not None else None
        if asked is None:
            if run.behaviour.stop is None:
                return
            asked = run.behaviour.stop.draw(self._streams.seldom("Pod", process.pod, run.spec.name, "stop"))
        if not run.behaviour.graceful:
            process.listening = False
            self.hang_up(process, "reset")
        self._machine.later(asked, self._obey, worker, run, process)

    def _obey(self, worker: PodWorker, run: ContainerRun, process: Process) -> None:
        if run.process is process:
            self.exit(worker, run, Exit.STOPPED)
