"""The pictures of the lessons in Chinese: no English is left in them but names, and what is typed."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

import statesim
from statesim.lessons.course import course
from statesim.views import courses, lamport_figure, topology
from statesim.views.lamport import lamport_marks
from statesim.views.marks import timeline_marks
from statesim.views.speech import speaking
from statesim.views.timeline import draw_axes

if TYPE_CHECKING:
    from statesim.analysis.reading import Reading

LATIN = re.compile(r"[A-Za-z]{2,}")
# what is typed, or is a name: not translated in the Chinese lessons either (docs/background/vocabulary.md)
TERMS = {
    "CrashLoopBackOff", "DCS", "DNS", "Deployment", "ErrImagePull", "HikariCP", "ImagePullBackOff", "Kubernetes",
    "Patroni", "Pod", "PostgreSQL", "ReadWriteOnce", "Service", "StatefulSet", "TRUNCATE", "connectTimeout",
    "emptyDir", "keepalives", "kill", "kubectl", "libpq", "minAvailable", "patronictl", "pgjdbc", "svc", "window",
    *["kubectl", "delete", "deployment", "--force", "drain", "pod"], *["out", "of", "service"], "switchover", "pause",
    "socketTimeout", "failsafe", "mode", "tcp", "user", "timeout", "connect", "archive", "primary", "start",
    "IfHealthyBudget", "AlwaysAllow",
}  # fmt: skip


def drawn(reading: Reading, window: tuple[float, float] | None) -> set[str]:
    """Return every text of the pictures of a run."""
    marks = timeline_marks([reading], window)
    pictures = [draw_axes(marks), draw_axes(marks, theme="slides")]
    pictures += [draw_axes(courses.roles_marks([reading], window)), draw_axes(courses.drift_marks([reading]))]
    pictures += [draw_axes(courses.sessions_marks([reading], window))]
    pictures += [topology.draw_axes(reading.record, reading.record.duration_us // 2)]
    pictures += [lamport_figure.draw_axes(lamport_marks(reading, window))]
    return {
        text.get_text()
        for axes in pictures
        for text in (*axes.texts, *axes.get_xticklabels(), *axes.get_figure(root=True).texts)
    }


def shown() -> list[Any]:
    """Return the runs that the lessons show, each once."""
    runs = {json.dumps(run, sort_keys=True): run for lesson in course() for run in lesson.runs}
    first = {"scenario": "pg-node-crash", "variants": ["patroni-async"], "window": [40, 130]}
    return [
        pytest.param(first, id="a-failover"),
        *(
            pytest.param(run, id=run["scenario"], marks=[pytest.mark.slow, pytest.mark.thorough])
            for run in runs.values()
        ),
    ]


@pytest.mark.parametrize("run", shown())
def test_pictures_of_the_lessons_have_no_english_but_names_and_terms(run: dict[str, Any]) -> None:
    result = statesim.run(run["scenario"], variants=run.get("variants", ()))
    window = tuple(run["window"]) if "window" in run else None
    for reading in result.readings:
        names = {part for e in reading.record.events for part in re.split(r"[^A-Za-z]+", e.object)}
        # names that have no room are cut in their middle
        parts = [each.object.partition("/")[2] for each in reading.record.events]
        with speaking("zh"):
            texts = drawn(reading, window)
        for text in texts:
            left = [word for word in LATIN.findall(text) if word not in names | TERMS]
            assert [
                each for each in left if "…" not in text or not any(each in name for name in parts)
            ] == [], text
