"""The kubelet's probes: what they find out of a container, when, and what is told of those that fail.

Nothing is asked while nothing changes: when a program begins to answer or falls silent it is known at which
probe that is heard (`statesim.node.probes`). A probe that fails is an event the first time; how often it does
after that follows from its period and from when it ends.

Source: kubernetes pkg/kubelet/prober (worker.go: doProbe; prober.go: probe, recordContainerEvent).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.kernel.clock import Band
from statesim.node import sidecars
from statesim.node.probes import fails_at, next_tick, succeeds_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.kernel.clock import Clock
    from statesim.kernel.trace import Trace
    from statesim.node.machine import Machine
    from statesim.node.process import Process
    from statesim.node.worker import ContainerRun, PodWorker
    from statesim.scenario.specs import Probe


class Prober:
    """The probes of all containers of one machine.

    Parameters
    ----------
    changed
        Called when a container's readiness has changed.
    unhealthy
        Called when the liveness or startup probe of a container has failed too often.
    up
        Called when the startup probe of a container that is waited for has succeeded.
    """

    def __init__(
        self,
        machine: Machine,
        clock: Clock,
        trace: Trace,
        *,
        changed: Callable[[PodWorker], None],
        unhealthy: Callable[[PodWorker, ContainerRun, Process], None],
        up: Callable[[ContainerRun], None],
    ) -> None:
        self._machine = machine
        self._clock = clock
        self._trace = trace
        self._changed = changed
        self._unhealthy = unhealthy
        self._up = up

    def begin(self, worker: PodWorker, run: ContainerRun, process: Process) -> None:
        """Begin to probe a container that has just been started: nothing answers yet."""
        run.passed = run.spec.startup is None
        if run.spec.startup is not None:
            self._watch(worker, run, process, "startup", run.spec.startup, process.started_us)
        elif run.spec.readiness is not None:
            self._watch(worker, run, process, "readiness", run.spec.readiness, process.started_us)
        self._watch_liveness(worker, run, process, process.started_us)

    def end(self, worker: PodWorker, run: ContainerRun) -> None:
        """Stop probing a container that has ended."""
        for timer in (run.probe, run.liveness):
            if timer is not None:
                timer.cancel()
        run.probe = run.liveness = None
        run.ready = False
        for kind in list(run.failing):
            self._over(worker, run, kind)

    # -- what a program says ---------------------------------------------------------------------------

    def answering(self, worker: PodWorker, run: ContainerRun, *, answers: bool, ready: bool) -> None:
        """Take note of whether the program answers, and of whether it calls itself ready."""
        process = run.process
        if process is None:
            return
        now = self._clock.now
        if answers and not process.listening:
            where = {"uid": process.uid, "node": process.node}
            self._clock.cause = self._trace.emit(f"Process/{process.pod}", "Listening", **where)
            if run.when_up is not None and run.spec.startup is not None:
                due = succeeds_at(run.spec.startup, process.started_us, now)
                self._machine.later(due - now, self._up, run)
        process.listening = answers
        if answers:
            run.passed = True
            if run.liveness is not None:
                run.liveness.cancel()
                run.liveness = None
            self._over(worker, run, "liveness")
            self._over(worker, run, "startup")
        else:
            self._watch_liveness(worker, run, process, now)
        probe = run.spec.readiness
        if probe is None:
            return
        if ready:
            self._over(worker, run, "readiness")
        elif "startup" not in run.failing:
            self._watch(worker, run, process, "readiness", probe, now)
        if run.probe is not None:
            run.probe.cancel()
            run.probe = None
        if ready == run.ready:
            return
        when = (succeeds_at if ready else fails_at)(probe, process.started_us, now)
        run.probe = self._clock.at(when, self._probed, worker, run, process, ready)

    def _probed(self, worker: PodWorker, run: ContainerRun, process: Process, ready: bool) -> None:
        run.probe = None
        self._machine.later(0, self.set_ready, worker, run, process, ready)

    def set_ready(self, worker: PodWorker, run: ContainerRun, process: Process, ready: bool) -> None:
        """Call a container ready, or no longer ready."""
        if run.process is process and process.alive and run.ready != ready:
            run.ready = ready
            self._changed(worker)

    # -- liveness and startup --------------------------------------------------------------------------

    def _watch_liveness(self, worker: PodWorker, run: ContainerRun, process: Process, since: int) -> None:
        """Arm the end of a silent program: by its startup probe until that has succeeded once.

        Source: worker.go: doProbe; kubelet.go: syncLoopIteration (either restarts the container).
        """
        kind = "liveness" if run.passed else "startup"
        probe = run.spec.liveness if run.passed else run.spec.startup
        if probe is None or run.liveness is not None or not sidecars.may_run(worker, run):
            return
        when = max(fails_at(probe, process.started_us, since), self._clock.now)
        run.liveness = self._clock.at(when, self._liveness_due, worker, run, process, kind)
        self._watch(worker, run, process, kind, probe, since)

    def _liveness_due(self, worker: PodWorker, run: ContainerRun, process: Process, kind: str) -> None:
        run.liveness = None
        self._machine.later(0, self._not_alive, worker, run, process, kind)

    def _not_alive(self, worker: PodWorker, run: ContainerRun, process: Process, kind: str) -> None:
        if run.process is process and process.running and not process.listening:
            timer = run.failing.pop(kind, None)  # the event that follows tells of all of them
            if timer is not None:
                timer.cancel()
            self._trace.emit(
                worker.pod.key,
                "Unhealthy",
                uid=worker.uid,
                node=self._machine.name,
                why=f"{run.spec.name} failed its {kind} probe",
            )
            self._unhealthy(worker, run, process)

    # -- what is told of probes that fail --------------------------------------------------------------

    def _watch(
        self, worker: PodWorker, run: ContainerRun, process: Process, kind: str, probe: Probe, since: int
    ) -> None:
        """Tell of the first probe that fails, should the program still be silent then.

        The instant of a container's start is left out: its kubelet has yet to see that it runs.
        """
        if kind in run.failing:
            return
        first = next_tick(probe, process.started_us, max(since, process.started_us + 1))
        args = (worker, run, process, kind, probe)
        run.failing[kind] = self._clock.at(first, self._due, *args, band=Band.OBSERVE)

    def _due(self, *args: Any) -> None:
        self._machine.later(0, self._failed, *args)

    def _failed(
        self, worker: PodWorker, run: ContainerRun, process: Process, kind: str, probe: Probe
    ) -> None:
        probed = sidecars.may_run(worker, run) or kind == "readiness"
        if kind not in run.failing or run.process is not process or not probed:
            return
        run.failing[kind] = None
        where = {"uid": worker.uid, "node": self._machine.name, "container": run.spec.name, "probe": kind}
        self._trace.emit(worker.pod.key, "ProbeFailed", **where, period_s=probe.period_us / 1_000_000)

    def _over(self, worker: PodWorker, run: ContainerRun, kind: str) -> None:
        """Note that a probe does not fail any more, if it has failed."""
        if kind not in run.failing:
            return
        timer = run.failing.pop(kind)
        if timer is not None:
            timer.cancel()
            return
        where = {"uid": worker.uid, "node": self._machine.name, "container": run.spec.name, "probe": kind}
        self._trace.emit(worker.pod.key, "ProbeEnded", **where)
