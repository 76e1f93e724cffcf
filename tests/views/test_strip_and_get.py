"""The narrow strip of a pod tells what ``get`` prints at the same instant: both read one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import made_traces as made
import pytest

import statesim
from statesim.analysis import objects
from statesim.analysis.intervals import ABSENT
from statesim.analysis.reading import Reading
from statesim.views.kubectl.pod_rows import condition, status_word
from statesim.views.marks import timeline_marks
from statesim.views.style import SAID

if TYPE_CHECKING:
    from statesim.analysis.record import RunRecord

# STATUS, and for Running whether the condition Ready holds, to the strip's states
MEANS = {
    "Pending": {"pending"},
    "ContainerCreating": {"starting", "waiting-volume"},
    "PodInitializing": {"starting"},
    "ErrImagePull": {"no-image"},
    "ImagePullBackOff": {"no-image"},
    "Running, Ready": {"ready"},
    "Running, not Ready": {"not-ready"},
    "Error": {"not-ready"},
    "CrashLoopBackOff": {"back-off"},
    "Terminating": {"terminating"},
}


def shown(document: dict[str, object]) -> str:
    word = status_word(document)
    ready = condition(document["status"], "Ready")  # type: ignore[arg-type]
    if word != "Running":
        return word
    return "Running, Ready" if ready is not None and ready["status"] == "True" else "Running, not Ready"


def instants(record: RunRecord) -> list[int]:
    """Return one instant between each two changes of a pod's object."""
    changes = sorted({change.t_us for change in record.objects if change.object.startswith("Pod/")})
    return [(a + b) // 2 for a, b in zip(changes, [*changes[1:], record.duration_us], strict=True) if b > a]


@pytest.mark.parametrize(
    ("scenario", "variant", "word"),
    [
        ("broken-rollout", "reverted", "ImagePullBackOff"),
        ("broken-rollout", "canary", "CrashLoopBackOff"),
        ("multi-attach", "out-of-service", "Terminating"),
    ],
)
def test_the_strip_tells_the_state_that_get_prints(scenario: str, variant: str, word: str) -> None:
    (record,) = statesim.run(scenario, variants=[variant]).records
    pods = Reading(record).tracks.pods
    words = set()
    for at_us in instants(record):
        documents = objects.objects_at(record.objects, at_us)
        there = {name[4:]: shown(found) for name, found in documents.items() if name.startswith("Pod/")}
        for name, pod in pods.items():
            said = made.during(pod.api, at_us)
            if name not in there:
                assert said.state == ABSENT
                continue
            words.add(there[name])
            assert said.state in MEANS[there[name]], f"{name} at {at_us / 1e6} s is {there[name]}"
    assert word in words


def test_a_pod_whose_image_is_not_there_is_drawn_so_in_both_bars() -> None:
    (record,) = statesim.run("broken-rollout", variants=["reverted"]).records
    lane = next(lane for lane in timeline_marks([record]).panels[0].lanes if lane.label == "shop-2")
    assert (lane.wide[-1].kind, lane.wide[-1].text) == ("no-image", "cannot pull its image")
    assert lane.narrow[-1].kind == "no-image"
    assert "ImagePullBackOff" in SAID["no-image"].word
