"""Roles, sessions, drift and rows of variants, as marks: what is to be drawn, before any canvas."""

from __future__ import annotations

from dataclasses import replace

import made_traces as made
import pytest

from statesim.analysis.drift import Moved
from statesim.analysis.left_on_disks import Left, left_behind
from statesim.analysis.reading import Reading
from statesim.analysis.record import RunRecord
from statesim.analysis.session_spans import Held, session_levels, session_spans
from statesim.views.compare_rows import rows_marks
from statesim.views.courses import drift_marks, roles_marks, sessions_marks
from statesim.views.style import LOOKS


def story() -> made.Story:
    told = made.Story("sessions", 100)
    told.nodes()
    for number in (1, 2, 3):
        told.say(10, "Client/shop", "SessionOpened", session=number, pod="pg-0")
    told.say(10, "Client/crowd", "SessionOpened", session=9, pod="pg-0", alike=100)
    told.say(65, "Client/shop", "SessionBroken", session=1, pod="pg-0", how="timeout")
    told.say(66, "Client/shop", "SessionBroken", session=2, pod="pg-0", how="reset")
    told.say(70, "Client/shop", "SessionClosed", session=3, pod="pg-0", why="maxLifetime")
    told.say(80, "Client/shop", "SessionOpened", session=1, pod="pg-1")
    return told


def test_every_session_has_a_beginning_an_end_and_a_way_in_which_it_ended() -> None:
    record = story().record()
    spans = session_spans(record.events, record.duration_us)
    told = [(s.client, s.pod, s.number, s.alike, s.start_us / 1e6, s.end_us / 1e6, s.how) for s in spans]
    assert told == [
        ("shop", "pg-0", 1, 1, 10, 65, "timeout"),
        ("shop", "pg-0", 2, 1, 10, 66, "reset"),
        ("shop", "pg-0", 3, 1, 10, 70, ""),
        ("crowd", "pg-0", 9, 100, 10, 100, ""),
        ("shop", "pg-1", 1, 1, 80, 100, ""),
    ]
    assert [span.ended is None for span in spans] == [False, False, False, True, True]
    levels = session_levels(spans)
    assert levels["shop", "pg-0"] == [
        Held(10_000_000, 3), Held(65_000_000, 2), Held(66_000_000, 1), Held(70_000_000, 0),
    ]  # fmt: skip
    assert levels["crowd", "pg-0"] == [Held(10_000_000, 100)]


def test_sessions_of_a_server_that_is_gone_are_marked_until_the_client_knows() -> None:
    story_ = made.Story("gone", 100)
    story_.nodes()
    story_.pod(0, "pg-0", "u0", "StatefulSet/pg", "n-a-1")
    for number in (1, 2):
        story_.say(10, "Client/shop", "SessionOpened", session=number, pod="pg-0")
    story_.say(60, "Process/pg-0", "Exited", uid="u0", node="n-a-1", how="power-cut")
    for number in (1, 2):
        story_.say(64 + number, "Client/shop", "SessionBroken", session=number, pod="pg-0", how="timeout")
    (panel,) = sessions_marks([story_.record()]).panels
    (strip,) = panel.strips
    at = dict(zip(strip.edges, zip(strip.heights, strip.lost, strict=True), strict=False))
    assert at[10.0] == (2.0, 0.0)
    assert at[60.0] == (2.0, 2.0)
    assert at[65.0] == (1.0, 1.0)
    assert at[66.0] == (0.0, 0.0)
    assert (strip.label, strip.lost_text, strip.about) == ("pg-0", "2 broken (timeout)", (65.0, 65.0))
    assert (panel.outcome, panel.severity) == ("2 sessions broken", "hurt")


def test_a_run_without_sessions_says_so() -> None:
    quiet = made.Story("quiet", 60)
    quiet.nodes()
    (panel,) = sessions_marks([quiet.record()]).panels
    assert (panel.strips, panel.outcome) == ((), "no sessions in this run")


def test_where_nobody_has_a_role_the_pods_are_shown_and_that_is_said() -> None:
    (panel,) = roles_marks([made.web_rollout()]).panels
    assert panel.outcome == "nobody here has a role"
    assert panel.lanes


def test_who_takes_writes_is_a_row_of_its_own_in_which_two_show() -> None:
    (panel,) = roles_marks([made.partition()]).panels
    lane = panel.lanes[0]
    assert lane.label.endswith("takes writes")
    assert {span.kind for span in lane.wide} <= {"one", "nobody", "several"}
    assert lane.wide[-1].end == made.partition().duration_s
    both = [span for span in lane.wide if span.kind == "several"]
    assert both, "a partition in which two take writes at once"
    assert panel.severity == "bad"
    assert "at once" in both[0].text
    gap = roles_marks([made.patroni()]).panels[0]
    assert [span.kind for span in gap.lanes[0].wide][-3:] == ["one", "nobody", "one"]
    assert gap.outcome.startswith("no primary for 2")


