"""What exists in one variant of a scenario, and what may exist because it could not be read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from statesim.scenario.manifests import KINDS, Notes, parse_manifest
from statesim.scenario.partial import Unread
from statesim.scenario.patching import strategic_patch
from statesim.scenario.rows import WORKLOADS
from statesim.scenario.specs import DeploymentSpec, PodSpec, StatefulSetSpec
from statesim.scenario.targets import Ref
from statesim.scenario.timeline import Apply, Patch, Scale, SetImage
from statesim.scenario.where import Nowhere
from statesim.scenario.workload_specs import ReplicaSetSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from statesim.errors import Finding
    from statesim.scenario.schema import Row, Scenario
    from statesim.scenario.specs import LabelSelector, Manifest, NodeSpec, PodTemplate

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")


class Inventory:
    """What exists in one variant at some time of its run.

    Parameters
    ----------
    known
        Objects that will exist although the scenario cannot tell.
    broken
        Documents of objects that could not be read; an empty one may be any object.

    Attributes
    ----------
    manifests
        The objects that are described, by ``Kind/name``; the latest description of each.
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
        broken: Sequence[Any] = (),
    ) -> None:
        self.nodes = dict(nodes)
        self.zones = sorted({spec.zone for spec in self.nodes.values() if spec.zone})
        self._scenario = scenario
        self.systems = [row.name for row in scenario.systems]
        self._broken = [_described(raw) for raw in broken]
        self._resized = [name for row in scenario.timeline for name in _resized(row)]
        self._images = [row.image for row in scenario.timeline if isinstance(row, SetImage) and row.image]
        applied = [m for row in scenario.timeline if isinstance(row, Apply) for m in row.manifests or ()]
        # what a later apply makes smaller was there before
        self._every = [*classes, *manifests, *applied]
        self.manifests = {manifest.key: manifest for manifest in self._every}
        self.objects = {*self.manifests, *(f"Node/{name}" for name in self.nodes), *known}
        self.bare = scenario.containers
        for row in self.bare:
            self.objects.update(f"Container/{name}" for name in (row.name, *row.members))
        for manifest in self._every:
            if isinstance(manifest.spec, StatefulSetSpec):
                self.objects.update(_members(manifest.name, manifest.spec, _most(scenario, manifest)))
        patches = [self.patched(row)[0] for row in scenario.timeline if isinstance(row, Patch)]
        self._every += [manifest for manifest in patches if manifest is not None]

    def named(self, kind: str) -> list[str]:
        """Return the names of all objects of a kind."""
        return sorted(key.partition("/")[2] for key in self.objects if key.startswith(f"{kind}/"))

    def labels(self) -> Iterator[Mapping[str, str]]:
        """Yield the labels that pods are made with."""
        for manifest in self._every:
            template = template_of(manifest)
            if template is not None:
                yield template.labels
            elif isinstance(manifest.spec, PodSpec):
                yield manifest.labels

    def carried(self, selector: Mapping[str, str]) -> bool:
        """Tell whether pods are made with these labels."""
        return any(selector.items() <= labels.items() for labels in self.labels())

    def selected(self, selector: LabelSelector) -> bool:
        """Tell whether pods are made that a selector selects."""
        return any(selector.matches(labels) for labels in self.labels())

    def images(self) -> set[str]:
        """Return the images of all containers that there ever are."""
        return {*self._images, *(row.image for row in self.bare)}.union(*map(images_of, self._every))

    def patched(self, row: Patch) -> tuple[Manifest | None, list[Finding]]:
        """Return an object as a patch leaves it (``None`` if not valid), and what is wrong with that."""
        old = self.manifests.get(row.on.key) if row.on else None
        if old is None or not row.patch:
            return None, []
        notes = Notes()
        return parse_manifest(strategic_patch(old.raw, row.patch), notes, Nowhere()), notes.errors

    def pods_at_most(self, workload: str) -> int | None:
        """Return the most pods that a workload ever has; ``None`` = that cannot be told."""
        manifest = self.manifests.get(workload)
        if manifest is None or {manifest.name, None} & set(self._resized):
            return None
        return _most(self._scenario, manifest)

    def pods_of(self, workload: str) -> list[str] | None:
        """Return the names of all pods that a workload ever has; ``None`` = chance gives them."""
        kind, _, name = workload.partition("/")
        if kind == "Container":
            return [member for row in self.bare if row.name == name for member in row.members]
        if kind != "StatefulSet" or {name, None} & set(self._resized):
            return None
        return [pod for pod in self.named("Pod") if _is_member(name, "Pod", pod)]

    # -- what could not be read ----------------------------------------------------------------------------

    def may_be(self, key: str) -> bool:
        """Tell whether something that could not be read may be, or make, the object ``Kind/name``."""
        kind, _, name = key.partition("/")
        return any(
            (its_kind in (None, kind) and its_name in (None, name))
            or (its_kind in (None, "StatefulSet") and _is_member(its_name, kind, name))
            for its_kind, its_name in self._broken
        ) or any(_is_member(owner, kind, name) for owner in self._resized)

    def unsure(self, *kinds: str) -> bool:
        """Tell whether there may be more objects of one of these kinds than were read."""
        return any(kind is None or kind in kinds for kind, _ in self._broken)


