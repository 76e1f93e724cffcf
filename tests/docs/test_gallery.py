"""The pictures of the documentation show what the simulator does now, and the pages show all of them."""

from __future__ import annotations

import re
import runpy
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tests.docs.gallery import FOLDER, PICTURES, Picture, digest, drawn_from, playable, run
from tests.docs.pages import DOCS

if TYPE_CHECKING:
    from pathlib import Path

IMAGE = re.compile(r"!\[([^\]]*)\]\(|<img\b(?![^>]*\balt=\"[^\"])|```\{(?:image|figure)\}")
SHOWN = re.compile(r"images/gallery/([\w-]+)\.png")


@pytest.mark.slow
@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_a_picture_shows_what_the_scenario_does_now(picture: Picture) -> None:
    told = f"python -m tests.docs.gallery {picture.name}; then read again what docs/tour.md says of it"
    assert drawn_from(picture.name) == digest(run(picture)), told


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
