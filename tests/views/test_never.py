"""What did not come back before the end of the run is said to be back never, wherever a time would stand."""

from __future__ import annotations

from typing import Any

import pytest

import statesim
from statesim.analysis.compare import differences
from statesim.views.tables import COLUMNS, summary_rows

SERVERS, CLIENTS = COLUMNS.index("servers back after"), COLUMNS.index("clients back after (median)")


@pytest.fixture(scope="module")
def metrics() -> dict[str, Any]:
    return statesim.run("mysql-failover", variants=["statefulset", "orchestrator"]).metrics


def test_the_table_says_never_where_nobody_came_back_and_a_time_where_somebody_did(
    metrics: dict[str, Any],
) -> None:
    out, back = (cells for _, _, cells in summary_rows(metrics))
    assert (out[SERVERS], out[CLIENTS]) == ("never", "never")
    assert back[SERVERS].endswith(" s")
    assert back[CLIENTS].endswith(" s")


def test_the_metrics_tell_never_apart_from_no_time_and_from_no_system(metrics: dict[str, Any]) -> None:
    out, back = (variant["clients"]["shop"] for variant in metrics["variants"].values())
    assert out["rto_server_s"] is out["rto_client_p50_s"] is None
    assert out["rto_server_never"] is True
    assert out["rto_client_never"] == out["rto_client_sessions"] > 0
    assert (back["rto_server_never"], back["rto_client_never"]) == (False, 0)
    assert metrics["variants"]["statefulset"]["systems"]["mysql"]["no_primary_at_end"] is True


def test_a_comparison_says_never(metrics: dict[str, Any]) -> None:
    rows = {row.metric: row.values for row in differences(metrics["variants"])}
    for name in ("rto_server_s", "rto_client_p50_s"):
        values = rows[f"clients.shop.{name}"]
        assert values["statefulset"] == "never"
        assert isinstance(values["orchestrator"], float)
