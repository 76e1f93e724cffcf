"""Shares in per cent: from 90 % on cut off, and not rounded, so that no nine is told that was not reached.

Of 99.9996 % rounding makes 100.000 %, and of 99.9986 % it makes 99.999 %: five nines, with three times the
downtime that they allow.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from math import ceil, log10

NINE = 0.9
_FINEST = 9  # decimals of a per cent
_EXACT = 12  # decimals of a share: what is behind them is an error of binary fractions


def percent(share: float, decimals: int) -> str:
    """Return a share in per cent, with so many decimals; from 90 % on the rest is cut off.

    Examples
    --------
    >>> percent(0.999985527, 3), percent(0.70006, 2), percent(1.0, 3)
    ('99.998 %', '70.01 %', '100 %')
    """
    if round(share, _EXACT) == 1:
        return "100 %"
    if not NINE <= share < 1:
        return f"{100 * share:.{decimals}f} %"
    exact = 100 * Decimal(repr(round(share, _EXACT)))
    return f"{exact.quantize(Decimal(1).scaleb(-min(decimals, _FINEST)), rounding=ROUND_FLOOR)} %"


def telling_decimals(missing: float) -> int:
    """Return how many decimals a per cent has that shows two digits of what is missing.

    Parameters
    ----------
    missing
        The share without service, from 0 to 1.

    Examples
    --------
    >>> percent(1 - 0.0000145, telling_decimals(0.0000145))
    '99.9985 %'
    """
    if missing <= 0:
        return 1
    return max(1, min(_FINEST, ceil(-log10(missing) - 1e-9) - 1))  # 1 - 0.9999 is a little less than 0.0001
