"""What every test may ask for; and what `make test` leaves out: more of the same, which `make test-all` runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.command_line import SMALL

if TYPE_CHECKING:
    from pathlib import Path

ALL = "STATESIM_TEST_ALL"

# properties that do not say how many examples they need: hypothesis' own hundred, or some
settings.register_profile("some", max_examples=30)
if not os.environ.get(ALL):
    settings.load_profile("some")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get(ALL):
        return
    left = [item for item in items if item.get_closest_marker("thorough")]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Write a scenario of one StatefulSet whose container is killed after 30 s."""
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path
