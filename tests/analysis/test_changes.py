"""Changes, folded up to an instant, say what analysis says of that instant: of made traces and shipped runs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import made_traces as made
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import statesim
from statesim.analysis.change_volumes import made_with, size_text
from statesim.analysis.changes import Changes, changes
from statesim.analysis.fold import tracks
from statesim.analysis.intervals import ABSENT, CORDONED
from statesim.analysis.members import system_tracks
from statesim.analysis.objects import objects_at
from statesim.analysis.states import state_at
from statesim.kernel.trace import TraceEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.intervals import Interval
    from statesim.analysis.record import RunRecord

S = 1_000_000
SHIPPED = [
    *("pg-node-crash", "zone-outage", "mysql-failover", "stuck-terminating", "multi-attach"),
    *("bare-container", "node-maintenance", "crash-loop", "claims-cannot-grow", "patroni-partitioned"),
]


def folded(found: Changes, t_us: int) -> dict[str, dict[str, str]]:
    """Return every object's attributes at an instant, as a page folds them."""
    now: dict[str, dict[str, str]] = {key: {} for key in found.actors}
    for row in found.rows:
        if row.t_us <= t_us:
            now[row.object][row.attribute] = row.value
    return now


def one_word(pod: dict[str, str]) -> str:
    """Return what a pod really is, by the rule of the replay's reference."""
    process = pod.get("process", "")
    if process in ("starting", "listening"):
        return pod.get("role") or ("serving" if process == "listening" else "starting")
    return process or ABSENT


def at(intervals: Sequence[Interval], t_us: int) -> Interval:
    return next(i for i in intervals if i.start_us <= t_us < i.end_us)


def there(state: str) -> str:
    return "" if state == ABSENT else state


def states_agree(events: Sequence[TraceEvent], found: Changes, t_us: int) -> None:
    now, state = folded(found, t_us), state_at(events, t_us)
    pods = {k[4:]: v for k, v in now.items() if k.startswith("Pod/") and (v.get("api") or v.get("process"))}
    told = {
        key: (pod.get("node", ""), pod.get("api", ""), one_word(pod), pod.get("workload", ""))
        for key, pod in pods.items()
    }
    # of an object without a program the changes have what is not empty, so that one that says nothing is none
    assert told == {
        key: (pod.node, there(pod.api), pod.truth, pod.workload)
        for key, pod in state.pods.items()
        if there(pod.api) or pod.truth != ABSENT
    }
    nodes = {k[5:]: v for k, v in now.items() if k.startswith("Node/") and v.get("api")}
    assert {k: (v["api"], v["machine"], v.get("cordoned") == "yes") for k, v in nodes.items()} == {
        name: (node.api, node.truth, node.cordoned) for name, node in state.nodes.items()
    }
    volumes = {k[17:]: v for k, v in now.items() if k.startswith("PersistentVolume/") and v.get("attachment")}
    assert {
        k: (v["attachment"], v.get("claim", ""), v.get("attached_to", ""), v.get("waiting", ""))
        for k, v in volumes.items()
    } == {
        name: (volume.state, volume.claim, ",".join(volume.nodes), ",".join(volume.waiting))
        for name, volume in state.volumes.items()
    }
    links = [
        (found.actors[k], v["open"]) for k, v in now.items() if k.startswith("Sessions/") and v.get("open")
    ]
    assert {(str(a.more["client"])[7:], str(a.more["pod"])[4:]): int(n) for a, n in links} == state.sessions
    serves = {
        k[4:]: v["serves"].split(",") for k, v in now.items() if k.startswith("Pod/") and v.get("serves")
    }
    behind: dict[str, list[str]] = {}
    for pod, services in sorted(serves.items()):
        for service in services:
            behind.setdefault(service, []).append(pod)
    assert behind == {service: sorted(set(ready)) for service, ready in state.endpoints.items() if ready}


