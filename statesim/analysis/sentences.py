"""Events as sentences: what a person would say, from the event's name and its fields."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.analysis.chinese import in_chinese, reason
from statesim.analysis.instants import instant
from statesim.analysis.outcome import duration_text
from statesim.analysis.outcome_words import OUTCOME
from statesim.analysis.phrases import Say, known_language
from statesim.analysis.sentences_zh import ANY_KIND_ZH, BECAUSE_ZH, NOBODY_ZH, SENTENCES_ZH, SETTLED_ZH
from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.kernel.trace import TraceEvent

# {name} = the object's name; any field by its name; an absent field leaves out the brackets around it
SENTENCES = {
    "Run/Started": "the run begins",
    "Run/Ended": "the run ends",
    "Node/Created": "node {name} joins[ in zone {zone}]",
    "Node/NotReady": "the control plane calls node {name} NotReady[ (status {status})]",
    "Node/Ready": "the control plane calls node {name} Ready",
    "Node/Tainted": "node {name} carries the taints {taints}",
    "Node/Cordoned": "node {name} takes no new pods",
    "Node/Uncordoned": "node {name} takes pods again",
    "Node/Deleted": "node {name} is removed from the API",
    "Node/Crashed": "machine {name} loses power",
    "Node/Paused": "machine {name} stands still",
    "Node/Recovered": "machine {name} runs again[ ({how})]",
    "Node/CutOff": "node {name} can no longer reach the control plane",
    "Node/ClockSet": "the clock of machine {name} is set: it is {offset_s} s ahead of the true time",
    "Node/Reconnected": "node {name} reaches the control plane again",
    "Pod/Created": "pod {name} is created[ for {owner}]",
    "Pod/Scheduled": "pod {name} is scheduled to {node}",
    "Pod/FailedScheduling": "pod {name} cannot be scheduled",
    "Pod/Preempted": "pod {name} must make room on {node}[ for {by}]",
    "Pod/NominationCleared": "no room is kept for pod {name} any more",
    "Pod/Ungated": "pod {name} may be scheduled",
    "Pod/ConditionsSet": "a person sets conditions of pod {name}",
    "Pod/VolumesAttached": "pod {name} has its volumes on {node}",
    "Pod/Pulled": "the image of pod {name} is there",
    "Pod/InitStarted": "the init container {container} of pod {name} runs",
    "Pod/Started": "pod {name} is running[ on {node}]",
    "Pod/Ready": "pod {name} is Ready",
    "Pod/NotReady": "pod {name} is no longer Ready",
    "Pod/Terminating": "pod {name} shall terminate[, with {grace_s} s of grace]",
    "Pod/Evicted": "pod {name} is evicted",
    "Pod/Deleted": "pod {name} is gone from the API",
    "Pod/Restarted": "the container of pod {name} was restarted[ ({restarts} times so far)]",
    "Pod/BackOff": "the kubelet waits[ {delay_s} s] before it starts the container of pod {name} again",
    "Pod/Failed": "pod {name} has failed[ ({reason})]",
    "Pod/Succeeded": "pod {name} has completed",
    "Pod/Labelled": "pod {name} carries the labels {labels}",
    "Pod/Unhealthy": "pod {name} fails a probe too often",
    "Pod/ProbeFailed": "the {probe} probe of pod {name} fails",
    "Pod/ProbeEnded": "the {probe} probe of pod {name} fails no longer",
    "Container/Created": "a container {name} is made on {node}[ at {address}][, restart policy {restart}]",
    "Container/Restarting": "the daemon waits {delay_s} s before it starts container {name} again",
    "Container/Restarted": "the daemon starts container {name} again[ ({restarts} times so far)]",
    "Container/NotRestarted": "nobody starts container {name} again on {node}",
    "Container/NotStarted": "container {name} cannot be started on {node}",
    "Container/StartedAgain": "container {name} starts again on {node}",
    "Container/Stopped": "container {name} has stopped on {node}",
    "Container/Removed": "container {name} is removed from {node}, and its layer with it",
    "Container/Told": "clients go to {address} for container {name} from now on",
    "Process/Running": "the program of {name} runs[ on {node}]",
    "Process/Listening": "the program of {name} answers",
    "Process/Exited": "the program of {name} has ended[ ({how})]",
    "Process/Frozen": "the program of {name} stands still",
    "Process/Thawed": "the program of {name} goes on where it was",
    "Member/Role": "{name} is now {role}",
    "Member/Promoted": "{name} was promoted[ to timeline {timeline}]",
    "Member/Demoted": "{name} was demoted",
    "Member/FlowsMoved": "{name} goes on with {count} flows of {of}",
    "Member/FlowsLost": "{name} knows nothing of {count} flows of {of}",
    "Member/Diverged": "{name} has a history of its own",
    "Member/Rewound": "{name} rewound its data to the new primary's history",
    "Member/Cloned": "{name} has a copy of the data[, from {source}]",
    "Member/CaughtUp": "{name} has caught up",
    "Member/AgentStopped": "the agent of {name} stands still, and its server goes on without it",
    "Member/WaitsForLeader": "{name} has no data, and nobody to copy them from",
    "Member/AgentContinued": "the agent of {name} goes on",
    "Member/Founded": "{name} founds a ring in rack {rack}",
    "Member/Joined": "{name} has joined the ring as a new host in rack {rack}",
    "Member/Replaced": "{name} has taken a dead host's place in rack {rack}",
    "Member/MarkedDown": "the others take {name} for dead",
    "Member/HintsDelivered": "{name} got {count} writes that it had missed from {by}",
    "Member/CommitLogTailLost": "{name} has lost {count} writes that were not on its disk yet",
    "Member/Registered": "{name} tells the coordinator its name, {node}[; its {missing} shards are gone]",
    "Member/LogRemoved": "{name} cannot catch up: its primary no longer has the log that it lacks",
    "Member/Bootstrapped": "{name} begins a cluster from what it has[: {seqno} writes]",
    "Member/Overwritten": "{count} writes that only {name} had are overwritten by what {by} has",
    "Member/SemiSyncOff": "{name} goes on without acknowledgements: it commits asynchronously",
    "Member/SemiSyncOn": "{name} waits for acknowledgements again",
    "Member/RelayLogDropped": "{name} throws away {count} transactions that it had received and not applied",
    "System/UnreachableSource": "in {name}, orchestrator cannot reach the source {pod}",
    "System/DeadSource": "in {name}, orchestrator holds the source {pod} to be dead",
    "System/Fenced": "in {name}, {node} is switched off before {pod} is promoted",
    "Member/Unreachable": "the others have not heard {name}: it is UNREACHABLE",
    "Member/Expelled": "the others have expelled {name} from the group",
    "Member/MajorityLost": "{name} cannot reach a majority of the group: it blocks all updates",
    "Member/LeftGroup": "{name} is out of the group for good ({reason}): {action}",
    "System/MembershipForced": "a person makes {members} the whole group of {name}",
    "System/TableDistributed": "{name} has a table of {shards} shards on {workers} workers",
    "System/ShardsOutOfReach": "the {shards} shards of {name} on {node} are out of reach",
    "System/ShardsAnswer": "the {shards} shards of {name} on {node} answer again",
    "System/MetadataUpdated": "the coordinator of {name} sends what is for {group} to {pod}",
    "System/TrafficHeld": "the coordinator of {name} holds back what is for {group}",
    "System/InDoubt": "{name} has {count} transactions in doubt: their rows are locked",
    "System/TwoPhaseRecovered": "{name} has committed {committed} parts in doubt, rolled back {rolled_back}",
    "System/ViewInstalled": "{name} has a component of {members}",
    "System/TableCreated": "the table of {name} is made on {servers}",
    "System/ContractChanged": "{by} writes a contract of {name}: {primary} is primary"
    "[ and hands over to {hand_over}]; voters: {voters}",
    "System/MajorityLost": "of the voters of {name} ({voters}) no more than {there} hear each other",
    "System/Reconfigured": "a person puts {newcomer} in the place of {gone} in {name}",
    "System/Repaired": "a person repairs {name} with what {left} have ({mode})",
    "System/LeaseExpired": "the lease of {holder} in {name} has expired",
    "System/Elected": "{pod} wins the election of {name}[ (term {term})]",
    "System/SyncNames": "in {name}, {pods} must confirm commits",
    "System/StoreLost": "the store of {name} has lost all its keys",
    "System/SwitchoverRequested": "somebody asks {pod} of {name} to hand over to {candidate}",
    "System/Paused": "the management of {name} is paused: nobody is promoted or started",
    "System/Resumed": "the management of {name} goes on",
    "System/PrimaryLost": "{name} has lost its primary[ {pod}]: nobody can write[ ({reason})]",
    "System/Rebalanced": "in {name}, each of {sessions} sessions has its owners again[: {members}]",
    "System/CacheStarted": "the cache {pod} of {name} has started: {cache}",
    "System/StreamsCut": "{pod} of {name} has cut off {count} of its {of} viewers",
    "System/SessionsLost": "{name} has lost {count} sessions with {pod}",
    "System/Recovering": "{name} is being brought back: {by}[, {expected_s} s]",
    "PersistentVolume/Provisioned": "volume {name} was made[ in zone {zone}][ for claim {claim}]",
    "PersistentVolume/Lost": "volume {name} is lost",
    "PersistentVolumeClaim/Bound": "claim {name} is bound to {volume}",
    "PersistentVolumeClaim/WaitForFirstConsumer": "claim {name} stays Pending",
    "PersistentVolumeClaim/WaitForPodScheduled": "claim {name} stays Pending",
    "PersistentVolumeClaim/ExternalProvisioning": "claim {name} stays Pending",
    "PersistentVolumeClaim/FailedBinding": "claim {name} stays Pending",
    "PersistentVolumeClaim/ProvisioningFailed": "claim {name} stays Pending",
    "PersistentVolumeClaim/VolumeMismatch": "claim {name} stays Pending",
    "PersistentVolumeClaim/Rescheduled": "claim {name} waits for another node",
    "PersistentVolumeClaim/Lost": "claim {name} is Lost",
    "PersistentVolumeClaim/Resizing": "the volume of claim {name} is made larger[: {size_bytes} bytes]",
    "PersistentVolumeClaim/FileSystemResizeRequired": "the file system of claim {name} must grow",
    "PersistentVolumeClaim/FileSystemResizeSuccessful": "claim {name} has grown[: {size_bytes} bytes]",
    "PersistentVolume/Full": "volume {name} is full",
    "PersistentVolume/Resized": "volume {name} has become larger[: {size_bytes} bytes]",
    "PersistentVolume/Available": "volume {name} can be bound",
    "PersistentVolume/Reserved": "volume {name} is reserved[ for claim {claim}]",
    "PersistentVolume/VolumeFailedDelete": "volume {name} cannot be deleted",
    "VolumeAttachment/DetachFailed": "volume {volume} is not detached from {node}",
    "Pod/FailedAttachVolume": "volume {volume} of pod {name} is not attached[ to {node}]",
    "Pod/FailedMount": "pod {name} waits for its volumes[ on {node}][ ({waits_for})]",
    "VolumeAttachment/AttachRequested": "volume {volume} shall be attached to {node}",
    "VolumeAttachment/Attached": "volume {volume} is attached to {node}",
    "VolumeAttachment/DetachRequested": "volume {volume} shall be detached from {node}",
    "VolumeAttachment/Detached": "volume {volume} is detached from {node}",
    "VolumeAttachment/MultiAttach": "volume {volume} cannot go to {node}: it is held by {held_by}",
    "DataDirectory/Initialised": "an empty database was created for {pod}",
    "DataDirectory/Restored": "{pod} is restored as of {as_of_s} s, from a backup of {backup_of_s} s",
    "DataDirectory/Recovered": "{pod} replayed its log[ for {replayed_s} s]",
    "DataDirectory/Corrupted": "{name} is corrupted: {why} ({pods})",
    "DataDirectory/TailLost": "{count} writes are not in {name} any more: {why}",
    "DataDirectory/Lost": "data directory {name} is gone[, with {entries} entries]",
    "EndpointSlice/EndpointsChanged": "Service {name} now sends connections to {ready}",
    "EndpointSlice/TerminatingChanged": "of the pods behind {name} that terminate, {serving} can still serve",
    "Pod/PreStop": "the preStop hook of {name} runs[ for {runs_s} s]",
    "Client/StaleAddress": "{name} still goes to the old address of {pod}",
    "Client/SessionOpened": "{name} opens session {session} with {pod}",
    "Client/SessionBroken": "{name} loses session {session}[ with {pod}][ ({how})]",
    "Client/SessionClosed": "{name} closes session {session} with {pod}[ ({why})]",
    "Client/LoggedOut": "the user of session {session} of {name} is not logged in any more[, {pod} says]",
    "Client/RateChanged": "{name} is asked {rate} times a second from now on",
    "Client/Traffic": "{name} has counted its {f}s since {since_s} s[: {ok} answered][, {failed} failed]"
    "[, {unknown} of unknown outcome][, {aborted} aborted]",
    "Client/Outage": "no {f} of {name} succeeds any more[; the last one that did was at {last_ok}]",
    "Client/Recovered": "the first {f} of {name} succeeds again[ after {outage}]",
    "Client/Lost": "{count} acknowledged writes of {name} are missing from what survives",
    "Fault/Started": "{label}[ from {from}][ ({targets})]",
    "Fault/Ended": "{label} is over",
    "Fault/Skipped": "{label} could not be done",
    "Finding/Violated": "{sentence}",
    "Pod/OwnerChanged": "pod {name} belongs to nobody any more",
    "StatefulSet/Status": "StatefulSet {name} has {readyReplicas} of {spec_replicas} pods Ready",
    "Deployment/Status": "Deployment {name} has {readyReplicas} of {spec_replicas} pods Ready",
    "ReplicaSet/Status": "ReplicaSet {name} has {readyReplicas} of {spec_replicas} pods Ready",
    "Node/VolumesInUse": "the kubelet of {name} reports as mounted: {volumes}",
    "PersistentVolumeClaim/SelectedNode": "claim {name} shall have its volume near {node}",
    "VolumeAttachment/Unneeded": "nobody on {node} needs volume {volume} any more",
    "VolumeAttachment/Needed": "volume {volume} is needed on {node} again",
    "PodDisruptionBudget/Status": "budget {name} allows {disruptions_allowed} pods to be evicted",
    "PodDisruptionBudget/Granted": "budget {name} grants the eviction[ of {pod}]",
    "PodDisruptionBudget/Refused": "budget {name} refuses the eviction of {pod}[ ({status})]"
    "[, {times} times until {until_s} s]",
    "Node/Learned": "the kubelet of {name} learns of it only now",
    "Node/MemoryPressure": "the kubelet of {name} reports MemoryPressure: {status}",
    "Node/DiskPressure": "the kubelet of {name} reports DiskPressure: {status}",
    "Node/EvictionThresholdMet": "the kubelet of {name} evicts",
    "Pod/ErrImagePull": "an image of pod {name} cannot be pulled[: {image}]",
    "Pod/ImagePullBackOff": "the kubelet waits[ {delay_s} s] before it pulls {image} for pod {name} again",
    "Lease/LeaderElection": "{holder} becomes the leader of {name}",
    "Pod/DisruptionTarget": "pod {name} is about to be ended[ ({reason})]",
    "Node/Drained": "node {name} is drained",
    "Node/DrainFailed": "the drain of node {name} fails",
}

# what a controller says that finds everything as it should be
_SETTLED = "settled"
_NOTHING_LEFT = {"en": "{text}, and its controller has nothing left to do", "zh": SETTLED_ZH}
_BECAUSE = {"en": "{text}, because {why}", "zh": BECAUSE_ZH}
_NOBODY = {"en": "nobody", "zh": NOBODY_ZH}
_UNFORESEEN = "{object}: {event}"
_OF_OBJECT = ("kind", "name")
_FIELD = re.compile(r"\{(\w+)\}")
_OPTIONAL = re.compile(r"\[([^]]*)\]")

ANY_KIND = {
    "Created": "{kind} {name} is created",
    "Deleted": "{kind} {name} is gone from the API",
    "Terminating": "{kind} {name} shall be deleted",
    "Scaled": "{kind} {name} shall have {replicas} pods",
    "Changed": "{kind} {name} is changed[ (revision {revision})]",
    "Bound": "{kind} {name} is bound[ to {claim}]",
    "Released": "{kind} {name} belongs to no claim any more",
}


class Told(NamedTuple):
    """What is said of an event, before it is put together.

    Attributes
    ----------
    template
        The sentence with its fields still in braces. ``{kind}`` and ``{name}`` are of the event's object.
    fields
        What is said for each of the other fields, in the order in which they first stand there.
    why
        The reason that follows, or nothing.
    """

    template: str
    fields: dict[str, str]
    why: str


def told(event: TraceEvent, language: str = "en", labels: Mapping[str, str] | None = None) -> Told:
    """Return the template of an event's sentence, and what is to be put into it.

    An event that nobody has foreseen is told by its name: ``Widget/x: Polished``.

    Parameters
    ----------
    language
        ``en`` or ``zh``. Templates in both have the same fields.
    labels
        What the scenario's labels are called in that language, where it says so (`RunRecord.translations`).
    """
    kind, name = of_object(event.object)
    values = _values(event, kind, name, known_language(language))
    why = str(event.fields.get("why") or "")
    key, of_kind, of_any = f"{kind}/{event.event}", SENTENCES, ANY_KIND
    if language == "zh":
        values, of_kind, of_any = in_chinese(values, labels or {}), SENTENCES_ZH, ANY_KIND_ZH
    whole = _decided(of_kind.get(key) or of_any.get(event.event) or _UNFORESEEN, values)
    if why == _SETTLED:
        whole, why = _NOTHING_LEFT[language].replace("{text}", whole), ""
    if why and language == "zh":
        why = reason(why)
    nobody = _NOBODY[language]
    fields = {key: _say(values.get(key), nobody) for key in _FIELD.findall(whole) if key not in _OF_OBJECT}
    return Told(whole, fields, why)


def sentence(event: TraceEvent, language: str = "en", labels: Mapping[str, str] | None = None) -> str:
    """Return an event as a sentence, with the reason that was given for it; see `told`."""
    template, fields, why = told(event, language, labels)
    kind, name = of_object(event.object)
    text = filled(template, {**fields, "kind": kind, "name": name})
    return _BECAUSE[language].format(text=text, why=why) if why else text


def of_object(key: str) -> tuple[str, str]:
    """Return the kind and the name of an event's object."""
    kind, _, name = key.partition("/")
    return kind, name


