"""What a sweep runs: every variant with every combination of settings, all loaded before anything runs."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from statesim.analysis.metric_names import misnamed
from statesim.analysis.sweep_record import Case, Outline
from statesim.analysis.tidy import DURATION
from statesim.errors import Finding, ScenarioError, StatesimError
from statesim.experiment.driver_sources import source_digests
from statesim.experiment.loading import Settable
from statesim.scenario.settings import combinations, once
from statesim.version import code_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from statesim.experiment.loading import Source
    from statesim.systems.driver import System


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is the same for all seeds.

    Attributes
    ----------
    scenarios
        For each case the variant as loaded (`VariantScenario`), pickled: it needs no file where it is run.
    idle
        Variant -> the paths that it has no place for: it is run without them.
    """

    outline: Outline
    scenarios: tuple[bytes, ...]
    idle: Mapping[str, Sequence[str]]
    systems: tuple[type[System], ...] = ()
    warnings: tuple[Finding, ...] = ()


def plan(
    source: Source,
    settings: Mapping[str, Sequence[Any]],
    *,
    variants: Sequence[str] = (),
    systems: Iterable[type[System]] = (),
) -> Plan:
    """Load a scenario in each variant with each combination of settings.

    Parameters
    ----------
    settings
        Values by path. A variant that has no place for a path (a Deployment has no `ttl`) is run without it,
        once; some variant must have one. A value that is given twice is tried once.
    variants
        The variants to run; all if empty.

    Raises
    ------
    ScenarioError
        With everything that is wrong with the scenario or, each named, with any of the combinations.
    """
    base = Settable.of(source, systems)
    names = [name for name in base.names if not variants or name in variants]
    for name in variants:
        base.loaded.variant(name)  # or complain
    empty = [
        Finding("no values are given", f"setting {path}") for path, values in settings.items() if not values
    ]
    if empty:
        raise ScenarioError(empty)
    settings = once(settings)
    base.check(settings, names)
    cases: list[Case] = []
    scenarios: list[bytes] = []
    findings: list[Finding] = []
    written: list[str] = []
    idle = {}
    for name in names:
        fitting = base.fitting(name, settings)
        if len(fitting) < len(settings):
            idle[name] = [path for path in settings if path not in fitting]
        for chosen in combinations(fitting):
            try:
                variant = base.variant_with(name, chosen)
            except ScenarioError as error:
                findings += error.findings
                continue
            cases.append(Case(name, variant.title, chosen, variant.title_zh))
            scenarios.append(pickle.dumps(variant))
            written.append(f"{name} {base.digest(name, chosen)}")
    if findings:
        raise ScenarioError(findings)
    metadata = base.loaded.base.metadata
    outline = Outline(
        source=str(source) if isinstance(source, str | Path) else metadata.name,
        scenario=metadata.name,
        title=metadata.title,
        settings=settings,
        cases=tuple(cases),
        digest=hashlib.sha256("\0".join(sorted(written)).encode()).hexdigest()[:16],
        code=code_digest(),
        drivers=source_digests(base.systems),
    )
    return Plan(outline, tuple(scenarios), idle, base.systems, base.loaded.warnings)


def check_metrics(plans: Iterable[Plan], metrics: Iterable[str]) -> None:
    """Refuse metrics that no run of these plans can have, before anything is run.

    Raises
    ------
    StatesimError
        With all of them, and the nearest right word of each.
    """
    scenarios = [pickle.loads(case).scenario for each in plans for case in each.scenarios]
    owners = {
        "clients": sorted({client.name for scenario in scenarios for client in scenario.clients}),
        "systems": sorted({system.name for scenario in scenarios for system in scenario.systems}),
    }
    asked = [metric for metric in metrics if metric != DURATION]  # a run's own, of no group
    wrong = [told for metric in asked if (told := misnamed(metric, owners))]
    if wrong:
        raise StatesimError("\n".join(wrong))
