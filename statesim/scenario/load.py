"""From what the user wrote to what can be simulated, or to everything that is wrong with it, at once."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from statesim.errors import Finding, ScenarioError
from statesim.scenario.bindings import unbound, unknown_system, unmeant
from statesim.scenario.by_hand import misdirected
from statesim.scenario.complaints import complaints
from statesim.scenario.inventory import Inventory
from statesim.scenario.keys import Keys
from statesim.scenario.manifests import Notes
from statesim.scenario.model import ALONE, LOADING
from statesim.scenario.partial import partial_scenario
from statesim.scenario.patching import merge_patch
from statesim.scenario.positions import read_yaml
from statesim.scenario.references import References
from statesim.scenario.schema import Scenario
from statesim.scenario.shares import uneven
from statesim.scenario.sources import Files, parse_sources, read_text
from statesim.scenario.standing import sorted_out
from statesim.scenario.timeline import Apply
from statesim.scenario.timings import Timings
from statesim.scenario.translated import Titles, titles
from statesim.scenario.versions import Features, chosen
from statesim.scenario.where import Nowhere, Patched, Within, finding
from statesim.scenario.words import did_you_mean
from statesim.scenario.worn import never_worn

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from statesim.scenario.bindings import Doubts
    from statesim.scenario.schema import Row
    from statesim.scenario.specs import Manifest, NodeSpec
    from statesim.scenario.where import Path as DataPath
    from statesim.scenario.where import Where
    from statesim.scenario.worn import RoleLabels

    SystemCheck = Callable[[str, Mapping[str, Any]], list[str]]

_API_VERSION = "statesim/v1"


class _Checks(NamedTuple):
    """What a scenario is checked against that this package does not know; see `load`."""

    systems: SystemCheck | None
    metrics: Mapping[str, Collection[str]] | None
    known: Collection[str]
    obeys: Callable[[str, str], bool] | None
    outside: Callable[[str], bool | None] | None
    doubts: Doubts | None
    labels: RoleLabels | None


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
    title_zh
        The title in Chinese, if the scenario has it.
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
    title_zh: str | None = None

    def title_in(self, language: str) -> str:
        """Return the title in a language, ``en`` or ``zh``; in English where it is not told in that."""
        return Titles(self.title, self.title_zh).said_in(language)


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
    metrics: Mapping[str, Collection[str]] | None = None,
    known: Collection[str] = (),
    obeys: Callable[[str, str], bool] | None = None,
    outside: Callable[[str], bool | None] | None = None,
    doubts: Doubts | None = None,
    labels: RoleLabels | None = None,
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
    metrics
        The names of metrics by what stands before them, as ``{"nodes": ["count"], "clients.*": ["lost"]}``;
        without it those that expectations name are not looked at.
    known
        Objects that will exist although the scenario cannot tell: pods whose names chance gives.
    obeys
        Tells whether systems of a kind do what a word of the timeline asks; without it all do.
    outside
        Tells whether systems of some kind have no workload (``None`` = who knows).
    doubts
        Says what a system's parameters cannot mean of its pods.
    labels
        Says which labels systems of a kind put on their pods, and the values; without it any may be.

    Raises
    ------
    ScenarioError
        With everything that is wrong, in the order of the files.
    """
    findings: list[Finding] = []
    raw, where, beside = read_source(source, findings)
    if not isinstance(raw, dict):
        raise ScenarioError(findings)
    checks = _Checks(systems, metrics, known, obeys, outside, doubts, labels)
    loader = _Loader(raw, where, Files(folder or beside), findings, checks)
    if not isinstance(where, Nowhere):
        _header(loader.raw, where, findings)
    base, variants = loader.loaded()
    if findings or base is None:
        raise ScenarioError(_in_order(findings))
    warnings = _in_order([warning for variant in variants for warning in variant.warnings])
    return Loaded(base, tuple(variants), _said_once([*warnings, *loader.warnings]))


