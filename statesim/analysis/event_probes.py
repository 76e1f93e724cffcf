"""What kubelets say of probes that fail: each time, from the first failure until the program answers or ends.

Source: pkg/kubelet/prober/prober.go: probe, recordContainerEvent. The trace has the first failure and the
end; those between follow from the period. What a kubelet says while it is cut off is heard by nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.analysis.event_scene import NORMAL, WARNING, why

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from statesim.analysis.event_recorder import Occurrence
    from statesim.analysis.event_scene import Scene
    from statesim.cluster.wire import Document
    from statesim.kernel.trace import TraceEvent


class Failing(NamedTuple):
    """A probe that fails at every period from an instant on."""

    pod: Document
    container: str
    kind: str
    since_us: int
    period_us: int


def begins(scene: Scene, event: TraceEvent, pod: Document) -> Iterator[Occurrence]:
    """Note a first failure; it is told when the last is known."""
    fields = event.fields
    container, kind = str(fields["container"]), str(fields["probe"])
    period_us = round(float(fields["period_s"]) * 1_000_000)
    key = (str(fields["uid"]), container, kind)
    scene.failing[key] = Failing(pod, container, kind, event.t_us, period_us)
    yield from ()


def ends(scene: Scene, event: TraceEvent, _pod: Document) -> Iterator[Occurrence]:
    """Tell every failure of a probe that fails no longer."""
    fields = event.fields
    key = (str(fields["uid"]), str(fields["container"]), str(fields["probe"]))
    failing = scene.failing.pop(key, None)
    if failing is not None:
        yield from _each(scene, failing, event.t_us)


def gone(scene: Scene, event: TraceEvent, pod: Document) -> Iterator[Occurrence]:
    """Tell every failure of the probes of a pod whose object is gone."""
    for key, failing in list(scene.failing.items()):
        if failing.pod["metadata"]["uid"] == pod["metadata"]["uid"]:
            del scene.failing[key]
            yield from _each(scene, failing, event.t_us)


def still(scene: Scene, end_us: int) -> Iterator[Occurrence]:
    """Tell every failure of the probes that fail to the end of the run."""
    for failing in scene.failing.values():
        yield from _each(scene, failing, end_us)


def unhealthy(scene: Scene, event: TraceEvent, pod: Document) -> Iterator[Occurrence]:
    """Tell the failures that have a container restarted, as many as the threshold."""
    container = why(event).partition(" failed its ")[0]
    kind = "startup" if "startup" in why(event) else "liveness"
    scene.failing.pop((str(event.fields.get("uid")), container, kind), None)
    probe = _probe(pod, container, kind) or {}
    times = int(probe.get("failureThreshold", 3))
    period_us = int(probe.get("periodSeconds", 10)) * 1_000_000
    first_us = max(0, event.t_us - (times - 1) * period_us)
    yield from _each(scene, Failing(pod, container, kind, first_us, period_us), event.t_us + 1)
    message = f"Container {container} failed {kind} probe, will be restarted"
    yield scene.kubelet(pod, NORMAL, "Killing", message, container)


def _each(scene: Scene, failing: Failing, until_us: int) -> Iterator[Occurrence]:
    pod, container, kind = failing.pod, failing.container, failing.kind
    current = scene.find("Pod", pod["metadata"]["name"])
    if current is not None and current["metadata"]["uid"] == pod["metadata"]["uid"]:
        pod = current  # by now it may have an address
    probe = _probe(pod, container, kind)
    if probe is None:
        return
    node = pod["spec"].get("nodeName", "")
    message = f"{kind.capitalize()} probe failed: {_refused(pod, container, probe)}"
    for t_us in range(failing.since_us, until_us, failing.period_us):
        if not scene.was_deaf(node, t_us):
            yield scene.kubelet(pod, WARNING, "Unhealthy", message, container)._replace(t_us=t_us)


def _spec(pod: Document, container: str) -> Document:
    spec = pod["spec"]
    rows = (*spec["containers"], *spec.get("initContainers", ()))
    return next((row for row in rows if row["name"] == container), {})


def _probe(pod: Document, container: str, kind: str) -> Mapping[str, Any] | None:
    return _spec(pod, container).get(f"{kind}Probe")


def _refused(pod: Document, container: str, probe: Mapping[str, Any]) -> str:
    """Return what a probe says of a program that does not answer (pkg/probe/http, tcp, exec)."""
    address = pod["status"].get("podIP", "")

    def number(port: Any) -> Any:
        named = {row.get("name"): row["containerPort"] for row in _spec(pod, container).get("ports", ())}
        return named.get(port, port)

    if "httpGet" in probe:
        get = probe["httpGet"]
        where = f"{address}:{number(get['port'])}"
        scheme = get["scheme"].lower()
        return f'Get "{scheme}://{where}{get["path"]}": dial tcp {where}: connect: connection refused'
    if "tcpSocket" in probe:
        return f"dial tcp {address}:{number(probe['tcpSocket']['port'])}: connect: connection refused"
    if "grpc" in probe:
        return f'timeout: failed to connect service "{address}:{probe["grpc"]["port"]}" within 1s'
    return "command exited with 1"


WORDS = {
    ("Pod", "ProbeFailed"): begins,
    ("Pod", "ProbeEnded"): ends,
    ("Pod", "Unhealthy"): unhealthy,
    ("Pod", "Deleted"): gone,
}
