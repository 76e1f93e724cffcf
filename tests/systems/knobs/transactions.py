"""What the parameters of transactions that take time move."""

from __future__ import annotations

from typing import Any

from statesim.analysis.consistency.cycles import appends
from tests.systems.knobs.table import Knobs
from tests.systems.test_transactions import of_lists

POSTGRES = Knobs("postgres")


def failed(**parameters: Any) -> float:
    """Return how many transactions of eight callers without pause are rolled back in two seconds."""
    return sum(call.end == "fail" for call in of_lists(seconds=2, **parameters))


def anomalies(**parameters: Any) -> float:
    """Return how many kinds of anomaly eight callers without pause produce in eight seconds."""
    return len(appends(of_lists(**parameters)).counts())


POSTGRES.falls(
    "default_transaction_isolation",
    anomalies,
    "read committed",
    "repeatable read",
    ("serializable", 0),
    transaction_time="50ms",
)
POSTGRES.rises("transaction_time", failed, ("0s", 0), "20ms", default_transaction_isolation="serializable")
