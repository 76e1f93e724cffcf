"""A system in a Deployment without care: emptyDirs, no names, no pause before SIGTERM; and what a run of it shows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import statesim

if TYPE_CHECKING:
    from collections.abc import Mapping

EVERY_POD = {"at": "2m", "do": "pod-kill", "on": "Deployment/s"}
ONE_POD = {"at": "2m", "do": "pod-kill", "on": {"anyPod": {"app": "s"}}}
NEW_IMAGE = {"at": "2m", "do": "set-image", "on": "Deployment/s", "image": "program:2"}
MASTER_LOST = {"at": "2m", "do": "node-crash", "on": {"primaryOf": "s"}}


@dataclass(frozen=True)
class Naive:
    """How a kind is run: its clients' operations, how many pods, and what happens to them.

    `outside`: the system has no pods.
    """

    operations: str
    pods: int = 1
    timeline: tuple[Mapping[str, Any], ...] = (EVERY_POD,)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    target: str = "Service/s"
    duration: str = "4m"
    client: Mapping[str, Any] = field(default_factory=dict)
    outside: bool = False

    def scenario(self, kind: str) -> dict[str, Any]:
        """Return the whole scenario."""
        binding = {"name": "s", "kind": kind, "parameters": dict(self.parameters)}
        operations = {"kind": self.operations, "rate": "20/s"}
        patience = {"timeouts": {"connect": "1s", "statement": "3s"}}
        client = {"name": "c", "target": self.target, "sessions": 12, "operations": operations, **patience}
        return {
            "metadata": {"name": kind},
            "seed": 5,
            "duration": self.duration,
            "cluster": {"nodes": [{"name": "n", "count": 4, "zones": ["a", "b"]}]},
            "images": {"*": {"pull": "1s", "start": "1s", "ready": "1s", "stop": "1s"}},
            "manifests": [] if self.outside else self._manifests(),
            "systems": [binding if self.outside else {**binding, "workload": "Deployment/s"}],
            "clients": [{**client, **self.client}],
            "timeline": [dict(row) for row in self.timeline],
        }

    def _manifests(self) -> list[dict[str, Any]]:
        labels = {"app": "s"}
        mount = {"name": "data", "mountPath": "/data"}
        probe = {"exec": {"command": ["true"]}, "periodSeconds": 1}
        program = {"name": "s", "image": "program:1", "readinessProbe": probe, "volumeMounts": [mount]}
        pod = {"containers": [program], "volumes": [{"name": "data", "emptyDir": {}}]}
        template = {"metadata": {"labels": labels}, "spec": pod}
        spec = {"replicas": self.pods, "selector": {"matchLabels": labels}, "template": template}
        service = {"selector": labels, "ports": [{"port": 80}]}
        return [
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": service},
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "s"}, "spec": spec},
        ]


class Sharded(Naive):
    """Workers in such a Deployment, with a coordinator whose name and disk are kept."""

    def scenario(self, kind: str) -> dict[str, Any]:
        """See `Naive.scenario`."""
        made = super().scenario(kind)
        service, workers = made["manifests"]
        labels = {"app": "head"}
        spec = {**workers["spec"], "replicas": 1, "serviceName": "head", "selector": {"matchLabels": labels}}
        spec["template"] = {**spec["template"], "metadata": {"labels": labels}}
        head = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "head"}, "spec": spec}
        named = {"metadata": {"name": "head"}, "spec": {**service["spec"], "selector": labels}}
        made["manifests"] += [head, {**service, **named}]
        binding = {"name": "head", "kind": kind, "workload": "StatefulSet/head"}
        made["systems"] = [
            {**binding, "parameters": {"workers": self.pods}},
            {**made["systems"][0], "parameters": {"coordinator": "head"}},
        ]
        return made


class Seen:
    """What a run showed."""

    def __init__(self, result: statesim.Result) -> None:
        found = result.metrics["variants"]["default"]
        self.client: dict[str, Any] = found["clients"]["c"]
        self.system: dict[str, Any] = found["systems"].get("s", {})
        self.drift: dict[str, Any] = found["drift"].get("s", {})
        self.findings: dict[str, Any] = found["findings"]
        self.events = result.records[0].events
        self.count = Counter(f"{e.object.partition('/')[0]}/{e.event}" for e in self.events)

    def who(self, event: str, **fields: Any) -> set[str]:
        """Return the names of the objects of which an event tells this."""
        told = (e for e in self.events if e.event == event)
        return {e.object.partition("/")[2] for e in told if fields.items() <= e.fields.items()}


class Runs:
    """Runs of systems, each once, however many kinds of its state are asked for."""

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}

    def of(self, kind: str, naive: Naive) -> Seen:
        """Return what a system showed in a Deployment without care."""
        key = repr((kind, naive))
        if key not in self._seen:
            self._seen[key] = Seen(statesim.run(naive.scenario(kind)))
        return self._seen[key]
