"""Writes a scenario to begin with: whole, commented, and running at once."""

from __future__ import annotations

from statesim.scaffold.faults import FAULTS
from statesim.scaffold.starters import STARTERS
from statesim.scaffold.writing import scaffold

__all__ = ["FAULTS", "STARTERS", "scaffold"]
