"""People order an emergency repair: in whole runs, of what has lost its majority and of what has not."""

from __future__ import annotations

from typing import Any

import pytest

import statesim
from statesim.errors import ScenarioError
from statesim.kernel.spans import SECOND
from tests.faults.test_roles import events, run, written

REPAIR = {"at": "90s", "do": "emergency-repair", "on": "StatefulSet/pg", "mode": "unsafe_rollback"}
CRASHES = [{"at": "60s", "do": "node-crash", "on": {"nodeOf": f"Pod/pg-{number}"}} for number in (1, 2)]


def skipped(made: Any) -> str:
    (event,) = events(made, "Skipped", "Fault/")
    return str(event.fields["why"])


def test_a_repair_happens_when_the_person_has_reacted_and_names_the_member_that_did_it() -> None:
    made = run(*CRASHES, {**REPAIR, "reaction": "20s"}, kind="rethinkdb")
    (started,) = events(made, "Started", "Fault/3-emergency-repair")
    assert (started.t_us, started.fields["reaction_s"]) == (110 * SECOND, 20)
    assert started.fields["targets"] == ["Pod/pg-0"]
    (repaired,) = events(made, "Repaired")
    assert (repaired.t_us, repaired.cause) == (started.t_us, started.id)
    assert repaired.fields["left"] == ["pg-0"]
    roles = [e for e in events(made, "Role", "Member/pg-0") if e.t_us > started.t_us]
    assert roles[-1].fields["accepts_writes"]


def test_what_needs_no_repair_is_not_repaired() -> None:
    made = run(CRASHES[0], REPAIR, kind="rethinkdb")
    assert skipped(made).startswith("this table doesn't need to be repaired")
    assert not events(made, "Repaired")


def test_a_member_that_people_cannot_reach_takes_no_orders() -> None:
    cut = {"at": "80s", "do": "network-partition", "on": {"nodeOf": "Pod/pg-0"}, "from": "control-plane"}
    made = run(*CRASHES, cut, {**REPAIR, "on": "Pod/pg-0"}, kind="rethinkdb")
    assert skipped(made) == "no server can be reached in pg-0"


def test_other_systems_have_no_such_thing() -> None:
    made = run({**REPAIR, "on": {"anyPod": {"app": "pg"}}}, kind="galera")
    assert "of a system of kind galera: it has no emergency repair" in skipped(made)


def test_it_is_refused_before_the_run_where_it_is_certain_that_it_cannot_be() -> None:
    with pytest.raises(ScenarioError, match="galera has no such repair"):
        statesim.load(written(REPAIR, kind="galera"))
    statesim.load(written(REPAIR, kind="rethinkdb"))


def test_its_mode_must_be_said() -> None:
    for mode in ("safe", None):
        with pytest.raises(ScenarioError, match="unsafe_rollback"):
            written({**REPAIR, "mode": mode})