def read_source(source: Any, findings: list[Finding]) -> tuple[Any, Where, Path]:
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
        checks: _Checks,
    ) -> None:
        self._checks = checks
        self._files = files
        self._findings = findings
        self._misnamed: set[DataPath] = set()  # keys that a misspelt one was taken for
        self._named: dict[Finding, list[str]] = {}  # what a variant refers to in vain -> the variants
        self._unused: dict[
            Finding, bool
        ] = {}  # what is said of a pattern of images -> whether no variant has it
        self._stray: Counter[Finding] = Counter()  # of expectations of no variant: in how many it is wrong
        self._count = 0
        self.raw, self._where = self._mended(raw, where)

    def loaded(self) -> tuple[Scenario | None, list[VariantScenario]]:
        """Return the scenario as written and its variants, as far as they are in order."""
        base = self._validated(self.raw, self._where)
        written = base
        if written is None:
            written, _, more = partial_scenario(self.raw, self._where)
            self._findings += more
        variants = self._variants()
        self._findings += [error for error, count in self._stray.items() if count == self._count]
        self._expectations(written)
        return base, variants

    @property
    def warnings(self) -> list[Finding]:
        """Return what is doubtful in the scenario as a whole."""
        return [warning for warning, unused in self._unused.items() if unused]

    def _mended(self, raw: dict[str, Any], where: Where) -> tuple[dict[str, Any], Where]:
        """Return a scenario, or a patch of one, without unknown keys, and where its values stand."""
        keys = Keys(where)
        mended = keys.mended(Scenario, raw)
        self._findings += keys.findings
        self._misnamed.update(keys.renamed)
        return mended, keys.where

    def _validated(self, raw: dict[str, Any], where: Where) -> Scenario | None:
        """Return the scenario that plain data describes; ``None`` (and findings) if it is wrong."""
        try:
            return Scenario.model_validate(raw, context=LOADING)
        except ValidationError as error:
            self._findings += complaints(error, raw, where, leave=self._misnamed)
            return None

    def _variants(self) -> list[VariantScenario]:
        """Return the variants that are in order; a single one, ``default``, if none are declared."""
        world = {key: value for key, value in self.raw.items() if key != "variants"}
        rows = self.raw.get("variants") or []
        if not rows or not isinstance(rows, list):
            found = self._load(ALONE, titles(self.raw.get("metadata")), world, self._where)
            self._findings += self._named
            return found
        found = []
        for index, row in enumerate(rows):
            patch = row.get("patch", {}) if isinstance(row, dict) else None
            if not isinstance(patch, dict):
                continue
            mended, there = self._mended(patch, Within(self._where, ("variants", index, "patch")))
            name = str(row.get("name", index))
            where = Patched(self._where, mended, there)
            found += self._load(name, titles(row, name), merge_patch(world, mended), where)
        self._findings += self._by_variant()
        return found

    def _names(self) -> list[str | None]:
        """Return the names of the variants, ``None`` for each that cannot be read."""
        rows = self.raw.get("variants") or []
        if not isinstance(rows, list):
            return [None]
        return [row.get("name") if isinstance(row, dict) else None for row in rows] or [ALONE]

    def _by_variant(self) -> list[Finding]:
        """Return what variants refer to in vain, each with their names unless it is so in all of them."""
        return [
            error
            if len(names) == self._count
            else replace(error, message=f"variant {', '.join(names)}: {error.message}")
            for error, names in self._named.items()
        ]

    def _load(self, name: str, called: Titles, raw: dict[str, Any], where: Where) -> list[VariantScenario]:
        """Return one variant, in a list of its own, or an empty list if something is wrong with it."""
        scenario = self._validated(raw, where)
        sound, notes = scenario is not None, Notes(chosen(raw))
        placed = parse_sources(
            raw.get("manifests", ()), self._files, notes, self._findings, where, ("manifests",)
        )
        if scenario is None:
            scenario, doubtful, more = partial_scenario(raw, where)
            notes.broken += [{"kind": kind} for kind in doubtful]
            self._findings += more
        scenario = self._with_applied(scenario, notes, where)
        self._findings += notes.errors
        classes, machines, rest = sorted_out(scenario, placed)
        inventory = Inventory(scenario, rest, classes, machines, self._checks.known, notes.broken)
        references = References(scenario, inventory, where, self._checks.metrics)
        references.check(name, placed, self._names())
        self._count += 1
        wrong = (*self._wrong_systems(scenario, where), *self._misdirected(scenario, where))
        for error in (*wrong, *references.errors):
            self._named.setdefault(error, []).append(name)
        self._stray.update(references.stray)
        if not sound or references.errors or notes.errors:
            return []
        for warning, unused in references.images():
            self._unused[warning] = unused and self._unused.get(warning, True)
        unfit = unmeant(scenario, inventory, where, self._checks.doubts)
        unfit += [*never_worn(scenario, inventory, placed, self._checks.labels), *uneven(raw, where)]
        warnings = tuple(_in_order([*notes.warnings, *references.warnings, *unfit]))
        timings = Timings.for_version(scenario.cluster.kubernetes, scenario.cluster.timings)
        if scenario.cluster.disable_force_detach_on_timeout:
            timings = replace(timings, force_detach_us=None)
        features = Features.for_version(scenario.cluster.kubernetes, scenario.cluster.feature_gates)
        held = (classes, machines, timings, features, warnings)
        return [VariantScenario(name, called.title, scenario, rest, *held, called.title_zh)]

    def _wrong_systems(self, scenario: Scenario, where: Where) -> list[Finding]:
        """Return what the drivers say about the kinds and parameters of the scenario's systems."""
        check = self._checks.systems
        return [
            finding(where, ("systems", index, "parameters" if row.parameters else "kind"), message, None)
            for index, row in enumerate(scenario.systems)
            if check is not None and row.kind is not None and row.parameters is not None
            for message in [*check(row.kind, row.parameters), *unknown_system(row, scenario)]
        ] + [
            finding(where, ("systems", index), message, None)
            for index, row in enumerate(scenario.systems)
            if row.kind is not None
            for message in unbound(row, self._checks.outside)
        ]

    def _misdirected(self, scenario: Scenario, where: Where) -> list[Finding]:
        """Return the rows that ask of systems what those do not do."""
        obeys = self._checks.obeys
        found = misdirected(scenario, obeys) if obeys is not None else ()
        return [finding(where, path, message, None) for path, message in found]

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

    def _expectations(self, written: Scenario) -> None:
        """Check that expectations name variants that exist."""
        names = [variant.name for variant in written.variants] or [ALONE]
        if None in names:
            return
        for index, row in enumerate(written.expect):
            if row.variant is not None and row.variant not in names:
                path = ("expect", index, "variant")
                hint = did_you_mean(row.variant, names)
                self._findings.append(finding(self._where, path, f"there is no variant {row.variant}", hint))
