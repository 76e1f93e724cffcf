"""``statesim replay``: a page, or its data, of what a run left; nothing is simulated again."""

from __future__ import annotations

import json
import re
import sys
import webbrowser
from base64 import b64decode
from pathlib import Path

import pytest

import statesim
from statesim.cli import main
from statesim.views.replay.pack import inflated


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["statesim", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main()
    return int(stopped.value.code or 0)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run of two variants left."""
    folder = tmp_path_factory.mktemp("run")
    statesim.run("stuck-terminating", variants=["nobody", "force-delete"]).save(folder, pictures=False)
    return folder


def document_of(page: Path) -> dict:
    (packed,) = re.findall(r'id="statesim-replay">([^<]*)</script>', page.read_text(encoding="utf-8"))
    return inflated(b64decode(packed))


def test_it_writes_a_page_beside_the_run_and_says_how_large_it_is(
    monkeypatch: pytest.MonkeyPatch, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "replay", str(out)) == 0
    document = document_of(out / "replay.html")
    assert [each["name"] for each in document["variants"]] == ["nobody", "force-delete"]
    assert document["chapters"][1]["title_zh"] == "机器断电"
    assert re.fullmatch(rf"wrote {re.escape(str(out / 'replay.html'))} \(\d+ kB\)\n", capsys.readouterr().out)


def test_it_can_show_some_variants_and_write_data_alone(
    monkeypatch: pytest.MonkeyPatch, out: Path, tmp_path: Path
) -> None:
    page, data = tmp_path / "new" / "talk.html", tmp_path / "new" / "talk.json"
    for path in (page, data):
        assert call(monkeypatch, "replay", str(out), "--variant", "force-delete", "-o", str(path)) == 0
    told = json.loads(data.read_text(encoding="utf-8"))
    assert told == document_of(page)
    assert [each["name"] for each in told["variants"]] == ["force-delete"]


def test_what_was_traced_is_played_whatever_the_scenario_says_now(
    monkeypatch: pytest.MonkeyPatch, out: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    for path in out.rglob("*.jsonl"):
        (copy / path.relative_to(out)).parent.mkdir(parents=True, exist_ok=True)
        (copy / path.relative_to(out)).write_bytes(path.read_bytes())
    (copy / "metrics.json").write_bytes((out / "metrics.json").read_bytes())
    trace = copy / "nobody" / "trace.jsonl"
    text = trace.read_text(encoding="utf-8")
    trace.write_text(
        text.replace('"label": "power cut"', '"label": "somebody pulls the plug"'), encoding="utf-8"
    )
    assert call(monkeypatch, "replay", str(copy)) == 0
    labels = [each["faults"][0]["label"] for each in document_of(copy / "replay.html")["variants"]]
    assert labels == ["somebody pulls the plug", "power cut"]


def test_it_opens_the_page_when_asked(monkeypatch: pytest.MonkeyPatch, out: Path, tmp_path: Path) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    page = tmp_path / "a page.html"
    assert call(monkeypatch, "replay", str(out), "-o", str(page), "--open") == 0
    assert opened == [page.resolve().as_uri()]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--variant", "forced-delete"), "there is no variant 'forced-delete'; did you mean force-delete?"),
        (
            ("-o", "talk.pdf"),
            "'-o' / '--to': talk.pdf: a page's name ends in .html, that of its data in .json",
        ),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch,
    out: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    before = sorted(out.rglob("*"))
    assert call(monkeypatch, "replay", str(out), *arguments) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert sorted(out.rglob("*")) == before


def test_a_scenario_that_was_not_run_yet_is_told_how(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call(monkeypatch, "replay", "pg-node-crash") == 2
    assert " run pg-node-crash --out out/pg-node-crash" in capsys.readouterr().err


def test_a_new_run_into_the_folder_of_a_page_says_how_to_make_the_page_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("run", "sts-ordered-scale", "--no-pictures", "--out", str(tmp_path))
    assert call(monkeypatch, *words) == 0
    assert "would have played" not in capsys.readouterr().out
    assert call(monkeypatch, "replay", str(tmp_path)) == 0
    capsys.readouterr()
    assert call(monkeypatch, *words) == 0
    assert not (tmp_path / "replay.html").exists()
    assert f" replay {tmp_path}" in " ".join(capsys.readouterr().out.split())


def test_a_complaint_about_a_pictures_name_names_the_option_as_people_type_it(
    monkeypatch: pytest.MonkeyPatch, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "plot", str(out), "-o", "a.docx") == 2
    assert "'-o' / '--to': a.docx: a picture's name ends in" in " ".join(capsys.readouterr().err.split())
