"""Events, reasons and outcomes in Chinese: for each English sentence, whole, and with no English left over."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any

import pytest

import statesim
from statesim.analysis import outcome_words, reasons_zh, sentences, why_words
from statesim.analysis.act_words import act_words
from statesim.analysis.chinese import reason
from statesim.analysis.outcome import duration_text, outcome
from statesim.analysis.sentences import sentence
from statesim.analysis.sentences_zh import ANY_KIND_ZH, SENTENCES_ZH
from statesim.errors import StatesimError
from statesim.faults.catalogue import CATALOGUE
from statesim.kernel.trace import TraceEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

SCENARIOS = Path(__file__).parents[2] / "scenarios"
TOLD = (
    *("pg-node-crash", "deployment-rwo-deadlock", "zone-outage", "mysql-failover", "stuck-terminating"),
    *("frozen-agent", "crash-loop", "node-maintenance", "where-sessions-live", "bare-container"),
    *("gateway-failover", "group-lost-its-majority", "repaired-with-loss", "citus-worker-replaced"),
)
# what stays as it is typed, or as a program prints it
KEPT = frozenset(
    {
        # Kubernetes: kinds, states, effects of taints, reasons
        *(
            "Pod",
            "Service",
            "StatefulSet",
            "Deployment",
            "ReplicaSet",
            "API",
            "Init",
            "kubelet",
            "preStop",
            "DNS",
        ),
        *(
            "status",
            "Web",
            "Ready",
            "NotReady",
            "Pending",
            "Lost",
            "Unknown",
            "True",
            "False",
            "NoExecute",
            "PodGC",
        ),
        *("TaintManagerEviction", "DeletionByTaintManager", "EvictionByEvictionAPI", "Terminated", "Delete"),
        *("Recreate", "OnDelete", "MemoryPressure", "minReadySeconds", "revisionHistoryLimit"),
        # programs, their parameters and their words
        *(
            "PostgreSQL",
            "initdb",
            "pg_rewind",
            "DCS",
            "postgres",
            "nginx",
            "mysqld",
            "super_read_only",
            "InnoDB",
            "orchestrator",
        ),
        *("UnreachableMaster", "DeadMaster", "FailMasterPromotionIfSQLThreadNotUpToDate", "errant", "GTID"),
        *("UNREACHABLE", "OFFLINE_MODE", "IST", "SST", "master", "unsafe_rollback", "backup_interval", "CAS"),
    }
)


def fields_of(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@pytest.mark.parametrize(
    ("english", "chinese"),
    [(sentences.SENTENCES, SENTENCES_ZH), (sentences.ANY_KIND, ANY_KIND_ZH)],
    ids=["of a kind", "of any"],
)
def test_every_sentence_stands_in_both_languages_with_the_same_fields(
    english: dict[str, str], chinese: dict[str, str]
) -> None:
    assert chinese.keys() == english.keys()
    for key, template in english.items():
        assert fields_of(chinese[key]) == fields_of(template), key
        optional = [sorted(fields_of(part)) for part in re.findall(r"\[[^]]*\]", template)]
        assert sorted(optional) == sorted(
            sorted(fields_of(part)) for part in re.findall(r"\[[^]]*\]", chinese[key])
        ), key


def test_what_is_one_sentence_in_english_is_one_in_chinese_so_that_a_page_can_go_from_one_to_the_other() -> (
    None
):
    chinese = {template: SENTENCES_ZH[key] for key, template in sentences.SENTENCES.items()}
    assert all(chinese[template] == SENTENCES_ZH[key] for key, template in sentences.SENTENCES.items())


def test_every_phrase_of_an_outcome_and_every_reason_has_the_same_fields_in_both_languages() -> None:
    for key, (english, chinese) in {**outcome_words.OUTCOME, **why_words.WHY}.items():
        assert fields_of(english) - {"s"} == fields_of(chinese), key
    for english, chinese in {**reasons_zh.KUBERNETES, **reasons_zh.DATABASES}.items():
        assert fields_of(english) == fields_of(chinese), english


@cache
def run_of(name: str) -> Any:
    return statesim.run(SCENARIOS / f"{name}.yaml")


def told(name: str) -> Iterator[tuple[TraceEvent, str, frozenset[str]]]:
    for record in run_of(name).records:
        of_objects = {word for event in record.events for word in re.findall(r"[A-Za-z_]+", event.object)}
        for event in record.events:
            if event.event != "Workload":  # what clients do: no picture tells it
                yield event, sentence(event, "zh", record.translations.get("zh")), frozenset(of_objects)


def english_in(text: str, names: frozenset[str]) -> set[str]:
    """Return the English words of a Chinese text that are neither quoted, nor names, nor kept."""
    bare = re.sub(r"“[^”]*”", "", text)
    words = re.findall(r"(?<![\w./:=-])[A-Za-z][A-Za-z_]+(?![\w./:=-])", bare)
    return {word for word in words if word not in KEPT and word not in names}


@pytest.mark.parametrize("name", TOLD)
def test_events_of_shipped_scenarios_are_told_in_chinese_alone(name: str) -> None:
    left: dict[str, str] = {}
    for event, text, names in told(name):
        label = event.fields.get("label") if event.object.startswith("Fault/") else None
        told_in = names | frozenset(re.findall(r"[A-Za-z_]+", str(label or "")))
        for word in english_in(text, told_in):
            left.setdefault(word, text)
    assert left == {}


def test_a_word_of_english_that_is_left_over_is_seen() -> None:
    assert english_in("节点 main 停顿 because 断电，原因：“no space left”", frozenset({"main"})) == {
        "because"
    }


@pytest.mark.parametrize("name", TOLD)
def test_no_reason_of_shipped_scenarios_is_quoted_that_no_program_prints(name: str) -> None:
    printed = re.compile("|".join(reasons_zh.QUOTED), re.DOTALL)
    reasons = {str(event.fields["why"]) for event, _, _ in told(name) if event.fields.get("why")}
    unknown = {why for why in reasons if reason(why) == f"“{why}”" and not printed.fullmatch(why)}
    assert unknown <= {"settled"}


def test_what_a_program_prints_and_what_nobody_has_foreseen_is_quoted() -> None:
    full = "PANIC: could not write to the log: No space left on device"
    assert reason(full) == f"“{full}”"
    assert reason("it was dull") == "“it was dull”"
    event = TraceEvent(0, 0, "Widget/x", "Polished", None, {"why": "it was dull"})
    assert sentence(event, "zh") == "Widget/x: Polished，原因：“it was dull”"


def test_parts_of_a_reason_are_told_one_by_one() -> None:
    two = "demoting self because the DCS is not accessible and I was a leader; pg-1, pg-2 did not answer"
    assert reason(two) == "它曾是领导者而连不上 DCS，于是把自己降级；pg-1, pg-2 没有应答"


def test_a_label_is_said_in_chinese_where_the_scenario_says_it_and_kept_where_it_does_not() -> None:
    event = TraceEvent(
        0, 0, "Fault/1-node-crash", "Started", None, {"label": "power cut", "targets": ["Node/a"]}
    )
    assert sentence(event, "zh", {"power cut": "断电"}) == "断电（Node/a）"
    assert sentence(event, "zh") == "power cut（Node/a）"
    nameless = TraceEvent(0, 0, "Fault/1-node-crash", "Ended", None, {})
    assert sentence(nameless, "zh") == "断电：结束"


def test_every_word_of_a_timeline_has_words_in_chinese() -> None:
    for do in CATALOGUE:
        assert not re.search("[a-z]{3}", act_words(do, "N-1", "zh").replace("kubectl apply", "")), do


def test_an_outcome_is_told_in_chinese_with_its_numbers() -> None:
    variants = run_of("pg-node-crash").metrics["variants"]
    assert outcome(variants["patroni-async"], "zh") == "写入中断 26.8 秒（共 28 秒），丢失 1 次已确认的写入"
    assert outcome(variants["statefulset"], "zh") == "写入一直中断到结束（19 分钟），没有丢失数据"


@pytest.mark.parametrize("name", TOLD)
def test_outcomes_of_shipped_scenarios_are_told_in_chinese_alone(name: str) -> None:
    for variant in run_of(name).metrics["variants"].values():
        names = frozenset(word for client in variant["clients"] for word in re.findall("[A-Za-z]+", client))
        assert english_in(outcome(variant, "zh"), names) == set()


def test_durations_have_chinese_units() -> None:
    assert [duration_text(s, "zh") for s in (0.8, 27, 120, 353, 7500, 40_000_000)] == [
        *("0.8 秒", "27 秒", "2 分钟", "5 分 53 秒", "2 小时 5 分", "463 天")
    ]


def test_a_language_that_nothing_is_told_in_is_an_error_that_names_those_there_are() -> None:
    event = TraceEvent(0, 0, "Pod/a", "Ready", None, {})
    with pytest.raises(StatesimError, match="'fr'; known: en, zh"):
        sentence(event, "fr")


def test_every_phrase_of_causes_is_said_somewhere() -> None:
    folder = Path(why_words.__file__).parent
    source = "".join(
        path.read_text(encoding="utf-8") for path in folder.glob("*.py") if path.stem != "why_words"
    )
    assert [key for key in why_words.WHY if f'"{key}"' not in source] == []


ASKED = (
    ("pg-node-crash", "patroni-async", "System/pg", "90s"),
    ("pg-node-crash", "patroni-async", "Client/shop", "84s"),
    ("pg-node-crash", "patroni-async", "Client/shop", None),
    ("stuck-terminating", "nobody", "Pod/cache-0", "400s"),
    ("stuck-terminating", "nobody", "Client/readers", "400s"),
    ("crash-loop", "waits", "Pod/pg-0", "300s"),
    ("deployment-rwo-deadlock", "rolling-update", "Deployment/pg", "200s"),
    ("node-maintenance", "blocked", "PodDisruptionBudget/pg", "7m"),
)
OF_EXPLAIN = frozenset(
    {"Kubernetes", "explain", "NAME", "TCP", "CrashLoopBackOff", "Terminating", "PgBouncer"}
)


@pytest.mark.parametrize(("scenario", "variant", "obj", "at"), ASKED)
def test_why_is_told_in_chinese_alone(scenario: str, variant: str, obj: str, at: str | None) -> None:
    result = run_of(scenario).variants[variant]
    record = result.record
    names = {word for event in record.events for word in re.findall(r"[A-Za-z_]+", event.object)}
    names |= {word for fault in record.faults for word in re.findall(r"[A-Za-z_]+", fault.label)}
    told = result.why(obj, at, language="zh")
    assert english_in(told, frozenset(names | OF_EXPLAIN)) == set()
    english = result.why(obj, at)
    assert len(told.splitlines()) == len(english.splitlines())
    times = re.compile(r"\d+\.\d{3}(?= )")
    assert times.findall(told) == times.findall(english)


def test_a_partition_without_a_label_says_from_whom_it_cuts_off_in_both_languages() -> None:
    fields = {"do": "network-partition", "from": "control-plane", "targets": ["Node/n-a-1"]}
    event = TraceEvent(1, 60_000_000, "Fault/1-network-partition", "Started", None, fields)
    assert sentence(event) == "network-partition from control-plane (Node/n-a-1)"
    assert sentence(event, "zh") == "网络隔离（Node/n-a-1），与 control-plane 之间"
    labelled = {"label": "cut off", "targets": ["Node/n-a-1"]}
    assert sentence(event._replace(fields=labelled)) == "cut off (Node/n-a-1)"
