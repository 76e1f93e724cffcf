"""Admission: what the API server adds to a pod before it stores it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from statesim.cluster.objects import NOT_READY, UNREACHABLE
from statesim.scenario.specs import Toleration

if TYPE_CHECKING:
    from statesim.scenario.specs import PodSpec


def admit(spec: PodSpec, toleration_us: int) -> PodSpec:
    """Return the spec with the default tolerations of not-ready and unreachable nodes.

    A pod that says anything about such a taint itself keeps what it says
    (kubernetes plugin/pkg/admission/defaulttolerationseconds/admission.go).
    """
    added = tuple(
        Toleration(key=key, operator="Exists", effect="NoExecute", seconds_us=toleration_us)
        for key in (NOT_READY, UNREACHABLE)
        if not any(t.key in (key, None) and t.effect in ("NoExecute", None) for t in spec.tolerations)
    )
    return replace(spec, tolerations=(*spec.tolerations, *added)) if added else spec
