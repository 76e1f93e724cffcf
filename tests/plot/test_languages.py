"""Pictures in Chinese: every phrase has its Chinese. No font for Chinese is needed to test it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import made_traces as made
import pytest

import statesim
from statesim import cli, plot
from statesim.api import Result
from statesim.errors import StatesimError
from statesim.plot.given import numbers, titles_of
from statesim.views import courses, fewer, lamport_words, lanes, placing, speech, spells, topology
from statesim.views.compare_rows import rows_marks
from statesim.views.ecdf import ecdf_marks
from statesim.views.fonts import families
from statesim.views.heatmap import heat_marks
from statesim.views.legend import _BRIEF, _ROWS, entries
from statesim.views.marks import timeline_marks
from statesim.views.metric_words import _WORDS
from statesim.views.nines_marks import nines_marks
from statesim.views.speech import drawable, say, speaking, spoken, word
from statesim.views.style import LOOKS
from statesim.views.words_zh import CHINESE

VIEWS = Path(speech.__file__).parent
SPEAKING = (VIEWS, Path(cli.__file__).parent)
LATIN = re.compile(r"[A-Za-z]{2,}")


def said_in_the_code() -> set[str]:
    """Return the texts that are said in calls of `say` and `word`: there, or by the name that they have."""
    found: set[str] = set()
    for path in (path for folder in SPEAKING for path in folder.rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        named: dict[str, set[str]] = {}
        for node in nodes:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                named.setdefault(node.targets[0].id, set()).update(texts(node.value))
        for node in nodes:
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"say", "word"}
            ):
                where = node.args[0]
                phrases = {each for each in named.get(getattr(where, "id", ""), ()) if " " in each}
                found |= phrases if isinstance(where, ast.Name) else texts(where)
    return found


def texts(node: ast.expr) -> set[str]:
    """Return a text, or both of those between which a condition chooses."""
    whole = [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]
    return {each.value for each in whole if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_every_phrase_that_the_code_of_pictures_says_has_its_chinese() -> None:
    said = said_in_the_code()
    assert len(said) > 100
    assert sorted(said - CHINESE.keys()) == []


def test_every_word_of_the_tables_of_pictures_has_its_chinese() -> None:
    looks = [look for table in LOOKS.values() for look in table.values()]
    groups = [(group, group.removesuffix("s")) for group in (*fewer._FIRST.values(), *fewer._LAST)]
    words = {
        *(look.word for look in looks),
        *(look.brief for look in looks if look.brief),
        *(heading for heading, _ in (*_ROWS, *_BRIEF) if heading),
        *(words for words, *_ in lamport_words._PLAIN.values()),
        *lamport_words._ENDS.values(),
        *lanes._ENDS.values(),
        *lanes._DRAINS.values(),
        *spells._LASTING.values(),
        *(means for *_, means in topology._LINES.values()),
        *fewer._WHERE,
        *(f"{{count}} {kind}{{s}}" for _, kind in groups),
        *(f"{group} {{names}}" for group, _ in groups[:4]),
        *(f"{kind} {{name}}" for _, kind in groups[:4]),
        *(f"{said[:1].upper()}{said[1:]}" for said in _WORDS.values()),
        courses._AT_RISK,
    }
    assert sorted(words - CHINESE.keys()) == []
    marks = {*placing._ROLE_MARKS.values(), *placing._PHASE_MARKS.values()} - {"…", "✕", "II", "2x"}
    assert sorted(marks - CHINESE.keys()) == []


def test_a_phrase_in_chinese_has_the_fields_of_its_english() -> None:
    for english, chinese in CHINESE.items():
        assert fields(chinese) == fields(english) - {"s"}, english


def test_a_language_is_spoken_until_its_picture_is_made() -> None:
    with speaking("zh"):
        assert (spoken(), say("node {name}", name="n-a-1"), word("pg-0")) == ("zh", "节点 n-a-1", "pg-0")
    assert (spoken(), say("node {name}", name="n-a-1")) == ("en", "node n-a-1")


def test_a_picture_that_fails_leaves_no_language_behind() -> None:
    fonts = ("DejaVu Sans", "Noto Sans CJK SC")
    with pytest.raises(ValueError, match="at least one run"), speech.drawn_in("zh", fonts=fonts):
        timeline_marks([])
    assert spoken() == "en"


def test_a_language_that_nobody_speaks_is_refused_with_the_nearest() -> None:
    with pytest.raises(StatesimError, match="'zn'; did you mean zh"):
        plot.timeline(Result([made.patroni()]), language="zn")


def test_rows_outcome_and_legend_of_a_timeline_speak_chinese() -> None:
    with speaking("zh"):
        marks = timeline_marks([made.patroni()])
        legend = [entry.word for entry in entries(marks.used, 16.0)]
    (panel,) = marks.panels
    labels = [lane.label for lane in panel.lanes]
    assert labels == ["pg-0", "pg-1", "pg-2", "节点 n-a-1", "磁盘 data-pg-0"]
    assert "主库" in [span.text for lane in panel.lanes for span in lane.wide]
    assert panel.outcome == "写入中断 27.3 秒，丢失 3 次已确认的写入"
    assert legend[0] == "宽条 = 实际情况："
    assert [words for words in legend if LATIN.search(words.replace("Kubernetes", ""))] == []


def test_without_a_font_for_chinese_the_picture_is_in_english_with_one_warning() -> None:
    assert drawable(("DejaVu Sans", "Noto Sans CJK SC"))
    assert not drawable(("DejaVu Sans",))
    with speech.drawn_in("en", fonts=("DejaVu Sans",)):
        assert spoken() == "en"
    with (
        pytest.warns(UserWarning, match="fonts-noto-cjk") as told,
        speech.drawn_in("zh", fonts=("DejaVu Sans",)),
    ):
        assert say("node {name}", name="n-a-1") == "node n-a-1"
    assert len(told) == 1
    with speech.drawn_in("zh", fonts=("DejaVu Sans", "Noto Sans CJK SC")):
        assert spoken() == "zh"


def test_the_same_run_is_drawn_in_both_languages() -> None:
    if not drawable(families()):
        pytest.skip("no font for Chinese on this machine: the picture is in English")
    run = Result([made.patroni()])
    for draw in (plot.timeline, plot.roles, plot.sessions, plot.drift, plot.lamport, plot.topology):
        english, chinese = (
            [text.get_text() for text in draw(run, language=language).texts] for language in ("en", "zh")
        )
        assert any("\u4e00" <= letter <= "\u9fff" for words in chinese for letter in words), draw
        assert not any("\u4e00" <= letter <= "\u9fff" for words in english for letter in words), draw


def test_rows_of_a_comparison_have_the_titles_that_variants_have_in_chinese() -> None:
    compared = statesim.compare("pg-node-crash", seeds=2, variants=["statefulset", "patroni-sync"], jobs=1)
    with speaking("zh"):
        marks = rows_marks(numbers(compared), baseline="statefulset", titles=titles_of(compared, "zh"))
    assert [row.name for row in marks.rows] == ["StatefulSet，一个副本", "StatefulSet + Patroni，同步"]
    assert marks.title == "服务中断时间"
    told = [marks.said, *marks.notes, *(row.told for row in marks.rows), *(row.apart for row in marks.rows)]
    assert [text for text in told if LATIN.search(re.sub("StatefulSet", "", text))] == []


def test_nines_and_distributions_speak_chinese() -> None:
    swept = statesim.sweep("pg-node-crash", seeds=3, variants=["statefulset", "patroni-sync"], jobs=1)
    with speaking("zh"):
        nines = nines_marks(swept.runs, "clients.shop.availability")
        ecdf = ecdf_marks(swept.runs, "clients.shop.unavailable_s")
        ticks = [ecdf.words.tick(value, 1200.0) for value in (0.0, 30.0, 600.0)]
    told = [nines.title, nines.beyond, *nines.notes, *(row.told for row in nines.rows)]
    told += [ecdf.title, *ecdf.notes, *(line for curve in ecdf.curves for line in curve.told), *ticks]
    assert [text for text in told if LATIN.search(re.sub("shop|BCa|DKW|p50|p95|p99", "", text))] == []


def test_heat_maps_speak_chinese() -> None:
    settings = {"systems.pg.parameters.ttl": ["30s", "45s"], "systems.pg.parameters.loop_wait": ["5s", "10s"]}
    swept = statesim.sweep("pg-node-crash", seeds=2, variants=["patroni-sync"], settings=settings, jobs=1)
    for of in ("mean", "p95"):
        with speaking("zh"):
            marks = heat_marks(swept.runs, "clients.shop.unavailable_s", *settings, of=of)
        cells = [cell for panel in marks.panels for row in panel.cells for cell in row]
        told = [marks.title, *marks.notes, *(f"{cell.text} {cell.below}" for cell in cells)]
        assert len(cells) == 4
        assert [
            text for text in told if LATIN.search(re.sub("shop|Bonferroni|loop_wait|ttl", "", text))
        ] == []


def test_what_happens_at_once_has_the_same_numbers_in_both_languages_and_each_once() -> None:
    result = statesim.run("patroni-partitioned", variants=["synchronous"])
    said = {}
    for language in ("en", "zh"):
        with speaking(language):
            said[language] = timeline_marks(result.readings).panels[0].verticals
    assert [each.number for each in said["en"]] == [each.number for each in said["zh"]] == [1, 2, 3]
    badges = [text.get_text() for text in plot.timeline(result).texts if text.get_text().isdecimal()]
    assert sorted(badges) == ["1", "1", "2", "2", "3", "3"]  # in the list, and over the rows
