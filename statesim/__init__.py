"""statesim: watch storage, identity, session and cluster role when a node dies.

>>> import statesim
>>> statesim.run("sts-ordered-scale")
<Result of sts-ordered-scale: default>
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from statesim.errors import (
    Conflict,
    Finding,
    InvariantViolation,
    ModelError,
    ScenarioError,
    StatesimError,
)
from statesim.version import __version__

if TYPE_CHECKING:
    from statesim import plot
    from statesim.api import Result, VariantResult, load, read, run
    from statesim.compared import Comparison, compare, read_comparison
    from statesim.exported import export
    from statesim.scenario.schema import Scenario
    from statesim.searched import SearchResult, search
    from statesim.swept import Sweep, read_sweep, sweep

__all__ = [
    "Comparison",
    "Conflict",
    "Finding",
    "InvariantViolation",
    "ModelError",
    "Result",
    "Scenario",
    "ScenarioError",
    "SearchResult",
    "StatesimError",
    "Sweep",
    "VariantResult",
    "__version__",
    "compare",
    "export",
    "load",
    "plot",
    "read",
    "read_comparison",
    "read_sweep",
    "run",
    "search",
    "sweep",
]

_LAZY = {
    "Comparison": "statesim.compared",
    "Result": "statesim.api",
    "VariantResult": "statesim.api",
    "compare": "statesim.compared",
    "export": "statesim.exported",
    "load": "statesim.api",
    "read": "statesim.api",
    "read_comparison": "statesim.compared",
    "run": "statesim.api",
    "SearchResult": "statesim.searched",
    "search": "statesim.searched",
    "Scenario": "statesim.scenario.schema",
    "Sweep": "statesim.swept",
    "read_sweep": "statesim.swept",
    "sweep": "statesim.swept",
}


def __getattr__(name: str) -> Any:
    """Import the public names when they are first used: `import statesim` itself stays fast."""
    if name == "plot":
        return import_module("statesim.plot")
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'statesim' has no attribute {name!r}")
