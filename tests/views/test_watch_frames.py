"""What is on the screen at an instant, at the widths of usual terminals."""

from __future__ import annotations

import io
from functools import cache
from itertools import pairwise
from pathlib import Path

import made_traces as made
import pytest
from rich.console import Console
from rich.text import Text

import statesim
from statesim.analysis.objects import objects_at
from statesim.analysis.reading import Reading
from statesim.views.kubectl.pod_rows import pod_row
from statesim.views.live.frame import Scene
from statesim.views.live.lines import lines
from statesim.views.live.play import picture, show
from statesim.views.live.strip import BLOCKS, NOTHING, OUT, Strip, shown

GOLDEN = Path(__file__).parent / "golden"
S = 1_000_000


@cache
def record(variant: str = "patroni-async") -> statesim.analysis.record.RunRecord:
    return statesim.run("pg-node-crash", variants=[variant]).variants[variant].record


@cache
def scene(variant: str = "patroni-async") -> Scene:
    return Scene(Reading(record(variant)))


def printed(rows: list[Text], width: int, height: int) -> str:
    """Return what a terminal without colours shows of these lines."""
    console = Console(file=io.StringIO(), record=True, width=width, height=height, color_system=None)
    console.print(Text("\n").join(rows), no_wrap=True, crop=True)
    return "\n".join(line.rstrip() for line in console.export_text().splitlines()) + "\n"


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 30), (160, 45)])
def test_the_outage_of_a_patroni_cluster_looks_like_this(width: int, height: int) -> None:
    told = printed(picture(show([scene()], None), 84_900_000, (width, height), "the note"), width, height)
    assert told == (GOLDEN / f"watch-{width}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("size", [(80, 24), (100, 10), (120, 30), (160, 45), (240, 50), (40, 8)])
@pytest.mark.parametrize("t_s", [0, 20, 84.9, 1200])
def test_a_picture_has_exactly_the_size_of_the_screen(size: tuple[int, int], t_s: float) -> None:
    rows = picture(show([scene(), scene("statefulset")], None), round(t_s * S), size, "note " * 60)
    assert len(rows) == size[1]
    assert max(row.cell_len for row in rows) <= size[0]


@pytest.mark.parametrize("height", range(12, 30))
def test_the_newest_of_what_happened_is_told_from_its_beginning_on_whatever_the_room(height: int) -> None:
    now = 84_900_000
    newest = scene().frame(now).news[-1].text
    rows = [row.plain for row in picture(show([scene()], None), now, (60, height), "note")]
    told = [row[13:].rstrip("…").strip() for row in rows if row[13:].strip()]
    assert any(newest.startswith(each) for each in told) == (height >= 14)
    assert height >= 14 or not any(each in newest for each in told)


def test_variants_stand_side_by_side_where_both_fit_and_else_the_others_are_named() -> None:
    both = show([scene(), scene("statefulset")], None)
    narrow, wide = (picture(both, 70 * S, (width, 24), "10x") for width in (120, 160))
    assert "StatefulSet, one replica" not in narrow[0].plain
    assert "not shown: StatefulSet, one replica" in narrow[-1].plain
    assert "StatefulSet, one replica" in wide[0].plain
    assert "not shown" not in wide[-1].plain


def test_the_left_half_of_a_row_is_what_kubectl_prints() -> None:
    watched, objects = scene(), record().objects
    for t_us in (5 * S, 50 * S, 84_900_000, 101 * S, 420 * S):
        pods = [doc for doc in objects_at(objects, t_us).values() if doc["kind"] == "Pod"]
        rows = {doc["metadata"]["name"]: pod_row(doc, t_us) for doc in pods}
        shown_rows = {line.cells[0]: line.cells for line in watched.frame(t_us).pods if line.cells[1] != "-"}
        assert shown_rows == {name: (*row[:5], row[6]) for name, row in rows.items()}


def test_a_dead_pod_that_kubectl_shows_as_running_is_marked_and_is_not_before_the_power_cut() -> None:
    before, after = ({line.cells[0]: line for line in scene().frame(t_us).pods} for t_us in (59 * S, 61 * S))
    assert (before["pg-0"].cells[1:3], before["pg-0"].really, before["pg-0"].wrong) == (
        ("1/1", "Running"),
        "● primary",
        False,
    )
    assert (after["pg-0"].cells[1:3], after["pg-0"].really, after["pg-0"].wrong) == (
        ("1/1", "Running"),
        "✗ dead, machine down",
        True,
    )
    assert not after["pg-1"].wrong


def test_what_runs_on_without_a_pod_has_a_row_beside_the_pod_that_takes_its_place() -> None:
    split = statesim.run("split-identity", variants=["force-delete"]).variants["force-delete"].record
    old, new = sorted(Scene(Reading(split)).frame(300 * S).pods, key=lambda line: line.cells[1] != "-")
    assert (old.cells[0], old.wrong, old.really) == ("pg-0", True, "⊘ primary, cut off, no pod")
    assert (new.cells[0], new.wrong, new.cells[2]) == ("pg-0", False, "ContainerCreating")


def test_a_container_that_was_never_a_pod_is_no_lie_of_kubernetes() -> None:
    bare = statesim.run("bare-container-lost", variants=["nobody"]).variants["nobody"].record
    pods = Scene(Reading(bare)).frame(30 * S).pods
    assert [(line.cells[1], line.really, line.wrong) for line in pods] == [
        ("-", "● primary", False),
        ("-", "● serving", False),
    ]


def test_frames_do_not_depend_on_what_was_shown_before() -> None:
    forwards, jumping = Scene(Reading(record())), Scene(Reading(record()))
    instants = [30 * S, 61 * S, 84_900_000, 500 * S]
    told = [forwards.frame(t_us) for t_us in instants]
    assert [jumping.frame(t_us) for t_us in reversed(instants)] == told[::-1]


def test_nothing_of_the_future_is_told() -> None:
    watched = scene()
    for t_us in range(0, 120 * S, 700_000):
        frame = watched.frame(t_us)
        assert all(each.t_us <= t_us for each in frame.news)
        assert all(each <= t_us for each in frame.struck)
        assert all(len(strip.answered) <= t_us // strip.step_us for strip in frame.strips)


def test_why_names_the_root_of_the_newest_notable_event() -> None:
    assert scene().frame(84_760_000).why.startswith("60 s power cut under the database (Node/n-a-1) → ")
    assert scene().frame(84_760_000).why.endswith(" → 82.65 s the lease of pg-0 in pg has expired")


def test_a_strip_shows_blocks_as_high_as_counts_and_outages_as_a_sign() -> None:
    from statesim.analysis.outages import Outage

    strip = Strip(
        "shop", "write", "writes", S, [8, 4, 1, 0, 0, 0, 8], [0, 0, 0, 0, 2, 8, 0],
        {"write": [Outage(3 * S, 6 * S, open=False)], "read": []},
    )  # fmt: skip
    at_5, at_7 = shown(strip, 5 * S + 1, 60), shown(strip, 7 * S, 3)
    assert at_5.answered == BLOCKS[7] + BLOCKS[3] + BLOCKS[0] + OUT * 2
    assert at_5.failed == "    " + BLOCKS[1]
    assert at_5.out == (("write", 2 * S + 1),)
    assert (at_7.answered, at_7.failed, at_7.out) == (OUT * 2 + BLOCKS[7], BLOCKS[1] + BLOCKS[7] + " ", ())
    assert (at_7.rate, at_7.failing) == (8, 0)
    quiet = strip._replace(answered=[1, 0, 1], failed=[0, 0, 0], outages={})
    assert shown(quiet, 3 * S, 9).answered == f"{BLOCKS[7]}{NOTHING}{BLOCKS[7]}"


def test_lines_tell_each_change_of_a_pod_once_and_the_same_as_the_frames() -> None:
    told = list(lines(scene()))
    assert [line.t_us for line in told] == sorted(line.t_us for line in told)
    of_pg_0 = [
        line.text.split() for line in told if line.text[12:].startswith("pg-0 ") and line.t_us < 420 * S
    ]
    cells = [row[2:] for row in of_pg_0 if row[3] in ("0/1", "1/1")]
    assert all(a != b for a, b in pairwise(cells))
    at_61 = [row for row in of_pg_0 if float(row[0]) <= 61][-1]
    assert at_61[3:5] == ["1/1", "Running"]
    assert " ".join(at_61[7:]) == "≠ ✗ dead, machine down"
    assert any("▼ power cut under the database" in line.text for line in told)


def test_of_more_pods_than_fit_those_are_shown_of_which_there_is_something_to_see() -> None:
    web = Scene(Reading(made.web_rollout(pods=40)))
    rows = [row.plain for row in picture(show([web], None), 100 * S, (80, 20), "")]
    more = next(row for row in rows if row.startswith("… and "))
    named = [row for row in rows if row.startswith("web-")]
    assert len(named) + int(more.split()[2]) == len(web.frame(100 * S).pods)