def tracks_agree(record: RunRecord, found: Changes, t_us: int) -> None:
    now, known = folded(found, t_us), tracks(record.events, record.duration_us)
    for pod in known.pods.values():
        mine, beside = (
            now[f"Pod/{pod.name}"],
            [k for k in now if k.startswith(f"Pod/{pod.name} ") if now[k].get("process")],
        )
        assert mine.get("api", "") == there(at(pod.api, t_us).state)
        if not beside and mine.get("how") != "created":  # a container that was never started has no bar
            assert one_word(mine) == at(pod.truth, t_us).state
    for node in known.nodes.values():
        assert now[f"Node/{node.name}"]["machine"] == at(node.truth, t_us).state
        assert (now[f"Node/{node.name}"].get("cordoned") == "yes") == (at(node.api, t_us).label == CORDONED)
    for volume in known.volumes.values():
        mine = now[f"PersistentVolume/{volume.name}"]
        assert mine.get("attachment", "") == there(at(volume.attached, t_us).state)
        assert bool(mine.get("waiting")) == (at(volume.waits, t_us).state == "waiting")
        if volume.sizes and mine.get("size"):
            assert mine["size"] == size_text(at(volume.sizes, t_us).state)
    for system in system_tracks(record.events, record.duration_us).values():
        mine = now[f"System/{system.name}"]
        assert mine.get("primary", "").replace(",", ", ") == at(system.accepting, t_us).label
        assert mine.get("quorum", "kept") == at(system.quorum, t_us).state


def documents_agree(record: RunRecord, found: Changes, t_us: int) -> None:
    """What Kubernetes' own documents say of volumes, claims and placement, the changes say too."""
    now, documents = folded(found, t_us), objects_at(record.objects, t_us)
    for key, told in documents.items():
        if key.startswith("PersistentVolume/"):
            assert now[key]["state"] == told["status"]["phase"]
        elif key.startswith("Pod/"):
            claims = [
                v["persistentVolumeClaim"]["claimName"]
                for v in told["spec"].get("volumes", ())
                if "persistentVolumeClaim" in v
            ]
            assert now[key].get("claim", "") == ",".join(claims)
            bound = [
                documents.get(f"PersistentVolumeClaim/{c}", {}).get("spec", {}).get("volumeName")
                for c in claims
            ]
            assert now[key].get("volume", "") == ",".join(v for v in bound if v)
            assert now[key].get("node", "") == told["spec"].get("nodeName", "")
        elif key.startswith("Node/"):
            taints = [f"{t['key']}:{t['effect']}" for t in told["spec"].get("taints", ())]
            assert {t for t in now[key].get("taints", "").split(",") if t} == set(taints)


@cache
def shipped(name: str) -> list[tuple[RunRecord, Changes]]:
    records = [variant.record for variant in statesim.run(name).variants.values()]
    return [(record, changes(record.events, made_with(record))) for record in records]


@pytest.mark.parametrize("name", SHIPPED)
@settings(deadline=None, max_examples=12)
@given(data=st.data())
def test_at_any_instant_of_a_shipped_run_changes_say_what_analysis_says(
    name: str, data: st.DataObject
) -> None:
    for record, found in shipped(name):
        instants = sorted({event.t_us for event in record.events if event.t_us < record.duration_us})
        t_us = data.draw(st.sampled_from(instants) | st.integers(0, record.duration_us - 1))
        states_agree(record.events, found, t_us)
        tracks_agree(record, found, t_us)
        documents_agree(record, found, t_us)


PODS = ["Created", "Scheduled", "Started", "Ready", "NotReady", "Terminating", "Deleted", "Failed"]
HAPPENINGS = [(f"Pod/{pod}", event) for event in PODS for pod in ("a", "b")]
HAPPENINGS += [
    (f"Process/{pod}", event)
    for event in ("Running", "Listening", "Exited", "Frozen", "Thawed")
    for pod in ("a", "b")
]
HAPPENINGS += [("Node/n", e) for e in ("Created", "Crashed", "Recovered", "CutOff", "NotReady", "Cordoned")]
HAPPENINGS += [
    ("VolumeAttachment/v@n", e) for e in ("AttachRequested", "Attached", "MultiAttach", "Detached")
]
HAPPENINGS += [("PersistentVolume/v", e) for e in ("Provisioned", "Bound", "Lost", "Full", "Deleted")]
HAPPENINGS += [("Member/a", "Role"), ("Member/b", "Role"), ("PersistentVolumeClaim/c", "Bound")]
HAPPENINGS += [("Client/shop", e) for e in ("SessionOpened", "SessionBroken", "SessionClosed", "Outage")]
HAPPENINGS += [("EndpointSlice/s", "EndpointsChanged"), ("EndpointSlice/s-2", "EndpointsChanged")]


