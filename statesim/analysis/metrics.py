"""Metrics: the numbers of ``metrics.json``. Pure functions of records; each is explained in the docs.

The explanations stand in ``docs/reference/metrics.md``. Seconds are rounded to six decimals (the trace's
resolution) and keys are in a fixed order, so that the same run gives the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.as_written import KEY as DEPARTS
from statesim.analysis.expectations import evaluate
from statesim.analysis.measure_clients import measure_clients
from statesim.analysis.measure_cluster import (
    measure_findings,
    measure_nodes,
    measure_volumes,
    measure_workloads,
)
from statesim.analysis.measure_drift import measure_drift
from statesim.analysis.measure_events import measure_events
from statesim.analysis.measure_recoveries import measure_recoveries
from statesim.analysis.measure_systems import measure_systems
from statesim.analysis.reading import Reading
from statesim.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from statesim.analysis.expectations import Expectation
    from statesim.analysis.record import RunRecord


def metrics(run: RunRecord | Reading) -> dict[str, Any]:
    """Return all metrics of one run: clients, systems, workloads, volumes, nodes, findings, events, drift."""
    reading = run if isinstance(run, Reading) else Reading(run)
    recoveries = measure_recoveries(reading)
    return {
        "clients": {name: {**found, **recoveries[name]} for name, found in measure_clients(reading).items()},
        "systems": measure_systems(reading),
        "workloads": measure_workloads(reading),
        "volumes": measure_volumes(reading),
        "nodes": measure_nodes(reading),
        "findings": measure_findings(reading),
        "events": measure_events(reading),
        "drift": measure_drift(reading),
    }


def metrics_document(
    records: Sequence[RunRecord | Reading],
    expectations: Iterable[Expectation] = (),
    departs: Mapping[str, Any] = {},  # only read
) -> dict[str, Any]:
    """Return the whole of ``metrics.json`` for the variants of one scenario.

    Parameters
    ----------
    records
        One for each variant, in the scenario's order; all of one scenario and seed.
    expectations
        The scenario's ``expect:`` rows.
    departs
        In what the run is not as the scenario is written: see `as_written.departures`.

    Raises
    ------
    ValueError
        If there are no records.
    """
    if not records:
        raise ValueError("metrics need at least one run")
    readings = [run if isinstance(run, Reading) else Reading(run) for run in records]
    first = readings[0].record
    variants = {
        reading.record.variant: {
            "title": reading.record.title,
            "duration_s": reading.record.duration_s,
            **metrics(reading),
        }
        for reading in readings
    }
    return {
        "scenario": first.scenario,
        "seed": first.seed,
        "version": __version__,
        **({DEPARTS: dict(departs)} if departs else {}),
        "variants": variants,
        "expectations": [result.as_dict() for result in evaluate(variants, expectations)],
    }
