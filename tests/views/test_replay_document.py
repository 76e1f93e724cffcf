"""The replay's document: complete, small, the same every time; and the page that holds it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from base64 import b64decode
from functools import cache
from typing import TYPE_CHECKING, Any

import made_traces as made
import pytest
from hypothesis import given
from hypothesis import strategies as st

import statesim
from statesim.analysis.changes import changes
from statesim.analysis.reading import Reading
from statesim.analysis.sentences import sentence
from statesim.views.replay.pack import Strings, deflated, deltas, inflated
from statesim.views.replay.page import page
from statesim.views.replay.steps import MOST_STEPS, step_us, traffic

if TYPE_CHECKING:
    from pathlib import Path

    from statesim.api import Result

S = 1_000_000


@cache
def result() -> Result:
    return statesim.run("pg-node-crash")


@cache
def document() -> dict[str, Any]:
    return result().replay_document()


def sums(column: list[int]) -> list[int]:
    total, found = 0, []
    for each in column:
        total += each
        found.append(total)
    return found


BECAUSE = {"en": ", because ", "zh": "，原因："}


def sentences(told: dict[str, Any], language: str = "en") -> list[str]:
    """Put the sentences of a variant together, as a page does."""
    columns, strings = told["events"], told["strings"]
    words = told["words"].get(language, {})
    fields, found = iter(columns["fields"]), []

    def say(field: str, place: int) -> str:
        return str(words.get(field, {}).get(str(place), strings[place]))

    for template, why, key in zip(columns["template"], columns["why"], columns["object"], strict=True):
        kind, _, name = strings[key].partition("/")
        said = {"kind": kind, "name": name}
        for field in dict.fromkeys(re.findall(r"{(\w+)}", told["templates"]["en"][template])):
            said[field] = said.get(field) or say(field, next(fields))
        text = told["templates"][language][template].format(**said)
        found.append(f"{text}{BECAUSE[language]}{say('why', why)}" if why else text)
    assert next(fields, None) is None
    return found


def test_every_event_of_the_trace_is_in_the_document_in_its_order() -> None:
    for told in document()["variants"]:
        events, strings, columns = (
            result().variants[told["name"]].record.events,
            told["strings"],
            told["events"],
        )
        assert sums(columns["t_us"]) == [event.t_us for event in events]
        for place, event in enumerate(events):
            assert strings[columns["object"][place]] == event.object
            assert strings[columns["event"][place]] == event.event
            back = columns["cause"][place]
            assert (place - back if back else None) == event.cause
        assert sentences(told) == [sentence(event) for event in events]
        labels = result().variants[told["name"]].record.translations.get("zh", {})
        assert sentences(told, "zh") == [sentence(event, "zh", labels) for event in events]


def test_the_changes_of_the_document_are_those_of_the_trace() -> None:
    for told in document()["variants"]:
        found = changes(result().variants[told["name"]].record.events)
        strings, columns, keys = told["strings"], told["changes"], [each["key"] for each in told["objects"]]
        times = sums(told["events"]["t_us"])
        rows = zip(
            (times[event] for event in sums(columns["event"])),
            (keys[place] for place in columns["object"]),
            (strings[place] for place in columns["attribute"]),
            (strings[place] for place in columns["value"]),
            sums(columns["event"]),
            strict=True,
        )
        of_claims = ("claim", "volume")  # the trace alone does not tell a pod's claims
        assert [row for row in rows if row[2] not in of_claims] == [
            tuple(row) for row in found.rows if row.attribute not in of_claims
        ]


def test_a_variant_says_its_outcome_its_outages_and_its_faults_as_the_timeline_does() -> None:
    told = {each["name"]: each for each in document()["variants"]}
    assert told["patroni-async"]["headline"].startswith("no writes for 26.8 s")
    assert told["patroni-async"]["headline_zh"].startswith("写入中断 26.8 秒")
    assert told["deployment-emptydir"]["severity"] == "bad"
    assert told["patroni-sync"]["severity"] == "warn"
    fault = told["statefulset"]["faults"][0]
    assert (fault["label"], fault["do"], fault["targets"]) == (
        "power cut under the database",
        "node-crash",
        ["Node/n-a-1"],
    )
    events = told["statefulset"]["events"]
    assert told["statefulset"]["strings"][events["object"][fault["event"]]] == "Fault/1-node-crash"
    until_the_end = [each for each in told["statefulset"]["outages"] if each["f"] == "write"]
    assert [(each["open"], each["end_us"]) for each in until_the_end] == [(True, 1200 * S)]


def test_the_outage_of_one_kind_is_none_of_another_whose_calls_are_answered() -> None:
    """Of a group without a majority writes wait for ever, and reads are answered, some late behind these."""
    told = statesim.run("group-lost-its-majority", variants=["blocked"]).replay_document()["variants"][0]
    of_shop = [each for each in told["outages"] if each["client"] == "shop"]
    (writes,) = [each for each in of_shop if each["f"] == "write"]
    assert writes["open"]
    assert 119 * S < writes["start_us"] < 120 * S
    reads = [each["end_us"] - each["start_us"] for each in of_shop if each["f"] == "read"]
    assert max(reads) < 10 * S
    shop = told["traffic"]["shop"]
    counts = {each["f"]: each for each in (shop, *shop["also"])}
    between = slice(125 * S // shop["step_us"], 200 * S // shop["step_us"])
    answered = {f: sum(each["acked"][between]) for f, each in counts.items()}
    assert answered["read"] > 100
    assert sum(counts["read"]["failed"]) == 0
    assert answered["write"] == 0


def test_traffic_adds_up_to_the_metrics() -> None:
    for told in document()["variants"]:
        client = result().metrics["variants"][told["name"]]["clients"]["shop"]
        writes = told["traffic"]["shop"]
        assert writes["f"] == "write"
        counts = {name: sum(writes[name]) for name in ("acked", "failed", "unknown")}
        assert counts == {name: client[name] for name in counts}
        assert sum(writes.get("lost", ())) == client["lost"]
        assert sum(writes["also"][0]["acked"]) == client["reads_acked"]


def test_what_clients_only_counted_adds_up_too() -> None:
    run = statesim.run("a-year-of-patroni", variants=["synchronous"], settings={"duration": "30d"})
    (record,) = run.records
    shop = traffic(Reading(record))["shop"]
    metrics = run.metrics["variants"][record.variant]["clients"]["shop"]
    assert (sum(shop["acked"]), sum(shop["failed"])) == (metrics["acked"], metrics["failed"])
    assert len(shop["acked"]) <= MOST_STEPS


@pytest.mark.parametrize("duration_us", [1, S, 600 * S, 86_400 * S, 400 * 365 * 86_400 * S])
def test_no_run_has_more_than_1200_steps(duration_us: int) -> None:
    assert -(-duration_us // step_us(duration_us)) <= MOST_STEPS


def test_chapters_of_a_scenario_that_has_none_are_what_happens() -> None:
    told = statesim.run("sts-ordered-scale").replay_document()["chapters"]
    assert told[0]["title"] == "Before anything happens"
    assert told[-1]["title"] == "The end"
    assert [each["t_us"] for each in told] == sorted(each["t_us"] for each in told)


def test_the_chapters_of_a_scenario_are_those_that_it_tells() -> None:
    told = document()["chapters"]
    assert [each["t_us"] for each in told] == [0, 60 * S, 83 * S, 101 * S, 406 * S, 416 * S, 1200 * S]
    assert (told[1]["title"], told[1]["title_zh"]) == ("The power is cut", "机器断电")
    assert all(each["notes"] and each["notes_zh"] for each in told)


WITH_CHAPTERS = """
chapters:
  - {at: 40s, title: later, title_zh: 以后, show: [default]}
  - {at: 10s, title: sooner, notes: look}
  - {at: 2m, title: never}
