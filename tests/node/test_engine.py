"""Containers that somebody has started by hand: what outlives what, and who does nothing."""

from __future__ import annotations

from typing import Any

import pytest

import statesim
from statesim.analysis.states import state_at
from statesim.views.docker_ps import docker_ps, length
from statesim.views.marks import timeline_marks
from statesim.views.placing import place

BASE: dict[str, Any] = {
    "apiVersion": "statesim/v1",
    "kind": "Scenario",
    "metadata": {"name": "by-hand"},
    "seed": 3,
    "duration": "4m",
    "cluster": {"nodes": [{"name": "n", "count": 2, "zone": "a"}]},
    "images": {"postgres:*": {"pull": "1s", "start": "1s", "ready": "1s", "stop": "1s"}},
    "systems": [{"name": "pg", "kind": "postgres", "workload": "Container/pg"}],
    "clients": [
        {
            "name": "shop",
            "target": "Container/pg",
            "operations": {"kind": "set", "rate": "5/s"},
            "timeouts": {"connect": "1s", "statement": "2s"},
        }
    ],
}


class Ran:
    """A run: its events as they were recorded, and its metrics."""

    def __init__(self, result: statesim.Result) -> None:
        self.events = result.records[0].events
        self.metrics = result.metrics["variants"]["default"]


def scenario(
    *timeline: dict[str, Any], duration: str = "4m", crash: str = "", **container: Any
) -> dict[str, Any]:
    """Return a world with one container, called pg, on n-a-1."""
    images = {"postgres:*": {**BASE["images"]["postgres:*"], **({"crashAfter": crash} if crash else {})}}
    row = {"name": "pg", "image": "postgres:16", "nodes": ["n-a-1"], "port": 5432, **container}
    rows = {"images": images, "containers": [row], "timeline": list(timeline)}
    return {**BASE, "duration": duration, **rows}


def run(*timeline: dict[str, Any], **more: Any) -> Ran:
    """Run such a world."""
    return Ran(statesim.run(scenario(*timeline, **more)))


def events(run: Ran, *names: str) -> list[Any]:
    return [e for e in run.events if e.object == "Container/pg" and (not names or e.event in names)]


def lost(run: Ran) -> int:
    return int(run.metrics["clients"]["shop"]["lost"])


KILL = {"at": "60s", "do": "container-kill", "on": "Container/pg"}
REBOOT = {"at": "60s", "do": "node-reboot", "on": "Container/pg", "away": "20s"}
STOP = {"at": "60s", "do": "stop-container", "on": "Container/pg"}
AGAIN = {"at": "90s", "do": "start-container", "on": "Container/pg"}


@pytest.mark.parametrize("data", ["layer", "volume"])
@pytest.mark.parametrize("what", [(KILL,), (REBOOT,), (STOP, AGAIN)])
def test_a_restart_keeps_the_layer_and_the_volume(what: tuple[Any, ...], data: str) -> None:
    found = run(*what, restart="unless-stopped", data=data)
    assert lost(found) == 0
    assert found.metrics["clients"]["shop"]["acked"] > 100
    assert len({e.fields["uid"] for e in found.events if e.object == "Process/pg"}) == 1


@pytest.mark.parametrize(("data", "loses"), [("layer", True), ("volume", False)])
def test_a_container_that_is_removed_takes_its_layer_with_it(data: str, loses: bool) -> None:
    found = run({**AGAIN, "at": "60s", "anew": True}, restart="always", data=data)
    assert [e.event for e in events(found, "Removed", "Created")] == ["Created", "Removed", "Created"]
    assert (lost(found) > 50) is loses


def test_on_another_machine_it_is_empty_and_nobody_knows_where_it_is_until_somebody_says_so() -> None:
    crash = {"at": "60s", "do": "node-crash", "on": {"nodeOf": "Container/pg"}}
    elsewhere = {**AGAIN, "node": "n-a-2"}
    told = run(crash, {**elsewhere, "tell": "30s"}, restart="always", data="volume")
    untold = run(crash, {**elsewhere, "tell": "never"}, restart="always", data="volume")
    assert lost(told) > 50
    assert told.metrics["clients"]["shop"]["longest_outage_s"] == pytest.approx(60, abs=4)
    assert untold.metrics["clients"]["shop"]["longest_outage_s"] == pytest.approx(180, abs=1)
    assert events(told, "Told")[0].fields["node"] == "n-a-2"
    assert not events(untold, "Told")


