"""What differs between versions of Kubernetes without a gate: a row a behaviour or a wording.

``Features.has`` asks the table; what has a gate stands in ``versions.GATES``. A source that says "unverified"
names what could not be confirmed: mostly the version, where a change has no release note.
"""

from __future__ import annotations

from typing import NamedTuple


class Behaviour(NamedTuple):
    """One row of `BEHAVIOURS`: what has been so `since` a minor version."""

    since: int
    meaning: str
    source: str


WORKLOADS: dict[str, Behaviour] = {
    "StatefulSetRestoresClaims": Behaviour(
        27, "a Pending pod's missing claims are made again", "PR #113270; release notes of 1.27"
    ),
    "StatefulSetBatches": Behaviour(
        28,
        "Parallel sets make and delete pods in batches of 1, 2, 4, …",
        "PR #117865; release notes of 1.28",
    ),
    "StatefulSetCountsFirst": Behaviour(
        28,
        "a set's status does not count the pods that the same pass makes, and still counts those it deletes",
        "issue #120732, which names PR #117865",
    ),
    "StatefulSetCompletion": Behaviour(
        29,
        "a rollout is complete when as many pods as wanted are there, not as many as were made",
        "PR #120731; release notes of 1.29 (also in patches of 1.27 and 1.28: issue #119684)",
    ),
    "StatefulSetRestartsSucceeded": Behaviour(
        29,
        "a Succeeded pod is made again as a Failed one is",
        "PR #121389; release notes of 1.29 (also in patches of 1.27 and 1.28: PRs #121921, #121920)",
    ),
    "StatefulSetWaitsForRemoval": Behaviour(
        31,
        "an ended pod is made again in the pass after its removal",
        "PR #123809; release notes of 1.31 (also in patches of 1.28 and later: PR #124565)",
    ),
    "StatefulSetSaysMinReady": Behaviour(
        22,
        "minReadySeconds is among the fields that a refused update says can change",
        "PR #100842 (that it names the field from the start is unverified)",
    ),
    "StatefulSetSaysRetention": Behaviour(
        23,
        "so is persistentVolumeClaimRetentionPolicy",
        "KEP-1847, alpha in 1.23 (that it names the field from the start is unverified)",
    ),
    "StatefulSetSaysOrdinals": Behaviour(
        26,
        "so is ordinals",
        "validation.go: ValidateStatefulSetUpdate; KEP-3335, alpha in 1.26 (that it names the field from the "
        "start is unverified)",
    ),
    "StatefulSetHistoryCanChange": Behaviour(
        33,
        "revisionHistoryLimit can be changed, before not",
        "issue #130263 (refused by 1.31); PR #129017 and release notes of 1.33 (that they are about this is "
        "unverified)",
    ),
    "StatefulSetReplacesBrokenFirst": Behaviour(
        37,
        "broken pods of an old revision do not use up maxUnavailable in Parallel sets",
        "PR #137666 (issue #137409)",
    ),
    "BudgetSkipsUnmanaged": Behaviour(
        22,
        "a budget leaves pods without a controller out; before, one of them made it allow nothing",
        "PR #103414; release notes of 1.22",
    ),
}

NODES: dict[str, Behaviour] = {
    "ShutdownSaysTerminated": Behaviour(
        22,
        "the reason of pods that end with their node's shutdown is Terminated, before Shutdown",
        "PR #102840; release notes of 1.22",
    ),
    "PodGCEvictedFirst": Behaviour(
        27,
        "the collector of finished pods deletes evicted ones first",
        "PR #116167; release notes of 1.27",
    ),
    "DetachUnhealthyOnly": Behaviour(
        25,
        "after six minutes volumes are taken from nodes that are not Ready only, before from any",
        "PR #110721; release notes of 1.25",
    ),
    "DetachTimeoutSwitch": Behaviour(
        30, "--disable-force-detach-on-timeout", "PR #120344; website PR #45119 (1.30)"
    ),
}

SCHEDULING: dict[str, Behaviour] = {
    "QueueRegisteredEvents": Behaviour(
        22,
        "an event moves the pods that it may help, before all that were put aside",
        "issue #100347 (some plugins had it in 1.21)",
    ),
    "QueueCountsForSpread": Behaviour(
        31,
        "a pod that comes to a node, or changes there, also moves those that wait to be spread, before only "
        "those whose affinity wants it",
        "PR #122627; release notes of 1.31",
    ),
    "QueueFiveMinutes": Behaviour(
        24,
        "a pod that no event moves is tried again after five minutes, before after one",
        "PR #108761; release notes of 1.24",
    ),
    "ScoreDeviation": Behaviour(
        22,
        "a node's balance is the deviation of its shares, before their difference",
        "PR #101946; release notes of 1.22",
    ),
    "ScoreRequests": Behaviour(
        23,
        "that balance is of what is requested, before also of what is guessed where nothing is",
        "PR #105845; release notes of 1.23 (also in patches of 1.22: PR #106081)",
    ),
    "ScoreWeights": Behaviour(
        23,
        "taints count 3, node and pod affinity 2 each; before 1",
        "PR #104251 (KubeSchedulerConfiguration v1beta3); release notes of 1.23",
    ),
    "FitTooSmallIsFinal": Behaviour(
        34,
        "preemption is not tried on a node whose capacity is too small for the pod",
        "PR #131345 (opened when 1.33 was frozen, without a release note; that 1.34 has it is unverified)",
    ),
    "PreemptionOwnVictims": Behaviour(
        27,
        "a preemptor waits for pods that preemption ends, before for any that is ending on its node; their "
        "condition's reason is PreemptionByScheduler, before PreemptionByKubeScheduler",
        "PR #114623; release notes of 1.27",
    ),
}

