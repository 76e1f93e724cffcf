"""When the kubelet notices: the arithmetic of probes and of the restart back-off, as pure functions.

A probe asks on a grid: first after `initial_delay`, then every `period` from the container's start
(kubernetes pkg/kubelet/prober/worker.go: run).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.control.ticks import doubled
from statesim.kernel.spans import MINUTE, SECOND

if TYPE_CHECKING:
    from statesim.scenario.specs import Probe

CLEAN_RUN_US = 10 * MINUTE


def next_tick(probe: Probe, started_us: int, at_us: int) -> int:
    """Return the first time at or after `at_us` when the probe asks."""
    first = started_us + probe.initial_delay_us
    if at_us <= first:
        return first
    return first - (first - at_us) // probe.period_us * probe.period_us


def succeeds_at(probe: Probe, started_us: int, answers_since_us: int) -> int:
    """Return when `success_threshold` answers in a row have been heard."""
    return next_tick(probe, started_us, answers_since_us) + (probe.success_threshold - 1) * probe.period_us


def fails_at(probe: Probe, started_us: int, silent_since_us: int) -> int:
    """Return when `failure_threshold` refusals in a row have been heard."""
    return next_tick(probe, started_us, silent_since_us) + (probe.failure_threshold - 1) * probe.period_us


def restart_delay(restarts: int, base_us: int = 10 * SECOND, most_us: int = 300 * SECOND) -> int:
    """Return how long a container waits before its restart number `restarts` (from 0).

    The first restart is at once, then 10 s doubling to 5 min after each exit; a run of more than ten minutes
    wipes the slate (pkg/kubelet/kuberuntime/kuberuntime_manager.go: doBackOff; client-go flowcontrol).
    """
    return 0 if restarts == 0 else doubled(restarts - 1, base_us, most_us)
