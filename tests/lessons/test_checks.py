"""Checks run what was answered: they take what works, whatever it looks like, and help with what does not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statesim import lessons
from statesim.errors import StatesimError
from statesim.lessons.checks import CHECKS
from statesim.lessons.course import lesson, names
from statesim.lessons.verdict import Beside, Judged, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STATEFUL = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: pg}
spec:
  serviceName: pg-members
  replicas: 1
  selector: {matchLabels: {app: pg}}
  template:
    metadata: {labels: {app: pg}}
    spec:
      containers:
        - name: postgres
          image: postgres:15
          readinessProbe: {exec: {command: [pg_isready]}, periodSeconds: 2}
          volumeMounts: [{name: data, mountPath: /var/lib/postgresql/data}]
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Service
metadata: {name: pg-members}
spec: {clusterIP: None, selector: {app: pg}}
"""
ON_SCRATCH = STATEFUL.replace(
    "  volumeClaimTemplates:", "      volumes: [{name: data, emptyDir: {}}]\n#"
).replace("    - metadata: {name: data}\n      spec: {access", "#   spec: {access")
ON_THE_NODE = ON_SCRATCH.replace("emptyDir: {}", "hostPath: {path: /srv/pg, type: DirectoryOrCreate}")
OFF = {"at": "100s", "do": "node-crash", "on": {"nodeOf": "Pod/pg-0"}}
DELETE = {"at": "110s", "do": "delete", "on": "Pod/pg-0", "force": True}
TAINT = {
    "at": "110s",
    "do": "taint",
    "on": {"nodeOf": "Pod/pg-0"},
    "taint": {"key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute"},
}
WATCHDOG = {"watchdog_mode": "required", "watchdog_device": True}
ZONES = ["a", "b", "c"]
# an answer, and the hint that it gets; None: it is right
ANSWERS: list[tuple[str, int, Any, str | None]] = [
    ("01-what-state-is", 1, ["web", "cdn"], None),
    ("01-what-state-is", 1, {"web"}, "wrong-out"),
    ("01-what-state-is", 1, {"web", "cdn", "pg"}, "wrong-in"),
    ("01-what-state-is", 1, {"database"}, "names"),
    ("01-what-state-is", 2, {"store": "replicated"}, None),
    ("01-what-state-is", 2, {"store": "local"}, "logged-out"),
    ("01-what-state-is", 2, {"store": "external", "system": "pg"}, "moved-to-the-database"),
    ("02-storage", 1, STATEFUL, None),
    ("02-storage", 1, ON_SCRATCH, "lost"),
    ("02-storage", 1, STATEFUL.replace("replicas: 1", "replicas: 3"), "lost-apart"),
    ("02-storage", 1, STATEFUL.replace("{app: pg}", "{app: db}"), "not-found"),
    (
        "02-storage",
        1,
        STATEFUL.replace("mountPath: /var/lib/postgresql/data", "mountPath: /data"),
        "not-mounted",
    ),
    (
        "02-storage",
        1,
        STATEFUL.replace("spec: {access", "spec: {storageClassName: none, access"),
        "never-ready",
    ),
    ("02-storage", 1, ON_THE_NODE, "lost-on-the-node"),
    ("02-storage", 1, STATEFUL.replace("name: pg}", "name: db}", 1), "no-workload"),
    ("02-storage", 1, STATEFUL.replace("replicas: 1", "replicas: 0"), "no-pod"),
    (
        "02-storage",
        1,
        ON_SCRATCH.replace("emptyDir: {}", "persistentVolumeClaim: {claimName: none}"),
        "no-claim",
    ),
    ("03-identity", 1, [OFF, TAINT, DELETE], None),
    ("03-identity", 1, [], "waited"),
    ("03-identity", 1, [DELETE], "twice"),
    ("03-identity", 1, [TAINT], "twice"),
    ("03-identity", 1, [OFF, DELETE], "slow"),
    ("03-identity", 1, [OFF, {**TAINT, "at": "5m"}], "late"),
    ("03-identity", 1, [{**OFF, "at": "70s"}], "early"),
    ("03-identity", 1, [{"at": "2m", "do": "drain", "on": "Pod/pg-0"}], "tools"),
    ("03-identity", 1, [{**OFF, "on": {"zone": "a"}}], "target"),
    ("04-session", 1, {"connect": "1s", "statement": "3s"}, None),
    ("04-session", 1, {}, "both"),
    ("04-session", 1, {"connect": "2s"}, "late-statement"),
    ("04-session", 1, {"connect": "2s", "statement": "0"}, "late-statement"),
    ("04-session", 1, {"connect": "2s", "statement": "60s"}, "late-statement"),
    ("04-session", 1, {"statement": "5s"}, "late-connect"),
    ("04-session", 1, {"connect": "0", "statement": "5s"}, "late-connect"),
    ("04-session", 1, {"connect": "2s", "statement": "100ms"}, "impatient"),
    ("04-session", 1, {"socketTimeout": "2s"}, "only"),
    ("05-cluster-role", 1, {"ttl": "21s", "loop_wait": "3s", "retry_timeout": "9s"}, None),
    ("05-cluster-role", 1, {"ttl": "30s", "loop_wait": "10s", "retry_timeout": "10s"}, "slow"),
    ("05-cluster-role", 1, {"ttl": "20s", "loop_wait": "5s", "retry_timeout": "5s"}, "nervous"),
    ("05-cluster-role", 1, {"ttl": "20s", "loop_wait": "5s", "retry_timeout": "10s"}, "rule"),
    ("05-cluster-role", 1, {"ttl": "20s", "maximum_lag": 1}, "settings"),
    ("06-split-brain", 1, {**WATCHDOG, "synchronous_mode": "quorum"}, None),
    ("06-split-brain", 1, {"synchronous_mode": True}, "two"),
    ("06-split-brain", 1, WATCHDOG, "lost-cut"),
    ("06-split-brain", 1, {"ttl": "5m", "synchronous_mode": True}, "outlasted"),
    ("07-operating", 1, {"replicas": 3, "budget": {"minAvailable": "50%"}}, None),
    ("07-operating", 1, {"replicas": 2, "budget": {"minAvailable": 2}}, "blocked"),
    ("07-operating", 1, {"replicas": 1, "budget": {"maxUnavailable": 1}}, "gap"),
    ("07-operating", 1, {"replicas": 2, "budget": {"minAvailable": 0}}, "no-budget"),
    ("07-operating", 2, lambda minutes: 175 * minutes, None),
    ("07-operating", 2, lambda minutes: 0, "off"),
    ("07-operating", 2, lambda minutes: float("nan"), "off"),
    ("08-how-many-nines", 1, {"members": 2, "zones": ZONES, "parameters": {"synchronous_mode": True}}, None),
    ("08-how-many-nines", 1, {"members": 5, "zones": ZONES, "parameters": {}}, "dear"),
    ("08-how-many-nines", 1, {"members": 3, "zones": ["a", "d"], "parameters": {}}, "numbers"),
    ("08-how-many-nines", 1, {"members": 3, "zones": ["a", "a"], "parameters": {}}, "numbers"),
    ("08-how-many-nines", 1, {"members": 3, "zones": ZONES, "parameters": {}}, "lost"),
    (
        "08-how-many-nines",
        1,
        {"members": 3, "zones": ["a"], "parameters": {"synchronous_mode": True}},
        "down",
    ),
    (
        "08-how-many-nines",
        1,
        {
            "members": 1,
            "zones": ["a"],
            "parameters": {"synchronous_mode": True, "synchronous_mode_strict": True},
        },
        "never-served",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "number", "answer", "hint"), ANSWERS)
