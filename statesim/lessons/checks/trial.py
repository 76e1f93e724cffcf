"""What checks share: an answer is tried in a shipped scenario, and measured as any run is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from statesim.api import Result
from statesim.errors import StatesimError
from statesim.experiment.loading import Settable
from statesim.experiment.run import run_variants
from statesim.scenario.load import Loaded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statesim.api import VariantResult

_ENDS = ("Deployment", "StatefulSet")


def tried(
    scenario: str, variant: str, settings: Mapping[str, Any], *, seed: int | None = None
) -> VariantResult:
    """Return what one variant of a scenario does with settings that a learner has chosen.

    Raises
    ------
    ScenarioError
        If the variant has no place for a setting, or a value cannot stand there.
    """
    known = Settable.of(scenario)
    known.check(settings, [variant])
    loaded = Loaded(known.loaded.base, (known.variant_with(variant, settings),))
    return Result(run_variants(loaded, seed=seed)).variants[variant]


def shop_of(variant: VariantResult, client: str = "shop") -> Mapping[str, Any]:
    """Return what a client has met."""
    found: Mapping[str, Any] = variant.metrics["clients"][client]
    return found


def manifests_of(text: str) -> list[dict[str, Any]]:
    """Return the objects of a text of YAML documents.

    Raises
    ------
    StatesimError
        If it is no YAML.
    """
    try:
        found = [each for each in yaml.safe_load_all(text) if each is not None]
    except yaml.YAMLError as error:
        raise StatesimError(f"this is no YAML: {error}") from None
    if not found or not all(isinstance(each, dict) for each in found):
        raise StatesimError("expected Kubernetes objects: apiVersion, kind, metadata, …")
    return found


def workload_of(objects: Sequence[Mapping[str, Any]], name: str) -> str | None:
    """Return the Deployment or StatefulSet of a name among objects, as ``Kind/name``."""
    for each in objects:
        if each.get("kind") in _ENDS and within(each, "metadata").get("name") == name:
            return f"{each['kind']}/{name}"
    return None


def within(document: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """Return what stands at a path in an object that nobody has checked; empty if that is no mapping."""
    found: Any = document
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}
