"""What the faults of a found plan are called, in its timeline and in its title."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.experiment.search_plans import DRAWN, draw
from statesim.experiment.search_shown import label
from tests.search.towns import TOWN


@pytest.mark.parametrize(
    ("row", "called"),
    [
        ({"do": "node-crash", "on": {"primaryOf": "pg"}}, "power cut under the primary of pg"),
        ({"do": "node-crash", "on": {"nodeOf": "Pod/pg-1"}}, "power cut under pg-1"),
        ({"do": "node-crash", "on": "Node/n-a-1"}, "power cut n-a-1"),
        ({"do": "zone-outage", "on": {"zone": "a"}}, "power cut in zone a"),
        ({"do": "network-partition", "on": {"zone": "a"}}, "zone a cut off"),
        (
            {"do": "network-partition", "on": {"primaryOf": "pg"}, "from": "control-plane"},
            "the machine of the primary of pg cut off from the control plane",
        ),
        ({"do": "network-partition", "on": "Node/n-1", "from": "Node/n-2"}, "n-1 cut off from n-2"),
        ({"do": "disk-loss", "on": "PersistentVolumeClaim/data-pg-2"}, "data-pg-2 lost"),
        ({"do": "pod-kill", "on": {"primaryOf": "pg"}, "grace": "0s"}, "the primary of pg deleted by force"),
        ({"do": "delete", "on": "Pod/pg-1"}, "pg-1 deleted"),
        ({"do": "scale", "on": "StatefulSet/pg", "replicas": 4}, "pg scaled to 4"),
        ({"do": "dns-outage"}, "DNS is out"),
    ],
)
def test_a_fault_is_called_by_what_it_is_and_whom_it_strikes(row: dict[str, Any], called: str) -> None:
    assert label({"at": 60, **row}) == called


def test_whatever_can_be_drawn_has_a_name_without_gaps() -> None:
    for seed in range(300):
        for row in draw(seed, TOWN, tuple(DRAWN), begin_s=60, end_s=600):
            named = label(row)
            assert named
            assert "{" not in named, (row, named)
            assert named == " ".join(named.split()), (row, named)
