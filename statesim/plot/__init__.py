"""Pictures as an API: each function takes a result and axes, and returns the axes.

Everything that is drawn stays within the axes' own rectangle, names and legend too. Without axes a figure is
made, which belongs to no pyplot state: ``axes.figure.savefig("x.pdf")``, or `save`. Nothing is simulated.

>>> import statesim
>>> result = statesim.run("sts-ordered-scale")
>>> axes = statesim.plot.timeline(result, theme="slides")
>>> axes.figure.get_size_inches().tolist()
[7.0, 3.9375]
"""

from __future__ import annotations

from statesim.plot.many import compare, ecdf, nines
from statesim.plot.one import drift, lamport, roles, sessions, timeline, topology
from statesim.plot.own import font_families
from statesim.plot.saving import save

THEMES = ("paper", "slides", "slides-dark", "dark")

__all__ = [
    "THEMES",
    "compare",
    "drift",
    "ecdf",
    "font_families",
    "lamport",
    "nines",
    "roles",
    "save",
    "sessions",
    "timeline",
    "topology",
]
