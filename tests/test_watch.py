"""`run --watch` and `watch`: on a terminal, without one, and what is refused."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.command_line import call

# makes the terminal on standard input the one whose Ctrl-C interrupts, and goes on as its arguments say
CONTROLLED = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"


def test_without_a_terminal_a_run_is_told_in_lines_before_its_summary_and_the_folder_tells_the_same(
    monkeypatch: pytest.MonkeyPatch, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert call(monkeypatch, "run", str(small), "--watch", "--out", str(out), "--no-pictures") == 0
    run = capsys.readouterr().out.splitlines()
    header = next(place for place, line in enumerate(run) if line.startswith("AT "))
    assert run[header].split() == ["AT", "NAME", "READY", "STATUS", "RESTARTS", "NODE", "REALLY"]
    assert any(line.startswith("30.000 s    ▼ ") for line in run)
    assert any(line.split()[2:6] == ["p-0", "1/1", "Running", "1"] for line in run)
    assert call(monkeypatch, "watch", str(out)) == 0
    watched = capsys.readouterr().out.splitlines()
    assert watched[1:] == run[header : header + len(watched) - 1]
    assert len(run) > header + len(watched) - 1


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["--speed", "fast"], "one is 10x"),
        (["--step"], "no terminal"),
        (["--step", "--speed", "2x"], "leave --speed out"),
        (["--watch", "--quiet"], "not quiet"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    monkeypatch: pytest.MonkeyPatch,
    small: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    asked: list[str],
    told: str,
) -> None:
    out = tmp_path / "out"
    assert call(monkeypatch, "run", str(small), "--out", str(out), *asked) == 2
    assert told in " ".join(capsys.readouterr().err.split())
    assert not out.exists()


def test_a_misspelt_variant_of_a_folder_is_told_with_the_nearest(
    monkeypatch: pytest.MonkeyPatch, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert call(monkeypatch, "run", str(small), "-q", "--out", str(out), "--no-pictures") == 0
    capsys.readouterr()
    assert call(monkeypatch, "watch", str(out), "--variant", "defualt") == 2
    assert "there is no variant" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("key", "options", "code"), [(b"\x03", [], 130), (b"q", [], 0), (b"q", ["--step"], 0)]
)
def test_a_terminal_is_given_back_as_it_was_whatever_ends_the_show(
    small: Path, key: bytes, options: list[str], code: int
) -> None:
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    started = subprocess.Popen(
        [sys.executable, "-c", CONTROLLED, sys.executable, "-m", "statesim", "run", str(small), "--watch", *options],
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"},
    )  # fmt: skip
    seen = b""
    while b"READY" not in seen:
        seen += os.read(ours, 4096)
    os.write(ours, key)
    while b"\x1b[?1049l" not in seen or b"\x1b[?25h" not in seen.partition(b"READY")[2]:
        seen += os.read(ours, 4096)
    os.set_blocking(ours, False)
    while started.poll() is None:
        try:
            seen += os.read(ours, 4096)
        except BlockingIOError:
            continue
    assert started.returncode == code
    assert termios.tcgetattr(theirs) == before
    os.close(ours)
    os.close(theirs)
