"""Pods and their templates: containers, probes, volumes, tolerations."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from statesim.scenario.constraints import EFFECTS, PREEMPTION_POLICIES
from statesim.scenario.manifests import fields
from statesim.scenario.manifests.defaults import default_pull_policy, pod_spec_document
from statesim.scenario.manifests.selectors import node_affinity, pod_affinity, topology_spread
from statesim.scenario.specs import (
    Container,
    HostPort,
    PodSpec,
    PodTemplate,
    Probe,
    Resources,
    Taint,
    Toleration,
    Volume,
    VolumeMount,
)
from statesim.scenario.units import parse_bytes, parse_cpu, parse_duration
from statesim.scenario.words import a

if TYPE_CHECKING:
    from statesim.scenario.manifests.reader import Reader

_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_GIVEN = ("configMap", "secret", "projected", "downwardAPI")
_ANY_ADDRESS = HostPort(0).ip


def pod_template(owner: Reader, claims: frozenset[str] = frozenset()) -> PodTemplate:
    """Return the template of a workload, whose restart policy can only be Always.

    Parameters
    ----------
    owner
        The workload's spec.
    claims
        Names of its claim templates, which its containers may mount.
    """
    if not owner.has("template"):
        owner.missing("template")
    template = owner.inner("template", fields.TEMPLATE)
    meta = template.inner("metadata", fields.TEMPLATE_META)
    spec = pod_spec(template, claims)
    if spec.restart_policy != "Always":
        message = f"a workload's pods are restarted Always, found {spec.restart_policy}"
        template.notes.error((*template.path, "spec", "restartPolicy"), message)
    return PodTemplate(spec, meta.labels("labels"), meta.texts("annotations"))


def pod_spec(owner: Reader, claims: frozenset[str] = frozenset()) -> PodSpec:
    """Return the ``spec`` of a pod or of a template."""
    if not owner.has("spec"):
        owner.missing("spec")
        return PodSpec(())
    pod = owner.inner("spec", fields.POD_SPEC)
    volumes = _volumes(pod)
    mountable = frozenset(volume.name for volume in volumes) | claims
    containers = _containers(pod, "containers", mountable)
    if not containers and not pod.has("containers"):
        pod.missing("containers")
    elif not containers:
        pod.error("containers", "a pod needs a container")
    affinity = pod.inner("affinity", fields.AFFINITY)
    restart: Any = pod.word("restartPolicy", ("Always", "OnFailure", "Never"), "Always")
    priority = pod.count("priority", 0, least=-2_147_483_648)
    if priority and not pod.has("priorityClassName"):
        pod.error(
            "priority", "is worked out by the API server from priorityClassName, and cannot be set alone"
        )
    preemption: Any = pod.word("preemptionPolicy", PREEMPTION_POLICIES, "") or None
    if preemption == "Never" and not pod.has("priorityClassName"):
        pod.error("preemptionPolicy", "is that of the pod's PriorityClass; it names none")
    if pod.has("schedulingGates") and pod.has("nodeName"):
        pod.error("nodeName", "cannot be set while the pod has scheduling gates")
    return PodSpec(
        containers=containers,
        init_containers=_containers(pod, "initContainers", mountable, others=containers),
        volumes=volumes,
        node_name=pod.text("nodeName") or None,
        node_selector=pod.labels("nodeSelector"),
        tolerations=tuple(_toleration(row) for row in pod.each("tolerations", fields.TOLERATION)),
        node_affinity=node_affinity(affinity),
        pod_affinity=pod_affinity(affinity, "podAffinity"),
        pod_anti_affinity=pod_affinity(affinity, "podAntiAffinity"),
        topology_spread=topology_spread(pod),
        restart_policy=restart,
        grace_us=pod.seconds("terminationGracePeriodSeconds", 30),
        priority_class=pod.text("priorityClassName") or None,
        priority=priority,
        preemption_policy=preemption,
        scheduling_gates=tuple(
            row.text("name", required=True) for row in pod.each("schedulingGates", fields.SCHEDULING_GATE)
        ),
        readiness_gates=tuple(
            row.text("conditionType", required=True)
            for row in pod.each("readinessGates", fields.READINESS_GATE)
        ),
        hostname=pod.text("hostname") or None,
        subdomain=pod.text("subdomain") or None,
        raw={} if pod.notes.errors else pod_spec_document(pod.data),
    )


def _containers(
    pod: Reader, key: str, mountable: frozenset[str], others: tuple[Container, ...] = ()
) -> tuple[Container, ...]:
    found: list[Container] = []
    init = key == "initContainers"
    for row in pod.each(key, fields.INIT_CONTAINER if init else fields.CONTAINER):
        container = _container(row, mountable)
        if init and row.word("restartPolicy", ("Always",), ""):
            container = replace(container, stays=True)
        if container.name and container.name in {other.name for other in (*found, *others)}:
            row.error("name", f"a second container is called {container.name}")
        found.append(container)
    return tuple(found)


def _container(row: Reader, mountable: frozenset[str]) -> Container:
    name = row.dns_name("name", label=True)
    image = row.text("image", required=True)
    host_ports = tuple(port for port in map(_port, row.each("ports", fields.CONTAINER_PORT)) if port)
    resources = row.inner("resources", fields.RESOURCES)
    requests, limits = _resources(resources, "requests"), _resources(resources, "limits")
    usual = default_pull_policy(image)
    policy: Any = row.word("imagePullPolicy", ("IfNotPresent", "Always", "Never"), usual)
    for key, asked, most in (
        ("cpu", requests.cpu_milli, limits.cpu_milli),
        ("memory", requests.memory_bytes, limits.memory_bytes),
    ):
        if most and asked > most:
            resources.error("requests", f"{key} is more than its limit")
    return Container(
        name=name,
        image=image,
        # what has a limit and no request requests the limit (pkg/apis/core/v1/defaults.go: SetDefaults_Pod)
        requests=Resources(
            requests.cpu_milli or limits.cpu_milli, requests.memory_bytes or limits.memory_bytes
        ),
        limits=limits,
        readiness=_probe(row, "readinessProbe"),
        liveness=_probe(row, "livenessProbe"),
        startup=_probe(row, "startupProbe"),
        pre_stop_us=_pre_stop(row),
        mounts=tuple(_mount(mount, mountable) for mount in row.each("volumeMounts", fields.MOUNT)),
        image_pull_policy=policy,
        host_ports=host_ports,
    )


def _port(row: Reader) -> HostPort | None:
    """Return the port of the machine that a container's port takes, if it takes one."""
    port_number(row, "containerPort")
    protocol = row.word("protocol", ("TCP", "UDP", "SCTP"), "TCP")
    if not row.has("hostPort"):
        return None
    return HostPort(port_number(row, "hostPort"), protocol, row.text("hostIP") or _ANY_ADDRESS)


