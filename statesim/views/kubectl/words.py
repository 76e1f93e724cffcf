"""Small pieces of kubectl's output: durations, ages, lists, ports, selectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.cluster.wire import microseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NONE = "<none>"
UNSET = "<unset>"
UNKNOWN = "<unknown>"
_ROLE = "node-role.kubernetes.io/"
_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}


def human_duration(us: int) -> str:
    """Return a duration with two units at most: ``85s``, ``6m45s``, ``3h5m``, ``2d``.

    Source: apimachinery pkg/util/duration/duration.go: HumanDuration.
    """
    seconds = us // 1_000_000 if us >= 0 else -(-us // 1_000_000)
    if seconds < -1:
        return "<invalid>"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if seconds < 120:
        return f"{max(0, seconds)}s"
    if minutes < 10:
        return _two(minutes, "m", seconds % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return _two(days, "d", hours % 24, "h")
    if days < 730:
        return f"{days}d"
    years, days = days // 365, days % 365
    return _two(years, "y", days, "d") if years < 8 else f"{years}y"


def _two(large: int, unit: str, small: int, sub: str) -> str:
    return f"{large}{unit}{small}{sub}" if small else f"{large}{unit}"


def since(timestamp: str | None, now_us: int) -> str:
    """Return how long ago a time was (printers.go: translateTimestampSince)."""
    return UNKNOWN if timestamp is None else human_duration(now_us - microseconds(timestamp))


def age(doc: Mapping[str, Any], now_us: int) -> str:
    """Return an object's age."""
    return since(doc["metadata"].get("creationTimestamp"), now_us)


def access_modes(modes: Iterable[str]) -> str:
    """Return access modes in short, in the API's order."""
    there = set(modes)
    return ",".join(short for mode, short in _MODES.items() if mode in there)


def flag(value: object) -> str:
    """Return a field that may be absent as Go prints a bool."""
    return "true" if value else "false"


def roles(labels: Mapping[str, str]) -> str:
    """Return a node's roles as its labels have them (printers.go: findNodeRoles)."""
    found = sorted(label.removeprefix(_ROLE) for label in labels if label.startswith(_ROLE))
    return ",".join(found) or NONE


def pairs(mapping: Mapping[str, Any] | None) -> str:
    """Return labels on one line, sorted (labels.FormatLabels)."""
    return ",".join(f"{key}={mapping[key]}" for key in sorted(mapping)) if mapping else NONE


def selector(chosen: Mapping[str, Any] | None) -> str:
    """Return a label selector as its text (metav1.FormatLabelSelector)."""
    if chosen is None:
        return NONE
    parts = [f"{key}={value}" for key, value in sorted((chosen.get("matchLabels") or {}).items())]
    for row in chosen.get("matchExpressions") or ():
        values = ",".join(row.get("values") or ())
        parts.append(
            {
                "In": f"{row['key']} in ({values})",
                "NotIn": f"{row['key']} notin ({values})",
                "Exists": row["key"],
                "DoesNotExist": f"!{row['key']}",
            }[row["operator"]]
        )
    return ",".join(parts) or NONE


def some(items: Sequence[str], most: int = 3) -> str:
    """Return the first few of a list, and how many more there are."""
    if not items:
        return UNSET
    more = f" + {len(items) - most} more..." if len(items) > most else ""
    return ",".join(items[:most]) + more
