from __future__ import annotations

import made_traces as made
import pytest

from statesim.views.axis import apart, time_label, time_ticks
from statesim.views.legend import entries
from statesim.views.marks import MOST_PODS, MOST_PODS_ALONE, Panel, timeline_marks
from statesim.views.strips import bin_width, rates
from statesim.views.style import CURVE
from statesim.views.timeline_layout import WIDTH, Layout


def panel_of(run: object) -> Panel:
    return timeline_marks([run]).panels[0]  # type: ignore[list-item]


def test_each_variant_has_a_panel_with_its_outcome() -> None:
    marks = timeline_marks(made.five_variants())
    assert [panel.title for panel in marks.panels][-1] == "StatefulSet + Patroni, synchronous"
    assert [panel.severity for panel in marks.panels] == ["bad", "bad", "bad", "bad", "hurt"]
    assert marks.window == (0.0, 1200.0)


def test_a_pods_lane_shows_the_role_above_and_the_api_below() -> None:
    lane = next(lane for lane in panel_of(made.patroni()).lanes if lane.label == "pg-1")
    assert [span.kind for span in lane.wide][-2:] == ["replica", "primary"]
    assert lane.wide[-1].start == pytest.approx(86.3)
    assert [span.kind for span in lane.narrow][-1] == "ready"
    dead = next(lane for lane in panel_of(made.patroni()).lanes if lane.label == "pg-0")
    assert (dead.wide[-1].kind, dead.wide[-1].text) == ("dead", "no power")
    assert [span.kind for span in dead.narrow][-3:] == ["ready", "not-ready", "terminating"]


def test_only_nodes_and_volumes_with_a_story_get_lanes() -> None:
    assert [lane.label for lane in panel_of(made.patroni()).lanes] == [
        "pg-0", "pg-1", "pg-2", "node n-a-1", "disk data-pg-0",
    ]  # fmt: skip
    assert {lane.group for lane in panel_of(made.web_rollout()).lanes} == {"pod"}


def test_a_pod_without_a_program_shows_what_it_waits_for() -> None:
    lane = panel_of(made.deployment_rwo()).lanes[1]
    assert (lane.wide[-1].kind, lane.wide[-1].end) == ("waiting-volume", 1200)


def test_an_outage_carries_its_length_and_losses_their_count() -> None:
    strip = panel_of(made.patroni()).strips[0]
    assert [gap.text for gap in strip.gaps] == ["no writes for 27.3 s"]
    assert strip.lost_text == "3 acknowledged writes lost"
    assert sum(1 for value in strip.lost if value) == 1
    open_ = panel_of(made.statefulset()).strips[0].gaps[0]
    assert open_.open
    assert open_.end == 1200


def test_the_strip_counts_every_success_once() -> None:
    strip = panel_of(made.patroni()).strips[0]
    widths = [b - a for a, b in zip(strip.edges, strip.edges[1:], strict=False)]
    total = sum(height * width for height, width in zip(strip.heights, widths, strict=True))
    assert min(widths) > 0
    assert total == pytest.approx(11_574)


def test_faults_are_numbered_once_for_all_panels() -> None:
    marks = timeline_marks(made.five_variants())
    assert [(v.number, v.start, v.label) for v in marks.verticals] == [
        (1, 60.0, "power cut under the database")
    ]
    assert all([v.number for v in panel.verticals] == [1] for panel in marks.panels)


def test_a_crowd_is_cut_to_those_in_trouble_and_a_strip_counts_the_rest() -> None:
    alone = panel_of(made.web_rollout())
    assert len(alone.lanes) == MOST_PODS_ALONE
    assert alone.strips[0].label == f"web, +{20 - MOST_PODS_ALONE} more"
    assert max(alone.strips[0].heights) == 11
    story = made.Story("crowd", 100)
    story.nodes()
    story.workload("StatefulSet/db", 12)
    for n in range(12):
        story.pod(0, f"db-{n}", f"u{n}", "StatefulSet/db", "n-a-1")
    story.say(50, "Process/db-11", "Exited", uid="u11", node="n-a-1", how="crashed")
    crowd = timeline_marks([story.record(), made.statefulset()]).panels[0]
    assert len(crowd.lanes) == MOST_PODS
    assert "db-11" in [lane.label for lane in crowd.lanes]


def test_a_window_is_cut_to_the_run_and_must_not_be_empty() -> None:
    assert timeline_marks([made.statefulset()], (40, 5000)).window == (40, 1200)
    with pytest.raises(ValueError, match="from 1300 s to 1400 s: the run ends at 20:00"):
        timeline_marks([made.statefulset()], (1300, 1400))
    with pytest.raises(ValueError, match="at least one run"):
        timeline_marks([])


@pytest.mark.parametrize(
    ("start", "end"), [(0, 120), (0, 1200), (40, 140), (0, 3600), (0, 86400), (0, 31_536_000), (59.5, 61)]
)
def test_ticks_are_round_few_and_within(start: float, end: float) -> None:
    ticks = time_ticks(start, end)
    assert 4 <= len(ticks) <= 15
    assert start <= ticks[0] < ticks[-1] <= end


def test_times_read_as_a_clock_does() -> None:
    assert [time_label(t, 1200) for t in (0, 65, 87.3)] == ["0:00", "1:05", "1:27.3"]
    assert time_label(5400, 86400) == "1:30 h"
    assert time_label(86400 * 3, 86400 * 30) == "3 d"


def test_bins_are_neither_too_many_nor_too_empty() -> None:
    assert bin_width(1200) == 5
    assert bin_width(100, 0.1) == 1
    assert 100 / bin_width(100) <= 300


