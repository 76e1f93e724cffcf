from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.cluster.identity import template_hash
from statesim.scenario.manifests import reparse
from statesim.scenario.quantity import canonical_quantity, milli
from statesim.scenario.units import parse_bytes, parse_cpu

if TYPE_CHECKING:
    from statesim.scenario.specs import PodTemplate


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("1000m", "1"),
        (0.5, "500m"),
        ("1500m", "1500m"),
        (2, "2"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("0.5Ki", "512"),
        ("1024", "1024"),
        ("1000", "1k"),
        ("100M", "100M"),
        ("1e3", "1e3"),
        ("0Gi", "0"),
    ],
)
def test_a_quantity_is_stored_in_its_canonical_form(written: object, stored: str) -> None:
    assert canonical_quantity(written) == stored


@given(st.integers(0, 999_999))
def test_a_canonical_quantity_means_what_was_written(amount: int) -> None:
    assert parse_bytes(canonical_quantity(amount)) == amount
    assert parse_bytes(canonical_quantity(f"{amount}Ki")) == amount * 1024
    assert parse_cpu(milli(amount)) == amount


def deployed(**container: Any) -> PodTemplate:
    raw: dict[str, Any] = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web", "tier": "front"}},
                "spec": {"containers": [{"name": "web", "image": "web:1", **container}]},
            },
        },
    }
    spec: Any = reparse(deepcopy(raw)).spec
    template: PodTemplate = spec.template
    return template


def test_a_change_of_what_is_not_simulated_is_another_template() -> None:
    plain = deployed()
    for change in (
        {"env": [{"name": "DEBUG", "value": "1"}]},
        {"args": ["-v"]},
        {"ports": [{"containerPort": 80}]},
    ):
        assert deployed(**change) != plain
        assert template_hash(deployed(**change)) != template_hash(plain)


def test_the_same_said_in_other_words_is_the_same_template() -> None:
    short = deployed(resources={"requests": {"cpu": 1, "memory": "1Gi"}}, ports=[{"containerPort": 80}])
    long = deployed(
        imagePullPolicy="IfNotPresent",
        command=None,
        ports=[{"protocol": "TCP", "containerPort": 80}],
        resources={"requests": {"memory": "1024Mi", "cpu": "1000m"}},
    )
    assert long == short
    assert template_hash(long) == template_hash(short)
