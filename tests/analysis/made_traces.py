"""Traces and histories made by hand, in the vocabulary of docs/reference/trace.md.

They stand in for runs: small enough to know every number in them, and rich enough for every picture.
"""

from __future__ import annotations

from functools import cache
from math import log1p
from random import Random
from typing import TYPE_CHECKING, Any

from statesim.analysis.record import Operation, RunRecord
from statesim.kernel.trace import TraceEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.intervals import Interval

SECOND = 1_000_000
NODES = [("n-a-1", "a"), ("n-b-1", "b"), ("n-c-1", "c"), ("n-a-2", "a"), ("n-b-2", "b"), ("n-c-2", "c")]


class Story:
    """Collects events in any order; `events` puts them in order of time and numbers them."""

    def __init__(
        self, variant: str, duration_s: float, scenario: str = "pg-node-crash", title: str = ""
    ) -> None:
        self.variant = variant
        self.title = title or variant
        self.scenario = scenario
        self.duration_us = round(duration_s * SECOND)
        self._said: list[tuple[int, int, str, str, int | None, dict[str, Any]]] = []
        self.history: list[Operation] = []
        self.say(
            0,
            f"Run/{variant}",
            "Started",
            scenario=scenario,
            seed=7,
            duration_s=duration_s,
            kubernetes="1.31",
        )

    def say(self, t: float, obj: str, event: str, /, cause: int | None = None, **fields: Any) -> int:
        number = len(self._said)
        self._said.append((round(t * SECOND), number, obj, event, cause, fields))
        return number

    def nodes(self) -> None:
        for name, zone in NODES:
            self.say(0, f"Node/{name}", "Created", zone=zone, cpu_milli=8000, memory_bytes=2**35, pods=110)

    def workload(self, key: str, replicas: int) -> None:
        self.say(0, key, "Created", replicas=replicas)

    def pod(
        self, t: float, name: str, uid: str, owner: str, node: str, *, volume: str = "", start: float = 7.0
    ) -> None:
        """A pod that is created and becomes Ready `start` seconds later."""
        born = self.say(t, f"Pod/{name}", "Created", uid=uid, owner=owner, revision="r1", image="postgres:15")
        where = {"uid": uid, "node": node}
        placed = self.say(t + 0.02, f"Pod/{name}", "Scheduled", born, **where)
        if volume:
            self.say(
                t + 0.5,
                f"PersistentVolume/{volume}",
                "Provisioned",
                placed,
                zone=node[2],
                claim=f"data-{name}",
            )
            bound = self.say(t + 0.5, f"PersistentVolumeClaim/data-{name}", "Bound", placed, volume=volume)
            self.attach(t + 0.6, volume, node, bound)
        self.say(t + 2, f"Pod/{name}", "VolumesAttached", placed, **where)
        self.say(t + start - 2, f"Pod/{name}", "Pulled", placed, **where)
        ran = self.say(t + start - 1, f"Process/{name}", "Running", placed, **where, data=f"pv/{volume}")
        self.say(t + start - 0.9, f"Pod/{name}", "Started", ran, **where)
        self.say(t + start - 0.2, f"Process/{name}", "Listening", ran, **where)
        self.say(t + start, f"Pod/{name}", "Ready", ran, **where)

    def attach(self, t: float, volume: str, node: str, cause: int | None = None) -> None:
        what = f"VolumeAttachment/{volume}@{node}"
        asked = self.say(t, what, "AttachRequested", cause, volume=volume, node=node)
        self.say(t + 1, what, "Attached", asked, volume=volume, node=node)

    def role(
        self, t: float, pod: str, role: str, *, cause: int | None = None, accepts: bool | None = None
    ) -> int:
        accepts = role == "primary" if accepts is None else accepts
        return self.say(t, f"Member/{pod}", "Role", cause, role=role, system="pg", accepts_writes=accepts)

    def crash(
        self, t: float, node: str, pods: dict[str, str], label: str = "power cut under the database"
    ) -> int:
        fault = self.say(
            t,
            "Fault/1-node-crash",
            "Started",
            do="node-crash",
            on="primaryOf pg",
            targets=[f"Node/{node}"],
            label=label,
        )
        dead = self.say(t, f"Node/{node}", "Crashed", fault, why="the power is cut")
        for pod, uid in pods.items():
            ended = self.say(t, f"Process/{pod}", "Exited", dead, uid=uid, node=node, how="power-cut")
            self.role(t, pod, "stopped", cause=ended)
        quiet = self.say(
            t + 42, f"Node/{node}", "NotReady", dead, status="Unknown", why="no heartbeat for 40 s"
        )
        self.say(
            t + 42, f"Node/{node}", "Tainted", quiet, taints=["node.kubernetes.io/unreachable:NoExecute"]
        )
        for pod, uid in pods.items():
            self.say(t + 42.1, f"Pod/{pod}", "NotReady", quiet, uid=uid, node=node, why="its node is silent")
            self.say(
                t + 342, f"Pod/{pod}", "Terminating", quiet, uid=uid, node=node, grace_s=30.0,
                why="it tolerates the taint for 300 s",
            )  # fmt: skip
        return dead

    def client(
        self,
        *,
        first: float,
        down: list[tuple[float, float]] = (),
        lost_before: float = 0.0,
        lost_from: float = 0.0,
        rate: float = 20.0,
        name: str = "shop",
        seed: int = 1,
        web: bool = False,
    ) -> None:
        """Ten sessions that write and read at `rate`; nothing succeeds while `down`."""
        random, t, value = Random(seed).random, first, 0
        end = self.duration_us / SECOND
        rows, kept = [], []
        while True:
            t += -(1 / rate) * log1p(-random())
            if t >= end:
                break
            out = next((gap for gap in down if gap[0] <= t < gap[1]), None)
            process, at = int(random() * 10), round(t * SECOND)
            write = random() < 0.5
            f, what = ("request", None) if web else ("write", value) if write else ("read", max(0, value - 1))
            value += write
            rows.append(Operation(at, process, name, "invoke", f, what))
            if out is not None:
                answered, kind = min(at + 5 * SECOND, self.duration_us - 1), "info" if at % 2 else "fail"
                rows.append(Operation(answered, process, name, kind, f, what, "timeout"))
                continue
            gone = lost_from <= t < lost_before
            if f == "write" and not gone:
                kept.append(what)
            rows.append(Operation(at + 2_000, process, name, "ok", f, [what, True] if f == "read" else what))
        rows.sort(key=lambda row: row.t_us)
        if not web:
            rows.append(Operation(self.duration_us, "final", name, "ok", "final", kept))
        self.history += rows
        for number in range(10):
            for start, stop in [(first - 0.5, None), *down]:
                if stop is None:
                    self.say(start, f"Client/{name}", "SessionOpened", session=number, pod=self.first_pod)
                else:
                    self.say(
                        start + 5,
                        f"Client/{name}",
                        "SessionBroken",
                        session=number,
                        pod=self.first_pod,
                        how="timeout",
                    )
                    if stop < end:
                        self.say(stop, f"Client/{name}", "SessionOpened", session=number, pod=self.next_pod)
        for start, stop in down:
            said = self.say(start + 5, f"Client/{name}", "Outage", f="write", last_ok_s=start)
            if stop < end:
                self.say(stop, f"Client/{name}", "Recovered", said, f="write", outage_s=stop - start)

    first_pod = "pg-0"
    next_pod = "pg-1"

    def record(self) -> RunRecord:
        said = sorted(self._said, key=lambda s: (s[0], s[1]))
        number = {old: new for new, (_, old, *_rest) in enumerate(said)}
        events = [
            TraceEvent(new, t, obj, event, None if cause is None else number[cause], fields)
            for new, (t, _, obj, event, cause, fields) in enumerate(said)
        ]
        events.append(TraceEvent(len(events), self.duration_us, f"Run/{self.variant}", "Ended", None, {}))
        return RunRecord(
            self.variant, self.title, self.scenario, 7, self.duration_us, tuple(events), tuple(self.history)
        )


