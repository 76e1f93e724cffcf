"""The pictures of the documentation show what the simulator does now, and the pages show all of them."""

from __future__ import annotations

import re

import pytest

from tests.docs.gallery import FOLDER, PICTURES, Picture, digest, drawn_from, run
from tests.docs.pages import DOCS

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


def test_the_tour_shows_pictures_that_exist_with_the_command_that_makes_them() -> None:
    tour = (DOCS / "tour.md").read_text(encoding="utf-8")
    scenarios = {picture.name: picture.scenario for picture in PICTURES}
    sections = re.split(r"\n(?=!\[)", tour)[1:]
    assert len(sections) >= 16
    for section in sections:
        found = SHOWN.search(section)
        assert found is not None
        assert f"$ statesim run {scenarios[found[1]]} " in section
