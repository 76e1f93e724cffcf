"""`statesim plot` and the themes of other commands, at the command line."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import made_traces as made
import pytest
from PIL import Image
from typer.testing import CliRunner

import statesim
from statesim.api import Result
from statesim.cli import app
from statesim.errors import StatesimError
from statesim.views.fonts import families
from statesim.views.leftovers import earlier
from statesim.views.speech import drawable

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("run")
    Result([made.patroni(duration_s=150), made.statefulset(duration_s=150)]).save(directory, pictures=False)
    return directory


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (["--kind", "roles"], "roles.png"),
        (
            ["--kind", "sessions", "--variant", "statefulset", "--theme", "slides"],
            "sessions-statefulset-slides.png",
        ),
        (["--at", "90s", "--variant", "statefulset"], "topology-statefulset-90s.png"),
        (["--drift", "--window", "50s-90s", "--theme", "dark"], "timeline-50s-90s-drift-dark.png"),
    ],
)
def test_a_picture_has_the_name_of_what_it_shows(options: list[str], name: str, out: Path) -> None:
    answer = CliRunner().invoke(app, ["plot", str(out), *options])
    assert answer.exit_code == 0, answer.output
    assert (out / name).stat().st_size > 1000


def test_a_slide_has_the_dots_of_a_projector(out: Path, tmp_path: Path) -> None:
    to = tmp_path / "slide.png"
    answer = CliRunner().invoke(app, ["plot", str(out), "--theme", "slides", "-o", str(to)])
    assert answer.exit_code == 0, answer.output
    with Image.open(to) as picture:
        assert picture.size == (1920, 1080)


def test_a_space_time_diagram_without_room_for_all_says_which_window_draws_the_rest(tmp_path: Path) -> None:
    statesim.run("pg-node-crash", variants=["patroni-async"]).save(tmp_path, pictures=False)
    asked = ["plot", str(tmp_path), "--kind", "lamport", "--theme", "slides"]
    answer = CliRunner().invoke(app, asked)
    assert answer.exit_code == 0, answer.output
    (window,) = re.findall(r"--window (\S+) draws what follows", answer.output)
    answer = CliRunner().invoke(app, [*asked, "--window", window])
    assert answer.exit_code == 0, answer.output
    assert (tmp_path / f"lamport-{window}-slides.png").exists()


def test_more_variants_than_a_slide_has_room_for_are_told_with_what_to_do_instead(tmp_path: Path) -> None:
    directory, to = tmp_path / "five", tmp_path / "slide.png"
    Result(made.five_variants()).save(directory, pictures=False)
    answer = CliRunner().invoke(app, ["plot", str(directory), "--theme", "slides", "-o", str(to)])
    assert answer.exit_code == 0, answer.output
    assert to.exists()
    assert "5 variants are too many for one slide: their letters have" in answer.stderr
    assert "not shown: " in answer.stderr
    told = [line.split()[-1] for line in answer.stderr.splitlines() if "statesim plot" in line]
    assert told == ["deployment-rwo", "patroni-async", "patroni-sync"]
    two = [
        "plot",
        str(directory),
        "--theme",
        "slides",
        "--variant",
        "statefulset",
        "--variant",
        "patroni-sync",
    ]
    assert CliRunner().invoke(app, [*two, "-o", str(to)]).stderr == ""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--kind", "rolls"], "did you mean roles"),
        (["--theme", "slide"], "did you mean slides"),
        (["--kind", "roles", "--at", "84s"], "--kind topology"),
        (["--kind", "topology", "--window", "1s-2s"], "--at 84s"),
        (["--kind", "roles", "--drift"], "--kind drift"),
        (["--kind", "topology"], "say which of patroni-async"),
        (["-o", "x.gif"], ".svg, .png or .pdf"),
    ],
)
def test_what_cannot_be_drawn_is_answered_with_what_can(options: list[str], said: str, out: Path) -> None:
    before = sorted(out.rglob("*"))
    answer = CliRunner().invoke(app, ["plot", str(out), *options])
    assert answer.exit_code == 2
    assert said in " ".join(answer.output.replace("│", " ").split())
    assert sorted(out.rglob("*")) == before


def test_a_run_for_slides_leaves_a_slide_for_each_two_variants(tmp_path: Path) -> None:
    runs = [made.patroni(duration_s=150), made.statefulset(duration_s=150)]
    Result([*runs, replace(runs[1], variant="third")]).save(tmp_path, theme="slides")
    sizes = {}
    for path in sorted(tmp_path.glob("timeline*.png")):
        with Image.open(path) as picture:
            sizes[path.name] = picture.size
    assert list(sizes) == ["timeline-1.png", "timeline-2.png", "timeline.png"]
    assert set(sizes.values()) == {(1920, 1080)}
    assert "<svg" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_picture_in_chinese_lies_beside_the_one_in_english(out: Path) -> None:
    for lang in ("en", "zh"):
        answer = CliRunner().invoke(
            app, ["plot", str(out), "--kind", "roles", "--theme", "dark", "--lang", lang]
        )
        assert answer.exit_code == 0, answer.output
        assert answer.stdout.startswith({"en": "wrote ", "zh": "已写入 "}[lang])
    assert (out / "roles-dark.png").exists()
    assert (out / "roles-dark-zh.png") in earlier(out)  # a new run takes it away with the others


def test_a_run_draws_its_timelines_and_tells_its_report_in_the_language_it_is_asked_for(
    tmp_path: Path,
) -> None:
    made_in = {}
    for lang in ("en", "zh"):
        Result([made.patroni(duration_s=150)]).save(tmp_path / lang, language=lang)
        made_in[lang] = (tmp_path / lang / "report.html").read_text(encoding="utf-8")
    assert ("预期" in made_in["zh"], "事件经过" in made_in["zh"]) == (False, True)  # it expects nothing
    assert "What happened" in made_in["en"]
    if drawable(families()):
        pictures = [(tmp_path / lang / "timeline.svg").read_bytes() for lang in ("en", "zh")]
        assert pictures[0] != pictures[1]
        assert pictures[1].decode("utf-8").partition("<svg")[2] in made_in["zh"]


def test_a_language_that_is_none_is_refused_before_anything_is_drawn(out: Path) -> None:
    before = sorted(out.iterdir())
    answer = CliRunner().invoke(app, ["plot", str(out), "--lang", "zn"])
    assert isinstance(answer.exception, StatesimError)
    assert "did you mean zh" in str(answer.exception)
    assert sorted(out.iterdir()) == before
