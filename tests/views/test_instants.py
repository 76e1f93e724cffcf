"""One instant: a program that outlives its pod's object is told apart from the pod that has its name now."""

from __future__ import annotations

from itertools import pairwise

import made_traces as made
import pytest

import statesim
from statesim.analysis.standing import standing
from statesim.analysis.states import state_at
from statesim.views.placing import place
from statesim.views.speech import drawn_in
from statesim.views.topology import topology
from statesim.views.topology_columns import machine_words

S = 1_000_000


@pytest.fixture(scope="module")
def forced() -> statesim.Result:
    """A pod is deleted by force while its machine is only cut off: at 5m one waits and one still works."""
    return statesim.run("split-identity", variants=["force-delete"])


def test_the_program_of_a_pod_deleted_by_force_stays_where_it_runs(forced: statesim.Result) -> None:
    (record,) = forced.records
    state = state_at(record.events, 300 * S)
    told = {(pod.name, pod.node, pod.api, pod.truth) for pod in state.pods.values()}
    assert told == {
        ("pg-0", "node-a-1", "absent", "primary"),
        ("pg-0", "node-a-3", "waiting-volume", "absent"),
    }
    (old,) = (key for key, pod in state.pods.items() if pod.node == "node-a-1")
    assert {key for _, key in state.sessions} == {old}


def test_the_picture_of_that_instant_draws_both_each_on_its_node(forced: statesim.Result) -> None:
    (record,) = forced.records
    placed = place(state_at(record.events, 300 * S))
    boxes = placed.nodes
    drawn = {}
    for name, data in placed.graph.nodes(data=True):
        x, y = placed.at[name]
        if data["kind"] == "pod":
            within = (
                n for n, (left, low, w, h) in boxes.items() if left < x < left + w and low < y < low + h
            )
            drawn[next(within)] = (data["label"], data["look"][1])
    assert drawn == {
        "node-a-1": ("pg-0, no object\nprimary", "primary"),
        "node-a-3": ("pg-0\nwaits for its volume", "waiting-volume"),
    }


def test_the_nodes_of_the_only_zone_stand_side_by_side_and_every_line_is_explained(
    forced: statesim.Result,
) -> None:
    (record,) = forced.records
    boxes = list(place(state_at(record.events, 300 * S)).nodes.values())
    assert len({y for _, y, _, _ in boxes}) == 1
    assert all(left[0] + left[2] < right[0] for left, right in pairwise(boxes))
    words = [text.get_text() for text in topology(record, 300 * S).axes[0].texts]
    assert {"volume attached", "waits for the volume", "open sessions"} <= set(words)
    assert "takes new connections of the Service" not in words


def test_a_service_that_leads_nowhere_says_so() -> None:
    (record,) = statesim.run("multi-attach", variants=["nobody"]).records
    graph = place(state_at(record.events, 480 * S)).graph
    assert graph.nodes["service/pg"]["label"] == "Service pg\nno endpoints"
    before = place(state_at(record.events, 50 * S)).graph
    assert before.nodes["service/pg"]["label"] == "Service pg"


def test_explain_says_that_the_earlier_program_still_runs(forced: statesim.Result) -> None:
    (record,) = forced.records
    told = standing(record.events, "Pod/pg-0", 300 * S)
    assert "A program of an earlier pg-0 still runs on node-a-1 as primary." in told
    assert "still runs" not in standing(record.events, "Pod/pg-0", 100 * S)


def test_a_new_pod_that_is_nowhere_yet_is_not_drawn_on_the_machine_of_the_old_one() -> None:
    story = made.Story("again", 100)
    story.nodes()
    story.pod(0, "pg-0", "u1", "StatefulSet/pg", "n-a-1")
    story.say(20, "Process/pg-0", "Exited", uid="u1", node="n-a-1", how="power-cut")
    story.say(30, "Pod/pg-0", "Deleted", uid="u1", node="n-a-1")
    story.say(31, "Pod/pg-0", "Created", uid="u2", owner="StatefulSet/pg", revision="r1", image="postgres:15")
    pod = state_at(story.record().events, 50 * S).pods["pg-0"]
    assert (pod.node, pod.api, pod.truth) == ("", "pending", "absent")


def test_the_end_of_an_earlier_program_is_not_that_of_the_pod_that_waits() -> None:
    story = made.Story("again", 100)
    story.nodes()
    story.pod(0, "pg-0", "u1", "StatefulSet/pg", "n-a-1")
    story.say(30, "Pod/pg-0", "Deleted", uid="u1", node="n-a-1")
    story.say(31, "Pod/pg-0", "Created", uid="u2", owner="StatefulSet/pg", revision="r1", image="postgres:15")
    story.say(40, "Process/pg-0", "Exited", uid="u1", node="n-a-1", how="stopped")
    assert state_at(story.record().events, 50 * S).pods["pg-0"].truth == "absent"


def test_a_client_without_a_session_is_drawn_and_says_so() -> None:
    (record,) = statesim.run("broken-rollout", variants=["reverted"]).records
    graph = place(state_at(record.events, 180 * S)).graph
    assert graph.nodes["client/shard"]["label"] == "shard\nno session"
    assert not list(graph.edges("client/shard"))
    assert graph.nodes["client/visitors"]["label"] == "visitors"
    assert list(graph.edges("client/visitors"))
    assert place(state_at(record.events, 50 * S)).graph.nodes["client/shard"]["label"] == "shard"


def test_a_client_that_never_had_a_session_is_drawn_as_well() -> None:
    (record,) = statesim.run("drain-blocked", variants=["crash-loop"]).records
    graph = place(state_at(record.events, 120 * S)).graph
    assert graph.nodes["client/visitors"]["label"] == "visitors\nno session"


@pytest.mark.parametrize(
    ("at_s", "english", "chinese"),
    [(90, "no power, called Ready", "断电，却称就绪"), (180, "no power, not Ready", "断电、未就绪")],
)
def test_only_what_kubernetes_says_wrongly_of_a_machine_is_said_as_a_contradiction(
    at_s: int, english: str, chinese: str
) -> None:
    state = state_at(made.patroni().events, at_s * S)
    for language, words in (("en", english), ("zh", chinese)):
        with drawn_in(language):
            assert machine_words(state, "n-a-1") == ("n-a-1", words)