def _log(x: float) -> float:
    from math import log1p

    return log1p(-x)


@cache
def patroni(*, sync: bool = False, duration_s: float = 1200) -> RunRecord:
    """A node crash at 60 s under three members: the writes are back at 87.3 s."""
    name = "patroni-sync" if sync else "patroni-async"
    how = "synchronous" if sync else "asynchronous"
    s = Story(name, duration_s, title=f"StatefulSet + Patroni, {how}")
    s.nodes()
    s.workload("StatefulSet/pg", 3)
    for n in range(3):
        s.pod(0.1, f"pg-{n}", f"u{n}", "StatefulSet/pg", NODES[n][0], volume=f"pv-{n}", start=9)
    s.say(9, "System/pg", "Elected", pod="pg-0", term=1)
    s.role(9.2, "pg-0", "primary")
    s.role(11, "pg-1", "replica")
    s.role(11, "pg-2", "replica")
    s.say(10, "EndpointSlice/pg", "EndpointsChanged", ready=["pg-0"], not_ready=[])
    dead = s.crash(60, "n-a-1", {"pg-0": "u0"})
    s.say(60, "System/pg", "PrimaryLost", dead, pod="pg-0", reason="power-cut")
    expired = s.say(84.1, "System/pg", "LeaseExpired", dead, holder="pg-0", renewed_s=54.1)
    won = s.say(85.2, "System/pg", "Elected", expired, pod="pg-1", term=2, why="pg-1 has the longest log")
    up = s.role(86.3, "pg-1", "primary", cause=won)
    s.say(86.3, "Member/pg-1", "Promoted", won, system="pg", timeline=2)
    s.say(86.5, "EndpointSlice/pg", "EndpointsChanged", up, ready=["pg-1"], not_ready=[])
    s.client(first=12, down=[(60, 87.3)], lost_from=60 if sync else 59.8, lost_before=60)
    return s.record()