def port_number(row: Reader, key: str) -> int:
    """Return the number of a port."""
    if not row.has(key):
        row.missing(key)
    port = row.count(key, 1, least=1)
    if port > 65_535:
        row.error(key, f"must be at most 65535, found {port}")
    return port


def _resources(owner: Reader, key: str) -> Resources:
    names = owner.data.get(key)
    amounts = fields.Fields(
        key, frozenset({"cpu", "memory"}), frozenset(names) if isinstance(names, dict) else frozenset()
    )
    reader = owner.inner(key, amounts)
    return Resources(reader.quantity("cpu", parse_cpu), reader.quantity("memory", parse_bytes))


def _probe(container: Reader, key: str) -> Probe | None:
    if not container.has(key):
        return None
    reader = container.inner(key, fields.PROBE)
    handlers = [name for name in _HANDLERS if name in reader.data]
    if len(handlers) != 1:
        found = "none" if not handlers else " and ".join(handlers)
        container.error(key, f"expected one of {', '.join(_HANDLERS)}, found {found}")
    probe = Probe(
        initial_delay_us=reader.seconds("initialDelaySeconds", 0),
        period_us=reader.seconds("periodSeconds", 10, least=1),
        timeout_us=reader.seconds("timeoutSeconds", 1, least=1),
        success_threshold=reader.count("successThreshold", 1, least=1),
        failure_threshold=reader.count("failureThreshold", 3, least=1),
    )
    if key != "readinessProbe" and probe.success_threshold != 1:
        reader.error("successThreshold", f"must be 1 in {a(key)}, found {probe.success_threshold}")
    return probe


