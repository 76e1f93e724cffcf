"""The guide to a driver of one's own, run as it is written."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import statesim
from statesim.systems.catalogue import Catalogue

HERE = Path(__file__).parent
GUIDE = HERE.parents[1] / "docs" / "howto" / "write-your-own-failover.md"
SCENARIO = HERE / "my-quorum.yaml"


@pytest.fixture(scope="module")
def written() -> str:
    return re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)[0]


@pytest.fixture(scope="module")
def quorum(written: str) -> Any:
    package = ModuleType("guide")
    code = compile(written, str(GUIDE), "exec", dont_inherit=True)
    exec(code, package.__dict__)
    return package.Quorum


@pytest.fixture(scope="module")
def result(quorum: Any) -> statesim.Result:
    return statesim.run(SCENARIO, systems=[quorum])


def test_the_driver_of_the_guide_is_about_forty_lines(written: str) -> None:
    body = written.partition("class Quorum(")[2]
    assert len([line for line in body.splitlines() if line.strip()]) <= 45


def test_it_fails_over_and_loses_nothing(result: statesim.Result) -> None:
    metrics = result.metrics["variants"]["default"]
    shop, db = metrics["clients"]["shop"], metrics["systems"]["db"]
    assert shop["acked"] > 1_000
    assert (shop["lost"], shop["valid"]) == (0, True)
    assert db["failovers"] == 1
    assert 5 <= db["rto_s"] <= 12, "the lease of 10 s, renewed every third of that"
    assert shop["unavailable_s"] < 20


def test_pictures_and_reasons_know_its_roles(result: statesim.Result) -> None:
    roles = result.events[(result.events["event"] == "Role") & (result.events["role"] == "primary")]
    (taken_over,) = roles[roles["t"] > 120]["object"]
    assert "it has the longest log and has taken the lease" in result.why(taken_over, at="3m")
    assert len(result.timeline().axes) >= 1


def test_without_the_class_the_kind_is_unknown() -> None:
    with pytest.raises(statesim.ScenarioError, match="there is no system quorum"):
        statesim.run(SCENARIO)


def test_its_parameters_are_checked_like_any_others(quorum: Any) -> None:
    assert Catalogue([quorum]).problems("quorum", {"tl": "5s"}) == [
        "there is no parameter tl; did you mean ttl?"
    ]
    assert Catalogue([quorum]).problems("quorum", {"copies": 0}) == [
        "copies: expected a whole number above zero, found 0"
    ]


def test_a_kind_that_is_taken_or_missing_is_refused(quorum: Any) -> None:
    taken = type("Mine", (quorum,), {"kind": "patroni"})
    nameless = type("Nameless", (quorum,), {"kind": ""})
    with pytest.raises(
        statesim.ModelError, match="there is a system patroni already; give Mine another kind"
    ):
        Catalogue([taken])
    with pytest.raises(statesim.ModelError, match="Nameless has no kind"):
        Catalogue([nameless])


def test_an_installed_driver_is_found_by_its_entry_point(
    written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package as pip leaves it: a module, and beside it the metadata that names its entry points."""
    (tmp_path / "my_package.py").write_text(written, encoding="utf-8")
    metadata = tmp_path / "my_package-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Name: my-package\nVersion: 1.0\n", encoding="utf-8")
    points = re.findall(r"```toml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)[0]
    kind, target = re.search(r'^(\w+) = "(.*)"$', points, re.MULTILINE).groups()
    (metadata / "entry_points.txt").write_text(f"[statesim.systems]\n{kind} = {target}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    found = Catalogue()
    assert "quorum" in found.kinds()
    assert found.problems("quorum", {"ttl": "5s"}) == []
    assert found.problems("quorun", {}) == ["there is no system quorun; did you mean quorum?"]