def images_of(manifest: Manifest) -> set[str]:
    """Return the images of the containers that an object makes, or has."""
    template = template_of(manifest)
    pod = template.spec if template is not None else manifest.spec
    if not isinstance(pod, PodSpec):
        return set()
    return {container.image for container in (*pod.containers, *pod.init_containers)}


def template_of(manifest: Manifest) -> PodTemplate | None:
    """Return the pod template of a workload, ``None`` for other objects."""
    spec = manifest.spec
    return spec.template if isinstance(spec, DeploymentSpec | StatefulSetSpec | ReplicaSetSpec) else None


def _most(scenario: Scenario, manifest: Manifest) -> int:
    """Return the most replicas that a StatefulSet or a Deployment has in the course of a scenario."""
    counts = [manifest.spec.replicas] if isinstance(manifest.spec, StatefulSetSpec | DeploymentSpec) else [0]
    for row in scenario.timeline:
        if not isinstance(row, Scale | Patch) or not row.on or row.on.key != manifest.key:
            continue
        if isinstance(row, Scale):
            counts.append(row.replicas or 0)
        else:
            spec = (row.patch or {}).get("spec")
            replicas = spec.get("replicas") if isinstance(spec, dict) else None
            counts += [replicas] if isinstance(replicas, int) else []
    return max(counts)


def _members(name: str, spec: StatefulSetSpec, replicas: int) -> Iterator[str]:
    for ordinal in range(spec.start_ordinal, spec.start_ordinal + replicas):
        yield f"Pod/{name}-{ordinal}"
        for claim in spec.claim_templates:
            yield f"PersistentVolumeClaim/{claim.name}-{name}-{ordinal}"


def _is_member(owner: str | None, kind: str, name: str) -> bool:
    """Tell whether an object may be a pod, or a claim, of a StatefulSet (of any if ``None``)."""
    of_set = ".+" if owner is None else re.escape(owner)
    if kind == "Pod":
        return re.fullmatch(rf"{of_set}-\d+", name) is not None
    return kind == "PersistentVolumeClaim" and re.fullmatch(rf".+-{of_set}-\d+", name) is not None


def _resized(row: Row) -> list[str | None]:
    """Return whose size a row that could not be read in full may change (``None`` = any set's)."""
    sized = row.replicas if isinstance(row, Scale) else row.patch if isinstance(row, Patch) else None
    if not isinstance(row, Scale | Patch | Unread) or (row.on is not None and sized is not None):
        return []
    if row.on is None:
        return [None]
    return [row.on.name] if isinstance(row.on, Ref) and row.on.kind in WORKLOADS else []


def _described(raw: Any) -> tuple[str | None, str | None]:
    """Return kind and name of a document that is wrong somewhere, ``None`` for what it does not tell."""
    data = raw if isinstance(raw, dict) else {}
    kind, meta = data.get("kind"), data.get("metadata")
    name = meta.get("name") if isinstance(meta, dict) else None
    readable = isinstance(name, str) and _NAME.fullmatch(name)
    known = isinstance(kind, str) and kind in KINDS
    return kind if known else None, name if readable else None
