"""A run that fails by a mistake of a model: the seed is told, and what was found before is kept."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import statesim
from statesim.analysis.predicate_text import parse
from statesim.cli.search import told_lines
from statesim.errors import ModelError
from statesim.experiment.executors import Serial
from statesim.experiment.search import Found, search
from statesim.experiment.search_plans import FAULTS, Plan, draw
from statesim.experiment.search_runs import Tried
from statesim.kernel.spans import SECOND
from statesim.searched import SearchResult
from statesim.systems.stateless import Stateless
from tests.search.towns import TOWN

if TYPE_CHECKING:
    from statesim.systems.alike import Server


class Fragile(Stateless):
    """A driver with a mistake: nobody may stop its servers in order."""

    kind = "fragile"

    def leaves(self, server: Server) -> int | None:
        raise ZeroDivisionError(f"nobody leaves {server.process.pod}")


def test_the_seed_of_a_run_that_fails_is_told() -> None:
    labels = {"app": "p"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "app"}]}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    scenario = statesim.Scenario.model_validate(
        {
            "metadata": {"name": "fragile"},
            "duration": "4m",
            "cluster": {"nodes": [{"name": "n1"}]},
            "manifests": [
                {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "p"}, "spec": spec}
            ],
            "systems": [{"name": "p", "kind": "fragile", "workload": "Deployment/p"}],
        }
    )
    asked: dict[str, Any] = {"faults": ["pod-kill"], "systems": [Fragile], "jobs": 1, "seed": 5}
    with pytest.raises(ModelError, match=r"plan of seed 5 failed: ZeroDivisionError.*to see where: --seed 5"):
        statesim.search(scenario, "workloads.p.restarts > 9", **asked)


@dataclass(frozen=True)
class Question:
    """A question whose answer is yes, and to plans of one fault an error."""

    predicate: Any

    def ask(self, plan: Plan, seed: int) -> Tried:
        if len(plan.rows) == 1:
            raise ZeroDivisionError("one")
        return Tried(seed, plan, holds=len(plan.rows) > 1, values={}, left=())


@dataclass(frozen=True)
class Drawn:
    """What draws the plans of such a question."""

    question: Question
    town: Any = TOWN
    begin_s: int = 40

    def __call__(self, seed: int) -> Tried:
        rows = draw(seed, TOWN, tuple(FAULTS), begin_s=60, end_s=600)
        return self.question.ask(Plan((*rows, *rows), 900 * SECOND), seed)


def test_a_run_that_fails_while_shrinking_does_not_take_what_was_found() -> None:
    question: Any = Question(parse("nodes.down_s > 0"))
    drawn: Any = Drawn(question)
    found = Found(SimpleNamespace(predicate=question.predicate, other=None), {}, ("node-crash",), 60, 600)  # type: ignore[arg-type]
    search(drawn, found, range(1, 9), executor=Serial())
    assert found.shrunk is not None
    assert not found.shrunk.minimal
    assert len(found.shrunk.tried.plan.rows) >= 2
    lines = "\n".join(told_lines(SearchResult(found, "x", {}), range(1, 9)))
    assert "then a run failed (ZeroDivisionError('one')), so that some may not be needed" in lines