@cache
def deployment_emptydir(duration_s: float = 1200) -> RunRecord:
    """A node crash at 60 s under an emptyDir: another pod is Ready after six minutes, and empty."""
    s = Story("deployment-emptydir", duration_s, title="Deployment, emptyDir")
    s.first_pod, s.next_pod = "pg-6f9c-x2k4m", "pg-6f9c-qq7bd"
    s.nodes()
    s.workload("Deployment/pg", 1)
    s.pod(0.1, s.first_pod, "u0", "ReplicaSet/pg-6f9c", "n-a-1")
    s.role(7.1, s.first_pod, "primary")
    s.crash(60, "n-a-1", {s.first_pod: "u0"})
    s.pod(402.1, s.next_pod, "u1", "ReplicaSet/pg-6f9c", "n-b-1", start=9)
    s.say(410.5, "DataDirectory/emptyDir/u1/data", "Initialised", pod=s.next_pod)
    s.role(411.2, s.next_pod, "primary")
    s.client(first=9, down=[(60, 412)], lost_from=0, lost_before=60)
    return s.record()


@cache
def deployment_rwo(duration_s: float = 1200) -> RunRecord:
    """A node crash at 60 s under one ReadWriteOnce claim: the second pod waits for it to the end."""
    s = Story("deployment-rwo", duration_s, title="Deployment, one ReadWriteOnce claim")
    s.first_pod, s.next_pod = "pg-54d7-7hw2z", "pg-54d7-m8c5t"
    s.nodes()
    s.workload("Deployment/pg", 1)
    s.pod(0.1, s.first_pod, "u0", "ReplicaSet/pg-54d7", "n-a-1", volume="pvc-31f0")
    s.role(7.1, s.first_pod, "primary")
    s.crash(60, "n-a-1", {s.first_pod: "u0"})
    born = s.say(
        402.1, f"Pod/{s.next_pod}", "Created", uid="u1", owner="ReplicaSet/pg-54d7", image="postgres:15"
    )
    s.say(402.2, f"Pod/{s.next_pod}", "Scheduled", born, uid="u1", node="n-a-2")
    s.say(
        402.4, "VolumeAttachment/pvc-31f0@n-a-2", "MultiAttach", born,
        volume="pvc-31f0", node="n-a-2", held_by=[s.first_pod], why="the volume is held on n-a-1",
    )  # fmt: skip
    s.client(first=9, down=[(60, duration_s)])
    return s.record()


