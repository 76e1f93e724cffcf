"""The page docs/reference/versions.md: what a version of Kubernetes changes, from the tables of the product."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from statesim.control.client_rate import CONTROLLER_MANAGER, SCHEDULER
from statesim.scenario.behaviours import BEHAVIOURS
from statesim.scenario.timings import TIMINGS, Timings
from statesim.scenario.units import format_duration
from statesim.scenario.versions import DEFAULT_VERSION, GATES, NEWEST, OLDEST, Features

if TYPE_CHECKING:
    from collections.abc import Iterable


def page() -> str:
    """Return the page's text."""
    return "\n".join(
        [
            "# Versions of Kubernetes",
            "",
            f'`cluster.kubernetes` chooses a version from `"1.{OLDEST}"` to `"1.{NEWEST}"`; the default is',
            f'`"{DEFAULT_VERSION}"`. It decides which features there are and how long the machinery waits. Made from',
            "the tables in `versions.py`, `behaviours.py` and `timings.py` of `statesim/scenario`",
            "(`python -m tests.docs.pages`).",
            "",
            "## Features",
            "",
            "`cluster.featureGates: {NAME: true}` switches a feature on or off where its version lets one, as",
            "`--feature-gates` does. Before *known* the API server refuses the gate, from *locked* on it refuses to",
            "switch it off.",
            "",
            "| gate | what it does | known | on by default | locked | source |",
            "| --- | --- | --- | --- | --- | --- |",
            *(
                f"| `{name}` | {row.meaning} | {_version(row.since)} | {_version(row.on)} | {_version(row.ga)} "
                f"| {row.source} |"
                for name, row in sorted(GATES.items())
            ),
            "",
            "## What comes with each version",
            "",
            "| version | features on from here | behaviour from here |",
            "| --- | --- | --- |",
            *(row for number in range(OLDEST, NEWEST + 1) if (row := _new(number)) is not None),
            "",
            "## Behaviour that changed without a gate",
            "",
            "Each row is asked by its name where the model does what it says. *Unverified* means that the version, or",
            "what is said of it, comes from no release note or source that could be read. PRs and issues are",
            "those of kubernetes/kubernetes unless another repository is named.",
            "",
            "| since | behaviour | what is so | source |",
            "| --- | --- | --- | --- |",
            *(
                f"| {_version(row.since)} | `{name}` | {row.meaning} | {row.source} |"
                for name, row in sorted(BEHAVIOURS.items(), key=lambda item: (item[1].since, item[0]))
                if row.since <= NEWEST
            ),
            "",
            "## Timings that changed",
            "",
            "| timing | default | source |",
            "| --- | --- | --- |",
            *_changed(),
            "",
            "All timings stand in [the scenario file's reference](scenario.md).",
            "",
            "## Client rates",
            "",
            "Each controller writes through a client of its own, which lets a burst through and then so many requests",
            "a second; so does the scheduler. Events take their part of it. `cluster.clientConnection` changes them.",
            "",
            "| client | a second | burst | source |",
            "| --- | --- | --- | --- |",
            f"| `controllerManager`, each controller | {CONTROLLER_MANAGER.qps:g} | {CONTROLLER_MANAGER.burst} "
            "| `--kube-api-qps`, `--kube-api-burst`; recorded: 500 pods take 24 to 25 s |",
            f"| `scheduler` | {SCHEDULER.qps:g} | {SCHEDULER.burst} | KubeSchedulerConfiguration: clientConnection |",
            "",
        ]
    )


def _version(number: int | None) -> str:
    return "-" if number is None else f"1.{number}"


def _new(number: int) -> str | None:
    """Return the row of a version, if it brought something."""
    enabled = Features.for_version(f"1.{number}").enabled
    if number == OLDEST:
        return f"| 1.{number} | {_named(enabled) or 'none of these'} | |"
    fresh = enabled - Features.for_version(f"1.{number - 1}").enabled
    changed = [name for name, row in BEHAVIOURS.items() if row.since == number]
    return f"| 1.{number} | {_named(fresh)} | {_named(changed)} |" if fresh or changed else None


def _named(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


def _changed() -> list[str]:
    versions = [f"1.{number}" for number in range(OLDEST, NEWEST + 1)]
    lines = []
    for key, row in TIMINGS.items():
        if row.random:
            continue
        values = [(v, getattr(Timings.for_version(v), row.attribute)) for v in versions]
        steps = [values[0], *(new for old, new in pairwise(values) if old[1] != new[1])]
        if len(steps) > 1:
            told = ", ".join(f"{format_duration(value)} from {version} on" for version, value in steps)
            lines.append(f"| `{key}` | {told} | {row.source} |")
    return lines
