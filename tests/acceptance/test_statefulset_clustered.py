"""Row S12: a clustered application on a StatefulSet keeps what was written through every pod's re-creation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from statesim.cluster.objects import Pod
from tests.acceptance.small import Small

MANIFESTS = Path(__file__).parents[2] / "scenarios" / "manifests" / "pg-patroni.yaml"
CLUSTER = {"kubernetes": "1.32", "nodes": [{"name": "n", "count": 3, "zones": ["a", "b", "c"]}]}
IMAGES = {"*": {"pull": "2s", "start": "1s", "ready": "1s", "stop": "1s"}}


class Asked:
    """A read of one element, and the answer."""

    kind = "set"
    scope = "shop"
    f = "read"

    def __init__(self, value: Any) -> None:
        self.value = value
        self.answered: tuple[str, Any] | None = None

    def answer(self, type_: str, value: Any = None, error: str = "") -> None:
        self.answered = (type_, value if type_ == "ok" else error)


@pytest.mark.parametrize("policy", ["Parallel", "OrderedReady"])
@pytest.mark.parametrize("how", ["all at once", "one after the other"])
def test_s12_what_was_written_via_one_member_is_readable_via_the_others_when_all_are_new(
    how: str, policy: str
) -> None:
    objects = [{**doc} for doc in yaml.safe_load_all(MANIFESTS.read_text(encoding="utf-8"))]
    for obj in objects:
        if obj["kind"] == "StatefulSet":
            obj["spec"]["podManagementPolicy"] = policy
    pause = 0 if how == "all at once" else 60
    small = Small(
        *({"at": f"{120 + i * pause}s", "do": "delete", "on": f"Pod/pg-{i}"} for i in range(3)),
        objects=objects,
        duration="420s",
        cluster=CLUSTER,
        images=IMAGES,
        systems=[{"name": "pg", "kind": "patroni", "workload": "StatefulSet/pg"}],
        clients=[
            {
                "name": "shop",
                "target": "Service/pg",
                "sessions": 2,
                "operations": {"kind": "set", "rate": "2/s", "mix": {"write": 1.0}},
                "recording": "full",
            }
        ],
    )
    small.run(100)
    before = {pod.name: pod.uid for pod in small.world.store.all(Pod)}
    rows = small.world.history.rows
    written = [row[5] for row in rows if row[3:5] == ("ok", "write")]
    assert len(written) > 50
    small.run(400)
    after = {pod.name: pod.uid for pod in small.world.store.all(Pod) if pod.ready}
    assert sorted(after) == sorted(before) == ["pg-0", "pg-1", "pg-2"]
    assert not set(before.values()) & set(after.values())
    system = small.world.systems["pg"]
    for name in after:
        process = small.world.fleet.main_process(name)
        assert process is not None
        for element in written:
            asked = Asked(element)
            system.submit(process, asked)
            assert asked.answered == ("ok", True), (name, element)
    later = [row[5] for row in rows if row[3:5] == ("ok", "write") and row[0] > 350_000_000]
    assert later, "nothing is written any more"