@st.composite
def traces(draw: st.DrawFn) -> list[TraceEvent]:
    """Any order of events that the vocabulary allows, however senseless."""
    events = []
    for number, t in enumerate(sorted(draw(st.lists(st.integers(0, 60), max_size=40)))):
        obj, event = draw(st.sampled_from(HAPPENINGS))
        fields = {
            "uid": draw(st.sampled_from(["u0", "u1"])),
            "node": draw(st.sampled_from(["n", "m"])),
            "role": draw(st.sampled_from(["primary", "replica"])),
            "system": "pg",
            "volume": "v",
            "service": "s",
            "session": draw(st.integers(0, 2)),
            "pod": draw(st.sampled_from(["a", "b"])),
            "ready": draw(st.lists(st.sampled_from(["a", "b"]), unique=True)),
            "data": "pv/v",
        }
        if obj.startswith("EndpointSlice"):
            del fields["pod"]
        events.append(TraceEvent(number, t, obj, event, None, fields))
    return events


@settings(deadline=None)
@given(traces(), st.integers(0, 60))
def test_at_any_instant_of_any_trace_changes_say_what_the_picture_of_the_instant_says(
    events: list[TraceEvent], t_us: int
) -> None:
    states_agree(events, changes(events), t_us)


def test_each_change_is_another_value_and_names_the_event_that_brought_it() -> None:
    events = made.deployment_rwo().events
    now: dict[tuple[str, str], str] = {}
    rows = changes(events).rows
    for row in rows:
        assert now.get((row.object, row.attribute), "") != row.value
        now[row.object, row.attribute] = row.value
        assert events[row.event].t_us == row.t_us
    assert [row.event for row in rows] == sorted(row.event for row in rows)


def test_a_program_that_outlives_its_pod_stands_beside_the_new_one() -> None:
    fields = {"uid": "old", "node": "n"}
    events = [
        TraceEvent(0, 0, "Pod/db-0", "Created", None, {"uid": "old"}),
        TraceEvent(1, 1, "Process/db-0", "Running", 0, fields),
        TraceEvent(2, 2, "Pod/db-0", "Deleted", 0, fields),
        TraceEvent(3, 3, "Pod/db-0", "Created", 0, {"uid": "new"}),
    ]
    found = changes(events)
    after = folded(found, 3)
    assert folded(found, 2)["Pod/db-0"]["process"] == "starting"
    assert (after["Pod/db-0"]["api"], after["Pod/db-0"]["process"]) == ("pending", "")
    assert (after["Pod/db-0 old"].get("api", ""), after["Pod/db-0 old"]["process"]) == ("", "starting")
    assert found.actors["Pod/db-0 old"].more == {"beside": True}


def test_a_disk_that_is_full_has_room_again_when_the_fault_is_over() -> None:
    events = [
        TraceEvent(0, 0, "PersistentVolume/v", "Provisioned", None, {"size_bytes": 2**30}),
        TraceEvent(1, 10, "Fault/1-disk-full", "Started", None, {}),
        TraceEvent(2, 10, "PersistentVolume/v", "Full", 1, {}),
        TraceEvent(3, 90, "Fault/1-disk-full", "Ended", None, {}),
    ]
    found = changes(events)
    assert folded(found, 10)["PersistentVolume/v"]["disk"] == "full"
    assert folded(found, 90)["PersistentVolume/v"]["disk"] == ""


