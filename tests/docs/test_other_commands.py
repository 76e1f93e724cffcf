"""What the documentation tells its reader to type, and no test runs as it stands, names what there is.

`test_snippets` runs the commands of the program itself that stand in blocks, and Python.
"""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

import statesim
from tests.docs.other_commands import fenced, in_prose, wrong
from tests.docs.snippets import PAGES, ROOT, snippets

if TYPE_CHECKING:
    from pathlib import Path

WITH = [page for page in PAGES if page.exists()]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("page", WITH, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_of_a_page_names_what_there_is(page: Path) -> None:
    told = {command: wrong(command) for command in (*fenced(page), *in_prose(page))}
    assert {command: what for command, what in told.items() if what} == {}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "command",
    [
        "make tests",
        "pip install 'statesim[notebooks]'",
        "pytest tests/theories",
        "python -m tests.benchmarks.grow deployments 10000",
        "python -m statesim.lessons.build --translate 02-storage",
        "npm run test:units",
        "dask schedulers",
        "dask worker --nthread 1 tcp://scheduler:8786",
        "statesim sweeps pg-node-crash",
        "statesim sweep pg-node-crash --dusk tcp://scheduler:8786",
        "helm install statesim",
    ],
)
def test_a_command_that_names_what_there_is_not_is_told(command: str) -> None:
    assert wrong(command)


def test_the_pages_have_commands_to_judge() -> None:
    every = {command.split(" ")[0] for page in WITH for command in (*fenced(page), *in_prose(page))}
    assert every >= {"make", "pip", "pytest", "python", "npm", "dask", "statesim"}


def test_python_that_needs_a_cluster_is_python_and_calls_what_there_is() -> None:
    far = [
        each.text
        for page in WITH
        for each in snippets(page)
        if each.language == "python" and "tcp://" in each.text
    ]
    assert far
    for text in far:
        calls = 0
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom):
                assert all(hasattr(import_module(str(node.module)), name.name) for name in node.names)
            elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("statesim."):
                calls += 1
                called = getattr(statesim, ast.unparse(node.func).removeprefix("statesim."))
                inspect.signature(called).bind(*node.args, **{str(each.arg): None for each in node.keywords})
        assert calls


@pytest.mark.slow
def test_one_size_of_the_growing_cluster_can_be_measured_by_itself() -> None:
    command = [sys.executable, "-m", "tests.benchmarks.growth", "deployments", "100"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told["pods"] >= 100
    assert told["cpu_s"] > 0