def test_nobody_touches_a_container_whose_machine_is_dead() -> None:
    found = run({"at": "60s", "do": "node-crash", "on": "Node/n-a-1"}, duration="30m", restart="always")
    assert [e.event for e in events(found)] == ["Created"]
    assert not any(e.object.startswith("Pod/") for e in found.events)


@pytest.mark.parametrize(
    ("policy", "restarts"), [("no", 0), ("on-failure:2", 2), ("always", 9), ("unless-stopped", 9)]
)
def test_a_crash_loop_waits_longer_and_longer(policy: str, restarts: int) -> None:
    found = run(restart=policy, crash="2s", duration="2m")
    assert len(events(found, "Restarted")) == restarts
    waits = [e.fields["delay_s"] for e in events(found, "Restarting")]
    assert waits == [min(60, 0.1 * 2**n) for n in range(len(waits))]


@pytest.mark.parametrize(
    ("policy", "starts"), [("no", 0), ("on-failure", 0), ("unless-stopped", 0), ("always", 1)]
)
def test_of_those_that_a_person_has_stopped_a_boot_starts_always_alone(policy: str, starts: int) -> None:
    found = run(STOP, {**REBOOT, "at": "90s"}, restart=policy)
    assert len(events(found, "StartedAgain")) == starts
    assert len(events(found, "Stopped")) == 1


def test_an_orderly_shutdown_ends_with_code_0_and_on_failure_stays_down() -> None:
    graceful = {**REBOOT, "graceful": True}
    cut, orderly = (run(row, restart="on-failure") for row in (REBOOT, graceful))
    assert len(events(cut, "StartedAgain")) == 1
    assert not events(orderly, "StartedAgain")
    hows = [e.fields["how"] for e in orderly.events if e.event == "Exited"]
    assert hows == ["stopped"]


def test_an_old_machine_that_boots_starts_its_container_beside_the_new_one() -> None:
    crash = {"at": "60s", "do": "node-crash", "on": "Node/n-a-1", "for": "60s"}
    found = run(crash, {**AGAIN, "node": "n-a-2"}, restart="unless-stopped", data="volume")
    assert found.metrics["systems"]["pg"]["dual_primary_s"] > 100
    lines = docker_ps(found.events, 200_000_000)
    assert [line.split()[0] for line in lines] == ["MACHINE", "n-a-1", "n-a-2"]
    assert all("Up" in line for line in lines[1:])


def test_what_cannot_be_done_is_skipped_and_says_why() -> None:
    found = run(AGAIN, {**STOP, "at": "100s"}, {**STOP, "at": "120s"}, restart="no")
    skipped = [e.fields["why"] for e in found.events if e.event == "Skipped"]
    assert skipped == ["Container/pg runs already on n-a-1", "Container/pg does not run"]


def test_docker_ps_says_what_each_daemon_knows_and_nothing_of_a_silent_machine() -> None:
    found = run(KILL, {**REBOOT, "at": "2m"}, restart="always")
    assert "Restarting (137)" in docker_ps(found.events, 60_050_000)[1]
    assert "does not answer" in docker_ps(found.events, 130_000_000)[1]
    assert "Up About a minute" in docker_ps(found.events, 220_000_000, ["pg"])[1]
    assert docker_ps(found.events, 220_000_000, ["other"]) == []


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.4, "Less than a second"),
        (1, "1 second"),
        (59, "59 seconds"),
        (119, "About a minute"),
        (120, "2 minutes"),
        (3600, "About an hour"),
        (7200, "2 hours"),
        (172800, "2 days"),
    ],
)
def test_lengths_of_time_are_in_dockers_words(seconds: float, said: str) -> None:
    assert length(round(seconds * 1_000_000)) == said


def test_pictures_say_that_a_person_has_started_it() -> None:
    record = statesim.run(scenario(KILL, restart="always")).records[0]
    (panel,) = timeline_marks([record]).panels
    assert "container pg" in [lane.label for lane in panel.lanes]
    placed = place(state_at(record.events, 100_000_000))
    assert any(data.get("label") == "pg, by hand\nprimary" for _, data in placed.graph.nodes(data=True))
