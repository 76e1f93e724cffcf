"""A scenario's own cluster as what faults are drawn over: its machines, zones, workloads and systems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statesim.scenario.specs import DeploymentSpec, StatefulSetSpec

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from statesim.scenario.load import VariantScenario
    from statesim.scenario.schema import SystemBinding
    from statesim.scenario.specs import Manifest


@dataclass(frozen=True, slots=True)
class Target:
    """A workload of the scenario; see `storm_weather.Workload`.

    Attributes
    ----------
    first
        The ordinal of its first pod.
    primary, replica
        Whether its system has a primary, and replicas, when all is well: what ``primaryOf`` can mean.
    """

    kind: str
    name: str
    replicas: int
    image: str
    volume: str
    claim_name: str
    system: str | None
    system_name: str | None
    labels: Mapping[str, str]
    raw: Mapping[str, Any]
    first: int = 0
    primary: bool = False
    replica: bool = False

    @property
    def key(self) -> str:
        """Return ``Kind/name``."""
        return f"{self.kind}/{self.name}"

    @property
    def most(self) -> int:
        """Return to how many replicas it may be scaled: one more than it has."""
        return self.replicas + 1

    @property
    def pods(self) -> list[str]:
        """Return its pods as targets, ``Pod/db-0``; none where chance gives the names."""
        if self.kind != "StatefulSet":
            return []
        return [f"Pod/{self.name}-{ordinal}" for ordinal in range(self.first, self.first + self.replicas)]

    def claim(self, ordinal: int) -> str:
        """Return the name of a pod's claim, or of the one that all share."""
        if self.volume == "one":
            return self.claim_name
        return f"{self.claim_name}-{self.name}-{self.first + ordinal}"

    def manifest(self) -> dict[str, Any]:
        """Return the Kubernetes object."""
        return dict(self.raw)


@dataclass(frozen=True, slots=True)
class OwnTown:
    """What a scenario has; see `storm_weather.Town`.

    Attributes
    ----------
    nodes
        The zone of each machine, by its name.
    """

    nodes: Mapping[str, str]
    workloads: tuple[Target, ...]

    @property
    def machines(self) -> tuple[str, ...]:
        """Return the names of all nodes."""
        return tuple(self.nodes)

    @property
    def zones(self) -> tuple[str, ...]:
        """Return the names of the zones."""
        return tuple(dict.fromkeys(zone for zone in self.nodes.values() if zone))

    @property
    def roles(self) -> list[dict[str, str]]:
        """Return the targets that mean a primary."""
        return [{"primaryOf": w.system_name} for w in self.workloads if w.primary and w.system_name]


def own_town(
    variant: VariantScenario, primaries: Collection[str] = (), replicas: Collection[str] = ()
) -> OwnTown:
    """Return what the scenario of a variant has.

    Parameters
    ----------
    primaries, replicas
        The names of the systems that have a primary, or replicas, when all is well.
    """
    bound = {row.workload: row for row in variant.scenario.systems}
    workloads = tuple(
        _target(manifest, bound.get(manifest.key), primaries, replicas)
        for manifest in variant.manifests
        if isinstance(manifest.spec, DeploymentSpec | StatefulSetSpec) and manifest.spec.replicas > 0
    )
    return OwnTown({name: spec.zone for name, spec in variant.nodes}, workloads)


def _target(
    manifest: Manifest,
    system: SystemBinding | None,
    primaries: Collection[str],
    replicas: Collection[str],
) -> Target:
    spec = manifest.spec
    assert isinstance(spec, DeploymentSpec | StatefulSetSpec)
    shared = spec.template.spec.claims
    own = spec.claim_templates if isinstance(spec, StatefulSetSpec) else ()
    name = None if system is None else system.name
    return Target(
        kind=manifest.kind,
        name=manifest.name,
        replicas=spec.replicas,
        image=spec.template.spec.containers[0].image.partition(":")[0],
        volume="each" if own else "one" if shared else "",
        claim_name=own[0].name if own else shared[0] if shared else "",
        system=None if system is None else system.kind,
        system_name=name,
        labels=dict(spec.template.labels),
        raw=manifest.raw,
        first=spec.start_ordinal if isinstance(spec, StatefulSetSpec) else 0,
        primary=name in primaries,
        replica=name in replicas,
    )
