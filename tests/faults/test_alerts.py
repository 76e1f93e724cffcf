"""People who are called: they act whenever a pod has not been Ready for long, and only then."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.errors import ScenarioError
from statesim.scenario.load import load
from statesim.scenario.schema import Scenario
from statesim.world import Run, World
from tests.faults.small import events, run, workload

REACTION = {"uniform": ["1m", "4m"]}
ALERT = {"notReady": "Pod/a-0", "for": "5m", "reaction": REACTION}
DELETE = {"alert": ALERT, "do": "delete", "on": "Pod/a-0", "force": True}
CRASH = {"do": "node-crash", "on": {"nodeOf": "Pod/a-0"}}
OF_PERSON = "Fault/1."


def called(*rows: dict[str, Any], duration: str = "2h") -> Run:
    return run(DELETE, *rows, objects=[workload("StatefulSet", 1)], duration=duration)


def test_a_person_acts_when_the_pod_has_not_been_ready_for_long() -> None:
    made = called({**CRASH, "at": "10m"})
    (started,) = events(made, "Started", OF_PERSON)
    not_ready = next(e for e in events(made, "NotReady", "Pod/a-0") if e.t > 600)
    reaction = started.fields["reaction_s"]
    assert 60 <= reaction <= 240
    assert started.t == pytest.approx(not_ready.t + 300 + reaction)
    assert started.cause == not_ready.id
    deleted = next(e for e in events(made, "Deleted", "Pod/a-0"))
    assert (deleted.t, deleted.cause) == (started.t, started.id)
    assert len(events(made, "Created", "Pod/a-0")) == 2


def test_a_pod_that_is_ready_again_before_anybody_looks_is_left_alone() -> None:
    for length in ("1m", "3m", "5m"):  # back before the alert, and before the person
        made = called({**CRASH, "at": "10m", "for": length})
        assert events(made, "NotReady", "Pod/a-0")
        assert not events(made, "Started", OF_PERSON)


def test_a_person_is_called_anew_each_time_and_once() -> None:
    made = called({**CRASH, "every": "2h", "for": "40m"}, duration="13h")
    started = events(made, "Started", OF_PERSON)
    assert [e.object for e in started] == [f"Fault/1.{n}-delete" for n in range(1, 7)]
    assert len({e.fields["reaction_s"] for e in started}) == 6
    assert [int(e.t / 7200) for e in started] == [1, 2, 3, 4, 5, 6]


def test_a_pod_that_was_never_ready_calls_nobody() -> None:
    images = {"*": {"ready": "never"}}
    never = run(DELETE, objects=[workload("StatefulSet", 1)], duration="2h", images=images)
    assert events(never, "Created", "Pod/a-0")
    assert not events(never, "Started", OF_PERSON)


def test_an_alert_is_written_and_read_again_as_it_was() -> None:
    raw = {"metadata": {"name": "s"}, "duration": "2h", "manifests": [workload("StatefulSet", 1)]}
    once = Scenario.model_validate({**raw, "timeline": [DELETE, {**CRASH, "at": "10m"}]})
    again = Scenario.model_validate(once.model_dump(mode="json", by_alias=True, exclude_unset=True))
    assert again.timeline == once.timeline
    assert World(load(again).variants[0]).run().events == World(load(once).variants[0]).run().events


WRONG: list[tuple[dict[str, Any], str]] = [
    ({**DELETE, "at": "1m"}, "timeline[0].at: at and alert are both given; write one of them"),
    (
        {**DELETE, "alert": {**ALERT, "for": "0s"}},
        "timeline[0].alert.for: for is longer than 0: a pod that is replaced is not Ready for a while",
    ),
    (
        {**DELETE, "alert": {**ALERT, "notReady": "StatefulSet/a"}},
        "timeline[0].alert.notReady: expected Pod/name, found 'StatefulSet/a' (did you mean Pod/a?)",
    ),
    (
        {**DELETE, "alert": {**ALERT, "notReady": "Pod/a-7"}},
        "timeline[0].alert.notReady: there is no Pod/a-7",
    ),
]


@pytest.mark.parametrize(("row", "said"), WRONG)
def test_an_alert_that_makes_no_sense_is_refused(row: dict[str, Any], said: str) -> None:
    raw = {"metadata": {"name": "s"}, "duration": "2h", "manifests": [workload("StatefulSet", 1)]}
    with pytest.raises(ScenarioError) as refused:
        load({"apiVersion": "statesim/v1", "kind": "Scenario", **raw, "timeline": [row]})
    assert str(refused.value).splitlines()[0].startswith(said)