def _pre_stop(container: Reader) -> int:
    """Return how long the preStop hook takes: of those that only sleep the length is known."""
    lifecycle = container.inner("lifecycle", fields.LIFECYCLE)
    if not lifecycle.has("preStop"):
        return 0
    hook = lifecycle.inner("preStop", fields.HANDLER)
    if hook.has("sleep"):
        return hook.inner("sleep", fields.Fields("sleep", frozenset({"seconds"}), frozenset())).seconds(
            "seconds", 0
        )
    command = hook.data.get("exec")
    words = command.get("command") if isinstance(command, dict) else None
    if isinstance(words, list | tuple):
        asleep = re.search(
            r"(?:^|\s|;|/)sleep\s+(\d+(?:\.\d+)?[smh]?)\s*(?:$|[;&|])", " ".join(map(str, words))
        )
        if asleep and not re.search(r"\$|`", asleep[0]):
            return parse_duration(asleep[1])
    if hook.has("exec"):
        what = "a preStop hook takes no time here, unless it is a sleep"
        hook.notes.warn((*hook.path, "exec"), what, once="preStop")
    return 0


def _mount(row: Reader, mountable: frozenset[str]) -> VolumeMount:
    name = row.text("name", required=True)
    if name and name not in mountable:
        known = f"there are {', '.join(sorted(mountable))}" if mountable else "the pod has none"
        row.error("name", f"there is no volume or claim template {name}", known)
    path = row.text("mountPath", required=True)
    return VolumeMount(name, path, row.text("subPath"), row.flag("readOnly"))


def _volumes(pod: Reader) -> tuple[Volume, ...]:
    found: list[Volume] = []
    for row in pod.each("volumes", fields.VOLUME):
        name = row.dns_name("name", label=True)
        if name and name in {other.name for other in found}:
            row.error("name", f"a second volume is called {name}")
        sources = [key for key in row.data if key != "name" and key in fields.VOLUME.known]
        if len(sources) > 1:
            row.notes.error(row.path, f"a volume has one source, found {' and '.join(sources)}")
        found.append(_volume(row, name, sources[0] if sources else "emptyDir"))
    return tuple(found)


def _volume(row: Reader, name: str, source: str) -> Volume:
    if source == "persistentVolumeClaim":
        claim = row.inner(source, fields.CLAIM_SOURCE).text("claimName", required=True)
        return Volume(name, "claim", claim or None)
    if source == "emptyDir":
        row.inner(source, fields.EMPTY_DIR)
        return Volume(name, "emptyDir")
    if source in _GIVEN:
        row.notes.warn(
            (*row.path, source), f"{a(source)} is taken to be there, whatever it holds", once=source
        )
    return Volume(name, "other")


def _toleration(row: Reader) -> Toleration:
    operator: Any = row.word("operator", ("Equal", "Exists"), "Equal")
    key = row.text("key")
    if not key and operator != "Exists":
        row.notes.error(row.path, "a toleration without a key needs operator: Exists")
    if operator == "Exists" and row.text("value"):
        row.error("value", "Exists takes no value")
    effect: Any = row.word("effect", EFFECTS, "") or None
    bounded = row.has("tolerationSeconds")
    if bounded and effect != "NoExecute":
        row.error("tolerationSeconds", "only goes with effect: NoExecute")
    seconds = row.seconds("tolerationSeconds", 0, least=-(2**31)) if bounded else None
    return Toleration(
        key or None, operator, row.text("value"), effect, None if seconds is None else max(seconds, 0)
    )


def taint(row: Reader) -> Taint:
    """Return one taint of a node."""
    if not row.has("effect"):
        row.missing("effect")
    effect: Any = row.word("effect", EFFECTS, "NoSchedule")
    return Taint(row.text("key", required=True), effect, row.text("value"))
