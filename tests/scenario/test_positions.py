from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from statesim.errors import ScenarioError
from statesim.scenario.load import load
from statesim.scenario.positions import read_yaml
from statesim.scenario.where import Patched, Renamed, Spot, Within, dotted

if TYPE_CHECKING:
    from statesim.errors import Finding


def read(text: str) -> tuple[list[object], list[str]]:
    findings: list[Finding] = []
    documents = read_yaml(text, "f.yaml", findings)
    return [document.data for document in documents], [str(finding) for finding in findings]


def test_words_that_yaml_1_1_would_take_for_truth_values_stay_words() -> None:
    data, findings = read("on: yes\nno: off\ncountry: NO\nt: true\nday: 2024-01-01\nsixty: 1:30\n")
    assert data == [
        {"on": "yes", "no": "off", "country": "NO", "t": True, "day": "2024-01-01", "sixty": "1:30"}
    ]
    assert findings == []


def test_numbers_are_numbers() -> None:
    data, _ = read("[1, -2, 0644, 0o17, 0x1f, 1.5, 1e3, .5, ~, null, '7', 1.2.3]")
    assert data == [[1, -2, 420, 15, 31, 1.5, 1000.0, 0.5, None, None, "7", "1.2.3"]]


def test_values_and_keys_know_their_places_in_every_document() -> None:
    findings: list[Finding] = []
    first, second = read_yaml("a:\n  b: [1, 22]\n---\nc: {d: x}\n", "f.yaml", findings)
    assert first.spot(("a", "b", 1)) == Spot("f.yaml", 2, 10)
    assert first.spot(("a", "b"), key=True) == Spot("f.yaml", 2, 3)
    assert second.spot(("c", "d")) == Spot("f.yaml", 4, 8)
    assert second.spot(("c", "nothing", "here")) == Spot("f.yaml", 4, 4)
    assert Within(first, ("a",)).spot(("b", 0)) == Spot("f.yaml", 2, 7)


def test_a_patched_value_stands_in_the_patch() -> None:
    findings: list[Finding] = []
    (document,) = read_yaml("a: 1\nb: {c: 2}\npatch:\n  b: {d: 3}\n", "f.yaml", findings)
    where = Patched(document, document.data["patch"], Within(document, ("patch",)))
    assert where.spot(("b", "d")).line == 4
    assert where.spot(("b", "c")).line == 2
    assert where.spot(("a",)).line == 1


def test_a_key_that_is_written_twice_is_found() -> None:
    _, findings = read("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n")
    assert findings == [
        "f.yaml:4:3: c is written twice; the first one is in line 3",
        "f.yaml:5:1: a is written twice; the first one is in line 1",
    ]


def test_broken_yaml_has_a_place() -> None:
    _, findings = read("a: [1, 2\nb: 3\n")
    assert findings[0].startswith("f.yaml:2:")
    assert "not valid YAML" in findings[0]


def test_tabs_get_a_hint() -> None:
    _, findings = read("a:\n\tb: 1\n")
    assert findings[0].endswith("(indent with spaces: YAML takes no tabs)")


def test_anchors_and_merge_keys_work() -> None:
    data, findings = read("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\nz: *x\n")
    assert data == [{"x": {"a": 1, "b": 2}, "y": {"b": 3, "a": 1}, "z": {"a": 1, "b": 2}}]
    assert findings == []


def test_aliases_cannot_blow_up() -> None:
    assert read("a: &a [*a]\n")[1] == ["f.yaml: an alias contains itself"]
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    assert read("\n".join(lines))[1] == ["f.yaml: this file is too large once its aliases are expanded"]


def test_empty_documents_are_left_out() -> None:
    assert read("---\n---\na: 1\n---\n")[0] == [{"a": 1}]


def test_paths_read_as_people_write_them() -> None:
    assert dotted(("timeline", 2, "on", "nodeOf")) == "timeline[2].on.nodeOf"


HEAD = "apiVersion: statesim/v1\nkind: Scenario\nmetadata: {name: demo}\nduration: 1m\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "cluster: {kubernetes: 1.30}",
            'cluster.kubernetes: the version must be a text, or 1.30 becomes 1.3 (write "1.30")',
        ),
        (
            "variants: [{name: a, patch: {cluster: {kubernetes: 1.30}}}]",
            'cluster.kubernetes: the version must be a text, or 1.30 becomes 1.3 (write "1.30")',
        ),
        (
            "cluster: {nodes: [{name: n, labels: {v: 1.20, yes: true}}]}",
            'cluster.nodes[0].labels.v: expected a text, found 1.2 (write "1.20")',
        ),
        (
            "cluster: {nodes: [{name: n, taints: [{key: k, value: 007, effect: NoExecute}]}]}",
            'cluster.nodes[0].taints[0].value: the value of a taint must be a text, found 7 (write "007")',
        ),
        (
            "manifests: [{apiVersion: v1, kind: Pod, metadata: {name: p, labels: &l {v: 1.30}, "
            "annotations: {<<: *l}}, spec: {containers: [{name: c, image: x}]}}]",
            'metadata.annotations.v: expected a text, found 1.3 (write "1.30")',
        ),
    ],
)
def test_a_number_that_must_be_a_text_is_quoted_as_it_was_written(text: str, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(HEAD + text)
    assert said in str(caught.value)


def test_a_renamed_key_leads_to_what_was_written() -> None:
    (document,) = read_yaml("clints:\n  - {nam: 0x10}\n", "f.yaml", [])
    where = Renamed(document, {("clients",): "clints", ("clients", 0, "name"): "nam"})
    assert where.spot(("clients", 0, "name")) == Spot("f.yaml", 2, 11)
    assert where.written(("clients", 0, "name")) == "0x10"