def test_drift_has_a_curve_for_each_kind_of_state_that_there_is() -> None:
    def row(t: int, volume: int, own: int, sessions: int, role: str | None) -> Moved:
        return Moved(t * 1_000_000, "pg", "pg-0", "u0", "n", own, volume, 0, sessions, role, "pg-0.pg")

    base = made.statefulset(duration_s=150)
    record = RunRecord(
        **{**{name: getattr(base, name) for name in base.__dataclass_fields__}, "drift": [
            row(1, 0, 0, 0, ""), row(20, 100, 7, 10, "primary"), row(60, 100, 7, 10, None),
        ]}
    )  # fmt: skip
    (panel,) = drift_marks([record]).panels
    told = {strip.label: max(strip.heights) for strip in panel.strips}
    assert told == {"drift of pg": 107.0, "identity of pg": 1.0, "sessions of pg": 10.0, "roles of pg": 1.0}
    assert max(panel.strips[0].lost) == 7.0
    assert panel.outcome == "at most 7 entries would have gone with a container or its pod"


def moved(t: int, pod: str, volume: int, role: str | None = "primary", uid: str = "") -> Moved:
    return Moved(t * 1_000_000, "pg", pod, uid or pod, "n", 0, volume, 0, 0, role, "")


def test_what_lies_on_a_volume_stays_there_when_its_container_ends_until_the_next_one_has_it() -> None:
    rows = [
        moved(10, "pg-0", 7),
        moved(60, "pg-0", 0, None),
        moved(90, "pg-0", 0, "", "u2"),
        moved(95, "pg-0", 7, "", "u2"),
    ]
    assert left_behind(rows, {}) == {"pg": [Left(10_000_000, 0), Left(60_000_000, 7), Left(95_000_000, 0)]}
    other = [moved(10, "pg-a", 7), moved(60, "pg-a", 0, None), moved(95, "pg-b", 7)]
    assert left_behind(other, {"pg-a": "data", "pg-b": "data"})["pg"][-1] == Left(95_000_000, 0)
    assert left_behind(other, {"pg-a": "data", "pg-b": "another"})["pg"][-1] == Left(60_000_000, 7)
    assert left_behind(other[:2], {"pg-a": "data"}, [(80_000_000, "data")])["pg"][-1] == Left(80_000_000, 0)
    shared = [moved(10, "pg-a", 7), moved(11, "pg-b", 7), moved(60, "pg-a", 0, None)]
    assert left_behind(shared, {"pg-a": "data", "pg-b": "data"}) == {}


def test_the_curve_of_drift_keeps_the_volumes_part_at_the_power_cut_and_says_that_nobody_has_it() -> None:
    base = made.statefulset(duration_s=150)
    record = replace(base, drift=[moved(10, "pg-0", 7), moved(60, "pg-0", 0, None)])
    strip = drift_marks([record]).panels[0].strips[0]
    at = dict(zip(strip.edges, zip(strip.heights, strip.lost, strip.apart, strict=True), strict=False))
    assert at[10.0] == (7.0, 0.0, 0.0)
    assert at[60.0] == (7.0, 0.0, 7.0)
    assert strip.used == {"kept", "left"}


def test_the_legend_of_drift_lets_an_emptydir_go_with_its_pod_and_not_with_its_container() -> None:
    with_it, with_the_pod = LOOKS["drift"]["at-risk"].word.split("; ")
    assert with_it == "on its layer or in memory: goes with it"
    assert with_the_pod == "an emptyDir: with its pod"


def test_rows_tell_the_mean_of_each_variant_and_the_difference_seed_by_seed() -> None:
    runs = {
        "slow": {seed: {"clients.shop.unavailable_s": 60.0 + seed} for seed in range(10)},
        "fast": {seed: {"clients.shop.unavailable_s": 20.0 + seed} for seed in range(10)},
    }
    marks = rows_marks(runs, "clients.shop.unavailable_s", titles={"fast": "Patroni"})
    assert [row.name for row in marks.rows] == ["slow", "Patroni"]
    assert marks.rows[0].told == "64.5 s on average"
    assert (marks.rows[0].apart, marks.rows[0].level) == ("", "")
    assert (marks.rows[1].apart, marks.rows[1].level) == ("always -40 s; better in all 10 seeds", "good")
    again = rows_marks(runs, "clients.shop.unavailable_s", baseline="fast")
    assert [row.level for row in again.rows] == ["bad", ""]


def test_one_seed_is_an_example_and_its_bars_are_to_scale() -> None:
    runs = {"a": {7: {"clients.shop.lost": 224}}, "b": {7: {"clients.shop.lost": 1}}}
    marks = rows_marks(runs)
    assert (marks.title, marks.axis.scale) == ("Acknowledged writes lost", "linear")
    assert [row.told for row in marks.rows] == ["224", "1"]
    assert "example" in marks.notes[0]


def test_what_matters_most_and_is_not_0_everywhere_is_shown_if_nobody_says_what() -> None:
    def row(lost: int, out: float) -> dict[str, float]:
        return {"clients.shop.lost": lost, "clients.shop.unavailable_s": out}

    assert rows_marks({"a": {1: row(0, 5)}, "b": {1: row(0, 9)}}).title == "Time without service"
    assert rows_marks({"a": {1: row(0, 5)}, "b": {1: row(2, 9)}}).title == "Acknowledged writes lost"


def test_a_metric_that_no_run_has_is_answered_with_the_nearest() -> None:
    runs = {"a": {7: {"clients.shop.lost": 224}}}
    with pytest.raises(ValueError, match=r"did you mean clients\.shop\.lost"):
        rows_marks(runs, "clients.shop.losd")
    with pytest.raises(ValueError, match="there is no variant 'c'"):
        rows_marks(runs, baseline="c")


def test_readings_that_are_there_are_used() -> None:
    reading = Reading(made.patroni(duration_s=150))
    assert roles_marks([reading]) == roles_marks([reading.record])
