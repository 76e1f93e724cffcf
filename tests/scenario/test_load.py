from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.errors import ScenarioError
from statesim.kernel.distributions import Empirical, Exponential, Fixed, Lognormal, Uniform, Weibull
from statesim.scenario.clients import Mix
from statesim.scenario.cluster import Cluster, NodePool, nodes
from statesim.scenario.delays import parse_delay, written
from statesim.scenario.export import json_schema
from statesim.scenario.fields import FOREVER_US
from statesim.scenario.load import load
from statesim.scenario.positions import read_yaml
from statesim.scenario.rows import Row
from statesim.scenario.schema import ImageBehaviour, Scenario
from statesim.scenario.specs import Manifest, StatefulSetSpec, StorageClassSpec, Taint
from statesim.scenario.targets import AnyNode, NodeOf, Ref, Zone
from statesim.scenario.timeline import NOT_YET, Apply, NetworkPartition, NodeCrash
from statesim.scenario.timings import TIMINGS, Timings
from statesim.scenario.units import format_duration

SECOND = 1_000_000
ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))
TEXT = """\
apiVersion: statesim/v1
kind: Scenario
metadata: {name: demo, title: "A demonstration"}
seed: 7
duration: 15m
cluster:
  kubernetes: "1.31"
  nodes:
    - {name: n, count: 4, zones: [a, b, c], capacity: {cpu: 8, memory: 32Gi, pods: 110}}
    - {name: big, zone: a, taints: [{key: dedicated, value: db, effect: NoSchedule}]}
  timings: {attach: {uniform: [1s, 3s]}, proxySync: 1s}
images:
  "postgres:*": {pull: 4s, start: 1s, ready: 1s, stop: never}
  "broken": {ready: never, listen: never}
  "leaky": {crashAfter: {exponential: 30m}, graceful: false}
manifests:
  - apiVersion: apps/v1
    kind: StatefulSet
    metadata: {name: pg}
    spec:
      replicas: 2
      selector: {matchLabels: {app: pg}}
      template:
        metadata: {labels: {app: pg}}
        spec: {containers: [{name: postgres, image: "postgres:15"}]}
  - apiVersion: v1
    kind: Service
    metadata: {name: pg}
    spec: {selector: {app: pg}, ports: [{port: 5432}]}
systems:
  - {name: pg, kind: patroni, workload: StatefulSet/pg, parameters: {ttl: 30s}}
clients:
  - {name: shop, target: Service/pg, sessions: 20, operations: {kind: set, rate: 20/s, mix: {write: 0.2}}}
timeline:
  - {at: 60s, do: node-crash, on: {nodeOf: Pod/pg-0}, for: 2m, label: power cut}
  - {at: 3m, do: network-partition, on: Node/n-a-1, from: control-plane}
  - {random: {mtbf: 30d, mttr: 20m}, do: node-crash, on: {anyNode: {zone: a}}}
  - {at: 4m, do: taint, on: Node/big, taint: {key: x, effect: NoExecute}}
  - at: 5m
    do: apply
    manifests:
      - apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: extra}
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
variants:
  - {name: two, title: "Two members"}
  - name: three
    patch:
      {manifests: null, seed: 8, cluster: {timings: {proxySync: null}}, systems: [], clients: [],
      timeline: []}
expect:
  - {metric: clients.shop.lost, variant: two, equals: 0}
"""


def test_a_scenario_is_read_into_plain_values() -> None:
    scenario = load(TEXT.replace(TEXT[TEXT.index("variants:") :], "")).variants[0].scenario
    assert (scenario.metadata.name, scenario.seed, scenario.duration_us) == ("demo", 7, 900 * SECOND)
    postgres, broken, leaky = scenario.images.values()
    assert (postgres.pull, postgres.start, postgres.stop) == (Fixed(4 * SECOND), Fixed(SECOND), None)
    assert (broken.ready, broken.listen) == (None, Fixed(FOREVER_US))
    assert (leaky.crash_after, leaky.graceful) == (Exponential(1800 * SECOND), False)
    client = scenario.clients[0]
    assert (client.target, client.sessions, client.operations.rate) == ("Service/pg", 20, 20.0)
    assert (client.operations.mix.write, client.operations.mix.read) == (0.2, 0.8)
    assert (client.timeouts.connect_us, client.timeouts.keepalive_us) == (5 * SECOND, None)
    assert (client.backoff.initial_us, client.backoff.max_us, client.backoff.jitter) == (
        100_000,
        2 * SECOND,
        0.2,
    )
    assert client.service_time == Fixed(3_000)


