"""What a drain came to: its length, its refusals and its end, in numbers, words and pictures."""

from __future__ import annotations

from functools import cache

import made_traces as made

import statesim
from statesim.analysis.drains import drains
from statesim.analysis.outcome import outcome, severity
from statesim.analysis.reading import Reading
from statesim.analysis.states import state_at
from statesim.scenario.schema import Scenario
from statesim.views.html import highlights, report
from statesim.views.marks import Panel, timeline_marks
from statesim.views.timeline import timeline
from statesim.views.topology import topology

S = 1_000_000


@cache
def ran(scenario: str, variant: str) -> statesim.Result:
    return statesim.run(scenario, variants=[variant])


def panel(scenario: str, variant: str) -> Panel:
    return timeline_marks(ran(scenario, variant).records).panels[0]


def page(scenario: str, variant: str) -> str:
    result = ran(scenario, variant)
    return report(result.records, result.metrics, "")


def test_a_drain_that_is_never_allowed_waits_to_the_end_and_counts_its_refusals() -> None:
    (record,) = ran("drain-blocked", "one").records
    (drain,) = Reading(record).drains
    assert (drain.start_us, drain.end_us) == (60 * S, 600 * S)
    assert (drain.node, drain.outcome, drain.refusals) == ("node-a-1", "", 108)


def test_the_timeline_shows_a_drain_as_a_span_with_its_refusals_and_its_end() -> None:
    lanes = {lane.label: lane for lane in panel("drain-blocked", "one").lanes}
    (span,) = lanes["drain node-a-1"].wide
    assert (span.start, span.end, span.text) == (60, 600, "drain still waits, refused 108 times")
    lanes = {lane.label: lane for lane in panel("node-maintenance", "blocked").lanes}
    (span,) = lanes["drain old"].wide
    assert (span.start, span.end, span.kind) == (60, 360, "drain-failed")
    assert span.text == "drain failed, refused 60 times"
    (span,) = next(lane for lane in panel("drain-blocked", "two").lanes if lane.group == "drain").wide
    assert (span.start, span.end, span.text) == (60, 63, "drained")


def test_a_cordon_shows_on_the_nodes_strip_and_at_an_instant_as_kubectl_shows_it() -> None:
    node = next(lane for lane in panel("drain-blocked", "one").lanes if lane.label == "node node-a-1")
    assert [(s.start, s.end, s.kind) for s in node.narrow] == [(0, 60, "ready"), (60, 600, "ready-cordoned")]
    (record,) = ran("drain-blocked", "one").records
    assert not state_at(record.events, 59 * S).nodes["node-a-1"].cordoned
    assert state_at(record.events, 120 * S).nodes["node-a-1"].cordoned
    words = [text.get_text() for text in topology(record, 120 * S).axes[0].texts]
    assert words.count("Ready,SchedulingDisabled") == 1
    assert words.count("Ready") == 3  # two nodes, and what the squares mean
    (variant,) = ran("drain-blocked", "one").variants.values()
    said = {
        doc["metadata"]["name"]: doc["spec"].get("unschedulable") for doc in variant.get("nodes", at="2m")
    }
    assert said == {"node-a-1": True, "node-b-1": None, "node-c-1": None}


