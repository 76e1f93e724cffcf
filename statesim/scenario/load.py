"""From what the user wrote to what can be simulated, or to everything that is wrong with it, at once."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from statesim.errors import Finding, ScenarioError
from statesim.scenario.cluster import nodes
from statesim.scenario.complaints import complaints, finding, unknown_keys
from statesim.scenario.manifests import Notes, Placed, parse_manifest
from statesim.scenario.manifests.storage import DEFAULT_CLASS
from statesim.scenario.model import LOADING
from statesim.scenario.patching import merge_patch
from statesim.scenario.positions import Nowhere, Patched, read_yaml
from statesim.scenario.references import Inventory, References
from statesim.scenario.schema import Scenario
from statesim.scenario.sources import Files, parse_sources, read_text
from statesim.scenario.specs import Manifest, NodeSpec, StorageClassSpec
from statesim.scenario.timeline import Apply
from statesim.scenario.timings import Timings
from statesim.scenario.versions import Features
from statesim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from statesim.scenario.positions import Where
    from statesim.scenario.schema import Row, StorageClass

    SystemCheck = Callable[[str, Mapping[str, Any]], list[str]]

_API_VERSION = "statesim/v1"


@dataclass(frozen=True, slots=True)
class VariantScenario:
    """One variant, ready to be simulated.

    Attributes
    ----------
    scenario
        The scenario with the variant's patch applied; in its timeline `Apply.manifests` are parsed.
    manifests
        The objects to be created at the start, in order, without storage classes and nodes.
    storage_classes
        Those of the scenario, or the one that is called ``standard``.
    nodes
        Name and spec of every machine.
    timings
        How long the machinery takes.
    """

    name: str
    title: str
    scenario: Scenario
    manifests: tuple[Manifest, ...]
    storage_classes: tuple[Manifest, ...]
    nodes: tuple[tuple[str, NodeSpec], ...]
    timings: Timings
    features: Features
    warnings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """A scenario file that is in order: the scenario as written, its variants, and what is doubtful."""

    base: Scenario
    variants: tuple[VariantScenario, ...]
    warnings: tuple[Finding, ...] = ()

    def variant(self, name: str) -> VariantScenario:
        """Return the variant of that name.

        Raises
        ------
        ScenarioError
            If there is none.
        """
        for variant in self.variants:
            if variant.name == name:
                return variant
        hint = did_you_mean(name, [variant.name for variant in self.variants])
        raise ScenarioError([Finding(f"there is no variant {name}", hint=hint)])


def load(
    source: str | os.PathLike[str] | Mapping[str, Any] | Scenario,
    *,
    folder: Path | None = None,
    systems: SystemCheck | None = None,
    known: Collection[str] = (),
) -> Loaded:
    """Read a scenario, its manifests and its variants.

    Parameters
    ----------
    source
        A file's name, the text of a scenario (any text of several lines), plain data, or a `Scenario`.
    folder
        Where the manifests' files are looked for, if not beside the scenario's file.
    systems
        Says what is wrong with a system's kind and parameters; without it they are not looked at.
    known
        Objects that will exist although the scenario cannot tell: pods whose names chance gives.

    Raises
    ------
    ScenarioError
        With everything that is wrong, in the order of the files.
    """
    findings: list[Finding] = []
    raw, where, beside = _read(source, findings)
    if not isinstance(raw, dict):
        raise ScenarioError(findings)
    if not isinstance(where, Nowhere):
        _header(raw, where, findings)
    loader = _Loader(raw, where, Files(folder or beside), findings, systems, known)
    base = loader.validate(raw, where)
    variants = loader.variants(base)
    loader.expectations(base)
    if findings or base is None:
        raise ScenarioError(_in_order(findings))
    warnings = _in_order([warning for variant in variants for warning in variant.warnings])
    return Loaded(base, tuple(variants), _said_once(warnings))


def _read(source: Any, findings: list[Finding]) -> tuple[Any, Where, Path]:
    """Return the scenario as plain data, where it stands, and the folder of its files."""
    if isinstance(source, Scenario):
        return source.to_dict(), Nowhere(), Path()
    if not isinstance(source, str | os.PathLike):
        return dict(source), Nowhere(), Path()
    if isinstance(source, str) and "\n" in source:
        text, name, beside = source, "<scenario>", Path()
    else:
        file = Path(source)
        found = read_text(file, findings)
        if found is None:
            return None, Nowhere(), Path()
        text, name, beside = found, str(file), file.parent
    documents = read_yaml(text, name, findings)
    if findings and not documents:
        return None, Nowhere(), beside
    if len(documents) != 1:
        findings.append(Finding(f"expected one scenario, found {len(documents) or 'none'}", name))
        return None, Nowhere(), beside
    data = documents[0].data
    if not isinstance(data, dict):
        findings.append(Finding("expected a scenario: apiVersion, kind, metadata, …", name, 1, 1))
    return data, documents[0], beside


def _header(raw: dict[str, Any], where: Where, findings: list[Finding]) -> None:
    for key, value in (("apiVersion", _API_VERSION), ("kind", "Scenario")):
        if key not in raw:
            findings.append(finding(where, (), f"{key} is missing", f"write {key}: {value}"))


def _in_order(findings: list[Finding]) -> list[Finding]:
    """Return each finding once, by file, line and column."""
    unique = list(dict.fromkeys(findings))
    return sorted(unique, key=lambda found: (found.file or "", found.line or 0, found.column or 0))


def _said_once(warnings: list[Finding]) -> tuple[Finding, ...]:
    """Return the warnings; what is not simulated is named where it stands first."""
    first = {found.message: found for found in reversed(warnings)}
    known = [w for w in warnings if not w.message.endswith("not simulated") or first[w.message] is w]
    return tuple(known)


class _Loader:
    """Loads the variants of one scenario, and collects what is wrong with any of them."""

    def __init__(
        self,
        raw: dict[str, Any],
        where: Where,
        files: Files,
        findings: list[Finding],
        systems: SystemCheck | None,
        known: Collection[str],
    ) -> None:
        self._raw = raw
        self._systems = systems
        self._known = known
        self._where = where
        self._files = files
        self._findings = findings
        self._named: dict[Finding, list[str]] = {}  # what a variant refers to in vain -> the variants
        self._count = 0

    def validate(self, raw: Any, where: Where) -> Scenario | None:
        """Return the scenario that plain data describes; ``None`` (and findings) if it is wrong."""
        unknown = unknown_keys(Scenario, raw, where)
        self._findings += unknown
        try:
            scenario = Scenario.model_validate(raw, context=LOADING)
        except ValidationError as error:
            self._findings += complaints(error, Scenario, raw, where, strict_keys=True)
            return None
        return None if unknown else scenario

    def variants(self, base: Scenario | None) -> list[VariantScenario]:
        """Return the variants that are in order; a single one, ``default``, if none are declared."""
        world = {key: value for key, value in self._raw.items() if key != "variants"}
        rows = self._raw.get("variants") or []
        if not rows or not isinstance(rows, list):
            title = base.metadata.title if base else ""
            found = self._load("default", title, world, self._where)
            self._findings += self._named
            return found
        found = []
        for index, row in enumerate(rows):
            patch = row.get("patch", {}) if isinstance(row, dict) else None
            if not isinstance(patch, dict):
                continue
            name = str(row.get("name", index))
            where = Patched(self._where, ("variants", index, "patch"), patch)
            title = str(row.get("title") or name)
            found += self._load(name, title, merge_patch(world, patch), where)
        self._findings += self._by_variant()
        return found

    def _by_variant(self) -> list[Finding]:
        """Return what variants refer to in vain, each with their names unless it is so in all of them."""
        return [
            error
            if len(names) == self._count
            else replace(error, message=f"variant {', '.join(names)}: {error.message}")
            for error, names in self._named.items()
        ]

    def _load(self, name: str, title: str, raw: dict[str, Any], where: Where) -> list[VariantScenario]:
        """Return one variant, in a list of its own, or an empty list if something is wrong with it."""
        scenario = self.validate(raw, where)
        notes = Notes()
        placed = parse_sources(
            raw.get("manifests"), self._files, notes, self._findings, where, ("manifests",)
        )
        if scenario is not None:
            scenario = self._with_applied(scenario, notes, where)
        self._findings += notes.errors
        if scenario is None:
            return []
        for error in self._wrong_systems(scenario, where):
            self._named.setdefault(error, []).append(name)
        classes, machines, rest = _sorted_out(scenario, placed)
        references = References(scenario, Inventory(scenario, rest, classes, machines, self._known), where)
        references.check(name, placed)
        self._count += 1
        for error in references.errors:
            self._named.setdefault(error, []).append(name)
        if references.errors or notes.errors:
            return []
        warnings = tuple(_in_order([*notes.warnings, *references.warnings]))
        timings = Timings.for_version(scenario.cluster.kubernetes, scenario.cluster.timings)
        if scenario.cluster.disable_force_detach_on_timeout:
            timings = replace(timings, force_detach_us=None)
        features = Features.for_version(scenario.cluster.kubernetes, scenario.cluster.feature_gates)
        return [VariantScenario(name, title, scenario, rest, classes, machines, timings, features, warnings)]

    def _wrong_systems(self, scenario: Scenario, where: Where) -> list[Finding]:
        """Return what the drivers say about the kinds and parameters of the scenario's systems."""
        if self._systems is None:
            return []
        return [
            finding(where, ("systems", index, "parameters" if row.parameters else "kind"), message, None)
            for index, row in enumerate(scenario.systems)
            for message in self._systems(row.kind, row.parameters)
        ]

    def _with_applied(self, scenario: Scenario, notes: Notes, where: Where) -> Scenario:
        """Parse the manifests that the timeline applies."""
        rows: list[Row] = []
        for index, row in enumerate(scenario.timeline):
            if isinstance(row, Apply):
                path = ("timeline", index, "manifests")
                found = parse_sources(row.manifests, self._files, notes, self._findings, where, path)
                rows.append(row.model_copy(update={"manifests": tuple(manifest for manifest, _ in found)}))
            else:
                rows.append(row)
        return scenario.model_copy(update={"timeline": tuple(rows)})

    def expectations(self, base: Scenario | None) -> None:
        """Check that expectations name variants that exist."""
        if base is None:
            return
        names = [variant.name for variant in base.variants] or ["default"]
        for index, row in enumerate(base.expect):
            if row.variant is not None and row.variant not in names:
                path = ("expect", index, "variant")
                hint = did_you_mean(row.variant, names)
                self._findings.append(finding(self._where, path, f"there is no variant {row.variant}", hint))