def test_sessions_that_one_stands_for_are_counted() -> None:
    opened = {"session": 1, "pod": "web-0", "alike": 25}
    events = [
        TraceEvent(0, 0, "Client/users", "SessionOpened", None, opened),
        TraceEvent(1, 1, "Client/users", "SessionOpened", None, {"session": 2, "pod": "web-0"}),
        TraceEvent(2, 5, "Client/users", "SessionBroken", None, {"session": 1, "pod": "web-0"}),
    ]
    found = changes(events)
    assert folded(found, 1)["Sessions/users web-0"]["open"] == "26"
    assert folded(found, 5)["Client/users"]["sessions"] == "1"


@pytest.mark.parametrize(("size", "text"), [(10 * 2**30, "10Gi"), (1536 * 2**20, "1536Mi"), ("1000", "1000")])
def test_sizes_are_written_as_manifests_have_them(size: int | str, text: str) -> None:
    assert size_text(size) == text


def test_a_client_that_asked_in_vain_says_whom_and_where_its_reads_go() -> None:
    told = {"f": "write", "target": "Service/pg"}
    events = [
        TraceEvent(0, 0, "Client/shop", "Outage", None, {"f": "read", "target": "Service/pg-replicas"}),
        TraceEvent(1, 1, "Client/shop", "Outage", None, told),
        TraceEvent(2, 1, "Client/web", "Outage", None, told),
        TraceEvent(3, 2, "Client/web", "Outage", None, {"f": "read", "target": "Service/pg"}),
    ]
    actors = changes(events).actors
    assert actors["Client/shop"].more == {"target": "Service/pg", "read_target": "Service/pg-replicas"}
    assert actors["Client/web"].more == {"target": "Service/pg"}


def test_of_a_system_without_members_nothing_is_said_of_who_runs() -> None:
    events = [TraceEvent(0, 0, "System/cdn", "CacheStarted", None, {"pod": "cdn-0", "cache": "empty"})]
    found = changes(events)
    assert list(found.actors) == ["System/cdn"]
    assert not found.rows


def test_a_managed_database_is_outside_the_cluster_and_its_name_leads_to_who_wrote_last() -> None:
    def member(event_id: int, t_us: int, name: str, role: str) -> TraceEvent:
        fields = {"role": role, "system": "db", "accepts_writes": role == "primary", "uid": f"of-{name}"}
        return TraceEvent(event_id, t_us, f"Member/{name}", "Role", None, fields)

    def runs(event_id: int, name: str, node: str, data: str) -> TraceEvent:
        fields = {"uid": f"of-{name}", "node": node, "data": data}
        return TraceEvent(event_id, 0, f"Process/{name}", "Running", None, fields)

    lost = {"uid": "of-db-eu-1a-1", "how": "power-cut", "why": "its machine has lost power"}
    events = [
        runs(0, "db-eu-1a-1", "db-eu-1a-1", "db/1-eu-1a"),
        runs(1, "db-eu-1b-2", "db-eu-1b-2", "db/2-eu-1b"),
        runs(2, "pg", "n-1", "volume"),
        member(3, 0, "db-eu-1a-1", "primary"),
        member(4, 0, "db-eu-1b-2", "replica"),
        TraceEvent(5, 5, "Process/db-eu-1a-1", "Exited", None, lost),
        member(6, 5, "db-eu-1a-1", "stopped"),
        member(7, 9, "db-eu-1b-2", "primary"),
    ]
    found = changes(events)
    outside = {key: actor.more["outside"] for key, actor in found.actors.items() if actor.kind == "Instance"}
    assert outside == {"Pod/db-eu-1a-1": "eu-1a", "Pod/db-eu-1b-2": "eu-1b"}
    assert found.actors["Pod/pg"].kind == "Pod"
    system = [folded(found, t_us)["System/db"] for t_us in (0, 5, 9)]
    assert [(each["primary"], each["endpoint"]) for each in system] == [
        ("db-eu-1a-1", "db-eu-1a-1"),
        ("", "db-eu-1a-1"),
        ("db-eu-1b-2", "db-eu-1b-2"),
    ]


def test_only_a_managed_database_has_a_name_that_its_provider_moves() -> None:
    for _, found in shipped("bare-container"):
        assert not [row for row in found.rows if row.attribute == "endpoint"]
        assert not [actor for actor in found.actors.values() if actor.kind == "Instance"]