def test_an_answer_is_judged_by_what_it_does(name: str, number: int, answer: Any, hint: str | None) -> None:
    judged = CHECKS[name][number - 1](answer)
    assert judged.passed == (hint is None)
    assert hint in (None, judged.hint)
    for lang in ("en", "zh"):  # all numbers that the sentence needs are there
        assert "{" not in lesson(name, lang).hint(judged.hint).format_map(judged.facts)


def test_every_exercise_has_an_answer_of_another_form_than_its_solution() -> None:
    held = {(name, number) for name, number, _, hint in ANSWERS if hint is None}
    assert held == {(name, number) for name in names() for number in range(1, len(CHECKS[name]) + 1)}


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize(
    "junk", [5, "x", [], {"x": ...}, [[]], {"do": 1}, object(), b"", {"members": 3}, True]
)
def test_nothing_that_a_learner_may_write_raises(name: str, junk: Any) -> None:
    for number in range(1, len(CHECKS[name]) + 1):
        verdict = lessons.check(name, number, junk)
        assert not verdict
        assert verdict.hint


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("dots", [..., None, "", {"a": ...}, {"a": {"b": [1, ...]}}])
def test_an_answer_that_is_still_open_is_not_yet(name: str, lang: str, dots: Any) -> None:
    verdict = lessons.check(name, 1, dots, lang=lang)
    assert not verdict.passed
    assert verdict.hint == lesson(name, lang).hint("open")


