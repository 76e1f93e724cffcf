"""How soon the command line answers, and what an import brings in before it is needed."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.benchmarks.conftest import Racing
    from tests.benchmarks.race import Race

HEAVY = {"matplotlib", "pandas", "numpy", "networkx", "pydantic", "simpy", "yaml", "dask", "distributed"}
SPARED_S = 0.150


def child(*arguments: str) -> str:
    """Run Python with arguments; return what it prints."""
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def modules_after(statements: str) -> set[str]:
    """Return the names of all modules that a fresh Python has after some statements."""
    return set(child("-c", f"{statements}\nimport sys\nprint(*sys.modules)").splitlines()[-1].split())


def packages_after(statements: str) -> set[str]:
    return {name.partition(".")[0] for name in modules_after(statements)}


def beyond_three(race: Race) -> float:
    """Return what the one takes beyond three times the other, in seconds."""
    return race.seconds[0] - 3 * race.seconds[1]


def test_help(race: Racing) -> None:
    measured = race(lambda: child("-m", "statesim", "--help"), lambda: child("-c", "pass"), rounds=9)
    assert "pg-node-crash" in measured.one
    measured.holds("s beyond 3 x `python -c pass`", beyond_three, at_most=SPARED_S)


def test_import(race: Racing) -> None:
    measured = race(lambda: child("-c", "import statesim"), lambda: child("-c", "pass"), rounds=9)
    measured.holds("times `python -c pass`", lambda race: race.ratio, at_most=5)


def test_the_package_and_the_help_import_nothing_heavy() -> None:
    assert packages_after("import statesim").isdisjoint(HEAVY)
    assert packages_after("import statesim.cli").isdisjoint(HEAVY)


def test_a_run_imports_no_plotting_and_no_tables() -> None:
    run = "import statesim\nresult = statesim.run('sts-ordered-scale')\nresult.metrics"
    assert packages_after(run).isdisjoint({"matplotlib", "pandas", "dask", "distributed"})


def test_what_reads_a_run_back_imports_neither_the_simulator_nor_graphs() -> None:
    assert packages_after("import statesim.api").isdisjoint({"networkx", "simpy", "numpy", "pandas"})


def test_a_run_imports_nothing_of_kubectl() -> None:
    ran = modules_after("import statesim\nresult = statesim.run('sts-ordered-scale')\nresult.metrics")
    assert not {name for name in ran if name.startswith("statesim.views.kubectl")}


@pytest.mark.parametrize("name", ["pydantic.json_schema", "pydantic.deprecated.json"])
def test_a_schema_for_editors_is_made_only_when_it_is_asked_for(name: str) -> None:
    assert name not in modules_after("import statesim")
