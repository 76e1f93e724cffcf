"""Reports and tables in Chinese: no English is left in them but names, metrics' paths, and what is typed."""

from __future__ import annotations

import html
import re
from pathlib import Path

import made_traces as made
import pytest
from typer.testing import CliRunner

import statesim
from statesim.analysis.chinese import reason
from statesim.analysis.expectations import evaluate
from statesim.analysis.metrics import metrics_document
from statesim.analysis.states_zh import ENDS_ZH, SHOWN_ZH, TRUTH_ZH
from statesim.cli import app
from statesim.scenario.schema import Expectation
from statesim.views import many_words_zh, table_words_zh, words_zh
from statesim.views.html import report
from statesim.views.speech import speaking
from statesim.views.tables import COLUMNS, IN_A_TERMINAL, LEFT_OUT, LEGEND, summary_rows
from statesim.views.words_zh import CHINESE

# what is typed, or is a name
KEPT = {
    *("shop", "pg", "StatefulSet", "Patroni", "NotReady", "Unknown", "status", "API", "Kubernetes", "Pod"),
    *("PVC", "Service", "Terminating", "emptyDir", "Deployment", "JavaScript", "statesim", "NoExecute"),
    *("Ready", "DCS", "PostgreSQL", "pg_rewind", "patroni", "TaintManagerEviction", "statefulset"),
}


def words_of(page: str) -> str:
    """Return what a person reads of a page: no scripts, styles, pictures and marks, no names in code."""
    text = re.sub(r"<(script|style|svg|code)\b.*?</\1>", "", page, flags=re.DOTALL)
    labels = " ".join(re.findall(r'(?:aria-label|alt)="([^"]*)"', text))
    return html.unescape(re.sub(r"<[^>]*>", " ", text)) + labels


def english_in(text: str) -> set[str]:
    """Return the words of English in a text, without parts of dotted names, and of names with dashes."""
    words = re.findall(r"(?<![\w./:=-])[A-Za-z][A-Za-z_]+(?![\w./:=-])", text)
    return {word for word in words if word not in KEPT}


def test_a_report_in_chinese_has_no_english_but_names_and_what_is_typed() -> None:
    result = statesim.run("pg-node-crash", variants=["statefulset", "patroni-async"])
    page = report(result.readings, result.metrics, "<svg></svg>", language="zh")
    assert '<html lang="zh-CN">' in page
    assert re.search(r'id="statesim-stage" data-inline lang="zh-CN"', page)
    text = words_of(page)
    assert "同一个数据库、同样的客户端、同一次断电" in text
    assert "预期与发现" in text
    assert "最长的中断" in text
    assert english_in(text) == set()


def test_what_was_lost_and_what_failed_is_said_in_chinese_and_in_english_otherwise() -> None:
    records = [made.statefulset(duration_s=150), made.patroni()]
    metrics = metrics_document(records, [Expectation(metric="clients.shop.lost", equals=0)])
    chinese, english = (
        words_of(report(records, metrics, "<svg></svg>", language=each)) for each in ("zh", "en")
    )
    assert "clients.shop.lost 为 3，预期等于 0" in chinese
    assert "向 shop 确认的 3 次写入不在幸存的数据中" in chinese
    assert not re.search("[\u4e00-\u9fff]", english)


def test_every_word_of_the_tables_of_a_run_has_its_chinese() -> None:
    words = {*COLUMNS, *IN_A_TERMINAL.values(), LEGEND, LEFT_OUT}
    assert sorted(words - CHINESE.keys()) == []


def test_no_english_has_two_kinds_of_chinese() -> None:
    tables = [
        table
        for module in (words_zh, many_words_zh, table_words_zh)
        for name, table in vars(module).items()
        if name.isupper() and isinstance(table, dict) and name not in ("CHINESE", "MANY", "TABLES", "OUTCOME")
    ]
    assert len(tables) > 12
    told: dict[str, set[str]] = {}
    for table in tables:
        for english, chinese in table.items():
            told.setdefault(english, set()).add(chinese)
    assert {english: several for english, several in told.items() if len(several) > 1} == {}


