"""What people were warned of: the broken rules of a storm that are lessons.

Each excuse is tied to its programs and its time.

`FORCED`: a person let go of a pod by force, or declared its node out of service, while its machine ran on.
Two programs may then live under that name and on that volume (doc "Force Delete StatefulSet Pods", KEP-2268).
It excuses what that very program does, from the end of its pod's object to its own.

`AWOKEN`: a machine stood still and goes on where it was, and its program believes that it still leads until
it has looked (client-go leaderelection, package comment; Patroni docs/watchdog.rst). It excuses a primary
that stood still while another one was elected, for as long as its agent may take to find out. With a watchdog
there is nothing to excuse: its machine is reset before anybody else may lead.

`SHARED`: pods of one node use one ReadWriteOnce claim: it is about nodes, not about pods (KEP-2485). It
excuses pods that exist there, and whose specs name that claim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.cluster.objects import OUT_OF_SERVICE, PersistentVolume, PersistentVolumeClaim, Pod
from statesim.experiment.storm_weather import UNSAFE
from statesim.systems.patroni.driver import Patroni

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statesim.kernel.trace import TraceEvent
    from statesim.world import World

FORCED, AWOKEN, SHARED = "forced", "awoken", "shared"


class _Program(NamedTuple):
    pod: str
    uid: str
    node: str
    data: str


class Excuses:
    """Follows the programs of a world and what they were warned of; finds the excuse of a finding."""

    def __init__(self, world: World) -> None:
        self._store = world.store
        self._trace = world.trace
        self._patience = {
            name: system.parameters.loop_wait + system.parameters.retry_timeout
            for name, system in world.systems.items()
            if isinstance(system, Patroni) and system.parameters.watchdog_us is None
        }
        self._warnings: set[int] = set()
        self._given_up: set[str] = set()  # nodes that are said to be out of service, and may not be
        self._running: dict[str, _Program] = {}
        self._let_go: set[str] = set()  # uids of pods that were deleted while their programs ran
        self._accepting: dict[str, dict[str, int]] = {}  # system -> uid -> since when
        self._stood_still: dict[str, int] = {}  # uids of primaries, since when they have not looked
        self._frozen: set[str] = set()
        self._thawed: dict[str, int] = {}
        self._due: dict[str, int] = {}  # by when an excused primary must have found out

    # -- what happens ------------------------------------------------------------------------------------

    def observe(self, event: TraceEvent) -> None:
        """Take an event into account; one that is taken twice counts once."""
        kind, _, name = event.object.partition("/")
        uid = str(event.fields.get("uid", ""))
        match kind, event.event:
            case "Fault", "Started" if str(event.fields.get("label", "")).startswith(UNSAFE):
                self._warnings.add(event.id)
            case "Node", "Tainted":
                self._tainted(event, name)
            case "Pod", "Deleted":
                by_force = event.cause in self._warnings or event.fields.get("node") in self._given_up
                if by_force and uid in self._running:
                    self._let_go.add(uid)
            case "Process", "Running":
                self._running[uid] = _Program(name, uid, event.fields["node"], str(event.fields.get("data")))
            case "Process", "Exited":
                self._running.pop(uid, None)
                self._looked(uid)
            case "Process", "Frozen":
                self._frozen.add(uid)
                if any(uid in members for members in self._accepting.values()):
                    self._stood_still.setdefault(uid, event.t_us)
            case "Process", "Thawed":
                self._frozen.discard(uid)
                self._thawed[uid] = event.t_us
            case "Member", "Role":
                self._role(event, uid)

    def _tainted(self, event: TraceEvent, node: str) -> None:
        if not any(str(taint).startswith(OUT_OF_SERVICE) for taint in event.fields["taints"]):
            self._given_up.discard(node)
        elif event.cause in self._warnings:
            self._given_up.add(node)

    def _role(self, event: TraceEvent, uid: str) -> None:
        members = self._accepting.setdefault(str(event.fields.get("system")), {})
        if event.fields.get("accepts_writes"):
            members.setdefault(uid, event.t_us)
            return
        members.pop(uid, None)
        self._due.pop(uid, None)
        if uid not in self._frozen:
            self._looked(uid)

    def _looked(self, uid: str) -> None:
        for known in (self._stood_still, self._thawed, self._due):
            known.pop(uid, None)
        self._frozen.discard(uid)

    # -- what is excused ---------------------------------------------------------------------------------

    def of(self, finding: TraceEvent) -> str | None:
        """Return why a finding is a lesson; ``None`` if nobody was warned of it."""
        self.observe(self._trace.events[finding.fields["seen_at"]])
        match finding.fields["invariant"]:
            case "one-pod-per-identity":
                pod = finding.fields["pod"]
                uids = [program.uid for program in self._running.values() if program.pod == pod]
                return FORCED if len(self._kept(uids)) <= 1 else None
            case "one-writer-per-volume":
                return self._two_writers(str(finding.fields["volume"]))
            case "one-accepting-primary":
                return self._two_primaries(finding.fields["subject"].partition("/")[2], finding.t_us)
        return None

    def _kept(self, uids: list[str]) -> list[str]:
        """Return those whose pods nobody was warned not to let go."""
        return [uid for uid in uids if uid not in self._let_go]

    def _two_writers(self, volume: str) -> str | None:
        users = [program for program in self._running.values() if program.data == volume]
        kept = self._kept([program.uid for program in users])
        if len(kept) <= 1:
            return FORCED
        return SHARED if all(self._shares(self._running[uid], users[0].node) for uid in kept) else None

    def _shares(self, program: _Program, node: str) -> bool:
        """Tell whether a program's pod exists on that node and names the claim of the volume that it uses."""
        pod = self._store.get(Pod, program.pod)
        if pod is None or pod.uid != program.uid or not program.node == node == pod.node:
            return False
        claims = (self._store.get(PersistentVolumeClaim, name) for name in pod.spec.claims)
        volumes = (self._store.get(PersistentVolume, claim.volume or "") for claim in claims if claim)
        return program.data in [f"pv/{volume.disk(node)}" for volume in volumes if volume]

    def _two_primaries(self, system: str, now: int) -> str | None:
        accepting = self._accepting.get(system, {})
        kept = self._kept(list(accepting))
        if len(kept) <= 1:
            return FORCED
        asleep = [uid for uid in kept if self._asleep(uid, system, now)]
        awake = [uid for uid in kept if uid not in asleep]
        since = max((self._stood_still[uid] for uid in asleep), default=now)
        if len(awake) > 1 or any(accepting[uid] < since for uid in awake):
            return None
        for uid in asleep:
            self._due[uid] = self._thawed[uid] + self._patience[system]
        return AWOKEN

    def _asleep(self, uid: str, system: str, now: int) -> bool:
        """Tell whether a primary stood still, and may not have looked since it goes on."""
        known = uid in self._stood_still and uid in self._thawed and system in self._patience
        return known and now <= self._thawed[uid] + self._patience[system]

    def overdue(self, now: int) -> Iterator[str]:
        """Yield the pods of excused primaries that accept writes for longer than excuses them, once each."""
        for uid in [uid for uid, due in self._due.items() if now > due]:
            del self._due[uid]
            yield self._running[uid].pod
