"""`get -w`: what there is, then each change that shows."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from statesim.analysis.objects import Seen
from statesim.views.kubectl.get import query
from statesim.views.kubectl.watch import watch_lines

if TYPE_CHECKING:
    from statesim.api import Result, VariantResult

SECOND = 1_000_000


@pytest.fixture
def one(crash: Result) -> VariantResult:
    return crash.variants["statefulset"]


def test_a_watch_tells_every_change_that_shows_with_its_time(one: VariantResult) -> None:
    lines = list(watch_lines(query(["pods"]), one._objects.changes(), 0, one.record.duration_us))
    rows = [line.split()[:4] for line in lines]
    assert rows[0] == ["AT", "NAME", "READY", "STATUS"]
    assert ["4.040s", "pg-0", "0/1", "ContainerCreating"] in rows
    assert rows[-1][1:] == ["pg-0", "1/1", "Terminating"]
    assert 405 < float(rows[-1][0].rstrip("s")) < 406
    times = [float(row[0].rstrip("s")) for row in rows[1:]]
    assert times == sorted(times)


def test_a_watch_begins_with_what_there_is_and_ends_when_it_is_told_to(one: VariantResult) -> None:
    changes = one._objects.changes()
    (header, first, silent) = watch_lines(query(["nodes", "n-a-1"]), changes, 50 * SECOND, 200 * SECOND)
    assert (header.split()[0], first.split()[0], silent[:4]) == ("AT", "50.000s", "100.")
    assert "NotReady" in silent


@pytest.mark.parametrize("output", ["", "wide"])
def test_no_line_of_a_watch_says_what_the_last_one_of_that_object_said(
    one: VariantResult, output: str
) -> None:
    asked = query(["pods"], output=output)
    rows = [line.split() for line in watch_lines(asked, one._objects.changes(), 0, one.record.duration_us)]
    said = [(*row[1:5], *row[6:]) for row in rows]  # without the time and the age
    assert len(said) > 4
    assert all(row != before for before, row in pairwise(said))


def seen(t_s: float, verb: str, **more: Any) -> Seen:
    meta = {
        "name": "c",
        "namespace": "default",
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "labels": {"a": "b"},
    }
    doc: dict[str, Any] = {"kind": "ControllerRevision", "metadata": meta, "revision": 1, **more}
    return Seen(round(t_s * SECOND), verb, "ControllerRevision/c", doc, True)


CHANGES = (
    seen(1, "ADDED"),
    seen(2, "MODIFIED", data=1),
    seen(3, "MODIFIED", revision=2),
    seen(4, "DELETED", revision=2),
)


def test_a_watch_ends_with_the_last_state_of_what_is_deleted_and_says_so_if_it_is_asked_to() -> None:
    plain = list(watch_lines(query(["cr"]), CHANGES, 0, 9 * SECOND))
    assert [(line.split()[0], line.split()[3]) for line in plain[1:]] == [
        ("1.000s", "1"),
        ("3.000s", "2"),
        ("4.000s", "2"),
    ]
    verbs = [line.split() for line in watch_lines(query(["cr"]), CHANGES, 0, 9 * SECOND, verbs=True)]
    assert verbs[0][:3] == ["AT", "EVENT", "NAME"]
    assert [row[1] for row in verbs[1:]] == ["ADDED", "MODIFIED", "DELETED"]


def test_a_watch_of_whole_documents_has_every_update_of_them() -> None:
    asked = query(["cr"], output="yaml")
    text = "\n".join(watch_lines(asked, CHANGES, 0, 9 * SECOND, verbs=True))
    told = [doc for doc in yaml.safe_load_all(text) if doc]
    assert [doc["type"] for doc in told] == ["ADDED", "MODIFIED", "MODIFIED", "DELETED"]
    assert told[1]["object"]["data"] == 1


def test_an_object_comes_into_sight_and_leaves_it_with_its_labels() -> None:
    meta = {**seen(0, "").document["metadata"], "labels": {"a": "other"}}
    changes = (
        seen(1, "ADDED", metadata=meta),
        seen(2, "MODIFIED"),
        seen(3, "MODIFIED", metadata=meta),
        seen(4, "DELETED"),
    )
    rows = [
        line.split()[:2] for line in watch_lines(query(["cr"], "a=b"), changes, 0, 9 * SECOND, verbs=True)
    ]
    assert rows == [["AT", "EVENT"], ["2.000s", "ADDED"], ["3.000s", "DELETED"]]