@pytest.mark.slow
def test_an_outage_is_told_with_the_seconds_that_the_lesson_has_shown() -> None:
    judged = CHECKS["04-session"][0]({})
    assert judged.facts["out"] == pytest.approx(924.8, abs=0.1)
    assert judged.facts["statement"] < 60 < judged.facts["connect"]


def test_what_the_program_refuses_is_told_in_its_own_words() -> None:
    verdict = lessons.check("06-split-brain", 1, {"watchdogmode": "required"})
    assert "did you mean watchdog_mode?" in verdict.hint


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("kind: Service", "sort: Service"),
        ("[{name: data, mountPath: /var/lib/postgresql/data}]", "5"),
        ("replicas: 1", "replicas: one"),
        ("- name: postgres", "- postgres: 1"),
    ],
)
def test_a_manifest_that_kubernetes_would_refuse_is_told_in_plain_words(right: str, wrong: str) -> None:
    assert right in STATEFUL
    hint = lessons.check("02-storage", 1, STATEFUL.replace(right, wrong)).hint
    assert hint.startswith("statesim does not take it")
    assert not PYTHONS.search(hint), hint


@pytest.mark.parametrize(
    ("name", "number", "answer", "told"),
    [
        ("01-what-state-is", 1, "web", 'expected a set of names, like {"a", "b"}, found'),
        ("02-storage", 1, 5, "expected a text, found 5"),
        ("03-identity", 1, "banana", "expected a list, like [row, row], found"),
        ("04-session", 1, "banana", 'expected settings, like {"name": value}, found'),
        (
            "04-session",
            1,
            {"connect": None, "statement": "5s"},
            "connect: expected a duration, like 2s, or never",
        ),
        ("05-cluster-role", 1, "banana", 'expected settings, like {"name": value}, found'),
        ("05-cluster-role", 1, {"ttl": "30s"}, "loop_wait is missing"),
        ("05-cluster-role", 1, {"ttl": -5, "loop_wait": 2, "retry_timeout": 9}, "'-5' is negative; expected"),
        ("05-cluster-role", 1, {"ttl": "5 sec", "loop_wait": 2, "retry_timeout": 9}, "(did you mean"),
        ("07-operating", 2, "banana", "expected a function, found"),
    ],
)
def test_what_has_another_form_is_told_in_plain_words(name: str, number: int, answer: Any, told: str) -> None:
    hint = lessons.check(name, number, answer).hint
    assert told in hint
    assert "Error" not in hint
    assert "none of them" not in hint


# what only Python's own messages say
PYTHONS = re.compile(
    r"not supported|unhashable|attribute|argument|iterable|indices|unsupported|object is|instances|subscript|"
    r"positional|codec|Traceback|Error\b"
)
JUNK = [
    5,
    -1,
    1.5,
    "x",
    "2",
    "",
    None,
    ...,
    True,
    b"x",
    [],
    ["a"],
    [[1]],
    {},
    {"a": 1},
    {5: 1},
    {1},
    1j,
    object(),
]


