"""A bare number is seconds wherever a duration stands, in a file and by --set, and nobody is warned of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from statesim.experiment.loading import load_with
from statesim.scenario.settings import parse_values

if TYPE_CHECKING:
    from pathlib import Path

DURATIONS = {
    "duration": "3600",
    "cluster.timings.attach": "20",
    "images.web:1.start": "3",
    "clients.shop.timeouts.connect": "2",
    "timeline.0.at": "60",
    "timeline.0.for": "30",
    "timeline.1.random.mtbf": "120",
    "timeline.1.random.mttr": "15",
    "timeline.2.every": "600",
}
TEXT = """\
apiVersion: statesim/v1
kind: Scenario
metadata: {{name: bare}}
duration: {0}
cluster: {{timings: {{attach: {1}}}}}
images: {{"web:1": {{start: {2}}}}}
manifests:
  - {{apiVersion: v1, kind: Service, metadata: {{name: web}}, spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}}}
  - apiVersion: v1
    kind: Pod
    metadata: {{name: web, labels: {{app: web}}}}
    spec: {{containers: [{{name: c, image: "web:1"}}]}}
clients:
  - {{name: shop, target: Service/web, operations: {{kind: web, rate: 1/s}}, timeouts: {{connect: {3}}}}}
timeline:
  - {{at: {4}, do: node-pause, on: {{anyNode: {{}}}}, for: {5}}}
  - {{random: {{mtbf: {6}, mttr: {7}}}, do: node-crash, on: {{anyNode: {{}}}}}}
  - {{every: {8}, do: pod-kill, on: Pod/web}}
"""


def written(to: Path, unit: str) -> str:
    """Write the scenario with the numbers of `DURATIONS`, with a unit or without."""
    to.write_text(TEXT.format(*(value + unit for value in DURATIONS.values())), encoding="utf-8")
    return str(to)


def test_in_a_file_a_bare_number_is_seconds_and_no_row_is_warned_of(tmp_path: Path) -> None:
    bare, told = (
        load_with(written(tmp_path / "m.yaml", ""), {}),
        load_with(written(tmp_path / "n.yaml", "s"), {}),
    )
    assert bare.warnings == told.warnings == ()
    assert bare.base == told.base


@pytest.mark.parametrize("path", DURATIONS)
def test_from_outside_a_bare_number_is_seconds_as_well(path: str, tmp_path: Path) -> None:
    source = written(tmp_path / "m.yaml", "s")
    other = str(2 * int(DURATIONS[path]))
    bare, told = (load_with(source, parse_values([f"{path}={other}{unit}"])) for unit in ("", "s"))
    assert bare.warnings == told.warnings == ()
    assert bare.base == told.base
    assert bare.base != load_with(source, {}).base