SCHEDULER_WORDS: dict[str, Behaviour] = {
    "SaysSelector": Behaviour(
        21, 'a node "didn\'t match Pod\'s node affinity/selector", before "node affinity"', "PR #97521"
    ),
    "SaysAffinityRules": Behaviour(
        21,
        'the general reason of pod affinity ends in "rules"',
        "interpodaffinity/filtering.go: not in 1.20 (the version is unverified)",
    ),
    "SaysAffinityOnce": Behaviour(
        22, "pod affinity gives its precise reason only, before also a general one", "PR #102518"
    ),
    "SaysUntolerated": Behaviour(
        24,
        'a node "had untolerated taint {k: v}", before "had taint {k: v}, that the pod didn\'t tolerate"',
        "PR #109119 (for 1.24; PR #107775 shows the old words before, issue #116133 the new in 1.26.1)",
    ),
    "SaysPreemption": Behaviour(
        24, "the message tells why preemption did not help", "PR #107775; release notes of 1.24"
    ),
    "SaysOnce": Behaviour(
        26,
        "what concerns all nodes is said once, not counted; the last full stop is doubled",
        "PR #110894 (a change of 1.26: PR #119953; the stops: issue #116133)",
    ),
    "SaysOneStop": Behaviour(
        28, "that full stop is not doubled", "PR #117588, issue #123301 (the version is unverified)"
    ),
    "SaysNoTaint": Behaviour(
        34,
        'a node "had untolerated taint(s)", without key and value',
        "PR #134740; PR #135023 brought it to a patch of 1.34",
    ),
}

EVENTS: dict[str, Behaviour] = {
    "EventVolumesUnprocessed": Behaviour(
        27,
        "who waits for volumes tells those not processed apart, and as unattached only those that are",
        "PR #112719; not in 1.26 (the version is unverified)",
    ),
    "EventNoMountTimeout": Behaviour(
        28,
        "a kubelet that waits in vain for volumes makes no Event of it, unless something fails",
        "PR #117412; kubelet.go: SyncPod (wait.Interrupted)",
    ),
    "EventHidesPreemptor": Behaviour(
        27,
        "a victim's Event names no preemptor, before its namespace and name",
        "PR #114923; release notes of 1.27 (also in patches of 1.23 to 1.26: PR #114946)",
    ),
    "EventPreemptorUid": Behaviour(
        29, "a victim's Event has the preemptor's uid", "PR #119971; release notes of 1.29"
    ),
    "EventOldReplicas": Behaviour(
        25,
        "the Event of a ReplicaSet that is scaled ends in its earlier size",
        "PR #101142 (the version is unverified)",
    ),
    "EventFromTo": Behaviour(
        32,
        'the Event of a ReplicaSet\'s size says "from N to M", also of a new one',
        "PR #125118; release notes of 1.32",
    ),
    "EventEvictionController": Behaviour(
        29, "taint-eviction-controller tells of evictions, before taint-controller", "PR #119208 (KEP-3902)"
    ),
    "EventBackOffPod": Behaviour(
        26,
        "the Event of a back-off names container and pod",
        "PR #113216; not in 1.20 (the version is unverified)",
    ),
    "EventContainerColon": Behaviour(
        32,
        '"Created container: NAME", before without a colon',
        "kuberuntime_container.go: startContainer, as newrelic/nri-kube-events PR #463 met it",
    ),
}

FIELDS: dict[str, Behaviour] = {
    "FieldStorageProvisioner": Behaviour(
        23,
        "the annotation volume.kubernetes.io/storage-provisioner of claims, beside the beta one",
        '"Well-Known Labels, Annotations and Taints": the beta one is deprecated since 1.23',
    ),
    "FieldBoundToken": Behaviour(
        21,
        "a pod's token is a projected volume, before a Secret",
        "KEP-1205: BoundServiceAccountTokenVolume is beta",
    ),
    "FieldHostIPs": Behaviour(29, "status.hostIPs of pods", "KEP-2681: PodHostIPs is beta"),
    "FieldReadyToStart": Behaviour(
        29,
        "the condition PodReadyToStartContainers",
        "KEP-3085: PodReadyToStartContainersCondition is beta",
    ),
}

BEHAVIOURS: dict[str, Behaviour] = {
    **WORKLOADS,
    **NODES,
    **SCHEDULING,
    **SCHEDULER_WORDS,
    **EVENTS,
    **FIELDS,
}