@cache
def statefulset(duration_s: float = 1200) -> RunRecord:
    """A node crash at 60 s under a single StatefulSet pod: nobody replaces it."""
    s = Story("statefulset", duration_s, title="StatefulSet, one replica")
    s.nodes()
    s.workload("StatefulSet/pg", 1)
    s.pod(0.1, "pg-0", "u0", "StatefulSet/pg", "n-a-1", volume="pvc-77aa")
    s.role(7.1, "pg-0", "primary")
    s.crash(60, "n-a-1", {"pg-0": "u0"})
    s.client(first=9, down=[(60, duration_s)])
    return s.record()


@cache
def partition(duration_s: float = 180) -> RunRecord:
    """The primary's node is cut off at 60 s, and the old primary takes writes until 85 s; the new one from 80 s."""
    s = Story("partition", duration_s, scenario="pg-partition", title="A partition, and two primaries")
    s.nodes()
    s.workload("StatefulSet/pg", 2)
    for n in range(2):
        s.pod(0.1, f"pg-{n}", f"u{n}", "StatefulSet/pg", NODES[n][0], volume=f"pv-{n}", start=9)
    s.role(9.2, "pg-0", "primary")
    s.role(9.4, "pg-1", "replica")
    fault = s.say(60, "Fault/1-network-partition", "Started", do="network-partition", targets=["Node/n-a-1"],
                  label="n-a-1 is cut off")  # fmt: skip
    s.say(60, "Node/n-a-1", "CutOff", fault)
    s.role(80, "pg-1", "primary", cause=fault)
    s.role(85, "pg-0", "replica", cause=fault)
    s.say(80, "Finding/1-one-accepting-primary", "Violated", fault, invariant="one-accepting-primary",
          sentence="two members accept writes at the same time", pods=["pg-0", "pg-1"])  # fmt: skip
    s.say(102, "Node/n-a-1", "NotReady", fault, status="Unknown")
    s.say(102, "Pod/pg-0", "NotReady", fault, uid="u0", node="n-a-1")
    s.say(150, "Fault/1-network-partition", "Ended", do="network-partition")
    s.say(150, "Node/n-a-1", "Reconnected", fault)
    s.say(151, "Node/n-a-1", "Ready", fault, status="True")
    s.say(151, "Pod/pg-0", "Ready", fault, uid="u0", node="n-a-1")
    s.client(first=12, down=[(60, 82)], lost_from=0, lost_before=0)
    return s.record()


@cache
def web_rollout(duration_s: float = 120, pods: int = 10) -> RunRecord:
    """Ten web pods roll to a new version from 30 s on, one after the other; nobody notices."""
    s = Story(
        "with-care", duration_s, scenario="web-rolling-update", title="Readiness probe and graceful stop"
    )
    s.nodes()
    s.workload("Deployment/web", pods)
    old = [f"web-5c8d-{c * 2}{n}" for n, c in enumerate("kbvqtzmwhd"[:pods])]
    new = [f"web-7f9b-{c * 2}{n}" for n, c in enumerate("xrjgnslcpf"[:pods])]
    for n, name in enumerate(old):
        s.pod(0.1, name, f"o{n}", "ReplicaSet/web-5c8d", NODES[n % 6][0], start=4)
    s.say(30, "Fault/1-set-image", "Started", do="set-image", targets=["Deployment/web"], label="new version")
    for n, (before, after) in enumerate(zip(old, new, strict=True)):
        t, node = 30.2 + 6 * n, NODES[(n + 1) % 6][0]
        s.pod(t, after, f"v{n}", "ReplicaSet/web-7f9b", node, start=5.5)
        was = {"uid": f"o{n}", "node": NODES[n % 6][0]}
        s.say(t + 5.6, f"Pod/{before}", "Terminating", grace_s=30.0, **was)
        s.say(t + 10.6, f"Process/{before}", "Exited", **was, how="stopped")
        s.say(t + 10.8, f"Pod/{before}", "Deleted", **was)
    s.first_pod = old[0]
    s.client(first=5, name="visitors", rate=40, web=True)
    return s.record()


def five_variants() -> list[RunRecord]:
    """The five variants of the scenario that the mission is about."""
    return [deployment_emptydir(), deployment_rwo(), statefulset(), patroni(), patroni(sync=True)]


def during(intervals: Sequence[Interval], t_us: int) -> Interval:
    """Return the interval in which an instant lies (the last one at the end of the run)."""
    return next((each for each in intervals if each.start_us <= t_us < each.end_us), intervals[-1])
