"""Which events the objects of a kind can have: every word that a trace may hold.

The meaning of each, and its keys, are in ``docs/reference/trace.md``. Tests hold the table against what the
code emits, what shipped scenarios leave in their traces, and that page.
"""

from __future__ import annotations

# what may happen to every object that somebody can write
_OBJECT = "Created Changed Terminating Unprotected Deleted OwnerChanged Refused"
_WORKLOAD = f"{_OBJECT} Scaled Status"
_MAKES_PODS = f"{_WORKLOAD} FailedCreate FailedUpdate FailedDelete"

EVENT_NAMES: dict[str, tuple[str, ...]] = {
    kind: tuple(names.split())
    for kind, names in {
        "Run": "Started Ended",
        "Node": (
            f"{_OBJECT} NotReady Ready Tainted Cordoned Uncordoned Drained DrainFailed MemoryPressure "
            "DiskPressure EvictionThresholdMet Learned VolumesInUse Crashed Paused Recovered CutOff "
            "Reconnected ClockSet"
        ),
        "Pod": (
            f"{_OBJECT} Scheduled FailedScheduling Preempted NominationCleared Ungated FailedMount "
            "ConditionsSet "
            "FailedAttachVolume VolumesAttached Pulled Started Ready NotReady Evicted Restarted BackOff "
            "PreStop ErrImagePull ImagePullBackOff Unhealthy "
            "ProbeFailed ProbeEnded InitStarted Failed Succeeded DisruptionTarget Labelled"
        ),
        "Deployment": f"{_WORKLOAD} ReplicaSetCreateError",
        "ReplicaSet": _MAKES_PODS,
        "StatefulSet": f"{_MAKES_PODS} RecreatingFailedPod RecreatingTerminatedPod",
        "PersistentVolumeClaim": (
            f"{_OBJECT} SelectedNode Rescheduled Bound Lost WaitForFirstConsumer WaitForPodScheduled "
            "ExternalProvisioning FailedBinding ProvisioningFailed VolumeMismatch Resizing "
            "FileSystemResizeRequired FileSystemResizeSuccessful"
        ),
        "PersistentVolume": (
            f"{_OBJECT} Provisioned Reserved Bound Released Available Resized VolumeFailedDelete Lost Full"
        ),
        "VolumeAttachment": (
            "AttachRequested Attached DetachRequested Detached DetachFailed Unneeded Needed MultiAttach"
        ),
        "EndpointSlice": "EndpointsChanged TerminatingChanged Deleted",
        "PodDisruptionBudget": f"{_OBJECT} Status Granted",
        **dict.fromkeys(
            ("ControllerRevision", "Service", "StorageClass", "PriorityClass", "ResourceQuota"), _OBJECT
        ),
        "Lease": "LeaderElection",
        "Container": "Created Restarting Restarted NotRestarted NotStarted StartedAgain Stopped Removed Told",
        "Process": "Running Listening Exited Frozen Thawed",
        "DataDirectory": "Initialised Recovered Restored Corrupted TailLost Lost",
        "System": (
            "MembershipForced "
            "TableCreated ContractChanged MajorityLost Reconfigured Repaired "
            "LeaseExpired Elected SyncNames PrimaryLost Rebalanced SessionsLost CacheStarted StreamsCut "
            "ViewInstalled Recovering "
            "SwitchoverRequested Paused Resumed StoreLost "
            "UnreachableSource DeadSource Fenced "
            "TableDistributed InDoubt TwoPhaseRecovered MetadataUpdated TrafficHeld "
            "ShardsOutOfReach ShardsAnswer"
        ),
        "Member": (
            "Unreachable Expelled MajorityLost LeftGroup "
            "Role Diverged Rewound Promoted Demoted Cloned CaughtUp Founded Joined Replaced MarkedDown "
            "HintsDelivered CommitLogTailLost LogRemoved FlowsMoved FlowsLost "
            "Bootstrapped Overwritten "
            "AgentStopped AgentContinued WaitsForLeader "
            "SemiSyncOff SemiSyncOn RelayLogDropped "
            "Registered"
        ),
        "Client": (
            "Workload RateChanged SessionOpened StaleAddress SessionBroken SessionClosed LoggedOut Outage "
            "Recovered Lost "
            "Traffic"
        ),
        "Fault": "Started Ended Skipped",
        "Finding": "Violated",
    }.items()
}
