from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import statesim

if TYPE_CHECKING:
    from statesim.api import Result

HERE = Path(__file__).parent
EVERYTHING = HERE / "everything.yaml"
TROUBLES = HERE / "troubles.yaml"
SCENARIOS = (
    str(EVERYTHING),
    str(TROUBLES),
    "pg-node-crash",
    "real-manifest",
    "sts-ordered-scale",
    "web-rolling-update",
)


@pytest.fixture(scope="session")
def everything() -> Result:
    return statesim.run(EVERYTHING)


@pytest.fixture(scope="session")
def troubles() -> Result:
    return statesim.run(TROUBLES)


@pytest.fixture(scope="session")
def crash() -> Result:
    return statesim.run("pg-node-crash")


@pytest.fixture(scope="session", params=SCENARIOS, ids=lambda name: Path(name).stem)
def result(request: pytest.FixtureRequest) -> Result:
    return statesim.run(request.param)
