"""Whether a run is the one that its scenario's author wrote of, in ``expect:`` and in ``lookFor``.

Both are about the scenario's own seed, with nothing set from outside. Of another run they are told as that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.phrases import Say

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from statesim.analysis.phrases import Phrases
    from statesim.scenario.load import Loaded
    from statesim.scenario.schema import Expectation

KEY = "departs"  # where it stands in metrics.json, if it does
_MEANT: Phrases = {
    "written": ("the scenario as it is written", "场景原本的写法"),
    "seed": ("seed {seed}", "随机种子 {seed}"),
}


def expected(
    loaded: Loaded, ran: Collection[str], seed: int | None, settings: Iterable[str]
) -> tuple[list[Expectation], dict[str, Any]]:
    """Return what a scenario expects of the variants that were run, and in what that run is another one.

    Parameters
    ----------
    seed, settings
        What replaced the scenario's own: its seed, and the values at these paths.

    Returns
    -------
    tuple
        The second is empty if the run is as the scenario is written.
    """
    base = loaded.base
    departs: dict[str, Any] = {}
    if seed not in (None, base.seed):
        departs["own_seed"] = base.seed
    if changed := list(settings):
        departs["settings"] = changed
    if missing := [variant.name for variant in loaded.variants if variant.name not in ran]:
        departs["variants_left_out"] = missing
    return [row for row in base.expect if row.variant is None or row.variant in ran], departs


def as_written(metrics: Mapping[str, Any]) -> bool:
    """Tell whether a run has its scenario's own seed and settings."""
    return not {"own_seed", "settings"} & {*metrics.get(KEY, {})}


def left_out(metrics: Mapping[str, Any]) -> list[str]:
    """Return the variants that were not run."""
    return list(metrics.get(KEY, {}).get("variants_left_out", ()))


def meant_for(metrics: Mapping[str, Any], language: str = "en") -> str:
    """Return of what run an author speaks: ``seed 7``, ``the scenario as it is written``."""
    say, departs = Say(_MEANT, language), metrics.get(KEY, {})
    if "settings" in departs:
        return say("written")
    return say("seed", seed=departs["own_seed"]) if "own_seed" in departs else ""
