"""What a scenario may say and cannot mean: metrics that no run has, and what nothing in it uses."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.analysis.metric_names import METRIC_NAMES
from statesim.errors import ScenarioError
from statesim.experiment.loading import load as load_checked
from statesim.scenario.load import load
from tests.acceptance.small import budget, pod, workload


def service(name: str = "a", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"ports": [{"port": 80}], **spec},
    }


def scenario(*objects: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": "x"}, "duration": "1m", "manifests": list(objects), **more}


def warnings(*objects: dict[str, Any], **more: Any) -> list[str]:
    """Return what is said of selectors and images."""
    said = [str(warning) for warning in load(scenario(*objects, **more)).warnings]
    return [line for line in said if line.startswith(("spec.selector", "images"))]


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ("clients.c.lost", ""),
        ("clients.c.read_latency_p99_ms", ""),
        ("clients.c.losst", "there is no metric clients.c.losst (did you mean lost?)"),
        ("clients.lost", "there is no metric clients.lost (like clients.NAME.…)"),
        ("clients.d.lost", "there is no client d (known: c)"),
        (
            "workloads.a.ready_at_ends",
            "there is no metric workloads.a.ready_at_ends (did you mean ready_at_end?)",
        ),
        ("workloads.p.restarts", ""),
        ("volumes.data-a-0.size_bytes", ""),
        ("volumes.lost", ""),
        (
            "volumes.data-a-0.sizebytes",
            "there is no metric volumes.data-a-0.sizebytes (did you mean size_bytes?)",
        ),
        ("volumes.cuont", "there is no metric volumes.cuont (did you mean count?)"),
        ("nodes.count", ""),
        ("nodes.n.count", "there is no metric nodes.n.count (did you mean count?)"),
        ("findings.budget-kept", ""),
        ("findings.budget-keep", "there is no metric findings.budget-keep (did you mean budget-kept?)"),
        ("events.Pod.Created", ""),
        ("events.Node.DrainFailed", ""),
        (
            "events.Node.DrainFailled",
            "there is no metric events.Node.DrainFailled (did you mean DrainFailed?)",
        ),
        ("events.Nod.DrainFailed", "there are no events of Nod (did you mean Node?)"),
        ("events.Created", "there is no metric events.Created (like events.KIND.EVENT)"),
        ("event.Pod.Created", "there are no metrics of event (did you mean events?)"),
    ],
)
def test_a_metric_that_no_run_has_is_an_error_before_any_run(metric: str, said: str) -> None:
    made = scenario(
        workload("StatefulSet"),
        pod("p"),
        service(selector={"app": "a"}, clusterIP="None"),
        clients=[{"name": "c", "target": "Service/a", "operations": {"rate": "1/s"}}],
        expect=[{"metric": metric, "equals": 0}],
    )
    if not said:
        assert load(made, metrics=METRIC_NAMES).warnings == ()
        return
    with pytest.raises(ScenarioError) as caught:
        load(made, metrics=METRIC_NAMES)
    assert str(caught.value) == f"expect[0].metric: {said}"


def test_the_metric_of_an_expectation_for_an_unknown_variant_is_checked_too() -> None:
    patch = {"clients": [{"name": "c", "target": "Service/a", "operations": {"rate": "1/s"}}]}
    made = scenario(
        workload("StatefulSet"),
        service(selector={"app": "a"}, clusterIP="None"),
        variants=[{"name": "one", "patch": patch}, {"name": "two", "patch": {}}],
        expect=[
            {"metric": "events.Pod.Creatd", "variant": "tow", "equals": 0},
            {"metric": "clients.c.lost", "variant": "three", "equals": 0},  # there is one in a variant
        ],
    )
    with pytest.raises(ScenarioError) as caught:
        load(made, metrics=METRIC_NAMES)
    assert sorted(str(finding) for finding in caught.value.findings) == [
        "expect[0].metric: there is no metric events.Pod.Creatd (did you mean Created?)",
        "expect[0].variant: there is no variant tow (did you mean two?)",
        "expect[1].variant: there is no variant three (known: one, two)",
    ]


NOBODY = "spec.selector: no pod is made with these labels: the Service has no endpoints"


@pytest.mark.parametrize(
    ("selector", "said"),
    [
        ({"app": "a"}, []),
        ({"app": "p"}, []),
        ({"app": "b"}, [NOBODY]),
        ({"app": "a", "role": "primary"}, [NOBODY]),
        ({"statefulset.kubernetes.io/pod-name": "a-0"}, []),
        ({"app": "b", "statefulset.kubernetes.io/pod-name": "a-0"}, [NOBODY]),
        (None, []),
    ],
)
def test_a_service_that_selects_no_pod_is_warned_of(selector: dict[str, str] | None, said: list[str]) -> None:
    spec = {} if selector is None else {"selector": selector}
    assert warnings(workload("StatefulSet"), pod("p"), service("s", **spec)) == said


def test_a_system_may_put_labels_on_pods_that_no_manifest_has() -> None:
    row = {"name": "pg", "kind": "patroni", "workload": "StatefulSet/a"}
    made = (workload("StatefulSet"), service("s", selector={"app": "a", "role": "primary"}))
    assert warnings(*made, systems=[row]) == []
    made = (workload("StatefulSet"), service("s", selector={"app": "b", "role": "primary"}))
    assert warnings(*made, systems=[row]) == [NOBODY]


def test_pods_that_a_timeline_brings_or_relabels_are_selected() -> None:
    patch = {"spec": {"template": {"metadata": {"labels": {"tier": "new"}}}}}
    rows = [
        {"at": "10s", "do": "apply", "manifests": [pod("later")]},
        {"at": "10s", "do": "patch", "on": "Deployment/a", "patch": patch},
    ]
    made = (
        workload("Deployment"),
        service("s", selector={"app": "later"}),
        service("t", selector={"tier": "new"}),
    )
    assert warnings(*made, timeline=rows) == []
    assert warnings(*made) == [NOBODY]  # the same sentence twice is one


BUDGET = "spec.selector: no pod is made with these labels: the budget protects nobody"


@pytest.mark.parametrize(
    ("selector", "said"),
    [
        ({"matchLabels": {"app": "a"}}, []),
        ({"matchLabels": {"app": "b"}}, [BUDGET]),
        ({"matchLabels": {"app": "a", "tier": "x"}}, [BUDGET]),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["b", "c"]}]}, [BUDGET]),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["a", "c"]}]}, []),
        ({"matchLabels": {"statefulset.kubernetes.io/pod-name": "a-0"}}, []),
        ({}, []),
    ],
)
def test_a_budget_that_selects_no_pod_is_warned_of(selector: dict[str, Any], said: list[str]) -> None:
    made = budget("b", minAvailable=1)
    made["spec"]["selector"] = selector
    assert warnings(workload("StatefulSet"), made) == said


def test_a_budget_may_select_by_labels_that_a_system_puts_on_pods() -> None:
    made = budget("b", minAvailable=1)
    made["spec"]["selector"] = {"matchLabels": {"app": "a", "role": "primary"}}
    row = {"name": "pg", "kind": "patroni", "workload": "StatefulSet/a"}
    assert warnings(workload("StatefulSet"), made, systems=[row]) == []
    assert warnings(workload("StatefulSet"), made) == [BUDGET]


TYPO = "no images: pattern matches app:typo; it is taken to exist and run with the defaults"


@pytest.mark.parametrize(
    ("patterns", "image", "known"),
    [
        (["app:1", "app:2*"], "app:typo", "app:1, app:2*"),
        (["app:1", "app:t*"], "app:typo", None),
        (["app:1", "*"], "app:typo", None),
        (["app:1"], "sidecar:9", None),  # nothing is said of its repository
        (["here:5000/app:1"], "app:typo", None),
        ([], "app:typo", None),
    ],
)
def test_an_image_that_only_a_timeline_brings_and_no_pattern_knows_is_warned_of(
    patterns: list[str], image: str, known: str | None
) -> None:
    containers = [{"name": "c", "image": image}]
    patch = {"spec": {"template": {"spec": {"containers": containers}}}}
    rows = [
        {"at": "10s", "do": "set-image", "on": "Deployment/a", "image": image},
        {"at": "20s", "do": "patch", "on": "Deployment/a", "patch": patch},
    ]
    made = scenario(workload("Deployment"), timeline=rows, images={pattern: {} for pattern in patterns})
    said = [str(found) for found in load(made).warnings if str(found).startswith("timeline")]
    places = ("timeline[0].image", "timeline[1].patch") if known else ()
    assert said == [f"{place}: {TYPO} (known: {known})" for place in places]


UNUSED = "images.{}: no container has such an image"


@pytest.mark.parametrize(
    ("patterns", "said"),
    [
        (["app:*"], []),
        (["app:1", "app:*"], []),
        (["app:2"], []),
        (["init:*"], []),
        (["ap:*"], [UNUSED.format("ap:*")]),
        (["app:*", "App:*", "web"], [UNUSED.format("App:*"), UNUSED.format("web")]),
    ],
)
def test_a_pattern_of_images_that_no_container_has_is_warned_of(patterns: list[str], said: list[str]) -> None:
    init = {"name": "i", "image": "init:1"}
    row = {"at": "10s", "do": "set-image", "on": "Deployment/a", "image": "app:2"}
    made = (workload("Deployment"), pod("p", initContainers=[init]))
    assert warnings(*made, timeline=[row], images={pattern: {} for pattern in patterns}) == said


def test_a_pattern_that_one_variant_uses_is_used() -> None:
    other = pod("p", container={"image": "spilo:1"})
    variants = [{"name": "one"}, {"name": "two", "patch": {"manifests": [other]}}]
    images: dict[str, Any] = {"app:*": {}, "spilo:*": {}, "web:*": {}}
    assert warnings(pod("q"), images=images, variants=variants) == [UNUSED.format("web:*")]


def test_a_scenario_that_is_like_no_shipped_one_is_met_with_how_to_list_them() -> None:
    with pytest.raises(
        ScenarioError, match=r"no file nope \(statesim scenarios lists those that there are\)"
    ):
        load("nope")


SHARDED = {"name": "s", "kind": "citus", "workload": "StatefulSet/a"}


@pytest.mark.parametrize(
    ("replicas", "parameters", "more", "said"),
    [
        (5, {"workers": 4}, {}, ""),
        (4, {"workers": 4}, {}, "the table waits for 4, and StatefulSet/a never run more than 3"),
        (5, {}, {}, "the table waits for 6, and StatefulSet/a never run more than 4"),
        (
            2,
            {"workers": 4},
            {"timeline": [{"at": "10s", "do": "scale", "on": "StatefulSet/a", "replicas": 5}]},
            "",
        ),
        (1, {"groups": ["b"]}, {}, ""),
    ],
)
def test_a_citus_table_that_waits_for_workers_in_vain_is_warned_of(
    replicas: int, parameters: dict[str, Any], more: dict[str, Any], said: str
) -> None:
    made = workload("StatefulSet")
    made["spec"]["replicas"] = replicas
    found = load(scenario(made, systems=[{**SHARDED, "parameters": parameters}], **more)).warnings
    about = [str(warning) for warning in found if "workers" in str(warning)]
    assert [said in line for line in about] == ([True] if said else [])


def test_a_citus_whose_pods_have_no_numbers_is_warned_that_nobody_is_the_coordinator() -> None:
    row = {**SHARDED, "workload": "Deployment/a"}
    found = [str(warning) for warning in load(scenario(workload("Deployment"), systems=[row])).warnings]
    assert any("nobody is the coordinator" in line for line in found)


def _selected(selector: dict[str, str], kind: str, **parameters: Any) -> list[str]:
    """Return what the program's own loader says of a Service's selector where a system of a kind runs."""
    row = {"name": "db", "kind": kind, "workload": "StatefulSet/a", "parameters": parameters}
    made = scenario(workload("StatefulSet"), service(selector={"app": "a", **selector}), systems=[row])
    return [str(found) for found in load_checked(made).warnings if "selector" in str(found)]


@pytest.mark.parametrize(
    ("selector", "kind", "said"),
    [
        ({"role": "primary"}, "patroni", ""),
        ({"role": "replica"}, "patroni", ""),
        ({"role": "master"}, "patroni", "role: no pod ever has role: master,known: primary, replica"),
        ({"role": "primry"}, "patroni", "role: no pod ever has role: primry,did you mean primary?"),
        ({"rolle": "primary"}, "patroni", "rolle: no pod ever has rolle: primary,did you mean role?"),
        ({"role": "source"}, "mysql-async", ""),
        (
            {"mysql.oracle.com/cluster-role": "primary"},
            "mysql-group-replication",
            "mysql.oracle.com/cluster-role: no pod ever has mysql.oracle.com/cluster-role: primary,"
            "did you mean PRIMARY?",
        ),
        ({"role": "anything"}, "cassandra", ""),  # nothing is known of its labels
    ],
)
def test_a_service_that_selects_a_role_which_no_system_puts_on_is_warned_of(
    selector: dict[str, str], kind: str, said: str
) -> None:
    what, _, hint = said.partition(",")
    expected = [f"spec.selector.{what}, so the Service has no endpoints ({hint})"] if said else []
    assert _selected(selector, kind) == expected


def test_a_role_label_that_a_system_calls_otherwise_is_known() -> None:
    assert _selected({"spilo-role": "primary"}, "patroni", role_label="spilo-role") == []
    assert len(_selected({"role": "primary"}, "patroni", role_label="spilo-role")) == 1


@pytest.mark.parametrize(
    ("patterns", "near"),
    [
        (["apq:*"], "apq"),
        (["apq:*", "app:*"], None),
        (["app:9"], "app"),
        (["postgres:*"], None),  # it resembles none: its pattern is just not needed
        ([], None),
    ],
)
def test_an_image_that_has_nearly_the_name_of_an_idle_pattern_is_warned_of(
    patterns: list[str], near: str | None
) -> None:
    made = scenario(workload("Deployment"), images={pattern: {} for pattern in patterns})
    said = [str(found) for found in load(made).warnings if str(found).startswith("spec.template")]
    assert [line.partition("(")[2] for line in said] == (
        [f"did you mean {near}, as in {patterns[0]}?)"] if near else []
    )


@pytest.mark.parametrize(
    ("mix", "said"),
    [
        ({"write": 0.5, "read": 0.6}, "the shares sum to 1.1, not 1 (taken as write: 0.455, read: 0.545)"),
        ({"write": 0.2, "read": 0.2}, "the shares sum to 0.4, not 1 (taken as write: 0.5, read: 0.5)"),
        ({"write": 0.1, "read": 0.9}, None),
        ({"write": 0.3}, None),
        ({"write": 1, "read": 3}, None),
        ({"write": 1, "read": 1}, None),
        ({"write": 2.5, "read": 97.5}, None),
        ({}, None),
    ],
)
def test_shares_that_do_not_sum_to_one_are_warned_of_and_proportions_are_not(
    mix: dict[str, float], said: str | None
) -> None:
    client = {"name": "c", "target": "Service/a", "operations": {"rate": "1/s", "mix": mix}}
    made = scenario(
        workload("StatefulSet"), service(selector={"app": "a"}, clusterIP="None"), clients=[client]
    )
    assert [str(found) for found in load(made).warnings] == (
        [f"clients[0].operations.mix: {said}"] if said else []
    )


@pytest.mark.parametrize(
    ("version", "hint"),
    [
        (1.3, 'write "1.30"'),
        (1.2, 'write "1.20"'),
        ("1.3", '1.20 to 1.34 are; did you mean "1.30"?'),
        ("1.9", "1.20 to 1.34 are"),
    ],
)
def test_a_version_that_has_lost_its_zero_is_told_with_it(version: float | str, hint: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(scenario(workload("StatefulSet"), cluster={"kubernetes": version}))
    assert caught.value.findings[0].hint == hint
