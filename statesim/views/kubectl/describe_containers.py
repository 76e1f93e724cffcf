"""Containers and volumes, of a pod and of a template. Source: kubectl pkg/describe/describe.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.views.kubectl.snapshot import moment
from statesim.views.kubectl.words import NONE, UNSET, flag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statesim.views.kubectl.tabs import Lines

    Document = Mapping[str, Any]


def containers(
    lines: Lines,
    title: str,
    specs: Sequence[Document],
    statuses: Sequence[Document] | None,
    pod: Document | None = None,
    *,
    indent: str = "",
) -> None:
    """Add containers under a title; with what is known of them if they are a pod's."""
    known = {row["name"]: row for row in statuses or ()}
    lines.add(0, f"{indent}{title}:")
    for spec in specs:
        status = known.get(spec["name"])
        lines.add(1, f"{' ' if indent else ''}{spec['name']}:")
        _image(lines, spec, status)
        for key, word in (("command", "Command"), ("args", "Args")):
            if spec.get(key):
                lines.add(2, f"{word}:")
                for part in spec[key]:
                    for row in str(part).split("\n"):
                        lines.add(3, row)
        if status is not None:
            _state(lines, status)
        _resources(lines, spec.get("resources", {}))
        for key, word in (
            ("livenessProbe", "Liveness"),
            ("readinessProbe", "Readiness"),
            ("startupProbe", "Startup"),
        ):
            if key in spec:
                lines.add(2, f"{word}:\t{probe(spec[key])}")
        _environment(lines, spec, pod)
        _mounts(lines, spec)


def _image(lines: Lines, spec: Document, status: Document | None) -> None:
    if status is not None:
        lines.add(2, f"Container ID:\t{status.get('containerID', '')}")
    lines.add(2, f"Image:\t{spec['image']}")
    if status is not None:
        lines.add(2, f"Image ID:\t{status['imageID']}")
    for word, key in (("Port", "containerPort"), ("Host Port", "hostPort")):
        rows = [f"{port.get(key, 0)}/{port.get('protocol', 'TCP')}" for port in spec.get("ports", ())]
        lines.add(2, f"{word}{'s' if len(rows) > 1 else ''}:\t{', '.join(rows) or NONE}")


def _state(lines: Lines, status: Document) -> None:
    _one_state(lines, "State", status["state"])
    if "terminated" in status.get("lastState", {}):
        _one_state(lines, "Last State", status["lastState"])
    lines.add(2, f"Ready:\t{status['ready']}")
    lines.add(2, f"Restart Count:\t{status['restartCount']}")


def _one_state(lines: Lines, title: str, state: Document) -> None:
    if "running" in state:
        lines.add(2, f"{title}:\tRunning")
        lines.add(3, f"Started:\t{moment(state['running']['startedAt'])}")
    elif "terminated" in state:
        ended = state["terminated"]
        lines.add(2, f"{title}:\tTerminated")
        if ended.get("reason"):
            lines.add(3, f"Reason:\t{ended['reason']}")
        lines.add(3, f"Exit Code:\t{ended['exitCode']}")
        lines.add(3, f"Started:\t{moment(ended['startedAt'])}")
        lines.add(3, f"Finished:\t{moment(ended['finishedAt'])}")
    else:
        lines.add(2, f"{title}:\tWaiting")
        if state.get("waiting", {}).get("reason"):
            lines.add(3, f"Reason:\t{state['waiting']['reason']}")


def _resources(lines: Lines, resources: Document) -> None:
    for key, word in (("limits", "Limits"), ("requests", "Requests")):
        if resources.get(key):
            lines.add(2, f"{word}:")
            for name, amount in sorted(resources[key].items()):
                lines.add(3, f"{name}:\t{amount}")


def probe(said: Document) -> str:
    """Return a probe on one line (DescribeProbe)."""
    attributes = (
        f"delay={said.get('initialDelaySeconds', 0)}s timeout={said['timeoutSeconds']}s "
        f"period={said['periodSeconds']}s #success={said['successThreshold']} "
        f"#failure={said['failureThreshold']}"
    )
    if "exec" in said:
        what = f"exec [{' '.join(map(str, (said['exec'] or {}).get('command', ())))}]"
    elif "httpGet" in said:
        get = said["httpGet"]
        what = f"http-get {get['scheme'].lower()}://{get.get('host', '')}:{get['port']}{get['path']}"
    elif "tcpSocket" in said:
        what = f"tcp-socket {said['tcpSocket'].get('host', '')}:{said['tcpSocket']['port']}"
    elif "grpc" in said:
        what = f"grpc <pod>:{said['grpc']['port']} {said['grpc'].get('service', '')}"
    else:
        what = "unknown"
    return f"{what} {attributes}"