def test_the_legend_names_only_what_is_drawn_and_stays_within_its_width() -> None:
    placed = entries({("truth", "primary"), ("said", "ready")}, 15)
    assert [entry.word for entry in placed if entry.look] == ["primary", "Ready"]
    marks = timeline_marks(made.five_variants())
    assert max(entry.x for entry in entries(marks.used, 15)) < 15
    assert len({(entry.line, entry.x) for entry in entries(marks.used, 15)}) == len(entries(marks.used, 15))


def test_a_fault_that_lasts_differently_long_names_no_length() -> None:
    stories = []
    for end in (None, 50):
        story = made.Story(f"until-{end}", 100)
        story.say(10, "Fault/1-node-crash", "Started", do="node-crash", targets=["Node/n"], label="power cut")
        if end is not None:
            story.say(end, "Fault/1-node-crash", "Ended", do="node-crash")
        stories.append(story.record())
    assert [v.end for v in timeline_marks(stories).verticals] == [None]
    assert [v.end for v in timeline_marks(stories[1:]).verticals] == [50]


def test_one_success_between_two_outages_is_no_thousand_a_second() -> None:
    assert rates([10_000_500], (0.0, 10.0, 10.001, 20.0), 0.5) == (0.0, 2.0, 0.0)


def test_what_happened_is_named_over_the_panels_and_nothing_runs_over_the_edge() -> None:
    marks = timeline_marks([made.patroni()])
    (fault,) = marks.verticals
    layout = Layout()
    assert layout.fault_lines(marks.verticals) == 1
    many = (fault,) * 12
    assert layout.fault_lines(many) > 1
    assert max(x for _, x, _ in layout.fault_places(many)) < WIDTH


def test_what_the_api_server_refused_is_marked_as_such() -> None:
    story = made.Story("edit", 60)
    tried = story.say(30.0, "Fault/1-patch", "Started", do="patch", label="a larger template")
    story.say(30.0, "Fault/1-patch", "Skipped", tried, do="patch", why="the API server refuses it")
    record = story.record()
    assert record.faults == ()
    assert [v.label for v in timeline_marks([record]).verticals] == ["a larger template: refused"]


def test_the_legend_of_a_window_leaves_out_what_lies_outside_it() -> None:
    assert ("truth", "starting") in timeline_marks([made.patroni()]).used
    used = timeline_marks([made.patroni()], (50, 80)).used
    assert ("truth", "starting") not in used
    assert {("truth", "primary"), ("truth", "dead")} <= used


def test_the_legend_says_what_a_curve_is_made_of() -> None:
    def words(*runs: object) -> list[str]:
        placed = entries(timeline_marks(runs).used, 15)  # type: ignore[arg-type]
        return [entry.word for entry in placed if entry.look is None or entry.look in CURVE.values()]

    told = words(made.patroni())
    lost = "acknowledged, and lost later (mark above: when)"
    assert told[-4:] == ["Curve = what clients asked for:", "answered", "outage: asked in vain", lost]
    assert lost not in words(made.statefulset())
    story = made.Story("crowd", 100)
    story.nodes()
    story.workload("StatefulSet/db", MOST_PODS_ALONE + 1)
    for n in range(MOST_PODS_ALONE + 1):
        story.pod(0, f"db-{n}", f"u{n}", "StatefulSet/db", "n-a-1")
    assert "answered" not in words(story.record())  # that curve counts Ready pods


def growing(grows: bool) -> made.Story:
    story = made.Story("grows" if grows else "stays", 60)
    story.nodes()
    for name in ("0", "1"):
        where = {"zone": "a", "claim": f"data-{name}", "size_bytes": 10 * 2**30}
        story.say(1, f"PersistentVolume/pvc-{name}", "Provisioned", **where)
        story.say(2, f"VolumeAttachment/pvc-{name}@n-a-1", "Attached")
    if grows:
        story.say(30, "PersistentVolume/pvc-0", "Resized", size_bytes=20 * 2**30)
    return story


def test_disks_are_drawn_with_their_sizes_where_one_grows_and_where_it_is_compared_with() -> None:
    marks = timeline_marks([growing(grows=True).record(), growing(grows=False).record()])
    drawn = [{lane.label: [s.text for s in lane.wide] for lane in panel.lanes} for panel in marks.panels]
    assert drawn[0] == {"disk data-0": ["10Gi on n-a-1", "20Gi on n-a-1"], "disk data-1": ["10Gi on n-a-1"]}
    assert drawn[1] == {"disk data-0": ["10Gi on n-a-1"], "disk data-1": ["10Gi on n-a-1"]}
    assert timeline_marks([growing(grows=False).record()]).panels[0].lanes == ()


def test_numbers_are_moved_apart_no_more_than_needed() -> None:
    assert apart([], 1) == []
    assert apart([1, 5, 9], 1) == [1, 5, 9]
    assert apart([5, 5], 1) == [4.5, 5.5]
    assert apart([1, 5, 5.2, 5.4, 9], 1) == pytest.approx([1, 4.2, 5.2, 6.2, 9])
    assert apart([0, 1.1, 1.2, 1.3], 1) == pytest.approx([-0.6, 0.4, 1.4, 2.4])  # the first is pushed as well


def test_what_was_refused_takes_its_place_in_time_among_the_faults() -> None:
    story = made.Story("edit", 60)
    tried = story.say(10, "Fault/1-patch", "Started", do="patch", label="a larger template")
    story.say(10, "Fault/1-patch", "Skipped", tried, do="patch", why="the API server refuses it")
    story.say(30, "Fault/2-scale", "Started", do="scale", label="scale to 4")
    assert [v.start for v in panel_of(story.record()).verticals] == [10, 30]
