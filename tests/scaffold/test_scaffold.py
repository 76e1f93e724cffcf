"""A scenario to begin with runs as it is, teaches its format, and says what does not go together."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import statesim
from statesim.errors import StatesimError
from statesim.scaffold import FAULTS, STARTERS, scaffold
from statesim.scenario.targets import AnyPod, Ref

OUTSIDE = {"rds"}


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def possible(system: str) -> list[str]:
    return ["none", *(word for word, fault in FAULTS.items() if system not in OUTSIDE or not fault.pods)]


@pytest.mark.parametrize("system", STARTERS)
def test_every_system_and_fault_make_a_scenario_without_a_complaint(system: str, tmp_path: Path) -> None:
    for fault in possible(system):
        loaded = statesim.load(write(tmp_path, scaffold("mine", system, fault)))
        assert loaded.warnings == ()
        assert [row.do for row in loaded.base.timeline] == (
            [FAULTS[fault].row["do"]] if fault != "none" else []
        )


@pytest.mark.slow
@pytest.mark.thorough
@pytest.mark.parametrize(
    ("system", "fault"), [(system, fault) for system in STARTERS for fault in possible(system)]
)
def test_every_scenario_to_begin_with_keeps_its_expectations(system: str, fault: str, tmp_path: Path) -> None:
    result = statesim.run(write(tmp_path, scaffold("mine", system, fault)))
    assert result.passed
    [variant] = result.variants.values()
    assert (variant.metrics["findings"]["total"] > 0) == (fault in STARTERS[system].found)


def test_a_beginning_whose_clients_are_never_served_fails(tmp_path: Path) -> None:
    text = scaffold("mine", "patroni", "none")
    assert text.count("role: primary") == 1
    result = statesim.run(write(tmp_path, text.replace("role: primary", "role: master")))
    assert not result.passed
    [variant] = result.variants.values()
    assert variant.metrics["findings"]["total"] == 0, "what never served breaks no promise"
    held = {row["metric"]: row["passed"] for row in result.metrics["expectations"]}
    assert held == {"findings.total": True, "clients.shop.acked": False}


@pytest.mark.parametrize("system", STARTERS)
def test_every_beginning_expects_that_somebody_is_served(system: str, tmp_path: Path) -> None:
    loaded = statesim.load(write(tmp_path, scaffold("mine", system, "none")))
    [client] = loaded.base.clients
    expected = {row.metric: row.at_least for row in loaded.base.expect}
    assert expected[f"clients.{client.name}.acked"] == 1


def test_a_finding_that_a_beginning_shows_is_said_in_it_and_expected(tmp_path: Path) -> None:
    text = scaffold("mine", "mysql-async", "node-pause")
    assert statesim.run(write(tmp_path, text)).passed
    assert "# What this shows is a finding: the old source goes on where it was" in text
    assert "  - {metric: findings.one-accepting-primary, atLeast: 1}" in text


@pytest.mark.slow
@pytest.mark.parametrize("system", STARTERS)
def test_a_machine_that_is_lost_to_begin_with_is_somebodys_and_expectations_hold(
    system: str, tmp_path: Path
) -> None:
    result = statesim.run(write(tmp_path, scaffold("mine", system, "node-crash")))
    assert result.passed
    [variant] = result.variants.values()
    fault = next(event for event in variant.record.events if event.object.startswith("Fault/"))
    led_to = {fault.id}
    for event in variant.record.events:
        led_to |= {event.id} if event.cause in led_to else set()
    assert len(led_to) > 3, "the fault met nobody"
    [client] = variant.metrics["clients"].values()
    assert client["acked"] > 50


@pytest.mark.parametrize("system", [system for system in STARTERS if system not in OUTSIDE])
def test_a_drain_to_begin_with_is_of_one_machine_takes_a_pod_and_ends(system: str, tmp_path: Path) -> None:
    result = statesim.run(write(tmp_path, scaffold("mine", system, "drain")))
    [variant] = result.variants.values()
    drains = [event for event in variant.record.events if event.event in ("Drained", "DrainFailed")]
    assert [event.event for event in drains] == ["Drained"]
    cordoned = [event for event in variant.record.events if event.event == "Cordoned"]
    assert [event.object for event in cordoned] == [drains[0].object]
    assert drains[0].t > cordoned[0].t, "there was nobody to evict"


@pytest.mark.parametrize("system", [name for name, starter in STARTERS.items() if not starter.led])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_to_begin_with_hits_one(system: str, fault: str, tmp_path: Path) -> None:
    loaded = statesim.load(write(tmp_path, scaffold("mine", system, fault)))
    [row] = loaded.base.timeline
    on = loaded.base.timeline[0].on
    if FAULTS[fault].machine:
        assert on in [Ref("Node", name) for name, _ in loaded.variants[0].nodes]
    else:
        assert isinstance(on, AnyPod), "one pod, by lot"
        assert row.random is None


def test_what_is_commented_out_can_be_taken_in(tmp_path: Path) -> None:
    text = scaffold("mine", "patroni", "node-crash")
    taken = re.sub(r"^( *)# (- \{|variants:|  - name|    title|    patch)", r"\1\2", text, flags=re.MULTILINE)
    loaded = statesim.load(write(tmp_path, taken))
    assert [variant.name for variant in loaded.variants] == ["as-it-is", "calm"]
    assert len(loaded.base.timeline) == len(FAULTS)
    assert len(loaded.base.expect) == 4


def test_the_manifests_keep_what_their_files_say_of_themselves() -> None:
    text = scaffold("mine", "patroni", "none")
    assert "the Service follows the role label" in text
    assert "file:" not in re.sub(r"#.*", "", text)


@pytest.mark.parametrize("system", STARTERS)
def test_every_part_is_explained_and_no_line_is_too_long_for_a_slide(system: str) -> None:
    text = scaffold("mine", system, "node-crash" if system in OUTSIDE else "drain")
    lines = text.splitlines()
    for key in ("cluster:", "clients:", "timeline:", "expect:"):
        assert lines[lines.index(next(line for line in lines if line.startswith(key))) - 1].startswith("# ")
    assert max(map(len, lines)) <= 160


@pytest.mark.parametrize(
    ("system", "fault", "told"),
    [
        ("postgress", "none", "did you mean postgres"),
        ("patroni", "node-crsh", "did you mean node-crash"),
        ("rds", "drain", "needs pods of the cluster"),
    ],
)
def test_what_does_not_exist_or_go_together_is_said(system: str, fault: str, told: str) -> None:
    with pytest.raises(StatesimError, match=told):
        scaffold("mine", system, fault)


def test_the_starters_take_their_parts_from_scenarios_that_ship() -> None:
    root = Path(__file__).parents[2] / "scenarios"
    for starter in STARTERS.values():
        assert (root / f"{starter.scenario}.yaml").exists()
        assert starter.variant in [each.name for each in statesim.load(starter.scenario).variants]


def test_the_guide_lists_every_system_and_fault() -> None:
    page = (Path(__file__).parents[2] / "docs/howto/begin-a-scenario.md").read_text(encoding="utf-8")
    for name, starter in STARTERS.items():
        assert f"| `{name}` | {starter.says} |" in page
    for name, fault in FAULTS.items():
        assert f"| `{name}` | {fault.says} |" in page
