"""What manifests say of each other: what the API server refuses, and what then waits for ever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from statesim.scenario.constraints import SYSTEM_PRIORITY_CLASSES
from statesim.scenario.images import fits, repository
from statesim.scenario.specs import (
    ClaimSpec,
    DeploymentSpec,
    DisruptionBudgetSpec,
    LabelSelector,
    PodSpec,
    ServiceSpec,
    StatefulSetSpec,
    StorageClassSpec,
)
from statesim.scenario.versions import Features
from statesim.scenario.where import finding
from statesim.scenario.words import did_you_mean, nearest
from statesim.scenario.workload_specs import ReplicaSetSpec

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from statesim.errors import Finding
    from statesim.scenario.inventory import Inventory
    from statesim.scenario.manifests import Placed
    from statesim.scenario.schema import Scenario
    from statesim.scenario.specs import Manifest
    from statesim.scenario.where import Path, Where

GATED_SET_FIELDS = {
    "MaxUnavailableStatefulSet": ("spec", "updateStrategy", "rollingUpdate", "maxUnavailable"),
    "StatefulSetMinReadySeconds": ("spec", "minReadySeconds"),
    "StatefulSetStartOrdinal": ("spec", "ordinals"),
    "StatefulSetAutoDeletePVC": ("spec", "persistentVolumeClaimRetentionPolicy"),
}
# labels that pods get from their controllers, besides those of their template
ADDED_LABELS = (
    "apps.kubernetes.io/pod-index",
    "controller-revision-hash",
    "pod-template-hash",
    "statefulset.kubernetes.io/pod-name",
)


class Agreement:
    """Checks one variant's manifests; what is refused goes to `errors`, what is doubtful to `warnings`."""

    def __init__(self, scenario: Scenario, inventory: Inventory) -> None:
        cluster = scenario.cluster
        self._scenario = scenario
        self._known = inventory
        self._version = cluster.kubernetes
        self._features = Features.for_version(cluster.kubernetes, cluster.feature_gates)
        self._systems = bool(scenario.systems)
        self.errors: list[Finding] = []
        self.warnings: list[Finding] = []

    def check(self, placed: Sequence[Placed]) -> None:
        """Check all manifests, each where it stands."""
        for manifest, where in placed:
            self._manifest(manifest, where)

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
            case ServiceSpec():
                self._selecting(spec, where)
            case DisruptionBudgetSpec():
                self._protecting(manifest, spec, where)

    def _dropped(self, manifest: Manifest, where: Where) -> None:
        """Tell of fields that the version's API server takes away without a word.

        Source: pkg/registry/apps/statefulset/strategy.go: dropStatefulSetDisabledFields.
        """
        for gate, path in GATED_SET_FIELDS.items():
            value: Any = manifest.raw
            for key in path:
                value = value.get(key) if isinstance(value, Mapping) else None
            if value is not None and not self._features.on(gate):
                message = f"Kubernetes {self._version} ignores it: the feature gate {gate} is off"
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

    def _selecting(self, spec: ServiceSpec, where: Where) -> None:
        """Warn of a Service that selects nothing."""
        added = self._added(spec.selector or {})
        fixed = {key: value for key, value in (spec.selector or {}).items() if key not in added}
        if not self._known.carried(fixed):
            message = "no pod is made with these labels: the Service has no endpoints"
            self.warnings.append(finding(where, ("spec", "selector"), message))

    def _protecting(self, manifest: Manifest, spec: DisruptionBudgetSpec, where: Where) -> None:
        """Warn of a budget that protects nothing; one that says so in its selector is warned of already."""
        if not (manifest.raw.get("spec") or {}).get("selector"):
            return
        chosen = spec.selector
        added = self._added({*chosen.match_labels, *(row.key for row in chosen.match_expressions)})
        fixed = LabelSelector(
            {key: value for key, value in chosen.match_labels.items() if key not in added},
            tuple(row for row in chosen.match_expressions if row.key not in added),
        )
        if not self._known.selected(fixed):
            message = "no pod is made with these labels: the budget protects nobody"
            self.warnings.append(finding(where, ("spec", "selector"), message))

    def _added(self, keys: Collection[str]) -> set[str]:
        """Return the labels that pods get later; a system may put on some that no manifest has."""
        added = set(ADDED_LABELS)
        if self._systems:
            added |= set(keys) - {key for labels in self._known.labels() for key in labels}
        return added

    def _pod(self, pod: PodSpec, where: Where, path: Path) -> None:
        self._claims(pod, where, (*path, "volumes"))
        self._hooks(pod, where, path)
        self._images(pod, where, path)
        name = pod.priority_class
        if name is None or name in SYSTEM_PRIORITY_CLASSES:
            return
        known = self._known.named("PriorityClass")
        if name not in known:
            message = f"there is no PriorityClass {name}: the API server refuses the pods"
            hint = did_you_mean(name, [*known, *SYSTEM_PRIORITY_CLASSES])
            self.warnings.append(finding(where, (*path, "priorityClassName"), message, hint))

    def _images(self, pod: PodSpec, where: Where, path: Path) -> None:
        """Warn of an image that no pattern fits, where a pattern that fits none has nearly its name."""
        patterns = self._scenario.images
        every = self._known.images()
        idle = {repository(each): each for each in patterns if not any(fits(image, each) for image in every)}
        for key in ("containers", "initContainers"):
            for i, container in enumerate(pod.raw.get(key, ())):
                image = str(container.get("image", ""))
                near = nearest(repository(image), idle)
                if near is not None and not any(fits(image, each) for each in patterns):
                    message = f"no images: pattern matches {image}; it is taken to run with the defaults"
                    hint = f"did you mean {near}, as in {idle[near]}?"
                    self.warnings.append(finding(where, (*path, key, i, "image"), message, hint))

    def _hooks(self, pod: PodSpec, where: Where, path: Path) -> None:
        """Refuse hooks that a version does not know: without the field, a hook does nothing and is not valid.

        Source: KEP-3960; pkg/api/pod/util.go: dropDisabledFields; pkg/apis/core/validation: validateHandler.
        """
        if self._features.on("PodLifecycleSleepAction"):
            return
        for i, container in enumerate(pod.raw.get("containers", ())):
            for hook, handler in (container.get("lifecycle") or {}).items():
                if isinstance(handler, Mapping) and "sleep" in handler:
                    message = f"the API server of Kubernetes {self._version} does not know sleep"
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
            message = f"the API server of Kubernetes {self._version} does not know ReadWriteOncePod"
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
