"""Searches for real: what is found holds, each of its faults is needed, and it is a scenario to show."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

import statesim
from statesim.analysis.metrics import metrics
from statesim.analysis.predicate_text import parse
from statesim.cli import app
from statesim.experiment.run import record_of
from statesim.library import folder
from statesim.scenario.load import load as load_scenario
from statesim.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from statesim.experiment.search import Progress
    from statesim.searched import SearchResult

LOST = "clients.shop.lost > 0"
FEW = ("node-crash", "container-kill", "dns-outage")


def found_lost(jobs: int) -> SearchResult:
    return statesim.search("pg-node-crash", LOST, variant="patroni-async", faults=FEW, seeds=40, jobs=jobs)


@pytest.fixture(scope="module")
def lost() -> SearchResult:
    return found_lost(jobs=1)


def shows(result: SearchResult, rows: list[dict[str, object]]) -> bool:
    """Run a scenario of its own with these rows, as anybody could write it, and judge it."""
    data = result.scenario().to_dict()
    written = [
        {**row, "at": f"{row['at']}s", "for": f"{row['for']}s"} if "for" in row else row for row in rows
    ]
    run = statesim.run(statesim.Scenario.model_validate({**data, "timeline": written, "expect": []}))
    (metrics,) = run.metrics["variants"].values()
    return result.details.question.predicate.holds(metrics)


def test_asynchronous_patroni_loses_acknowledged_writes_by_one_power_cut(lost: SearchResult) -> None:
    assert lost.found
    assert lost.minimal
    assert [row["do"] for row in lost.timeline] == ["node-crash"]
    assert lost.timeline[0]["on"] == {"primaryOf": "pg"}
    assert lost.values["clients.shop.lost"] > 0
    assert len(lost.timeline) < len(lost.details.violating[0].plan.rows)


def test_what_is_found_shows_it_and_nothing_without_its_fault(lost: SearchResult) -> None:
    assert shows(lost, lost.timeline)
    assert not shows(lost, [])


def test_the_same_plan_loses_nothing_where_commits_wait_for_a_standby(lost: SearchResult) -> None:
    synchronous = statesim.load("pg-node-crash").variant("patroni-sync").scenario.to_dict()
    data = {**synchronous, "timeline": lost.scenario().to_dict()["timeline"], "expect": []}
    loaded = load_scenario(data, folder=folder())
    found = metrics(record_of(World(loaded.variants[0], lost.smallest.seed).run()))
    assert found["clients"]["shop"]["acked"] > 0
    assert not parse(LOST).holds(found)


def test_what_one_design_shows_and_another_does_not_is_one_scenario_with_both(tmp_path: Path) -> None:
    result = statesim.search(
        "pg-node-crash",
        LOST,
        variant="patroni-async",
        but_not="patroni-sync",
        faults=["node-crash"],
        seeds=20,
        jobs=1,
    )
    assert result.minimal
    assert result.smallest.elsewhere == {"clients.shop.lost": 0}
    path = result.save(tmp_path / "both.yaml")
    base = statesim.load(path).base
    assert [variant.name for variant in base.variants] == ["patroni-async", "patroni-sync"]
    assert list(base.variants[1].patch) == ["systems"]
    ran = statesim.run(path)
    assert ran.passed
    lost = {name: found["clients"]["shop"]["lost"] for name, found in ran.metrics["variants"].items()}
    assert lost["patroni-async"] > lost["patroni-sync"] == 0
    assert {row["variant"] for row in ran.metrics["expectations"]} == {*lost}


def test_what_is_found_does_not_depend_on_how_many_run_at_a_time(lost: SearchResult) -> None:
    again = found_lost(jobs=2)
    assert again.details.violating == lost.details.violating
    assert again.details.shrunk == lost.details.shrunk
    assert (again.tried, again.runs, again.timeline) == (lost.tried, lost.runs, lost.timeline)


@pytest.mark.parametrize("after", [1, 2, 4])
def test_who_interrupts_it_has_what_was_found_so_far(lost: SearchResult, after: int) -> None:
    steps: list[Progress] = []

    def told(progress: Progress) -> None:
        steps.append(progress)
        if len(steps) == after:
            raise KeyboardInterrupt

    asked = {"variant": "patroni-async", "faults": FEW, "seeds": 40, "jobs": 1}
    result = statesim.search("pg-node-crash", LOST, told=told, **asked)
    assert result.details.interrupted
    assert not result.minimal
    assert result.tried == min(after, lost.tried)
    if after < lost.tried:
        assert not result.found
        return
    assert result.details.violating == lost.details.violating
    assert shows(result, result.timeline)
    assert steps[-1].stage == ("search" if after == lost.tried else "shrink")


def test_a_freeze_of_seconds_makes_two_sources_under_orchestrator() -> None:
    """The old source thaws, knows nothing of the new one, and both take writes: one of them loses its."""
    result = statesim.search("mysql-failover", LOST, variant="orchestrator", seeds=40, jobs=1)
    assert result.minimal
    assert shows(result, result.timeline)
    for i in range(len(result.timeline)):
        assert not shows(result, result.timeline[:i] + result.timeline[i + 1 :])


def test_several_faults_are_left_where_several_are_needed() -> None:
    """Two members of three are gone, one after the other: each alone the group survives."""
    result = statesim.search(
        "galera-rollout",
        "systems.galera.quorum_lost_s > 0",
        variant="volumes",
        faults=("node-crash", "network-partition"),
        seeds=60,
        jobs=1,
    )
    assert result.found
    assert result.minimal
    assert shows(result, result.timeline)
    for i in range(len(result.timeline)):
        assert not shows(result, result.timeline[:i] + result.timeline[i + 1 :])


# -- as a scenario -----------------------------------------------------------------------------------------


def test_it_is_written_as_a_scenario_that_passes(lost: SearchResult, tmp_path: Path) -> None:
    path = lost.save(tmp_path / "talks" / "Lost Writes!.yaml")
    loaded = statesim.load(path)
    assert loaded.warnings == ()
    about = loaded.base.metadata
    assert about.name == "lost-writes"
    assert about.title == "patroni: power cut under the primary of pg"
    assert "clients.shop.lost is" in about.description
    assert "statesim search pg-node-crash --for 'clients.shop.lost > 0'" in " ".join(
        about.description.split()
    )
    assert [row.label for row in loaded.base.timeline] == ["power cut under the primary of pg"]
    ran = statesim.run(path)
    assert ran.passed
    assert ran.metrics["expectations"]
    found = ran.metrics["variants"]["patroni-async"]
    assert found["clients"]["shop"]["lost"] == lost.values["clients.shop.lost"]
    assert ran.variants["patroni-async"].title == "StatefulSet + Patroni, asynchronous"


def test_what_it_says_to_look_at_can_be_looked_at(lost: SearchResult, tmp_path: Path) -> None:
    path = lost.save(tmp_path / "found.yaml")
    statesim.run(path).save(tmp_path / "out" / "found", pictures=False)
    lines = statesim.load(path).base.metadata.look_for
    commands = [part for line in lines for part in line.split("`")[1::2]]
    assert len(commands) >= 2
    assert any("where it was lost" in line for line in lines)
    for command in commands:
        words = shlex.split(command.replace("out/found", str(tmp_path / "out" / "found")))
        answer = CliRunner().invoke(app, words[1:])
        assert answer.exit_code == 0, (command, answer.output)
        assert answer.output.strip()
        if words[1] == "explain":
            assert "others lead, with what they had received: at" in answer.output
            assert "wins the election of pg (term 2), after" in answer.output


def test_manifests_of_ones_own_are_named_as_they_are_found_from_there(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "pg.yaml").write_text((folder() / "manifests" / "pg-patroni.yaml").read_text())
    source = tmp_path / "mine" / "scenario.yaml"
    source.write_text(
        """