def test_rows_of_the_timeline_all_answer_the_same_questions() -> None:
    crash, cut, chance, taint, apply = load(TEXT).variants[0].scenario.timeline
    assert (crash.do, crash.at_us, crash.for_us, crash.random, crash.label) == (
        "node-crash",
        60 * SECOND,
        120 * SECOND,
        None,
        "power cut",
    )
    assert crash.on == NodeOf(Ref("Pod", "pg-0"))
    assert isinstance(cut, NetworkPartition)
    assert cut.away_from == "control-plane"
    assert chance.random is not None
    assert (chance.at_us, chance.random.mtbf) == (None, Exponential(30 * 86_400 * SECOND))
    assert chance.on == AnyNode("a")
    assert (taint.taint, taint.for_us, taint.random) == (Taint("x", "NoExecute"), None, None)
    assert isinstance(apply, Apply)
    assert [manifest.key for manifest in apply.manifests] == ["PersistentVolumeClaim/extra"]
    assert all(isinstance(row, Row) for row in (crash, cut, chance, taint, apply))


def test_a_variant_is_the_scenario_with_its_patch() -> None:
    loaded = load(TEXT)
    two, three = loaded.variants
    assert (two.title, three.title) == ("Two members", "three")
    assert [manifest.key for manifest in two.manifests] == ["StatefulSet/pg", "Service/pg"]
    assert three.manifests == ()
    assert (two.scenario.seed, three.scenario.seed) == (7, 8)
    assert two.timings.proxy_sync_us == SECOND
    assert three.timings.proxy_sync_us == 500_000
    assert two.timings.attach == three.timings.attach == Uniform(SECOND, 3 * SECOND)
    assert loaded.variant("three") is three
    with pytest.raises(ScenarioError, match="did you mean three"):
        loaded.variant("tree")


def test_without_variants_there_is_one() -> None:
    loaded = load({"metadata": {"name": "x"}, "duration": "1m"})
    (variant,) = loaded.variants
    assert variant.name == "default"
    assert [name for name, _ in variant.nodes] == [f"node-{zone}-{n}" for n in (1, 2) for zone in "abc"]
    (standard,) = variant.storage_classes
    assert (standard.key, standard.spec) == ("StorageClass/standard", StorageClassSpec(default=True))


def test_nodes_are_named_by_zone_in_turn() -> None:
    names = dict(load(TEXT).variants[0].nodes)
    assert list(names) == ["n-a-1", "n-b-1", "n-c-1", "n-a-2", "big"]
    assert names["n-b-1"].labels == {"kubernetes.io/hostname": "n-b-1", "topology.kubernetes.io/zone": "b"}
    assert names["big"].taints == (Taint("dedicated", "NoSchedule", "db"),)
    without = nodes(Cluster(nodes=(NodePool(name="n", count=2),)))
    assert [(name, spec.zone) for name, spec in without] == [("n-1", ""), ("n-2", "")]
    assert [name for name, _ in nodes(Cluster(zones=2, nodes_per_zone=1))] == ["node-a-1", "node-b-1"]


def test_storage_classes_of_scenario_and_manifests_come_together() -> None:
    manifest = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "fast", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "p",
    }
    world = {"metadata": {"name": "x"}, "duration": "1m", "manifests": [manifest]}
    classes = {m.name: m.spec for m in load(world).variants[0].storage_classes}
    assert {name: spec.default for name, spec in classes.items() if isinstance(spec, StorageClassSpec)} == {
        "standard": False,
        "fast": True,
    }
    world["cluster"] = {"storageClasses": [{"name": "slow", "reclaimPolicy": "Retain", "zones": ["a"]}]}
    slow, fast = load(world).variants[0].storage_classes
    assert (slow.name, slow.spec) == ("slow", StorageClassSpec(reclaim_policy="Retain", zones=("a",)))
    assert fast.name == "fast"


def test_timings_follow_the_version() -> None:
    assert Timings.for_version("1.31").node_monitor_grace_period_us == 40 * SECOND
    assert Timings.for_version("1.32").node_monitor_grace_period_us == 50 * SECOND
    assert Timings.for_version("1.33.2", {"nodeMonitorGracePeriod": 7}).node_monitor_grace_period_us == 7
    assert {row.attribute for row in TIMINGS.values()} == set(Timings.__dataclass_fields__)


def test_a_scenario_can_be_built_in_python_and_written_back() -> None:
    crash = NodeCrash(at_us=60 * SECOND, on=Ref("Node", "node-a-1"), for_us=5 * SECOND)
    scenario = Scenario(
        metadata={"name": "x"},
        duration="5m",
        images={"web": ImageBehaviour(start="2s", listen=Uniform(1, 2))},
        timeline=(crash, NodeCrash(at="90s", on=Zone("a"))),
        variants=({"name": "calm", "patch": {"timeline": []}}, {"name": "storm"}),
    )
    assert scenario.timeline[0].at_us == 60 * SECOND
    assert scenario.to_dict()["timeline"] == [
        {"do": "node-crash", "at": "1m", "for": "5s", "on": "Node/node-a-1"},
        {"do": "node-crash", "at": "1m30s", "on": {"zone": "a"}},
    ]
    loaded = load(scenario)
    assert [len(variant.scenario.timeline) for variant in loaded.variants] == [0, 2]
    assert loaded.base == scenario


