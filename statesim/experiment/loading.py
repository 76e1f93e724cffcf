"""Loads scenarios with all that there is to check them against, and with settings changed from outside."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from statesim.analysis.metric_names import METRIC_NAMES
from statesim.errors import Finding, ScenarioError
from statesim.library import locate
from statesim.scenario.load import load as load_scenario
from statesim.scenario.load import read_source
from statesim.scenario.model import ALONE, keys_of
from statesim.scenario.patching import merge_patch, patch_between
from statesim.scenario.schema import Scenario
from statesim.scenario.settings import Misplaced, patch_for, several
from statesim.scenario.words import did_you_mean
from statesim.systems.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from statesim.scenario.load import Loaded, VariantScenario
    from statesim.systems.driver import System

    Source = str | Path | Mapping[str, Any] | Scenario


def load(source: Source, *, systems: Iterable[type[System]] = (), folder: Path | None = None) -> Loaded:
    """Load a scenario: a file, the name of a shipped one, plain data, or a model built in Python.

    Parameters
    ----------
    systems
        Drivers beside those that ship.
    folder
        Where the manifests' files are looked for, if not beside the scenario's file.

    Raises
    ------
    ScenarioError
        With every problem found.
    """
    drivers = Catalogue(systems)
    return load_scenario(
        locate(source) if isinstance(source, str | Path) else source,
        folder=folder,
        systems=drivers.problems,
        metrics=METRIC_NAMES,
        obeys=drivers.obeys,
        outside=drivers.outside,
        doubts=drivers.doubts,
        labels=drivers.labels,
    )


def load_with(
    source: Source,
    settings: Mapping[str, Any],
    *,
    only: Sequence[str] = (),
    systems: Iterable[type[System]] = (),
) -> Loaded:
    """Load a scenario with settings: a value for each path, in every variant that has such a place.

    Parameters
    ----------
    only
        The variants that matter; all if empty. A path must have a place in one of them.

    Raises
    ------
    ScenarioError
        If the scenario is wrong, a path leads nowhere in any variant, or a value cannot stand there.
    """
    plain = Settable.of(source, systems)
    if not settings:
        return plain.loaded
    plain.check(settings, [plain.loaded.variant(name).name for name in only] or plain.names)
    try:
        changed = plain.loaded_with(settings)
    except ScenarioError as error:
        raise ScenarioError(_one_value_each(plain, settings, error)) from None
    return replace(changed, warnings=plain.loaded.warnings)


def _one_value_each(plain: Settable, settings: Mapping[str, Any], error: ScenarioError) -> list[Finding]:
    """Return what is wrong with settings, told plainly where several values stand and one is expected.

    Whether a comma parts values or belongs to one (a list of targets) only the scenario knows: several were
    meant if something is wrong with all together that is wrong with none of them alone.
    """
    told: list[Finding] = []
    tried = dict(settings)
    rest: Sequence[Finding] = error.findings
    for path, value in settings.items():
        values = several(value)
        alone = [plain.wrong({**tried, path: each}) for each in values]
        stays = {finding.message for found in alone for finding in found}
        if values and not stays.issuperset(finding.message for finding in rest):
            shown = ", ".join(map(str, values))
            hint = "`statesim sweep` takes several"
            told.append(Finding(f"one value is expected, not {shown}", f"setting {path}", hint=hint))
            tried, rest = {**tried, path: values[0]}, alone[0]
    return [*told, *rest]


@dataclass(frozen=True)
class Settable:
    """A scenario in order, as it was written, so that settings can change it.

    Attributes
    ----------
    raw
        As plain data.
    folder
        Where its files are.
    """

    loaded: Loaded
    raw: Mapping[str, Any]
    folder: Path
    drivers: Catalogue
    systems: tuple[type[System], ...]

    @classmethod
    def of(cls, source: Source, systems: Iterable[type[System]] = ()) -> Settable:
        """Load a scenario as it is; raise `ScenarioError` with every problem found."""
        found = tuple(systems)
        where = locate(source) if isinstance(source, str | Path) else source
        loaded = load(where, systems=found)
        raw, _, folder = read_source(where, [])
        return cls(loaded, raw, folder, Catalogue(found), found)

    @property
    def names(self) -> list[str]:
        """Return the variants' names in the scenario's order."""
        return [variant.name for variant in self.loaded.variants]

    def document(self, variant: str) -> dict[str, Any]:
        """Return one variant as plain data: a scenario without variants."""
        rows = self.raw.get("variants") or []
        patch = next((row.get("patch") or {} for row in rows if row["name"] == variant), {})
        merged: dict[str, Any] = merge_patch(self._world, patch)
        return merged

    @property
    def _world(self) -> dict[str, Any]:
        return {key: value for key, value in self.raw.items() if key not in ("variants", "expect")}

    def fits(self, variant: str, path: str) -> Misplaced | None:
        """Return why a variant has no place for a setting, ``None`` if it has one."""
        document = self.document(variant)
        first = path.partition(".")[0]
        if first not in keys_of(Scenario):
            return Misplaced(f"a scenario has no {first}", self._whole_path(document, path, first))
        try:
            patch_for(document, path, None)
        except Misplaced as error:
            return error
        for system in document.get("systems") or ():
            before = f"systems.{system['name']}.parameters."
            if path.startswith(before):
                known = self.drivers.parameters(system["kind"])
                name = path.removeprefix(before).partition(".")[0]
                if name not in known:
                    told = f"a system of kind {system['kind']} has no parameter {name}"
                    return Misplaced(told, did_you_mean(name, known))
        return None

    def _whole_path(self, document: Mapping[str, Any], path: str, first: str) -> str | None:
        """Return the hint for a path that does not begin where a scenario does."""
        for system in document.get("systems") or ():
            if path in self.drivers.parameters(system["kind"]):
                return f"did you mean systems.{system['name']}.parameters.{path}?"
        return did_you_mean(first, keys_of(Scenario))

    def check(self, paths: Iterable[str], variants: Sequence[str]) -> None:
        """Raise `ScenarioError` with each path that has no place in any of these variants."""
        findings = []
        for path in paths:
            reasons = [self.fits(variant, path) for variant in variants]
            if None not in reasons:
                told: dict[str, str | None] = {}
                for reason in filter(None, reasons):
                    told[str(reason)] = told.get(str(reason)) or reason.hint
                findings += [Finding(said, f"setting {path}", hint=hint) for said, hint in told.items()]
        if findings:
            raise ScenarioError(findings)

    def fitting(self, variant: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return those settings for which a variant has a place."""
        return {path: value for path, value in settings.items() if self.fits(variant, path) is None}

    def changed(self, variant: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return a variant with settings as plain data."""
        document = self.document(variant)
        for path, value in self.fitting(variant, settings).items():
            document = merge_patch(document, patch_for(document, path, value))
        return document

    def variant_with(self, name: str, settings: Mapping[str, Any]) -> VariantScenario:
        """Load one variant with settings; raise `ScenarioError` in whose findings both are named."""
        document = self.changed(name, settings)
        own = self.loaded.variant(name)
        try:
            loaded = load(document, systems=self.systems, folder=self.folder)
        except ScenarioError as error:
            raise ScenarioError(_attributed(error, settings, name)) from None
        return replace(loaded.variants[0], name=name, title=own.title, title_zh=own.title_zh)

    def loaded_with(self, settings: Mapping[str, Any]) -> Loaded:
        """Load all variants with settings; raise `ScenarioError` in whose findings those are named."""
        rows = self.raw.get("variants") or []
        if rows:
            patches = [patch_between(self._world, self.changed(row["name"], settings)) for row in rows]
            patched = [{**row, "patch": patch} for row, patch in zip(rows, patches, strict=True)]
            raw = {**self.raw, "variants": patched}
        else:
            raw = {**self.raw, **self.changed(ALONE, settings)}
        try:
            return load(raw, systems=self.systems, folder=self.folder)
        except ScenarioError as error:
            raise ScenarioError(_attributed(error, settings)) from None

    def wrong(self, settings: Mapping[str, Any]) -> Sequence[Finding]:
        """Return all that is wrong with settings."""
        try:
            self.loaded_with(settings)
        except ScenarioError as error:
            return error.findings
        return ()

    def digest(self, variant: str, settings: Mapping[str, Any]) -> str:
        """Return a digest of everything that was written of a variant: the scenario, its files, settings."""
        document = self.changed(variant, settings)
        files = sorted(set(_files(document)))
        told = json.dumps(document, sort_keys=True, default=repr).encode()
        parts = [told, *((self.folder / name).read_bytes() for name in files)]
        return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _attributed(error: ScenarioError, settings: Mapping[str, Any], variant: str = "") -> list[Finding]:
    """Return findings that say with which settings they were found."""
    told = ", ".join(f"{path}={value}" for path, value in settings.items())
    place = f"variant {variant}, setting {told}" if variant else f"setting {told}"
    return [replace(finding, file=place, line=None, column=None) for finding in error.findings]


def _files(data: Any) -> Iterator[str]:
    """Yield the names of the files that a document names, wherever."""
    if isinstance(data, dict):
        if isinstance(data.get("file"), str):
            yield data["file"]
        data = list(data.values())
    if isinstance(data, list | tuple):
        for value in data:
            yield from _files(value)