"""
SMALL = """\
apiVersion: statesim/v1
kind: Scenario
metadata: {name: small}
duration: 60s
cluster: {nodes: [{name: n1}]}
manifests:
  - {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: app}]}}
timeline: [{at: 30s, do: container-kill, on: Pod/p}]
"""


def test_chapters_change_nothing_of_a_run_and_lie_beside_it_in_order(tmp_path: Path) -> None:
    for name, more in (("plain", ""), ("told", WITH_CHAPTERS)):
        (tmp_path / f"{name}.yaml").write_text(SMALL + more, encoding="utf-8")
        statesim.run(tmp_path / f"{name}.yaml").save(tmp_path / name, pictures=False)
    plain, told = tmp_path / "plain", tmp_path / "told"
    assert (told / "trace.jsonl").read_bytes() == (plain / "trace.jsonl").read_bytes()
    assert (told / "metrics.json").read_bytes() == (plain / "metrics.json").read_bytes()
    assert not (plain / "chapters.jsonl").exists()
    sooner = {"t_us": 10 * S, "title": "sooner", "title_zh": None, "notes": "look", "notes_zh": None}
    later = {"t_us": 40 * S, "title": "later", "title_zh": "以后", "notes": "", "notes_zh": None}
    assert statesim.read(told).replay_document()["chapters"] == [
        {**sooner, "show": [], "of": []},
        {**later, "show": ["default"], "of": []},
    ]


def test_faults_and_outages_stand_out_and_bookkeeping_does_not() -> None:
    told = document()["variants"][0]
    levels: dict[str, set[int]] = {}
    for obj, event, level in zip(
        *(told["events"][name] for name in ("object", "event", "level")), strict=True
    ):
        kind = told["strings"][obj].partition("/")[0]
        levels.setdefault(f"{kind} {told['strings'][event]}", set()).add(level)
    assert levels["Fault Started"] == levels["Client Outage"] == {3}
    assert levels["Node Crashed"] == {2}
    assert levels["Client SessionOpened"] == levels["Deployment Status"] == {0}


@given(st.lists(st.integers(0, 2**40)))
def test_differences_can_be_undone(values: list[int]) -> None:
    assert sums(deltas(values)) == values


@given(st.lists(st.text()))
def test_a_string_stands_in_the_table_once_and_the_empty_one_first(texts: list[str]) -> None:
    strings = Strings()
    places = [strings.place(text) for text in texts]
    table = list(strings)
    assert [table[place] for place in places] == texts
    assert table[0] == ""
    assert len(set(table)) == len(table)


def test_the_page_holds_the_document_whatever_is_in_it() -> None:
    nasty = {
        "format": "statesim-replay/1",
        "scenario": {"name": "x", "title": "<b>&</script><!-- \u2028 节点"},
        "variants": [],
    }
    html = page(nasty)
    (packed,) = re.findall(r'id="statesim-replay">([^<]*)</script>', html)
    assert inflated(b64decode(packed)) == nasty
    assert html.count("</script>") == 2
    assert "<b>" not in html
    assert "http" not in re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)


def test_the_same_run_gives_the_same_page_in_another_process() -> None:
    code = (
        "import statesim, hashlib; from statesim.views.replay.page import page; "
        "text = page(statesim.run('sts-ordered-scale').replay_document()); "
        "print(hashlib.blake2b(text.encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_a_run_read_back_gives_the_same_document(tmp_path: Any) -> None:
    run = statesim.run("pg-node-crash", variants=["statefulset", "patroni-sync"])
    run.save(tmp_path, pictures=False)
    again = statesim.read(tmp_path).replay_document()
    assert json.dumps(again) == json.dumps(run.replay_document())


def test_what_is_unpacked_is_what_was_packed() -> None:
    told = Reading(made.deployment_rwo())
    assert inflated(deflated({"t": [event.t_us for event in told.record.events]}))["t"][0] == 0
