"""How far each system's containers have moved from their images, as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.drift import levels

if TYPE_CHECKING:
    from statesim.analysis.reading import Reading


def measure_drift(reading: Reading) -> dict[str, dict[str, Any]]:
    """Return the drift of every system, by name: at the end of the run, and the most that there ever was."""
    return {
        name: {
            "storage": course[-1].storage,
            "storage_max": max(level.storage for level in course),
            "container_max": max(level.most for level in course),
            "at_risk": course[-1].at_risk,
            "at_risk_max": max(level.at_risk for level in course),
            "sessions": course[-1].sessions,
            "sessions_max": max(level.sessions for level in course),
            "named": course[-1].named,
            "roles": course[-1].roles,
        }
        for name, course in sorted(levels(reading.record.drift).items())
    }
