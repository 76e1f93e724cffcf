"""A long run's pages: small enough to be sent by mail, and still whole."""

from __future__ import annotations

import random
import re
from base64 import b64decode
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

import statesim
from statesim.views.html import MOST_EVENTS, report
from statesim.views.replay.pack import inflated
from statesim.views.replay.page import module, page
from tests.views.long_run import LONG

LARGEST = 1_500_000
ROUNDED = 0.05
FOLDER = Path(__file__).parent / "rich"
RICH = {"patroni", "galera", "mysql", "cassandra", "citus", "rollouts"}
TABLE = Path(__file__).parents[2] / "docs/background/performance.md"


def noise(size: int) -> bytes:
    """Return a picture of about so many bytes, as a long run's timeline has: grains of 256 greys."""
    width = 1000
    grains = random.Random(1).randbytes(width * (size // width))
    picture = BytesIO()
    Image.frombytes("L", (width, size // width), grains).save(picture, "PNG")
    return picture.getvalue()


def told_mb(name: str) -> float:
    """Return how large the page about performance says that a run's `replay.html` is."""
    text = TABLE.read_text(encoding="utf-8")
    (row,) = re.findall(rf"^\| `rich-{name}`.*$", text, re.MULTILINE)
    return float(re.findall(r"([\d.]+) MB", row)[0])


def packed(html: str) -> bytes:
    (found,) = re.findall(r'id="statesim-replay">([^<]*)</script>', html)
    return b64decode(found)


@pytest.mark.slow
def test_the_pages_of_fifty_thousand_events_have_at_most_a_megabyte_and_a_half(tmp_path: Path) -> None:
    path = tmp_path / "long.yaml"
    path.write_text(LONG, encoding="utf-8")
    result = statesim.run(path)
    (record,) = result.records
    assert 50_000 <= len(record.events) < MOST_EVENTS
    html = page(result.replay_document())
    assert len(html.encode()) <= LARGEST
    assert len(inflated(packed(html))["variants"][0]["events"]["t_us"]) == len(record.events)
    drawn = f"<svg>{'<path/>' * 500_000}</svg>"  # as many lines as such a run's timeline has, and more
    told = report(result.records, result.metrics, drawn, png=lambda: noise(300_000))
    assert len(told.encode()) <= LARGEST
    assert '<img alt="The timeline' in told
    assert packed(told) == packed(html)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "mysql",  # the quickest to simulate
        *(pytest.param(name, marks=pytest.mark.thorough) for name in sorted(RICH - {"mysql"})),
    ],
)
def test_rich_runs_of_fifty_thousand_events_have_pages_as_small(name: str) -> None:
    result = statesim.run(FOLDER / f"{name}.yaml")
    assert 50_000 <= sum(len(record.events) for record in result.records) < 60_000
    html = page(result.replay_document())
    assert len(html.encode()) <= LARGEST
    assert len(html.encode()) == pytest.approx(1e6 * told_mb(name), rel=ROUNDED)
    told = report(
        result.readings, result.metrics, f"<svg>{'<path/>' * 500_000}</svg>", png=lambda: noise(330_000)
    )
    assert len(told.encode()) <= LARGEST


def test_the_rich_runs_are_as_many_as_are_told_of() -> None:
    there = {path.stem for path in FOLDER.glob("*.yaml")}
    assert there == RICH
    rows = re.findall(r"^\| `rich-([a-z]+)`", TABLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(rows) == RICH


def test_the_module_is_as_large_as_is_told() -> None:
    (told,) = re.findall(r"The module that plays has ([\d.]+) MB", TABLE.read_text(encoding="utf-8"))
    assert len(module().encode()) == pytest.approx(1e6 * float(told), rel=ROUNDED)


def test_a_report_with_room_for_lines_draws_the_timeline_in_lines(tmp_path: Path) -> None:
    result = statesim.run("sts-ordered-scale")
    svg = '<svg xmlns="http://www.w3.org/2000/svg"/>'
    html = report(result.records, result.metrics, svg, png=None)
    assert "<svg" in html
    assert '<div id="statesim-stage" data-inline>' in html


def test_where_a_page_would_be_slow_the_report_tells_how_to_get_one() -> None:
    result = statesim.run("sts-ordered-scale")
    html = report(result.records, result.metrics, "", most_events=10)
    assert "<code>statesim replay</code>" in html
    assert "statesim-stage" not in html.partition("</style>")[2]
