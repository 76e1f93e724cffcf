"""Does what a scenario names exist? Every reference against the objects, nodes and systems of one variant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from statesim.scenario.complaints import finding
from statesim.scenario.constraints import SYSTEM_PRIORITY_CLASSES
from statesim.scenario.manifests import Notes, Placed, parse_manifest
from statesim.scenario.patching import strategic_patch
from statesim.scenario.positions import Nowhere
from statesim.scenario.specs import (
    ClaimSpec,
    DeploymentSpec,
    PodSpec,
    ServiceSpec,
    StatefulSetSpec,
    StorageClassSpec,
)
from statesim.scenario.targets import AnyNode, AnyPod, NodeOf, PrimaryOf, Ref, ReplicaOf, Zone
from statesim.scenario.timeline import Apply, Patch, Scale, SetImage
from statesim.scenario.versions import Features
from statesim.scenario.words import did_you_mean, nearest
from statesim.scenario.workload_specs import ReplicaSetSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.errors import Finding
    from statesim.scenario.positions import Path, Where
    from statesim.scenario.schema import Scenario
    from statesim.scenario.specs import Manifest, NodeSpec, PodTemplate
    from statesim.scenario.targets import Target

GATED_SET_FIELDS = {
    "MaxUnavailableStatefulSet": ("spec", "updateStrategy", "rollingUpdate", "maxUnavailable"),
    "StatefulSetMinReadySeconds": ("spec", "minReadySeconds"),
    "StatefulSetStartOrdinal": ("spec", "ordinals"),
    "StatefulSetAutoDeletePVC": ("spec", "persistentVolumeClaimRetentionPolicy"),
}
_ROOTS = ("clients", "events", "findings", "nodes", "systems", "volumes", "workloads")


class Inventory:
    """What exists in one variant at some time of its run.

    Attributes
    ----------
    objects
        ``Kind/name`` of everything that can be named.
    """

    def __init__(
        self,
        scenario: Scenario,
        manifests: Sequence[Manifest],
        classes: Sequence[Manifest],
        nodes: Sequence[tuple[str, NodeSpec]],
        known: Iterable[str] = (),
    ) -> None:
        self.manifests = {manifest.key: manifest for manifest in (*classes, *manifests)}
        first = tuple(self.manifests.values())  # what a later apply makes smaller was there before
        for row in scenario.timeline:
            if isinstance(row, Apply):
                self.manifests.update((manifest.key, manifest) for manifest in row.manifests)
        self.nodes = dict(nodes)
        self.zones = sorted({spec.zone for spec in self.nodes.values() if spec.zone})
        self.systems = [row.name for row in scenario.systems]
        self.objects = {*self.manifests, *(f"Node/{name}" for name in self.nodes), *known}
        for manifest in (*first, *self.manifests.values()):
            if isinstance(manifest.spec, StatefulSetSpec):
                self.objects.update(_members(manifest.name, manifest.spec, _most(scenario, manifest)))

    def named(self, kind: str) -> list[str]:
        """Return the names of all objects of a kind."""
        return sorted(key.partition("/")[2] for key in self.objects if key.startswith(f"{kind}/"))

    def labels(self) -> Iterable[Mapping[str, str]]:
        """Return the labels that pods are made with."""
        for manifest in self.manifests.values():
            template = template_of(manifest)
            if template is not None:
                yield template.labels
            elif isinstance(manifest.spec, PodSpec):
                yield manifest.labels


def template_of(manifest: Manifest) -> PodTemplate | None:
    """Return the pod template of a workload, ``None`` for other objects."""
    spec = manifest.spec
    return spec.template if isinstance(spec, DeploymentSpec | StatefulSetSpec | ReplicaSetSpec) else None


def _most(scenario: Scenario, manifest: Manifest) -> int:
    """Return the most replicas that a StatefulSet has in the course of a scenario."""
    counts = [manifest.spec.replicas] if isinstance(manifest.spec, StatefulSetSpec) else [0]
    for row in scenario.timeline:
        if isinstance(row, Scale) and row.on.key == manifest.key:
            counts.append(row.replicas)
        elif isinstance(row, Patch) and row.on.key == manifest.key:
            spec = row.patch.get("spec")
            replicas = spec.get("replicas") if isinstance(spec, dict) else None
            counts += [replicas] if isinstance(replicas, int) else []
        elif isinstance(row, Apply):
            specs = [other.spec for other in row.manifests if other.key == manifest.key]
            counts += [spec.replicas for spec in specs if isinstance(spec, StatefulSetSpec)]
    return max(counts)


def _members(name: str, spec: StatefulSetSpec, replicas: int) -> Iterable[str]:
    for ordinal in range(spec.start_ordinal, spec.start_ordinal + replicas):
        yield f"Pod/{name}-{ordinal}"
        for claim in spec.claim_templates:
            yield f"PersistentVolumeClaim/{claim.name}-{name}-{ordinal}"


class References:
    """Checks one variant; what does not exist goes to `errors`, what is doubtful to `warnings`."""

    def __init__(self, scenario: Scenario, inventory: Inventory, where: Where) -> None:
        self._scenario = scenario
        self._known = inventory
        self._where = where
        cluster = scenario.cluster
        self._features = Features.for_version(cluster.kubernetes, cluster.feature_gates)
        self.errors: list[Finding] = []
        self.warnings: list[Finding] = []

    def check(self, name: str, placed: Sequence[Placed]) -> None:
        """Check all that concerns the variant `name`, down to what its manifests say of each other."""
        scenario = self._scenario
        for i, system in enumerate(scenario.systems):
            self._exists(system.workload, ("systems", i, "workload"))
        for i, client in enumerate(scenario.clients):
            self._server(client.target, ("clients", i, "target"))
            if client.read_target is not None:
                self._server(client.read_target, ("clients", i, "readTarget"))
            if client.zone is not None:
                self._zone(client.zone, ("clients", i, "zone"))
        for i, row in enumerate(scenario.timeline):
            self._row(row, ("timeline", i))
        for i, expectation in enumerate(scenario.expect):
            if expectation.variant in {None, name}:
                self._metric(expectation.metric, ("expect", i, "metric"))
        for manifest, where in placed:
            self._manifest(manifest, where)

    def _wrong(self, path: Path, message: str, hint: str | None = None) -> None:
        self.errors.append(finding(self._where, path, message, hint))

    def _server(self, key: str, path: Path) -> None:
        """Check whom a client talks to: a pod needs a name, and has one only as its subdomain's."""
        self._exists(key, path)
        manifest = self._known.manifests.get(key)
        if manifest is not None and isinstance(manifest.spec, PodSpec) and not manifest.spec.subdomain:
            message = f"{key} has no DNS name: nobody finds it"
            self.warnings.append(finding(self._where, path, message, "hostname and subdomain give it one"))

    # -- the timeline ----------------------------------------------------------------------------------

    def _row(self, row: Any, path: Path) -> None:
        if row.at_us is not None and row.at_us >= self._scenario.duration_us:
            self.warnings.append(
                finding(self._where, (*path, "at"), "never happens: the scenario ends before")
            )
        before = len(self.errors)
        on = getattr(row, "on", None)
        if on is not None:
            self._target(on, (*path, "on"))
        away_from = getattr(row, "away_from", None)
        if away_from is not None and not isinstance(away_from, str):
            self._target(away_from, (*path, "from"))
        if len(self.errors) > before:
            return
        if isinstance(row, SetImage) and row.container is not None:
            template = template_of(self._known.manifests[row.on.key])
            names = [container.name for container in template.spec.containers] if template else []
            if row.container not in names:
                message = f"{row.on.key} has no container {row.container}"
                self._wrong((*path, "container"), message, did_you_mean(row.container, names))
        elif isinstance(row, Patch) and row.on.key in self._known.manifests:
            self._patch(row, path)

    def _patch(self, row: Patch, path: Path) -> None:
        notes = Notes()
        parse_manifest(strategic_patch(self._known.manifests[row.on.key].raw, row.patch), notes, Nowhere())
        for found in notes.errors:
            self._wrong((*path, "patch"), f"the API server would refuse it: {found.message}", found.hint)

    def _target(self, target: Target, path: Path) -> None:
        match target:
            case Ref():
                self._exists(target.key, path)
            case NodeOf(ref):
                self._exists(ref.key, (*path, "nodeOf"))
            case PrimaryOf(system) | ReplicaOf(system):
                if system not in self._known.systems:
                    hint = did_you_mean(system, self._known.systems)
                    self._wrong(path, f"there is no system {system}", hint)
            case Zone(zone):
                self._zone(zone, path)
            case AnyNode(zone, labels):
                if zone is not None:
                    self._zone(zone, path)
                if not any(labels.items() <= spec.labels.items() for spec in self._known.nodes.values()):
                    self._wrong(path, "no node carries these labels")
            case AnyPod(selector):
                if not any(selector.items() <= labels.items() for labels in self._known.labels()):
                    self._wrong(path, "no pod is made with these labels")

    def _zone(self, zone: str, path: Path) -> None:
        if zone not in self._known.zones:
            self._wrong(path, f"there is no zone {zone}", did_you_mean(zone, self._known.zones))

    def _exists(self, key: str, path: Path) -> None:
        if key in self._known.objects:
            return
        kind, _, name = key.partition("/")
        names = self._known.named(kind)
        hint = did_you_mean(name, names)
        owner = next(
            (
                f"{above}/{d}"
                for above in ("Deployment", "ReplicaSet")
                for d in self._known.named(above)
                if name.startswith(f"{d}-") or name == d
            ),
            None,
        )
        if kind == "Pod" and owner is not None:
            hint = f"pods of a {owner.partition('/')[0]} have names by chance: aim at {owner}"
        elif hint is None or not hint.startswith("did"):
            elsewhere = [other for other in self._known.objects if other.partition("/")[2] == name]
            hint = f"did you mean {min(elsewhere)}?" if elsewhere else hint
        elif nearest(name, names) is not None:
            hint = f"did you mean {kind}/{nearest(name, names)}?"
        self._wrong(path, f"there is no {key}", hint)

    # -- expectations ----------------------------------------------------------------------------------

    def _metric(self, metric: str, path: Path) -> None:
        root, _, rest = metric.partition(".")
        name = rest.partition(".")[0]
        known: list[str]
        match root:
            case "clients":
                known = [client.name for client in self._scenario.clients]
            case "systems":
                known = self._known.systems
            case "workloads":
                known = [
                    *self._known.named("Deployment"),
                    *self._known.named("StatefulSet"),
                    *self._known.named("ReplicaSet"),
                    *self._bare_pods(),
                ]
            case _:
                meant = nearest(root, _ROOTS)
                if root not in _ROOTS and meant is not None:
                    self._wrong(path, f"there are no metrics of {root}", f"did you mean {meant}?")
                return
        if name not in known:
            self._wrong(path, f"there is no {root[:-1]} {name}", did_you_mean(name, known))

    def _bare_pods(self) -> list[str]:
        return [m.name for m in self._known.manifests.values() if isinstance(m.spec, PodSpec)]

    # -- manifests among themselves: what the API server takes, and what then waits for ever -----------------

    def _manifest(self, manifest: Manifest, where: Where) -> None:
        spec = manifest.spec
        match spec:
            case StatefulSetSpec():
                self._dropped(manifest, where)
                self._serving(spec, where)
                for i, template in enumerate(spec.claim_templates):
                    self._storage(template.spec, where, ("spec", "volumeClaimTemplates", i, "spec"))
                self._pod(spec.template.spec, where, ("spec", "template", "spec"))
            case DeploymentSpec() | ReplicaSetSpec():
                self._pod(spec.template.spec, where, ("spec", "template", "spec"))
            case PodSpec():
                self._pod(spec, where, ("spec",))
            case ClaimSpec():
                self._storage(spec, where, ("spec",))

    def _dropped(self, manifest: Manifest, where: Where) -> None:
        """Tell of fields that the version's API server takes away without a word.

        Source: pkg/registry/apps/statefulset/strategy.go: dropStatefulSetDisabledFields.
        """
        for gate, path in GATED_SET_FIELDS.items():
            value: Any = manifest.raw
            for key in path:
                value = value.get(key) if isinstance(value, Mapping) else None
            if value is not None and not self._features.on(gate):
                version = self._scenario.cluster.kubernetes
                message = f"Kubernetes {version} ignores it: the feature gate {gate} is off"
                hint = f"cluster.featureGates: {{{gate}: true}}" if self._features.knows(gate) else None
                self.warnings.append(finding(where, path, message, hint))

    def _serving(self, spec: StatefulSetSpec, where: Where) -> None:
        service = self._known.manifests.get(f"Service/{spec.service_name}")
        if not spec.service_name:
            return
        path: Path = ("spec", "serviceName")
        if service is None:
            hint = did_you_mean(spec.service_name, self._known.named("Service"))
            message = f"there is no Service {spec.service_name}: the pods get no DNS names"
            self.warnings.append(finding(where, path, message, hint))
        elif isinstance(service.spec, ServiceSpec) and not service.spec.headless:
            message = f"Service {spec.service_name} is not headless: the pods get no DNS names"
            self.warnings.append(finding(where, path, message, "clusterIP: None"))

    def _pod(self, pod: PodSpec, where: Where, path: Path) -> None:
        self._claims(pod, where, (*path, "volumes"))
        self._hooks(pod, where, path)
        name = pod.priority_class
        if name is None or name in SYSTEM_PRIORITY_CLASSES:
            return
        known = self._known.named("PriorityClass")
        if name not in known:
            message = f"there is no PriorityClass {name}: the API server refuses the pods"
            hint = did_you_mean(name, [*known, *SYSTEM_PRIORITY_CLASSES])
            self.warnings.append(finding(where, (*path, "priorityClassName"), message, hint))

    def _hooks(self, pod: PodSpec, where: Where, path: Path) -> None:
        """Refuse hooks that a version does not know: without the field, a hook does nothing and is not valid.

        Source: KEP-3960; pkg/api/pod/util.go: dropDisabledFields; pkg/apis/core/validation: validateHandler.
        """
        if self._features.on("PodLifecycleSleepAction"):
            return
        version = self._scenario.cluster.kubernetes
        for i, container in enumerate(pod.raw.get("containers", ())):
            for hook, handler in (container.get("lifecycle") or {}).items():
                if isinstance(handler, Mapping) and "sleep" in handler:
                    message = f"the API server of Kubernetes {version} does not know sleep"
                    spot = (*path, "containers", i, "lifecycle", hook, "sleep")
                    self.errors.append(finding(where, spot, message, 'exec: {command: [sleep, "5"]}'))

    def _claims(self, pod: PodSpec, where: Where, path: Path) -> None:
        for i, volume in enumerate(pod.volumes):
            name = volume.claim_name
            if name is not None and f"PersistentVolumeClaim/{name}" not in self._known.objects:
                spot = (*path, i, "persistentVolumeClaim", "claimName")
                message = f"there is no PersistentVolumeClaim {name}: the pods wait for ever"
                hint = did_you_mean(name, self._known.named("PersistentVolumeClaim"))
                self.warnings.append(finding(where, spot, message, hint))

    def _storage(self, claim: ClaimSpec, where: Where, path: Path) -> None:
        features = self._features
        if "ReadWriteOncePod" in claim.access_modes and not features.on("ReadWriteOncePod"):
            version = self._scenario.cluster.kubernetes
            message = f"the API server of Kubernetes {version} does not know ReadWriteOncePod"
            hint = "featureGates: {ReadWriteOncePod: true}" if features.knows("ReadWriteOncePod") else None
            self.errors.append(finding(where, (*path, "accessModes"), message, hint))
        if claim.storage_class is None:
            specs = [manifest.spec for manifest in self._known.manifests.values()]
            if not any(isinstance(spec, StorageClassSpec) and spec.default for spec in specs):
                message = "names no StorageClass and none is the default: the claim waits for ever"
                self.warnings.append(finding(where, path, message))
        elif claim.storage_class and f"StorageClass/{claim.storage_class}" not in self._known.objects:
            message = f"there is no StorageClass {claim.storage_class}: the claim waits for ever"
            hint = did_you_mean(claim.storage_class, self._known.named("StorageClass"))
            self.warnings.append(finding(where, (*path, "storageClassName"), message, hint))
