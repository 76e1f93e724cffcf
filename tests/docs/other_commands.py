"""Commands of the documentation that no test runs as they stand: whether what they name is there.

They install packages, build everything, need a cluster of machines or take many minutes. Each program that the pages
name has a function here, which returns what is wrong with its words; nothing if they can be right.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import typer

from statesim.cli import app
from tests.docs.snippets import ROOT, snippets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FENCED = re.compile(r"^ *```[^\n]*\n.*?^ *```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_INDENTED = re.compile(r"^    (?=\S)([^|\n]*)$", re.MULTILINE)
_PLACEHOLDER = re.compile(r"[A-Z_]+|…|\.\.\.")


def fenced(page: Path) -> Iterator[str]:
    """Yield the commands of a page's blocks: after a prompt, or of a program that is known here."""
    for snippet in snippets(page):
        if snippet.language == "console":
            for line in snippet.text.replace("\\\n", " ").splitlines():
                bare = line.strip().removeprefix("$ ").removeprefix(".venv/bin/")
                if line.strip().startswith("$ ") or bare.split(" ")[0] in PROGRAMS:
                    yield bare


def in_prose(page: Path) -> Iterator[str]:
    """Yield the commands that stand in sentences, or indented."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    for span in (*_SPAN.findall(text), *_INDENTED.findall(text)):
        if " " in span and span.split(" ")[0] in PROGRAMS:
            yield span


def wrong(command: str) -> str:
    """Return what is wrong with a command; nothing if all that it names is there."""
    words = shlex.split(command, comments=True)
    if words[0] not in PROGRAMS:
        return f"nobody knows {words[0]}"
    return PROGRAMS[words[0]](words[1:])


def _make(words: list[str]) -> str:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    return "; ".join(f"no target {word}" for word in words if word not in targets)


def _pip(words: list[str]) -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for word in words[1:]:
        extra = re.fullmatch(r"statesim\[(\w+)\]", word)
        if extra and extra[1] not in project["optional-dependencies"]:
            return f"no extra {extra[1]}"
    return "" if words[0] in ("install", "download") else f"no pip {words[0]}"


def _python(words: list[str]) -> str:
    if words[0] == "-c":
        return "" if compile(words[1], "-c", "exec") else "no program"
    found = importlib.util.find_spec(words[1]) if words[0] == "-m" else None
    if found is None:
        return f"no module {words[1]}"
    text = Path(str(found.origin)).read_text(encoding="utf-8")
    options = [word for word in words[2:] if word.startswith("--") and f'"{word}"' not in text]
    return f"{words[1]} has no {options}" if options else ""


def _pytest(words: list[str]) -> str:
    return "; ".join(f"no tests in {word}" for word in words if not list((ROOT / word).glob("test_*.py")))


def _npm(words: list[str]) -> str:
    scripts = json.loads((ROOT / "frontend/package.json").read_text(encoding="utf-8"))["scripts"]
    return "" if words[0] == "ci" or (words[0] == "run" and words[1] in scripts) else f"no script {words}"


def _dask(words: list[str]) -> str:
    from distributed.cli import dask_scheduler, dask_worker

    commands = {"scheduler": dask_scheduler.main, "worker": dask_worker.main}
    if words[0] not in commands:
        return f"no dask {words[0]}"
    return _parsed(commands[words[0]], words)


def _parsed(command: Any, words: list[str]) -> str:
    """Return what a command of click says of words that it is not to act on."""
    try:
        command.make_context(words[0], words[1:])
    except click.ClickException as error:
        return error.format_message()
    return ""


@cache
def _commands() -> dict[str, Any]:
    group: Any = typer.main.get_command(app)
    found: dict[str, Any] = group.commands
    return found


def _statesim(words: list[str]) -> str:
    """Look up its name and its options: those in blocks are run elsewhere, others have places for words (DIR, …)."""
    command = _commands().get(words[0])
    if words[0].startswith("-") or _PLACEHOLDER.fullmatch(words[0]):
        return ""
    if command is None:
        return f"no command {words[0]}"
    known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {"--help"}
    options = [word.partition("=")[0] for word in words[1:] if re.match(r"--?[a-z]", word)]
    return "; ".join(f"{words[0]} has no {option}" for option in options if option not in known)


def _nothing(_: list[str]) -> str:
    return ""


PROGRAMS: dict[str, Callable[[list[str]], str]] = {
    "apt-get": _nothing,
    "dask": _dask,
    "make": _make,
    "npm": _npm,
    "pip": _pip,
    "pytest": _pytest,
    "python": _python,
    "statesim": _statesim,
}
