"""Default timings by Kubernetes version, each with its source, and the scenario's overrides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from statesim.kernel.distributions import Fixed
from statesim.scenario.specs import SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.kernel.distributions import Distribution


@dataclass(frozen=True, slots=True)
class Timings:
    """How long the platform's own steps take; all in microseconds, four of them distributions.

    Sources: kubelet Lease renewal 10 s (KL/kubelet.go), node monitor 5 s and grace 40 s, 50 s from 1.32
    (NLC/config, kubernetes#126287), tolerationSeconds 300 s (admission/defaulttolerationseconds), eviction
    0.1 nodes/s (nodelifecyclecontroller.go options), PodGC 20 s and 40 s quarantine (podgc), forced detach
    6 min (AD/attach_detach_controller.go), crash loop 10 s to 5 min (KL/kubelet.go), drain retry 5 s
    (kubectl/pkg/drain), scheduler back-off 1 s to 10 s (SCH/internal/queue). Provision, attach, detach,
    mount, and the lags are planning values.
    """

    node_heartbeat_us: int = 10 * SECOND
    node_monitor_period_us: int = 5 * SECOND
    node_monitor_grace_us: int = 40 * SECOND
    toleration_us: int = 300 * SECOND
    node_eviction_period_us: int = 10 * SECOND
    pod_gc_period_us: int = 20 * SECOND
    pod_gc_quarantine_us: int = 40 * SECOND
    force_detach_us: int = 360 * SECOND
    controller_lag_us: int = 20_000
    endpoints_lag_us: int = 20_000
    proxy_sync_us: int = 500_000
    scheduler_backoff_us: int = 1 * SECOND
    eviction_retry_us: int = 5 * SECOND
    crash_loop_base_us: int = 10 * SECOND
    crash_loop_max_us: int = 300 * SECOND
    provision: Distribution = Fixed(3 * SECOND)
    attach: Distribution = Fixed(2 * SECOND)
    detach: Distribution = Fixed(2 * SECOND)
    mount: Distribution = Fixed(500_000)

    @classmethod
    def for_version(cls, version: str, overrides: Mapping[str, Any]) -> Timings:
        """Return the defaults of a Kubernetes version with the scenario's `timings` laid over them."""
        timings = cls()
        if version_tuple(version) >= (1, 32):
            timings = replace(timings, node_monitor_grace_us=50 * SECOND)
        return replace(timings, **{ATTRIBUTES[name]: value for name, value in overrides.items()})


ATTRIBUTES = {
    "nodeHeartbeat": "node_heartbeat_us",
    "heartbeat": "node_heartbeat_us",
    "nodeMonitorPeriod": "node_monitor_period_us",
    "nodeMonitorGracePeriod": "node_monitor_grace_us",
    "tolerationSeconds": "toleration_us",
    "nodeEvictionPeriod": "node_eviction_period_us",
    "podGCPeriod": "pod_gc_period_us",
    "podGCQuarantine": "pod_gc_quarantine_us",
    "forceDetach": "force_detach_us",
    "controllerLag": "controller_lag_us",
    "endpointsLag": "endpoints_lag_us",
    "proxySync": "proxy_sync_us",
    "schedulerBackoff": "scheduler_backoff_us",
    "evictionRetry": "eviction_retry_us",
    "crashLoopBase": "crash_loop_base_us",
    "crashLoopMax": "crash_loop_max_us",
    "provision": "provision",
    "attach": "attach",
    "detach": "detach",
    "mount": "mount",
}
DISTRIBUTIONS = ("provision", "attach", "detach", "mount")


def version_tuple(version: str) -> tuple[int, int]:
    """Return ``1.32`` or ``v1.32.4`` as (1, 32).

    Raises
    ------
    ValueError
        If it is not a Kubernetes version between 1.20 and 1.34.
    """
    try:
        major, minor = (int(part) for part in version.removeprefix("v").split(".")[:2])
    except ValueError:
        raise ValueError(f"{version!r} is not a Kubernetes version; write it as \"1.32\"") from None
    if major != 1 or not 20 <= minor <= 34:
        raise ValueError(f"Kubernetes {version} is not known here; versions 1.20 to 1.34 are")
    return major, minor