def places(answer: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the path to everything in an answer, the whole first."""
    yield ()
    for key, value in answer.items() if isinstance(answer, dict) else enumerate(answer):
        yield (key,)
        if isinstance(value, dict | list):
            yield from ((key, *rest) for rest in places(value) if rest)


def spoilt(answer: Any, path: tuple[Any, ...], junk: Any) -> Any:
    """Return an answer with something else at a path."""
    if not path:
        return junk
    copy = dict(answer) if isinstance(answer, dict) else list(answer)
    copy[path[0]] = spoilt(copy[path[0]], path[1:], junk)
    return copy


SPOILT = sorted({(name, number) for name, number, answer, _ in ANSWERS if isinstance(answer, dict | list)})


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_stands_anywhere_in_an_answer_is_told_in_plain_words(data: st.DataObject) -> None:
    name, number = data.draw(st.sampled_from(SPOILT))
    right = next(a for n, k, a, _ in ANSWERS if (n, k) == (name, number) and isinstance(a, dict | list) and a)
    path = data.draw(st.sampled_from(list(places(right))))
    answer = spoilt(right, path, data.draw(st.sampled_from(JUNK)))
    hint = lessons.check(name, number, answer).hint
    assert not PYTHONS.search(hint), hint


@pytest.mark.parametrize(
    ("name", "number", "answer", "told"),
    [
        ("01-what-state-is", 1, [["web"]], 'expected a name, like "a", found a list'),
        (
            "03-identity",
            1,
            ["delete"],
            'expected a row, like {"at": "110s", "do": "delete", "on": "Pod/pg-0"}',
        ),
        ("07-operating", 1, {"replicas": "2", "budget": {}}, "replicas: expected a whole number from 1 to 9"),
        ("07-operating", 1, {"replicas": 2, "budget": 1}, 'budget: expected settings, like {"name": value}'),
        ("07-operating", 2, lambda minutes: "many", "answer(2): expected a number, found 'many'"),
        (
            "08-how-many-nines",
            1,
            {"members": 3, "zones": 3, "parameters": {}},
            "zones: expected a list of names",
        ),
    ],
)
def test_what_is_expected_inside_an_answer_is_told_with_its_name(
    name: str, number: int, answer: Any, told: str
) -> None:
    assert told in lessons.check(name, number, answer).hint


def test_every_exercise_says_what_form_its_answer_has() -> None:
    for name in names():
        for number in range(1, len(CHECKS[name]) + 1):
            assert "expected" in lessons.check(name, number, object()).hint


def test_a_function_that_fails_is_told_not_raised() -> None:
    def broken(minutes: float) -> float:
        return minutes / 0

    assert "division by zero" in lessons.check("07-operating", 2, broken).hint


def test_an_exercise_that_is_not_there_is_said() -> None:
    with pytest.raises(StatesimError, match="exercises 1 to 1"):
        lessons.check("02-storage", 2, ...)


def test_a_verdict_is_shown_as_text_and_as_html_with_a_sign_besides_colour() -> None:
    verdict = lessons.check("02-storage", 1, "a: [")
    assert str(verdict).startswith("… Not yet.")
    assert "dashed" in verdict._repr_html_()
    assert "<b>" in verdict._repr_html_()


@settings(max_examples=50, deadline=None)
@given(
    guessed=st.dictionaries(
        st.sampled_from("abc"), st.one_of(st.just(...), st.integers(), st.floats(0, 1e6))
    ),
    found=st.dictionaries(st.sampled_from("abc"), st.floats(0, 1e6), min_size=1),
)
def test_guesses_stand_beside_what_was_found_and_a_missing_one_as_dots(
    guessed: dict[str, Any], found: dict[str, float]
) -> None:
    rows = Beside(guessed, found, ("what", "guessed", "found")).rows()
    assert [row[0] for row in rows] == list(found)
    assert [row[1] for row in rows] == [shown(guessed.get(key, ...)) for key in found]


def test_judged_keeps_its_facts() -> None:
    judge: Callable[..., Judged] = Judged.not_yet
    assert judge("lost", lost=3).facts == {"lost": 3}
