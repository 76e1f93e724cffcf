"""How long the machinery itself takes: one row a timing, each with its default and its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.kernel.distributions import Fixed
from statesim.kernel.spans import MILLISECOND, SECOND
from statesim.scenario.versions import DEFAULT_VERSION, minor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.kernel.distributions import Distribution

_MS, _S = MILLISECOND, SECOND


class Timing(NamedTuple):
    """One row of `TIMINGS`; `attribute` is that of `Timings`, `random` rows may be distributions."""

    attribute: str
    default_us: int
    meaning: str
    source: str
    random: bool = False


# key of the scenario's `timings:` -> what it is
TIMINGS: dict[str, Timing] = {
    "nodeHeartbeat": Timing(
        "node_heartbeat_us", 10 * _S, "a kubelet renews its lease", "pkg/kubelet: a quarter of the 40 s lease"
    ),
    "nodeMonitorPeriod": Timing(
        "node_monitor_period_us", 5 * _S, "the control plane looks for silent nodes", "--node-monitor-period"
    ),
    "nodeMonitorGracePeriod": Timing(
        "node_monitor_grace_period_us",
        40 * _S,
        "silence after which a node is NotReady (50s from Kubernetes 1.32 on)",
        "--node-monitor-grace-period; kubernetes PR 126287",
    ),
    "tolerationSeconds": Timing(
        "toleration_us",
        300 * _S,
        "how long pods tolerate a node that is not ready or unreachable, if they do not say",
        "plugin/pkg/admission/defaulttolerationseconds",
    ),
    "nodeEvictionPeriod": Timing(
        "node_eviction_period_us",
        10 * _S,
        "one node per zone gets its NoExecute taint in this time",
        "--node-eviction-rate 0.1",
    ),
    "podGCPeriod": Timing("pod_gc_period_us", 20 * _S, "pod garbage collection runs", "pkg/controller/podgc"),
    "podGCQuarantine": Timing(
        "pod_gc_quarantine_us", 40 * _S, "pods of a node that is gone are kept", "pkg/controller/podgc"
    ),
    "provision": Timing(
        "provision",
        3 * _S,
        "a volume is made for a claim",
        "chosen: usual for cloud block storage",
        random=True,
    ),
    "attach": Timing(
        "attach",
        2 * _S,
        "a volume is attached to a node",
        "chosen: usual for cloud block storage",
        random=True,
    ),
    "detach": Timing(
        "detach",
        2 * _S,
        "a volume is detached from a node",
        "chosen: usual for cloud block storage",
        random=True,
    ),
    "attachDetachSync": Timing(
        "attach_detach_sync_us",
        100 * _MS,
        "the attach-detach controller comes round",
        "pkg/controller/volume/attachdetach: DefaultTimerConfig",
    ),
    "mount": Timing(
        "mount",
        500 * _MS,
        "a pod's volumes are mounted",
        "chosen: some loops of pkg/kubelet/volumemanager",
        random=True,
    ),
    "resize": Timing(
        "resize",
        5 * _S,
        "a volume is made larger",
        "chosen: usual for cloud block storage",
        random=True,
    ),
    "fileSystemResize": Timing(
        "file_system_resize",
        1 * _S,
        "a kubelet makes a mounted file system larger",
        "chosen: some loops of pkg/kubelet/volumemanager",
        random=True,
    ),
    "attachTimeout": Timing(
        "attach_timeout_us",
        120 * _S,
        "an attachment that is not there yet is complained of",
        "pkg/volume/csi/csi_attacher.go: csiTimeout",
    ),
    "nodeStatusPeriod": Timing(
        "node_status_period_us",
        0,
        "a kubelet reports which volumes it uses (10s in a real one; 0s = at once)",
        "chosen; pkg/kubelet: nodeStatusUpdateFrequency",
    ),
    "forceDetach": Timing(
        "force_detach_us",
        360 * _S,
        "a volume is taken from a node that never unmounted it",
        "pkg/controller/volume/attachdetach: DefaultTimerConfig",
    ),
    "endpointsLag": Timing(
        "endpoints_lag_us",
        20 * _MS,
        "a pod's change reaches the EndpointSlice",
        "chosen: a controller at rest",
    ),
    "proxySync": Timing(
        "proxy_sync_us",
        500 * _MS,
        "an EndpointSlice's change reaches the proxies, and so the clients",
        "kube-proxy minSyncPeriod 1 s: half of it on average",
    ),
    "controllerLag": Timing(
        "controller_lag_us", 20 * _MS, "a controller hears of a change", "recorded on a control plane at rest"
    ),
    "schedulerBackoff": Timing(
        "scheduler_backoff_us",
        1 * _S,
        "the scheduler's first pause before it tries a pod again, doubled up to 10 s",
        "pkg/scheduler/internal/queue",
    ),
    "dnsTTL": Timing(
        "dns_ttl_us",
        30 * _S,
        "the TTL of the cluster's DNS records",
        "cluster/addons/dns/coredns: Corefile, ttl 30",
    ),
    "dnsServerCache": Timing(
        "dns_server_cache_us",
        30 * _S,
        "the DNS servers repeat an answer, also that a name does not exist (0s: newer kubeadm)",
        "cluster/addons/dns/coredns: Corefile, cache 30; kubernetes PR 128359",
    ),
    "statusPeriod": Timing(
        "status_period_us", 10 * _S, "a kubelet reports what it could not report before", "pkg/kubelet/status"
    ),
    "crashLoopBase": Timing(
        "crash_loop_base_us",
        10 * _S,
        "the first pause before a restart, doubled each time",
        "pkg/kubelet: backOffPeriod",
    ),
    "crashLoopMax": Timing(
        "crash_loop_max_us",
        300 * _S,
        "the longest pause before a restart",
        "pkg/kubelet: MaxContainerBackOff",
    ),
    "kubeletRelist": Timing(
        "kubelet_relist_us",
        1 * _S,
        "a kubelet that is heard again lists its pods, and learns what it missed",
        "chosen: the first back-off (0.8 s, with jitter) of client-go tools/cache/reflector.go",
    ),
    "evictionMonitoring": Timing(
        "eviction_monitoring_us",
        10 * _S,
        "a kubelet looks whether memory or disk run out",
        "pkg/kubelet/kubelet.go: evictionMonitoringPeriod",
    ),
    "evictionPressureTransition": Timing(
        "eviction_pressure_transition_us",
        300 * _S,
        "a node goes on saying that it is under pressure after that is over",
        "pkg/kubelet/apis/config/v1beta1/defaults.go: evictionPressureTransitionPeriod",
    ),
    "evictionRetry": Timing(
        "eviction_retry_us", 5 * _S, "kubectl drain asks again after a refusal", "kubectl/pkg/drain"
    ),
}


@dataclass(frozen=True, slots=True)
class Timings:
    """Every timing of one run. Those of volumes are distributions, all others microseconds."""

    node_heartbeat_us: int
    node_monitor_period_us: int
    node_monitor_grace_period_us: int
    toleration_us: int
    node_eviction_period_us: int
    pod_gc_period_us: int
    pod_gc_quarantine_us: int
    provision: Distribution
    attach: Distribution
    detach: Distribution
    attach_detach_sync_us: int
    mount: Distribution
    resize: Distribution
    file_system_resize: Distribution
    attach_timeout_us: int
    node_status_period_us: int
    force_detach_us: int | None
    endpoints_lag_us: int
    proxy_sync_us: int
    controller_lag_us: int
    scheduler_backoff_us: int
    dns_ttl_us: int
    dns_server_cache_us: int
    status_period_us: int
    crash_loop_base_us: int
    crash_loop_max_us: int
    kubelet_relist_us: int
    eviction_monitoring_us: int
    eviction_pressure_transition_us: int
    eviction_retry_us: int

    @classmethod
    def for_version(
        cls, version: str = DEFAULT_VERSION, overrides: Mapping[str, Any] | None = None
    ) -> Timings:
        """Return the defaults of a Kubernetes version, with what a scenario overrides.

        Parameters
        ----------
        version
            ``1.32`` or ``1.32.4``.
        overrides
            By key of `TIMINGS`: microseconds, or a distribution where the row is `random`.
        """
        given = overrides or {}
        chosen: dict[str, Any] = {}
        for key, row in TIMINGS.items():
            value = given.get(key, _default_us(key, row, version))
            chosen[row.attribute] = Fixed(value) if row.random and isinstance(value, int) else value
        return cls(**chosen)


def _default_us(key: str, row: Timing, version: str) -> int:
    if key == "nodeMonitorGracePeriod" and minor(version) >= 32:
        return 50 * _S
    return row.default_us