def filled(template: str, fields: Mapping[str, str]) -> str:
    """Return a template with its fields filled in."""
    return _FIELD.sub(lambda match: fields[match[1]], template)


def _values(event: TraceEvent, kind: str, name: str, language: str) -> dict[str, Any]:
    """Return what a template can ask for."""
    found = dict(event.fields)
    if found.get("last_ok_s") is not None:
        found["last_ok"] = instant(float(found["last_ok_s"]) * SECOND, language=language)
    if found.get("outage_s") is not None:
        found["outage"] = _lasted(float(found["outage_s"]), language)
    if kind == "Fault":
        found["label"] = event.fields.get("label") or name.partition("-")[2] or name
    if kind == "VolumeAttachment":
        volume, _, node = name.rpartition("@")
        found = {"volume": volume, "node": node, **found}
    return {**found, "kind": kind, "name": name, "object": event.object, "event": event.event}


def _lasted(seconds: float, language: str) -> str:
    """Return how long an outage was with the digits that matter: nobody measures one to 10 µs."""
    if seconds >= 1:
        return duration_text(seconds, language)
    return Say(OUTCOME, language)("s", s_=f"{seconds:.2g}")


def _decided(template: str, values: Mapping[str, Any]) -> str:
    """Return a template without its brackets: what stands in them stays if all its fields are there."""
    return _OPTIONAL.sub(
        lambda match: match[1] if all(key in values for key in _FIELD.findall(match[1])) else "", template
    )


def _say(value: Any, nobody: str) -> str:
    if value is None:
        return "?"
    if isinstance(value, dict):
        return ", ".join(f"{key}={_say(item, nobody)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_say(item, nobody) for item in value) or nobody
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)
