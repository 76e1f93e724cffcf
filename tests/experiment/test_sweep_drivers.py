"""A sweep with a driver of one's own goes on only while that driver is what it was."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

import pytest

from statesim.errors import StatesimError
from statesim.swept import prepare, sweep
from tests.experiment.breaking import Breaking
from tests.experiment.test_sweep import ASKED, SHORT

if TYPE_CHECKING:
    from pathlib import Path

DRIVER = """
from statesim.systems.postgres.driver import Postgres

class Slower(Postgres):
    kind = "slower"
    pause_s = 1
"""


def imported(name: str, text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what a module holds whose source is this now, as a new interpreter would import it."""
    (folder / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module(name)


def asked_of(driver: type[Any], out: Path, **more: Any) -> dict[str, Any]:
    settings = {"systems.pg.kind": [driver.kind], **SHORT}
    asked = {"source": "pg-node-crash", "seeds": 2, "settings": settings, "variants": ["statefulset"]}
    return {**asked, "systems": [driver], "out": out, **more}


def test_a_driver_that_was_edited_between_is_not_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = imported("slower_driver", DRIVER, tmp_path, monkeypatch)
    next(prepare(**asked_of(module.Slower, tmp_path / "out")).work(jobs=1))
    assert prepare(**asked_of(module.Slower, tmp_path / "out", resume=True)).before == 1

    edited = imported("slower_driver", DRIVER.replace("pause_s = 1", "pause_s = 20"), tmp_path, monkeypatch)
    with pytest.raises(
        StatesimError, match=r"source of the driver slower_driver\.Slower has changed since\. Take"
    ):
        prepare(**asked_of(edited.Slower, tmp_path / "out", resume=True))


def test_a_driver_whose_base_was_edited_is_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heir = "from slower_base import Slower\n\nclass Heir(Slower):\n    kind = 'heir'\n"
    imported("slower_base", DRIVER, tmp_path, monkeypatch)
    first = imported("slower_heir", heir, tmp_path, monkeypatch).Heir
    next(prepare(**asked_of(first, tmp_path / "out")).work(jobs=1))
    imported("slower_base", DRIVER.replace("pause_s = 1", "pause_s = 20"), tmp_path, monkeypatch)
    second = imported("slower_heir", heir, tmp_path, monkeypatch).Heir
    with pytest.raises(StatesimError, match=r"source of the driver slower_heir\.Heir has changed"):
        prepare(**asked_of(second, tmp_path / "out", resume=True))


def test_a_sweep_with_a_driver_does_not_go_on_without_it(tmp_path: Path) -> None:
    next(prepare(**{**ASKED, "systems": [Breaking]}, out=tmp_path).work(jobs=1))
    with pytest.raises(StatesimError, match=r"its drivers are tests\.\w+\.breaking\.Breaking, not none"):
        prepare(**ASKED, out=tmp_path, resume=True)


def test_a_driver_without_source_can_be_swept_but_not_gone_on_with(tmp_path: Path) -> None:
    """As one that was typed into a notebook: its module has no file."""
    typed: dict[str, Any] = {"__name__": "typed_at_a_prompt"}
    exec(DRIVER, typed)
    asked = asked_of(typed["Slower"], tmp_path)
    result = sweep(**asked, jobs=1)
    assert (len(result), result.failed) == (2, [])
    with pytest.raises(
        StatesimError, match=r"cannot be told without its source \(put the class into a module"
    ):
        prepare(**asked, resume=True)