def _environment(lines: Lines, spec: Document, pod: Document | None) -> None:
    sources = spec.get("envFrom", ())
    if sources:
        lines.add(2, "Environment Variables from:")
    for row in sources:
        kind, key = ("ConfigMap", "configMapRef") if "configMapRef" in row else ("Secret", "secretRef")
        of = row.get(key, {})
        prefix = f" with prefix '{row['prefix']}'" if row.get("prefix") else ""
        optional = flag(of.get("optional"))
        lines.add(3, f"{of.get('name', '')}\t{kind}{prefix}\tOptional: {optional}")
    rows = spec.get("env", ())
    lines.add(2, "Environment:" + ("" if rows else "\t<none>"))
    for row in rows:
        source = row.get("valueFrom")
        if source is None:
            first, *more = str(row.get("value", "")).split("\n")
            lines.add(3, f"{row['name']}:\t{first}")
            for rest in more:
                lines.add(3, f"\t{rest}")
        else:
            lines.add(3, f"{row['name']}:\t{_from(source, pod)}")


def _from(source: Document, pod: Document | None) -> str:
    if "fieldRef" in source:
        path = source["fieldRef"]["fieldPath"]
        value = "" if pod is None else str(pod["metadata"].get(path.removeprefix("metadata."), ""))
        return f"{value} ({source['fieldRef'].get('apiVersion', 'v1')}:{path})"
    if "resourceFieldRef" in source:
        return f" ({source['resourceFieldRef']['resource']})"
    kind, word = ("secretKeyRef", "secret") if "secretKeyRef" in source else ("configMapKeyRef", "config map")
    of = source.get(kind, {})
    optional = flag(of.get("optional"))
    return f"<set to the key '{of.get('key')}' in {word} '{of.get('name')}'>\tOptional: {optional}".replace(
        "in config map", "of config map"
    )


def _mounts(lines: Lines, spec: Document) -> None:
    rows = sorted(spec.get("volumeMounts", ()), key=lambda row: str(row["mountPath"]))
    lines.add(2, "Mounts:" + ("" if rows else "\t<none>"))
    for row in rows:
        flags = "ro" if row.get("readOnly") else "rw"
        if row.get("subPath"):
            flags += f',path="{row["subPath"]}"'
        lines.add(3, f"{row['mountPath']} from {row['name']} ({flags})")


def volumes(lines: Lines, rows: Sequence[Document], *, indent: str = "") -> None:
    """Add a pod's volumes (describeVolumes)."""
    if not rows:
        lines.add(0, f"{indent}Volumes:\t<none>")
        return
    lines.add(0, f"{indent}Volumes:")
    for row in rows:
        lines.add(1, f"{' ' if indent else ''}{row['name']}:")
        source = next((key for key in row if key != "name"), "")
        for text in _source(source, row.get(source) or {}):
            lines.add(2, text)


def _source(kind: str, said: Document) -> list[str]:
    optional = flag(said.get("optional"))
    match kind:
        case "persistentVolumeClaim":
            what = "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)"
            read_only = flag(said.get("readOnly"))
            return [f"Type:\t{what}", f"ClaimName:\t{said['claimName']}", f"ReadOnly:\t{read_only}"]
        case "emptyDir":
            what = "EmptyDir (a temporary directory that shares a pod's lifetime)"
            limit = said.get("sizeLimit", UNSET)
            return [f"Type:\t{what}", f"Medium:\t{said.get('medium', '')}", f"SizeLimit:\t{limit}"]
        case "configMap":
            what = "ConfigMap (a volume populated by a ConfigMap)"
            return [f"Type:\t{what}", f"Name:\t{said.get('name', '')}", f"Optional:\t{optional}"]
        case "secret":
            what = "Secret (a volume populated by a Secret)"
            return [f"Type:\t{what}", f"SecretName:\t{said.get('secretName', '')}", f"Optional:\t{optional}"]
        case "hostPath":
            what = "HostPath (bare host directory volume)"
            return [
                f"Type:\t{what}",
                f"Path:\t{said.get('path', '')}",
                f"HostPathType:\t{said.get('type', '')}",
            ]
        case "projected":
            return [
                "Type:\tProjected (a volume that contains injected data from multiple sources)",
                *_projected(said),
            ]
        case _:
            return ["<unknown>"]


def _projected(said: Document) -> list[str]:
    rows = []
    for source in said.get("sources", ()):
        if "serviceAccountToken" in source:
            rows.append(
                f"TokenExpirationSeconds:\t{source['serviceAccountToken'].get('expirationSeconds', 3600)}"
            )
        elif "configMap" in source:
            optional = flag(source["configMap"].get("optional"))
            rows.append(f"ConfigMapName:\t{source['configMap'].get('name', '')}")
            rows.append(f"Optional:\t{optional}")
        elif "secret" in source:
            rows.append(f"SecretName:\t{source['secret'].get('name', '')}")
        elif "downwardAPI" in source:
            rows.append("DownwardAPI:\ttrue")
    return rows
