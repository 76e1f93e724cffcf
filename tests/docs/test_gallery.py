"""The pictures of the documentation show what the simulator does now, and the pages show all of them."""

from __future__ import annotations

import re
import runpy
from statistics import fmean
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from statesim.analysis.statistics import observed_quantiles
from tests.docs import many
from tests.docs.gallery import ALONE, FOLDER, PICTURES, Picture, playable, run, shows
from tests.docs.pages import DOCS
from tests.docs.pictured import IMAGES, carried

if TYPE_CHECKING:
    from pathlib import Path

IMAGE = re.compile(r"!\[([^\]]*)\]\(|<img\b(?![^>]*\balt=\"[^\"])|```\{(?:image|figure)\}")
SHOWN = re.compile(r"images/gallery/([\w-]+)\.png")


AGAIN = "python -m tests.docs.gallery"


@pytest.mark.slow
@pytest.mark.parametrize("picture", [*PICTURES, *ALONE], ids=lambda picture: picture.name)
def test_a_picture_shows_what_the_scenario_does_now_as_it_is_drawn_now(picture: Picture) -> None:
    found, now = carried(picture.path), shows(picture, run(picture))
    assert found is not None
    told = f"{AGAIN} {picture.name}; then read again what the pages that show it say of it"
    assert found.trace == now.trace, told
    assert found.drawing == now.drawing, f"{AGAIN}; it is drawn in another way now"


@pytest.mark.slow
@pytest.mark.parametrize("picture", many.PICTURES, ids=lambda picture: picture.name)
def test_a_picture_of_many_runs_shows_its_table_as_it_is_drawn_now(picture: many.Many) -> None:
    assert carried(picture.path) == many.shows(picture), AGAIN


@pytest.mark.slow
@pytest.mark.parametrize("picture", many.PICTURES, ids=lambda picture: picture.name)
def test_rows_of_a_picture_of_many_runs_are_what_runs_come_to_now(picture: many.Many) -> None:
    kept = many.kept(picture)
    cases = kept.groupby(["variant", *dict(picture.settings)], sort=False)
    assert all(list(rows.seed) == list(range(1, picture.seeds + 1)) for _, rows in cases)
    there = kept[kept.seed.isin(picture.again)].reset_index(drop=True)
    now = many.simulated(picture, picture.again).reset_index(drop=True)
    assert there.to_csv() == now.to_csv(), f"python -m tests.docs.many {picture.name}"


def test_the_guide_tells_of_a_thousand_runs_what_their_table_says() -> None:
    guide = (DOCS / "howto" / "run-thousands.md").read_text(encoding="utf-8")
    kept = many.kept(many.PICTURES[0])
    told = []
    for metric, unit in ((many.OUT, " s"), (many.LOST, "")):
        values = kept[metric].tolist()
        numbers = [*observed_quantiles(values, [0.5, 0.95, 0.99]), max(values), fmean(values)]
        told.append(" ".join(f"{number:.3g}{unit}" for number in numbers))
        assert f"seed {kept.seed[kept[metric].idxmax()]} " in guide
    rows = re.findall(r"^ patroni-async +(.*)$", guide, re.MULTILINE)
    assert [re.sub(" +", " ", row) for row in rows[: len(told)]] == told


def test_another_window_kind_or_drift_is_another_drawing() -> None:
    picture = Picture("scaling", "sts-ordered-scale", ())
    result = run(picture)
    others = [
        picture._replace(window=(10, 20)),
        picture._replace(kind="sessions"),
        picture._replace(drift=True),
        picture._replace(alone=True),
    ]
    drawings = {shows(each, result).drawing for each in (picture, *others)}
    assert len(drawings) == 1 + len(others)
    assert {shows(each, result).trace for each in others} == {shows(picture, result).trace}


def test_no_picture_of_the_documentation_is_without_a_test() -> None:
    held = {each.path for each in (*PICTURES, *ALONE, *many.PICTURES)}
    assert set(IMAGES.rglob("*.*")) == held


def test_the_gallery_shows_every_picture_and_nothing_else() -> None:
    shown = SHOWN.findall((DOCS / "gallery.md").read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(picture.name for picture in PICTURES)
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(shown)


def test_every_picture_of_a_page_has_words_for_whoever_does_not_see_it() -> None:
    pages = [*DOCS.rglob("*.md"), *DOCS.parent.glob("README*.md")]
    found = [(page.name, match) for page in pages for match in IMAGE.finditer(page.read_text("utf-8"))]
    assert len(found) > len(PICTURES)
    assert [(page, match[0]) for page, match in found if not (match[1] or "").strip()] == []


def test_on_the_site_a_picture_has_a_link_to_a_page_that_plays_it(tmp_path: Path) -> None:
    picture = Picture("scaling", "sts-ordered-scale")
    path = playable(picture, run(picture), tmp_path / "_site")
    assert '<div id="statesim-stage">' in path.read_text(encoding="utf-8")
    source = [(DOCS / "gallery.md").read_text(encoding="utf-8")]
    before = source[0]
    play_it = runpy.run_path(str(DOCS / "conf.py"))["play_it"]
    play_it(SimpleNamespace(srcdir=tmp_path), "tour", source)
    assert source[0] == before
    play_it(SimpleNamespace(srcdir=tmp_path), "gallery", source)
    assert source[0].count("Play it") == 1
    assert '(images/gallery/scaling.png)\n\n<a href="replays/scaling.html">Play it</a>' in source[0]


def test_the_tour_shows_pictures_that_exist_with_the_command_that_makes_them() -> None:
    tour = (DOCS / "tour.md").read_text(encoding="utf-8")
    scenarios = {picture.name: picture.scenario for picture in PICTURES}
    sections = re.split(r"\n(?=!\[)", tour)[1:]
    assert len(sections) >= 16
    for section in sections:
        found = SHOWN.search(section)
        assert found is not None
        assert f"$ statesim run {scenarios[found[1]]} " in section