def test_mistakes_in_python_get_the_same_words() -> None:
    with pytest.raises(ScenarioError) as caught:
        NodeCrash(at="5min", on="Pod/pg-0", form="1m")  # type: ignore[call-arg]
    assert [str(finding) for finding in caught.value.findings] == [
        "form: unknown key (did you mean for?)",
        "at: '5min' is not a duration; expected one like 300ms, 90s, 5m, 1h30m or 2d (did you mean 5m?)",
    ]
    with pytest.raises(ScenarioError, match=r"timeline\[0\]\.on: there is no Pod/pg-0"):
        load(
            Scenario(
                metadata={"name": "x"}, duration="5m", timeline=({"at": 1, "do": "evict", "on": "Pod/pg-0"},)
            )
        )


DURATIONS = st.integers(0, 10**12)
DELAYS = st.one_of(
    st.builds(Fixed, DURATIONS),
    st.tuples(DURATIONS, DURATIONS).map(lambda pair: Uniform(min(pair), max(pair))),
    st.builds(Exponential, DURATIONS),
    st.builds(Lognormal, DURATIONS, st.floats(0, 5)),
    st.builds(Weibull, DURATIONS, st.floats(0.1, 5)),
    st.lists(DURATIONS, min_size=1, max_size=4).map(lambda values: Empirical(tuple(values))),
)


@given(DELAYS)
def test_a_distribution_survives_being_written_and_read(delay: Any) -> None:
    assert parse_delay(written(delay)) == delay


@given(st.floats(0, 1), st.floats(0.001, 1))
def test_shares_sum_to_one(write: float, read: float) -> None:
    mix = Mix(write=write, read=read)
    assert mix.write + mix.read == pytest.approx(1)


def test_what_waits_for_ever_is_warned_of() -> None:
    pg = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "pg"},
        "spec": {
            "serviceName": "nobody",
            "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {
                    "containers": [{"name": "c", "image": "i:1"}],
                    "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "gone"}}],
                },
            },
            "volumeClaimTemplates": [
                {
                    "metadata": {"name": "data"},
                    "spec": {
                        "accessModes": ["ReadWriteOnce"],
                        "storageClassName": "standart",
                        "resources": {"requests": {"storage": "1Gi"}},
                    },
                }
            ],
        },
    }
    late = {"at": "2m", "do": "pod-kill", "on": "Pod/pg-0"}
    world = {"metadata": {"name": "x"}, "duration": "1m", "manifests": [pg], "timeline": [late]}
    assert sorted(str(warning) for warning in load(world).warnings) == [
        "spec.serviceName: there is no Service nobody: the pods get no DNS names",
        "spec.template.spec.volumes[0].persistentVolumeClaim.claimName: there is no "
        "PersistentVolumeClaim gone: "
        "the pods wait for ever (known: data-pg-0)",
        "spec.volumeClaimTemplates[0].spec.storageClassName: there is no StorageClass "
        "standart: the claim waits "
        "for ever (did you mean standard?)",
        "timeline[0].at: never happens: the scenario ends before",
    ]


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_every_scenario_of_the_project_loads_and_fits_the_schema(file: Path) -> None:
    assert load(file).variants
    (document,) = read_yaml(file.read_text(), file.name, [])
    jsonschema.validate(document.data, json_schema())


def test_the_schema_is_valid_and_describes_every_field() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for name, model in {"Scenario": schema, **schema["$defs"]}.items():
        for key, field in model.get("properties", {}).items():
            assert field.get("description"), f"{name}.{key}"
    (document,) = read_yaml(TEXT, "x", [])
    jsonschema.validate(document.data, schema)
    document.data["sede"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document.data, schema)


def test_objects_keep_the_text_they_were_read_from() -> None:
    manifest = load(TEXT).variants[0].manifests[0]
    assert isinstance(manifest, Manifest)
    assert isinstance(manifest.spec, StatefulSetSpec)
    assert manifest.raw["spec"]["replicas"] == manifest.spec.replicas


def test_the_reference_page_lists_every_timing_and_word_with_its_default() -> None:
    page = (ROOT / "docs/reference/scenario.md").read_text()
    for key, row in TIMINGS.items():
        assert f"| `{key}` | {format_duration(row.default_us)} |" in page
    for word in NOT_YET:
        assert f"`{word}`" in page
