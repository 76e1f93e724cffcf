"""Kubernetes' Events: the components' own words, counted as client-go counts them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from statesim.analysis.event_recorder import BURST, SIMILAR, TTL_US, Occurrence, record
from statesim.analysis.event_sources import events_at, recorded_events

from .test_documents import CLIENT, through_the_client, with_z

if TYPE_CHECKING:
    from statesim.api import Result

SECOND = 1_000_000
POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "db-0", "namespace": "default", "uid": "u", "resourceVersion": "7"},
}


def said(t: float, message: str = "m", reason: str = "BackOff") -> Occurrence:
    return Occurrence(
        round(t * SECOND), POD, "Warning", reason, message, "kubelet", "n1", "spec.containers{db}"
    )


def told(result: Result, variant: str, about: str) -> list[tuple[str, str, str]]:
    """Return reason, source and message of every Event of an object, in order of their first times."""
    run = result.variants[variant].record
    rows = [written.event for written in recorded_events(run) if written.verb == "ADDED"]
    kind, _, name = about.partition("/")
    mine = [e for e in rows if (e["involvedObject"]["kind"], e["involvedObject"]["name"]) == (kind, name)]
    return [(e["reason"], e["source"]["component"], e["message"]) for e in mine]


def test_the_same_thing_said_again_is_counted() -> None:
    written = list(record(said(t) for t in (1, 2, 30)))
    assert [row.verb for row in written] == ["ADDED", "MODIFIED", "MODIFIED"]
    last = written[-1].event
    assert (last["count"], last["firstTimestamp"], last["lastTimestamp"]) == (
        3,
        "2026-01-01T00:00:01Z",
        "2026-01-01T00:00:30Z",
    )
    assert len({row.event["metadata"]["name"] for row in written}) == 1


def test_many_that_differ_only_in_their_words_are_combined() -> None:
    written = list(record(said(t, f"message {t}") for t in range(SIMILAR + 3)))
    assert sum(row.verb == "ADDED" for row in written) == SIMILAR
    last = written[-1].event
    assert last["message"] == f"(combined from similar events): message {SIMILAR + 2}"
    assert last["count"] == 4
    apart = record(said(t * 601, f"message {t}") for t in range(SIMILAR + 3))
    assert not any("combined" in row.event["message"] for row in apart)


def test_who_says_too_much_about_one_object_is_not_heard_for_a_while() -> None:
    assert len(list(record(said(0.01 * t) for t in range(100)))) == BURST
    assert len(list(record(said(300 * t) for t in range(100)))) == 100


def test_an_event_is_forgotten_after_an_hour_and_begins_anew(everything: Result) -> None:
    written = list(record([said(0), said(TTL_US / SECOND + 1)]))
    assert [(row.verb, row.event["count"]) for row in written] == [("ADDED", 1), ("ADDED", 1)]
    (variant,) = everything.variants.values()
    assert events_at(variant.record, 700 * SECOND)
    assert events_at(variant.record, variant.record.duration_us + TTL_US) == []


def test_every_event_is_one_that_the_official_client_accepts(
    everything: Result, crash: Result, troubles: Result
) -> None:
    for result in (everything, crash, troubles):
        for variant in result.variants.values():
            for written in recorded_events(variant.record):
                text = json.dumps(written.event)
                model = CLIENT.deserialize(text, "CoreV1Event", "application/json")
                assert with_z(CLIENT.sanitize_for_serialization(model)) == written.event
    assert through_the_client(next(iter(crash.variants.values())).record.objects[0].change)


def test_a_pod_that_runs_and_is_evicted_from_a_silent_node(crash: Result) -> None:
    assert told(crash, "statefulset", "Pod/pg-0") == [
        ("Scheduled", "default-scheduler", "Successfully assigned default/pg-0 to n-a-1"),
        (
            "SuccessfulAttachVolume",
            "attachdetach-controller",
            'AttachVolume.Attach succeeded for volume "pvc-64557dee"',
        ),
        ("Pulling", "kubelet", 'Pulling image "postgres:15"'),
        ("Pulled", "kubelet", 'Successfully pulled image "postgres:15" in 4s (4s including waiting)'),
        ("Created", "kubelet", "Created container postgres"),
        ("Started", "kubelet", "Started container postgres"),
        ("Unhealthy", "kubelet", "Readiness probe failed: command exited with 1"),
        ("NodeNotReady", "node-controller", "Node is not ready"),
        ("TaintManagerEviction", "taint-eviction-controller", "Marking for deletion Pod default/pg-0"),
    ]


def test_a_kubelet_that_hears_of_a_deletion_kills_and_one_that_does_not_says_nothing(
    crash: Result, everything: Result
) -> None:
    assert "Killing" not in [reason for reason, _, _ in told(crash, "statefulset", "Pod/pg-0")]
    killed = [
        message for reason, _, message in told(everything, "default", "Pod/db-1") if reason == "Killing"
    ]
    assert killed == ["Stopping container db", "Stopping container metrics"]


def test_a_second_attachment_of_a_disk_that_only_one_node_may_have_is_complained_of(crash: Result) -> None:
    run = crash.variants["deployment-rwo"].record
    failed = [w.event for w in recorded_events(run) if w.event["reason"] == "FailedAttachVolume"]
    assert len(failed) == 1
    assert failed[0]["message"].startswith('Multi-Attach error for volume "pvc-')
    assert failed[0]["type"] == "Warning"


def test_workloads_and_claims_tell_what_is_made_for_them(crash: Result, everything: Result) -> None:
    assert told(everything, "default", "StatefulSet/db")[:2] == [
        (
            "SuccessfulCreate",
            "statefulset-controller",
            "create Claim data-db-0 Pod db-0 in StatefulSet db success",
        ),
        ("SuccessfulCreate", "statefulset-controller", "create Pod db-0 in StatefulSet db successful"),
    ]
    assert [reason for reason, _, _ in told(everything, "default", "PersistentVolumeClaim/data-db-0")] == [
        "WaitForFirstConsumer",
        "ExternalProvisioning",
        "Provisioning",
        "ProvisioningSucceeded",
    ]
    scaled = told(crash, "deployment-emptydir", "Deployment/pg")
    assert [message for reason, _, message in scaled if reason == "ScalingReplicaSet"] == [
        f"Scaled up replica set {_set_of(crash)} to 1"
    ]
    assert [reason for reason, _, _ in told(everything, "default", "Node/n-a-2")] == [
        "RegisteredNode",
        "NodeNotReady",
        "Rebooted",
        "NodeReady",
    ]


def _set_of(result: Result) -> str:
    objects = result.variants["deployment-emptydir"].record.objects
    return next(c.object.partition("/")[2] for c in objects if c.object.startswith("ReplicaSet/"))


def test_a_crash_loop_counts_up(everything: Result) -> None:
    (variant,) = everything.variants.values()
    now = events_at(variant.record, variant.record.duration_us)
    back_off = [e for e in now if e["reason"] == "BackOff"]
    assert len(back_off) == 1
    assert back_off[0]["count"] >= 5
    assert back_off[0]["involvedObject"]["fieldPath"] == "spec.containers{broken}"


def test_an_image_that_is_not_there_is_told_as_the_kubelet_tells_it(troubles: Result) -> None:
    (variant,) = troubles.variants.values()
    (row,) = variant.get("pod/gone", at=100)["status"]["containerStatuses"]
    assert row["state"]["waiting"] == {
        "reason": "ImagePullBackOff",
        "message": 'Back-off pulling image "gone:1"',
    }
    assert [reason for reason, _, _ in told(troubles, "default", "Pod/gone")] == [
        "Scheduled",
        "Pulling",
        "Failed",
        "Failed",
        "BackOff",
        "Failed",
    ]


def test_an_evicted_pod_says_why_and_so_does_its_node(troubles: Result) -> None:
    (variant,) = troubles.variants.values()
    status = variant.get("pod/greedy", at=100)["status"]
    assert (status["phase"], status["reason"], status["message"]) == (
        "Failed",
        "Evicted",
        "The node was low on resource: memory.",
    )
    assert status["conditions"][0]["type"] == "DisruptionTarget"
    ends = [reason for reason, _, _ in told(troubles, "default", "Pod/greedy")][-2:]
    assert ends == ["Evicted", "Killing"]
    reasons = [reason for reason, _, _ in told(troubles, "default", "Node/small-a-1")]
    assert reasons == [
        "RegisteredNode",
        "NodeHasInsufficientMemory",
        "EvictionThresholdMet",
        "NodeHasSufficientMemory",
    ]
    rows = {row["type"]: row for row in variant.get("node/small-a-1", at=100)["status"]["conditions"]}
    assert (rows["MemoryPressure"]["status"], rows["MemoryPressure"]["reason"]) == (
        "True",
        "KubeletHasInsufficientMemory",
    )


def test_a_quota_that_refuses_is_a_condition_and_events_that_are_combined(troubles: Result) -> None:
    (variant,) = troubles.variants.values()
    for kind in ("deploy", "rs"):
        (doc,) = variant.get(kind, at=100)
        failure = next(row for row in doc["status"]["conditions"] if row["type"] == "ReplicaFailure")
        assert (failure["status"], failure["reason"]) == ("True", "FailedCreate")
        assert "exceeded quota: few" in failure["message"]
    (owner,) = variant.get("rs")
    failed = told(troubles, "default", f"ReplicaSet/{owner['metadata']['name']}")
    messages = [message for reason, _, message in failed if reason == "FailedCreate"]
    assert len(messages) == SIMILAR
    assert messages[-1].startswith("(combined from similar events): Error creating: pods ")


def test_who_had_to_make_room_is_told_for_whom(troubles: Result) -> None:
    (variant,) = troubles.variants.values()
    preempted = [row for row in told(troubles, "default", "Pod/meek") if row[0] == "Preempted"]
    by = variant.get("pod/important", at=300)["metadata"]["uid"]
    assert preempted == [("Preempted", "default-scheduler", f"Preempted by pod {by} on node big-a-1")]
