"""The part of docs/reference/conformance.md that says how recordings are compared; its numbers are the code's."""

from __future__ import annotations

from statesim.analysis.conformance.check_status import LATE_S
from statesim.analysis.conformance.comparing import WORN_LATE_S
from statesim.analysis.conformance.paths import COALESCED_S, MANY
from statesim.analysis.conformance.recording import LEAST_TOLERANCE_S
from statesim.analysis.conformance.wear import LEAST
from statesim.experiment.conformance.replay import SCRIPTS

LINES = f"""\
## How recordings are compared, and what is allowed to differ

What must agree:

| of | what |
| --- | --- |
| pods of StatefulSets | for each name the same events in the same order; across names the same order of Created and of Terminating |
| pods of Deployments | for each revision as often each event, the first, second, … at the same times |
| nodes | conditions and taints in the same order; NotReady within ten seconds of the grace period; from NotReady to the NoExecute taint, and from that taint to the end of each pod, the same time to {LEAST_TOLERANCE_S} s |
| volumes | claims, attachments and Multi-Attach errors in the same order; from the end of the pod object to the detachment the same time to {LEAST_TOLERANCE_S} s |
| endpoints | each named pod ready, not ready or gone in the same order; the numbers of the others |
| status | the same distinct (replicas, readyReplicas) in the same order, but for values that lasted less than {COALESCED_S} s; every field of the last status; each number on the way |
| evictions | granted or refused |

Times are the same if they are at most {LEAST_TOLERANCE_S} s apart, and 5 % of the time since the latest action more. Where a cause is
known that was no action (a taint, the end of a pod object) the 5 % are not granted.

What may differ, and why:

| what | because |
| --- | --- |
| which of the pods that a deleted StatefulSet takes with it is told to go first | the garbage collector has twenty workers: sts_delete_foreground and sts_delete_keeps_claims differ from each other |
| which node of a zone is tainted first | the lifecycle controller takes them from a map |
| when a status is written: {LATE_S} s more | nothing says how soon it must be; in node_crash_mixed the control plane had just begun, and the first took 1.8 s |
| statuses while the client of a controller had less than {LEAST} of its 30 tokens left: which values last, up to one in {MANY} of a number, {WORN_LATE_S} s more | from a change to the pass that it leads to take 5 to 40 ms in one and the same recording, so that two pods which get Ready 30 ms apart are one pass or two. A pass of a rollout costs up to nine requests, and once the tokens are spent each write waits for those before it. In seven of the recordings that happens at some time (a test lists them), and two need it: deploy_rollover and deploy_sixty |

What is taken from the recording, because chance decided it there and nothing that is simulated could find it out:

| what | how |
| --- | --- |
| names of pods, and nodes of pods | as recorded; a node on which a pod does not fit is not taken |
| steps of a pod's life | each start, readiness and end takes the scripted kubelet as long as recorded, between 0.1 s less and 0.4 s more than its setting |
| the instant of the node monitor's rounds, of a silent node's heartbeat, of pod gc's rounds | so that a node is found silent when it was. Without, the rule holds (30 to 50 s), but not to {LEAST_TOLERANCE_S} s: the phases of three clocks that nobody set. Eight of the recordings then differ |
| how soon a controller hears of a change | {SCRIPTS["controllerLag"]}, the middle of what the recordings show (from a ReplicaSet's status to its Deployment's 10 ms, from its scale to its first pod 20 ms) |
""".splitlines()
