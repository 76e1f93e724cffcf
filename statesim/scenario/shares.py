"""Shares of operations that look as if they were to sum to 1, and do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.scenario.where import finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.errors import Finding
    from statesim.scenario.where import Where

_EXACT = 1e-9


def uneven(raw: Mapping[str, Any], where: Where) -> list[Finding]:
    """Return a warning about each mix of a valid scenario that does not sum to 1.

    Whole numbers (1 to 3) and those above 1 (95 and 5) are proportions, and meant so.
    """
    found = []
    for index, client in enumerate(raw.get("clients") or ()):
        mix = (client.get("operations") or {}).get("mix") or {}
        shares = list(mix.values())
        total = sum(shares)
        fractions = max(shares, default=0) <= 1 and any(share % 1 for share in shares)
        if len(shares) < 2 or not fractions or abs(total - 1) <= _EXACT:
            continue
        taken = ", ".join(f"{key}: {share / total:.3g}" for key, share in mix.items())
        path = ("clients", index, "operations", "mix")
        found.append(finding(where, path, f"the shares sum to {total:.4g}, not 1", f"taken as {taken}"))
    return found