def test_the_page_that_plays_a_run_calls_states_as_everything_else_does() -> None:
    source = (Path(__file__).parents[2] / "frontend/src/words/zh.ts").read_text(encoding="utf-8")
    page = dict(re.findall(r'"((?:truth|how|api)\.[a-z-]+)": "([^"]*)"', source))
    ours = {
        **{f"truth.{name}": said for name, said in TRUTH_ZH.items()},
        **{f"how.{name}": said for name, said in ENDS_ZH.items()},
        **{f"api.{name}": said for name, said in SHOWN_ZH.items()},
        "truth.proxy": f"{TRUTH_ZH['proxy']}，不存数据",  # the page says what a proxy is not
    }
    both = ours.keys() & page.keys()
    assert len(both) > 20
    assert {name: page[name] for name in both} == {name: ours[name] for name in both}


def test_the_summary_says_in_chinese_what_happened_under_the_titles_in_chinese() -> None:
    metrics = metrics_document([made.patroni()])
    with speaking("zh"):
        ((title, _, cells),) = summary_rows(metrics, {"patroni-async": "三个成员"})
    assert title == "三个成员"
    assert cells[COLUMNS.index("longest outage")] == "27.3 秒"
    assert cells[-1] == "写入中断 27.3 秒，丢失 3 次已确认的写入"


@pytest.mark.parametrize(
    "wanted",
    [
        {"equals": 5},
        {"equals": None},
        {"at_most": 2},
        {"at_least": 7},
        {"between": (4, 5.5)},
    ],
)
@pytest.mark.parametrize(
    "metric", ["clients.shop.lost", "clients.shop.losd", "clients.shop.none", "clients.x.y"]
)
@pytest.mark.parametrize("variant", [None, "b"])
def test_what_is_expected_is_said_in_chinese_and_never_quoted(
    wanted: dict, metric: str, variant: str | None
) -> None:
    row = Expectation(metric=metric, variant=variant, **wanted)
    (judged,) = evaluate({"a": {"clients": {"shop": {"lost": 3, "none": None}}}}, [row])
    for text in (judged.expected, *([] if judged.passed else [judged.why])):
        told = reason(text)
        assert "“" not in told
        assert not re.search(r"expected|metric|variant|value|nothing|at |and ", told)
        assert re.findall(r"\d+(?:\.\d+)?", told) == re.findall(r"\d+(?:\.\d+)?", text)


def ran(*words: str) -> str:
    done = CliRunner().invoke(app, list(words), env={"COLUMNS": "110"})
    assert done.exit_code == 0, done.output
    return done.output


def test_run_prints_its_tables_in_the_language_that_it_is_asked_for(tmp_path: Path) -> None:
    out = ran("run", "sts-ordered-scale", "--lang", "zh", "--no-pictures", "--out", str(tmp_path))
    assert "sts-ordered-scale，随机种子" in out
    assert "变体，以及发生了什么" in out
    assert "已写入" in out
    assert "variant, and what happened" not in out
    assert "variant, and what happened" in ran("run", "sts-ordered-scale")


def test_a_sweep_and_a_comparison_print_and_draw_in_chinese_at_once_and_again(tmp_path: Path) -> None:
    many = [
        "pg-node-crash",
        "--variant",
        "statefulset",
        "--variant",
        "patroni-sync",
        "--seeds",
        "2",
        "--jobs",
        "1",
    ]
    for command, drawn in (("sweep", "nines-shop-zh.svg"), ("compare", "comparison-zh.svg")):
        out = tmp_path / command
        told = ran(command, *many, "--lang", "zh", "--out", str(out))
        assert "服务中断时间，shop" in told
        picture = (out / drawn).read_bytes()
        assert "服务中断时间，shop" in ran("plot", str(out), "--lang", "zh")
        assert (out / drawn).read_bytes() == picture
        assert "Time without service, shop" in ran("plot", str(out))
        assert statesim.views.speech.spoken() == "en"


def test_a_comparison_of_one_run_each_has_its_headings_in_chinese() -> None:
    out = ran("compare", "sts-ordered-scale", "real-manifest", "--lang", "zh")
    assert out.lstrip().startswith("指标")
    assert "--all 全部显示" in out