def _sorted_out(
    scenario: Scenario, placed: list[Placed]
) -> tuple[tuple[Manifest, ...], tuple[tuple[str, NodeSpec], ...], tuple[Manifest, ...]]:
    """Return storage classes, nodes, and all other objects."""
    machines = dict(nodes(scenario.cluster))
    described = [manifest for manifest, _ in placed]
    machines.update((m.name, m.spec) for m in described if isinstance(m.spec, NodeSpec))
    classes = [manifest for manifest in described if isinstance(manifest.spec, StorageClassSpec)]
    names = {manifest.name for manifest in classes}
    rows = scenario.cluster.storage_classes
    alone = len(rows) == 1 and "default" not in rows[0].model_fields_set and not classes
    own = [_class_manifest(row, default=row.default or alone) for row in rows]
    if not own:
        own = [_standard(default=not any(_is_default(manifest) for manifest in classes))]
    storage = (*(manifest for manifest in own if manifest.name not in names), *classes)
    rest = tuple(m for m in described if not isinstance(m.spec, NodeSpec | StorageClassSpec))
    return storage, tuple(machines.items()), rest


def _is_default(manifest: Manifest) -> bool:
    return isinstance(manifest.spec, StorageClassSpec) and manifest.spec.default


def _standard(*, default: bool) -> Manifest:
    """Return the storage class that every cluster has that does not describe its own."""
    return _storage_class("standard", StorageClassSpec(default=default))


def _class_manifest(row: StorageClass, *, default: bool) -> Manifest:
    spec = StorageClassSpec(
        row.provisioner,
        row.volume_binding_mode,
        row.reclaim_policy,
        row.allow_volume_expansion,
        row.zones,
        default,
    )
    return _storage_class(row.name, spec, row.parameters)


def _storage_class(
    name: str, spec: StorageClassSpec, parameters: Mapping[str, str] | None = None
) -> Manifest:
    """Return the manifest that a person would have written for a storage class."""
    raw: dict[str, Any] = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name, "annotations": {DEFAULT_CLASS: "true" if spec.default else "false"}},
        "provisioner": spec.provisioner,
        "volumeBindingMode": spec.binding_mode,
        "reclaimPolicy": spec.reclaim_policy,
        "allowVolumeExpansion": spec.allow_expansion,
    }
    if parameters:
        raw["parameters"] = dict(parameters)
    if spec.zones:
        rule = {"key": "topology.kubernetes.io/zone", "values": list(spec.zones)}
        raw["allowedTopologies"] = [{"matchLabelExpressions": [rule]}]
    manifest = parse_manifest(raw, Notes(), Nowhere())
    if manifest is None:
        raise AssertionError(f"the storage class {name} is not a valid one")
    return manifest
