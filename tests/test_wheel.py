"""What users install holds everything that runs need, and nothing that only developers need."""

from __future__ import annotations

import zipfile
from pathlib import Path

import hatchling.build
import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_a_wheel_holds_scenarios_lessons_and_the_player_and_no_sources_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    built = tmp_path / hatchling.build.build_wheel(str(tmp_path))
    with zipfile.ZipFile(built) as wheel:
        names = set(wheel.namelist())
    assert {path.name for path in (ROOT / "scenarios").glob("*.yaml")} == {
        name.rpartition("/")[2] for name in names if name.count("/") == 2 and "/_scenarios/" in name
    }
    assert "statesim/views/replay/stage.js" in names
    assert "statesim/py.typed" in names
    for lang in ("en", "zh"):
        assert sum(name.startswith(f"statesim/_notebooks/{lang}/0") for name in names) == 8
    assert "statesim/_notebooks/data/how-many-nines.csv" in names
    assert not [name for name in names if "frontend" in name or "node_modules" in name or "/tests/" in name]
    assert built.stat().st_size < 5_000_000
