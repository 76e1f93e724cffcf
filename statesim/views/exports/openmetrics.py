"""The metrics as OpenMetrics text, which Prometheus reads.

The format is that of "OpenMetrics 1.0" (Prometheus, 2020): families with TYPE, UNIT and HELP, samples
with labels, ``# EOF`` at the end. Names and units are as "Metric and label naming" (Prometheus) asks: a
prefix, and base units as suffixes, so that milliseconds become seconds. All are gauges: a run that is over
counts no more.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# group of metrics.json -> how its metrics begin, and the label that says whose they are
_OWNED = {
    "clients": ("client", "client"),
    "systems": ("system", "system"),
    "workloads": ("workload", "workload"),
    "volumes": ("volume", "claim"),
}
_UNITS = {"_s": ("seconds", 1.0), "_ms": ("seconds", 0.001), "_bytes": ("bytes", 1.0)}
_RATIOS = ("availability", "hit_ratio", "hit_ratio_min")
_BAD = re.compile(r"[^a-zA-Z0-9_]")


class Sample(NamedTuple):
    """One number: its family, the unit of that, labels, value."""

    family: str
    unit: str
    labels: tuple[tuple[str, str], ...]
    value: float


def openmetrics_text(document: Mapping[str, Any]) -> str:
    """Return what ``metrics.json`` holds as OpenMetrics text: families in order of their names."""
    run = {"scenario": document["scenario"], "seed": str(document["seed"]), "version": document["version"]}
    lines = [
        "# HELP statesim_run What was run.",
        "# TYPE statesim_run info",
        f"statesim_run_info{_labels(run)} 1",
    ]
    families: dict[str, list[Sample]] = {}
    for sample in samples(document):
        families.setdefault(sample.family, []).append(sample)
    for name in sorted(families):
        unit = families[name][0].unit
        lines += [f"# HELP {name} {_help(name, unit)}", f"# TYPE {name} gauge"]
        lines += [f"# UNIT {name} {unit}"] if unit else []
        lines += [f"{name}{_labels(dict(each.labels))} {_number(each.value)}" for each in families[name]]
    return "\n".join([*lines, "# EOF"]) + "\n"


def samples(document: Mapping[str, Any]) -> Iterator[Sample]:
    """Yield every number of ``metrics.json``; yes and no are 1 and 0, texts and lists have no place."""
    for variant, found in document["variants"].items():
        base = (("variant", variant),)
        yield from _numbers("statesim_run", base, {"duration_s": found.get("duration_s")})
        for group, (begin, label) in _OWNED.items():
            rest = dict(found.get(group, {}))
            for owner, metrics in found.get(group, {}).items():
                if isinstance(metrics, dict):
                    yield from _numbers(f"statesim_{begin}", (*base, (label, owner)), metrics)
                    rest.pop(owner)
            yield from _numbers(f"statesim_{group}", base, rest)
        for group in ("nodes", "findings"):
            yield from _numbers(f"statesim_{group}", base, found.get(group, {}))
        for kind, counts in found.get("events", {}).items():
            for event, count in counts.items():
                labels = (*base, ("kind", kind), ("event", event))
                yield Sample("statesim_events", "", labels, float(count))
    for row in document.get("expectations", ()):
        of_row = tuple((name, str(row[name])) for name in ("variant", "metric", "expected"))
        yield Sample("statesim_expectation_passed", "", of_row, float(bool(row["passed"])))


def _numbers(begin: str, labels: tuple[tuple[str, str], ...], metrics: Mapping[str, Any]) -> Iterator[Sample]:
    for name, value in metrics.items():
        if isinstance(value, dict):
            yield from _numbers(f"{begin}_{_BAD.sub('_', name)}", labels, value)
        elif isinstance(value, bool | int | float):
            family, unit, factor = _named(f"{begin}_{_BAD.sub('_', name)}", name)
            yield Sample(family, unit, labels, float(value) * factor)


def _named(family: str, name: str) -> tuple[str, str, float]:
    """Return a family's name with its unit, the unit, and what a value is multiplied with."""
    for suffix, (unit, factor) in _UNITS.items():
        if name.endswith(suffix):
            return f"{family.removesuffix(suffix)}_{unit}", unit, factor
    if name.removeprefix("read_") in _RATIOS and not family.endswith("_ratio"):
        return f"{family}_ratio", "ratio", 1.0
    return family, "", 1.0


def _help(name: str, unit: str) -> str:
    """Return where a metric is described: it is that of ``metrics.json``."""
    bare = name.removeprefix("statesim_").removesuffix(f"_{unit}" if unit else "")
    return f"{bare.replace('_', ' ')}; see docs/reference/metrics.md."


def _labels(labels: Mapping[str, str]) -> str:
    told = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{told}}}" if told else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
