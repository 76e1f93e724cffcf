"""The kubelet's volume manager: when volumes can be mounted, what is reported of them and complained of.

Source: kubernetes pkg/kubelet/volumemanager (volume_manager.go: WaitForAttachAndMount; populator;
reconciler), pkg/volume/util/operationexecutor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.cluster.objects import (
    HOSTNAME_LABEL,
    ZONE_LABEL,
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    VolumeAttachment,
)
from statesim.control.expand import FILE_SYSTEM_PENDING
from statesim.control.ticks import Ticks, doubled
from statesim.node.machine import Power
from statesim.node.worker import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from statesim.cluster.store import Store
    from statesim.kernel.clock import Timer
    from statesim.kernel.streams import Streams
    from statesim.node.machine import Machine
    from statesim.node.worker import PodWorker
    from statesim.scenario.timings import Timings
    from statesim.scenario.versions import Features

# volume_manager.go: podAttachAndMountTimeout, 2 min and 3 s: an Event each time a pod's sync gives up waiting
MOUNT_TIMEOUT_US = 123_000_000
# pkg/util/goroutinemap/exponentialbackoff: 500 ms, doubled up to 2 min and 2 s
RETRY_BASE_US = 500_000
RETRY_MAX_US = 122_000_000


class Problem(NamedTuple):
    """Why a volume cannot be mounted now; an `error` is complained of at once, all else is waited for.

    `claim` is the claim that cannot be used, which is said at once as well; `unattached` are the volumes that
    are not attached yet.
    """

    why: str
    error: bool = False
    claim: str = ""
    unattached: tuple[str, ...] = ()


class VolumeManager:
    """The volumes of one machine's pods.

    Parameters
    ----------
    workers
        The kubelet's pods, by uid.
    told
        Tells whether a report about a pod reaches its object.
    again
        Looks at a waiting pod once more.
    """

    def __init__(
        self,
        machine: Machine,
        store: Store,
        streams: Streams,
        timings: Timings,
        features: Features,
        workers: Mapping[str, PodWorker],
        *,
        told: Callable[[PodWorker], bool],
        again: Callable[[PodWorker], None],
    ) -> None:
        self._machine = machine
        self._store = store
        self._clock = store.clock
        self._streams = streams
        self._timings = timings
        self._features = features
        self._workers = workers
        self._told = told
        self._again = again
        self._patience: dict[str, Timer] = {}
        self._failures: dict[str, int] = {}
        self._retrying: set[str] = set()
        self._accepted: dict[str, set[str]] = {}
        self._said: dict[str, set[str]] = {}
        self._tick: Timer | None = None
        period = timings.node_status_period_us
        self._ticks = Ticks(period, round(streams.seldom(f"Node/{machine.name}", "status").random() * period))

    # -- before the mount ------------------------------------------------------------------------------

    def mountable(self, worker: PodWorker) -> bool:
        """Tell whether everything that a pod mounts is there; if not, wait for it, or try again later."""
        problem = self._problem(worker)
        if problem is None:
            self.forget(worker)
            return True
        if worker.uid not in self._patience:
            self._patience[worker.uid] = self._clock.after(MOUNT_TIMEOUT_US, self._give_up, worker)
        if problem.error:
            self._retry(worker, problem.why)
        elif problem.claim:
            said = f"error processing PVC default/{problem.claim}: {problem.why}"
            self._complain(worker, self._unable(worker, said, problem), problem.why)
        return False

    def forget(self, worker: PodWorker) -> None:
        """Stop waiting for a pod's volumes: they are there, or the pod is not wanted any more."""
        timer = self._patience.pop(worker.uid, None)
        if timer is not None:
            timer.cancel()
        self._failures.pop(worker.uid, None)
        self._accepted.pop(worker.uid, None)
        self._said.pop(worker.uid, None)

    def forget_all(self) -> None:
        """Lose everything that was in memory: the machine lost power."""
        for timer in self._patience.values():
            timer.cancel()
        self._patience.clear()
        self._failures.clear()
        self._retrying.clear()
        self._accepted.clear()
        self._said.clear()

    def _problem(self, worker: PodWorker) -> Problem | None:
        """Return the first thing that keeps a pod's volumes from being mounted; note which they are.

        A claim that is being deleted is refused, unless the pod was let in with it before
        (desired_state_of_world_populator.go: getPVCExtractPV, processPodVolumes). After a reboot nobody was.
        """
        accepted = self._accepted.setdefault(worker.uid, set())
        attach: list[str] = []
        disks: list[str] = []
        for name in worker.pod.spec.claims:
            claim = self._store.get(PersistentVolumeClaim, name)
            if claim is None:
                why = f'failed to fetch PVC from API server: persistentvolumeclaims "{name}" not found'
                return Problem(why, claim=name)
            if claim.terminating and name not in accepted:
                return Problem("PVC is being deleted", claim=name)
            volume = self._store.get(PersistentVolume, claim.volume) if claim.volume is not None else None
            if volume is None:
                return Problem("PVC is not bound", claim=name)
            accepted.add(name)
            disks.append(volume.disk(self._machine.name))
            if volume.attachable and volume.name not in attach:
                attach.append(volume.name)
            refused = self._refused(worker, claim, volume)
            if refused is not None:
                return Problem(f'{refused[0]} failed for volume "{volume.name}" : {refused[1]}', error=True)
        worker.volumes, worker.disks = tuple(attach), tuple(disks)
        return self._not_attached(attach)

    def _not_attached(self, volumes: list[str]) -> Problem | None:
        """Return which volume this node may not touch yet.

        Source: operation_generator.go: GenerateVerifyControllerAttachedVolumeFunc. A volume must first stand
        in the reported volumesInUse, which takes up to one period of the node's status.
        """
        node = self._store.get(Node, self._machine.name)
        if self._timings.node_status_period_us and volumes:
            self.report()
            used = node.volumes_in_use if node is not None else ()
            late = next((name for name in volumes if name not in used), None)
            if late is not None:
                why = f"{late} has not yet been added to the list of VolumesInUse"
                return Problem(why, unattached=tuple(name for name in volumes if not self._attached(name)))
        unattached = tuple(name for name in volumes if not self._attached(name))
        if unattached:
            why = f"volume {unattached[0]} is not attached to {self._machine.name}"
            return Problem(why, unattached=unattached)
        return None

    def _attached(self, volume: str) -> bool:
        attachment = self._store.get(VolumeAttachment, f"{volume}@{self._machine.name}")
        return attachment is not None and attachment.attached and attachment.detach_requested_us is None

    def _refused(
        self, worker: PodWorker, claim: PersistentVolumeClaim, volume: PersistentVolume
    ) -> tuple[str, str] | None:
        """Return what fails, and with which words.

        Source: operation_generator.go: GenerateMountVolumeFunc (checkNodeAffinity; ReadWriteOncePod,
        KEP-2485).
        """
        if not self._reaches(volume):
            return "MountVolume.NodeAffinity check", "no matching NodeSelectorTerms"
        others = (w for w in self._workers.values() if w is not worker and w.stage > Stage.VOLUMES)
        if volume.access_modes == ("ReadWriteOncePod",) and any(
            claim.name in w.pod.spec.claims for w in others
        ):
            words = "volume uses the ReadWriteOncePod access mode and is already in use by another pod"
            return "MountVolume.SetUp", words
        return None

    def _reaches(self, volume: PersistentVolume) -> bool:
        node = self._store.get(Node, self._machine.name)
        spec = node.spec if node is not None else None
        labels = {**(spec.labels if spec is not None else {}), **(node.labels if node is not None else {})}
        labels |= {HOSTNAME_LABEL: self._machine.name, ZONE_LABEL: self._machine.zone}
        return volume.usable(labels)

    # -- complaints ------------------------------------------------------------------------------------

    def _retry(self, worker: PodWorker, message: str) -> None:
        """Complain of a failed mount, once for each message, and try again after a growing pause."""
        self._complain(worker, message)
        if worker.uid in self._retrying:
            return
        self._retrying.add(worker.uid)
        failures = self._failures.get(worker.uid, 0)
        self._failures[worker.uid] = failures + 1
        delay = doubled(failures, RETRY_BASE_US, RETRY_MAX_US)
        self._machine.later(delay, self._once_more, worker)

    def _once_more(self, worker: PodWorker) -> None:
        self._retrying.discard(worker.uid)
        if self._here(worker):
            self._again(worker)

    def _give_up(self, worker: PodWorker) -> None:
        """Note that a pod waits for its volumes, once; a kubelet before 1.28 says so every two minutes."""
        if not self._here(worker):
            return
        problem = self._problem(worker)
        if problem is None or not problem.claim:
            passed = self._features.has("EventNoMountTimeout")
            why = "context deadline exceeded" if passed else "timed out waiting for the condition"
            waits_for = problem.why if problem is not None else None
            self._complain(worker, self._unable(worker, why, problem), waits_for)

    def _unable(self, worker: PodWorker, why: str, problem: Problem | None) -> str:
        """Return the words of volume_manager.go: WaitForAttachAndMount, getUnattachedVolumes."""
        named = {v.name: v.claim_name for v in worker.pod.spec.volumes if v.claim_name is not None}
        all_of_them = unattached = " ".join(named)
        rest = ""
        if self._features.has("EventVolumesUnprocessed"):
            late = problem.unattached if problem is not None else ()
            claims = {name: self._store.get(PersistentVolumeClaim, claim) for name, claim in named.items()}
            unattached = " ".join(
                n for n, claim in claims.items() if claim is not None and claim.volume in late
            )
            failed = (n for n, claim in named.items() if problem is not None and claim == problem.claim)
            rest = f", failed to process volumes=[{' '.join(failed)}]"
        volumes = f"unmounted volumes=[{all_of_them}], unattached volumes=[{unattached}]{rest}"
        return f"Unable to attach or mount volumes: {volumes}: {why}"

    def _here(self, worker: PodWorker) -> bool:
        waiting = self._workers.get(worker.uid) is worker and worker.stage is Stage.VOLUMES
        return waiting and self._machine.power is Power.ON

    def _complain(self, worker: PodWorker, message: str, waits_for: str | None = None) -> None:
        said = self._said.setdefault(worker.uid, set())
        if message in said or not self._told(worker):
            return
        said.add(message)
        where = {"uid": worker.uid, "node": self._machine.name, "waits_for": waits_for}
        self._store.note(worker.pod, "FailedMount", **where, why=message)

    # -- what the node's status says -------------------------------------------------------------------

    def report(self) -> None:
        """Bring volumesInUse up to what is mounted: now, or with the next status of the node."""
        if self._tick is not None or self._in_use() == self._reported():
            return
        if not self._ticks.period_us:
            self._write()
            return
        self._tick = self._clock.at(self._ticks.at_or_after(self._clock.now), self._status)

    def _status(self) -> None:
        self._tick = None
        if self._machine.power is not Power.ON:
            return
        self._write()
        for worker in list(self._workers.values()):
            if worker.stage is Stage.VOLUMES:
                self._again(worker)

    def _in_use(self) -> tuple[str, ...]:
        early = bool(self._timings.node_status_period_us)
        used = [w for w in self._workers.values() if w.volumes and (early or w.stage > Stage.VOLUMES)]
        return tuple(sorted({volume for worker in used for volume in worker.volumes}))

    def _reported(self) -> tuple[str, ...] | None:
        node = self._store.get(Node, self._machine.name)
        return node.volumes_in_use if node is not None else None

    def _write(self) -> None:
        node = self._store.get(Node, self._machine.name)
        volumes = self._in_use()
        if node is not None and self._machine.silent_us is None and volumes != node.volumes_in_use:
            changes = {"volumes_in_use": volumes, "reported_us": self._clock.now}
            self._store.write(node, "VolumesInUse", changes, volumes=list(volumes))

    # -- file systems that grow ------------------------------------------------------------------------

    def grow(self, worker: PodWorker) -> None:
        """Make the file systems of a pod's mounted volumes as large as their disks have become.

        Source: pkg/kubelet/volumemanager/reconciler (ExpandInUsePersistentVolumes), operation_generator.go:
        GenerateExpandInUseVolumeFunc; KEP-284.
        """
        if worker.stage <= Stage.VOLUMES:
            return
        for name in worker.pod.spec.claims:
            claim = self._store.get(PersistentVolumeClaim, name)
            if claim is not None and FILE_SYSTEM_PENDING in claim.conditions:
                rng = self._streams.seldom(claim.key, "file-system-resize")
                self._machine.later(self._timings.file_system_resize.draw(rng), self._grown, worker, claim)

    def _grown(self, worker: PodWorker, claim: PersistentVolumeClaim) -> None:
        volume = self._store.get(PersistentVolume, claim.volume or "")
        pending = FILE_SYSTEM_PENDING in claim.conditions
        if (
            volume is None
            or not pending
            or self._store.find(claim.key) is not claim
            or not self._told(worker)
        ):
            return
        changes = {"capacity_bytes": volume.size_bytes, "conditions": (), "resizing_us": None}
        self._store.write(
            claim,
            "FileSystemResizeSuccessful",
            changes,
            size_bytes=volume.size_bytes,
            pod=worker.pod.name,
            node=self._machine.name,
            why=f'MountVolume.NodeExpandVolume succeeded for volume "{volume.name}" {self._machine.name}',
        )