def test_a_node_that_is_uncordoned_or_not_ready_meanwhile_shows_both() -> None:
    story = made.Story("cordon", 100)
    story.nodes()
    for t, event in ((10, "Cordoned"), (20, "NotReady"), (30, "Ready"), (40, "Uncordoned")):
        story.say(t, "Node/n-a-1", event)
    api = Reading(story.record()).tracks.nodes["n-a-1"].api
    told = [(i.start_us // S, i.state, i.label) for i in api]
    cordoned = "SchedulingDisabled"
    assert told == [
        (0, "ready", ""), (10, "ready", cordoned), (20, "not-ready", cordoned), (30, "ready", cordoned),
        (40, "ready", ""),
    ]  # fmt: skip


def test_what_happened_tells_refusals_once_with_their_count() -> None:
    (record,) = ran("drain-blocked", "one").records
    told = highlights(record.events)
    (refused,) = (event for event in told if event.event == "Refused")
    assert refused.t == 60
    assert "Cordoned" in [event.event for event in told]
    assert "refuses the eviction of web-0 (429), 108 times until 595 s, because" in page(
        "drain-blocked", "one"
    )
    assert (
        "The drain of node-a-1 still waits at the end of the run, after 9 min and 108 refused evictions."
        in (page("drain-blocked", "one"))
    )


def test_what_happened_tells_how_a_drain_ended() -> None:
    assert "the drain of node old fails, because the time is over; still there: pg-0" in (
        page("node-maintenance", "blocked")
    )
    assert "The drain of old failed after 5 min and 60 refused evictions: the time is over" in (
        page("node-maintenance", "blocked")
    )
    assert "node node-a-1 is drained" in page("drain-blocked", "two")
    assert "The drain of node-a-1 was over after 3.0 s." in page("drain-blocked", "two")


def test_the_headline_is_not_green_where_a_drain_came_to_nothing() -> None:
    for scenario, variant, words in (
        ("drain-blocked", "one", "requests never stopped; a drain never ended"),
        ("node-maintenance", "blocked", "writes never stopped, nothing lost; a drain failed"),
    ):
        measured = ran(scenario, variant).metrics["variants"][variant]
        assert outcome(measured) == words
        assert severity(measured) == "hurt"
    two = ran("drain-blocked", "two").metrics["variants"]["two"]
    assert (outcome(two), severity(two)) == ("requests never stopped", "good")


def test_nodes_are_drained_one_after_the_other_and_a_failure_ends_it() -> None:
    story = made.Story("three", 100)
    for pod, node in (("a", "n-a-1"), ("b", "n-b-1")):
        story.say(1, f"Pod/{pod}", "Scheduled", node=node)
    targets = ["Node/n-a-1", "Node/n-b-1", "Node/n-c-1"]
    fault = story.say(10, "Fault/1-drain", "Started", do="drain", targets=targets)
    other = story.say(12, "Fault/2-evict", "Started", do="evict", targets=["Pod/a"])
    story.say(10, "PodDisruptionBudget/x", "Refused", fault, pod="a", status=429)
    story.say(13, "PodDisruptionBudget/x", "Refused", other, pod="a", status=429)  # somebody else asks
    story.say(14, "PodDisruptionBudget/x", "Refused", fault, pod="b", status=429)  # its turn has not come
    story.say(20, "Node/n-a-1", "Drained")
    story.say(21, "PodDisruptionBudget/x", "Refused", fault, pod="b", status=500)
    story.say(22, "Node/n-b-1", "DrainFailed", why="evictions failed")
    found = drains(story.record().events, 100 * S)
    assert [(d.node, d.start_us // S, d.end_us // S, d.outcome, d.refusals) for d in found] == [
        ("n-a-1", 10, 20, "Drained", 1),
        ("n-b-1", 20, 22, "DrainFailed", 1),
    ]


def test_a_node_that_is_removed_meanwhile_ends_its_drain() -> None:
    story = made.Story("gone", 100)
    story.say(10, "Fault/1-drain", "Started", do="drain", targets=["Node/n-a-1"])
    story.say(30, "Node/n-a-1", "Deleted")
    (drain,) = drains(story.record().events, 100 * S)
    assert (drain.end_us, drain.outcome) == (30 * S, "Deleted")


def test_a_drain_that_could_not_begin_is_none() -> None:
    story = made.Story("none", 100)
    story.say(10, "Fault/1-drain", "Started", do="drain", targets=[])
    story.say(10, "Fault/1-drain", "Skipped", why="there is no such node")
    assert drains(story.record().events, 100 * S) == []


def test_a_node_that_is_cordoned_from_the_beginning_shows_it() -> None:
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "spare"},
        "spec": {"unschedulable": True},
    }
    scenario = {
        "apiVersion": "statesim/v1", "kind": "Scenario", "metadata": {"name": "spare"}, "seed": 1,
        "duration": "10s", "cluster": {"zones": 1, "nodesPerZone": 1}, "manifests": [node],
    }  # fmt: skip
    (record,) = statesim.run(Scenario.model_validate(scenario)).records
    nodes = state_at(record.events, 5 * S).nodes
    assert {name: node.cordoned for name, node in nodes.items()} == {"node-a-1": False, "spare": True}


def test_a_drain_too_short_for_its_words_has_them_beside_it() -> None:
    figure = timeline(ran("drain-blocked", "two").records)
    assert "drained" in [text.get_text() for text in figure.axes[0].texts]


def test_a_cordoned_node_with_a_long_name_is_called_so_in_one_word() -> None:
    story = made.Story("long", 100)
    story.say(0, "Node/a-node-of-a-long-name", "Created", zone="a")
    story.say(10, "Node/a-node-of-a-long-name", "Cordoned")
    words = [text.get_text() for text in topology(story.record(), 50 * S).axes[0].texts]
    assert "cordoned" in words
    assert "Ready,SchedulingDisabled" not in words


def test_a_drain_that_takes_no_time_was_over_at_once() -> None:
    assert "The drain of node-a-1 was over at once." in page("drain-blocked", "always-allow")