apiVersion: statesim/v1
kind: Scenario
metadata: {name: mine}
duration: 5m
cluster: {zones: 3, nodesPerZone: 1}
manifests: [{file: pg.yaml}]
systems: [{name: pg, kind: patroni, workload: StatefulSet/pg}]
clients: [{name: shop, target: Service/pg, sessions: 2, operations: {kind: set, rate: 2/s}}]
"""
    )
    result = statesim.search(source, "clients.shop.longest_outage_s > 5", seeds=20, jobs=1, most_runs=30)
    path = result.save(tmp_path / "elsewhere" / "deeper" / "found.yaml")
    assert "file: ../../mine/pg.yaml" in path.read_text()
    assert statesim.run(path).passed
    assert statesim.run(result.scenario()).passed  # from anywhere


def test_the_scenarios_own_timeline_happens_as_well_if_it_is_kept() -> None:
    result = statesim.search(
        "pg-node-crash",
        "systems.pg.failovers > 1",
        variant="patroni-async",
        faults=("node-crash", "container-kill"),
        keep_timeline=True,
        seeds=60,
        jobs=1,
        most_runs=40,
    )
    assert result.found
    rows = result.scenario().timeline
    assert len(rows) == len(result.timeline) + 1
    assert rows[0].label == "power cut under the database"
    assert result.run().passed


# -- on the command line -----------------------------------------------------------------------------------


def invoke(*words: str) -> tuple[int, str]:
    answer = CliRunner().invoke(app, ["search", *words])
    return answer.exit_code, " ".join(answer.output.split())


def test_the_command_finds_writes_and_keeps_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("pg-node-crash", "--variant", "patroni-async", "--for", LOST, "--jobs", "1")
    words += ("--faults", ", ".join(FEW), "--shrink-runs", "20")
    code, told = invoke(*words)
    assert code == 0
    assert "one shows clients.shop.lost > 0; the first: seed 2, 3 faults" in told
    assert "without it the same run shows nothing" in told
    first = (tmp_path / "pg-node-crash-found.yaml").read_text()
    assert invoke(*words, "--seed", "2", "--shrink-runs", "1")[0] == 0
    assert (tmp_path / "pg-node-crash-found.yaml").read_text() == first
    assert (tmp_path / "pg-node-crash-found-2.yaml").exists()


def test_nothing_found_is_no_success_and_no_proof(tmp_path: Path) -> None:
    out = tmp_path / "found.yaml"
    code, told = invoke(
        "sts-ordered-scale",
        "--for",
        "workloads.db.restarts > 99",
        "--seeds",
        "5",
        "--jobs",
        "1",
        "--out",
        str(out),
    )
    assert code == 1
    assert "5 plans tried: none shows workloads.db.restarts > 99" in told
    assert "no proof: up to 43.4% of such plans may" in told
    assert "look further: --seed 6" in told
    assert not out.exists()


def test_all_seeds_tell_how_many_show_it(tmp_path: Path) -> None:
    code, told = invoke(
        *("sts-ordered-scale", "--for", "nodes.down_s > 0", "--seeds", "12", "--all", "--jobs", "1"),
        *("--shrink-runs", "0", "--out", str(tmp_path / "found.yaml")),
    )
    assert code == 0
    assert "12 plans tried" in told
    assert "of them show" in told
    assert "%) nodes.down_s > 0" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("--for", LOST),
            "5 variants, and one is searched at a time (choose with --variant: deployment-emptydir",
        ),
        (("--for", LOST, "--variant", "patroni-asinc"), "did you mean patroni-async?"),
        (("--for", "clients.shop.lots > 0", "--variant", "patroni-async"), "did you mean lost?"),
        (("--for", "clients.shp.lost > 0", "--variant", "patroni-async"), "did you mean shop?"),
        (("--for", "clients.shop.lost", "--variant", "patroni-async"), "expected a comparison"),
        (("--for", LOST, "--faults", "node-chrash"), "did you mean node-crash?"),
        (("--for", "clients.shop.acked > 0", "--variant", "patroni-async"), "holds without any fault"),
        (
            ("--for", LOST, "--variant", "statefulset", "--faults", "switchover"),
            "can happen in this scenario",
        ),
        (("--for", LOST, "--variant", "patroni-async", "--but-not", "deployment-rwo"), "different workloads"),
        (("--for", LOST, "--variant", "patroni-async", "--but-not", "patroni-async"), "name another one"),
        (
            ("--for", LOST, "--variant", "patroni-async", "--but-not", "patroni-snyc"),
            "did you mean patroni-sync?",
        ),
    ],
)
def test_wrong_input_is_told_before_anything_is_searched(
    words: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(statesim.ScenarioError) as caught:
        app(["search", "pg-node-crash", *words], standalone_mode=False)
    assert told in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(statesim.ScenarioError) as caught:
        statesim.search(
            "pg-node-crash", "clients.shop.lots > 0 or nodes.cuont > 1", variant="patroni-sync", faults=["x"]
        )
    text = str(caught.value)
    assert all(part in text for part in ("clients.shop.lots", "did you mean count?", "is called 'x'"))


def test_help_teaches() -> None:
    code, told = invoke("--help")
    assert code == 0
    for part in ('--for "clients.shop.lost > 0"', "delta debugging", "Exit code: 0 = found, 1 = not found"):
        assert part in told


# -- what chance does ----------------------------------------------------------------------------------------


def leaky(mean: str) -> statesim.Scenario:
    """Return a scenario whose program crashes by itself, now and then."""
    labels = {"app": "p"}
    container = {"name": "c", "image": "leaky"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"serviceName": "p", "selector": {"matchLabels": labels}, "template": template}
    return statesim.Scenario.model_validate(
        {
            "metadata": {"name": "leaky"},
            "duration": "4m",
            "cluster": {"nodes": [{"name": "n1"}]},
            "images": {"leaky": {"crashAfter": {"exponential": mean}}},
            "manifests": [
                {
                    "apiVersion": "v1",
                    "kind": "Service",
                    "metadata": {"name": "p"},
                    "spec": {"clusterIP": "None", "selector": labels},
                },
                {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "p"}, "spec": spec},
            ],
        }
    )


def test_what_happens_by_chance_without_the_faults_is_not_taken_for_what_they_do() -> None:
    asked = {"looked_for": "workloads.p.restarts > 0", "seeds": 12, "jobs": 1}
    idle = statesim.search(leaky("20m"), faults=["dns-outage"], **asked)
    assert not idle.found
    assert idle.tried == 12
    assert 0 < idle.details.anyway < 12
    killed = statesim.search(leaky("20m"), faults=["container-kill"], **asked)
    assert killed.minimal
    assert [row["do"] for row in killed.timeline] == ["container-kill"]


def test_what_holds_anyway_is_refused() -> None:
    with pytest.raises(statesim.ScenarioError, match=r"holds without any fault: workloads\.p\.restarts is"):
        statesim.search(leaky("20s"), "workloads.p.restarts > 0", jobs=1)
