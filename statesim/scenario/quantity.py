"""Quantities as the API server stores them: ``1000m`` is ``1``, ``1024Mi`` is ``1Gi``, ``0.5`` is ``500m``.

Two manifests that differ only in how a quantity is written are the same object to Kubernetes, because
every quantity is brought into its canonical form when it is decoded.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

_FORM = re.compile(r"([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:([eE][+-]?\d+)|([KMGTPE]i|[numkMGTPE]))?")
_DECIMAL = ("n", "u", "m", "", "k", "M", "G", "T", "P", "E")
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_UNIT = 3  # place of the unit without a letter in _DECIMAL


def canonical_quantity(value: Any) -> str:
    """Return a quantity in its canonical form: no fraction, the largest suffix that allows it.

    What is no quantity is returned as text: the reader of the manifest has complained about it already.

    Source: apimachinery pkg/api/resource/quantity.go (Quantity.CanonicalizeBytes), suffix.go.
    """
    text = str(value).strip()
    found = _FORM.fullmatch(text)
    if found is None:
        return text
    sign, digits, exponent, suffix = found.groups()
    number = Decimal(f"{digits}{exponent or ''}")
    if suffix in _BINARY[1:]:
        number *= 1024 ** _BINARY.index(suffix)
        if number >= 1024 and number == number.to_integral_value():
            return _sign(sign, number) + binary(int(number))
    elif suffix:
        number = number.scaleb(3 * (_DECIMAL.index(suffix) - _UNIT))
    if number == 0:
        return "0"
    return _sign(sign, number) + (_scientific(number) if exponent else _decimal(number))


def _sign(sign: str, number: Decimal) -> str:
    return "-" if sign == "-" and number else ""


def _decimal(number: Decimal) -> str:
    nano = -int((-number.scaleb(9)).to_integral_value(rounding="ROUND_FLOOR"))
    place = 0
    while nano % 1_000 == 0 and place < len(_DECIMAL) - 1:
        nano //= 1_000
        place += 1
    return f"{nano}{_DECIMAL[place]}"


def _scientific(number: Decimal) -> str:
    plain = _decimal(number)
    letter = plain[-1] if plain[-1].isalpha() else ""
    power = 3 * (_DECIMAL.index(letter) - _UNIT)
    return plain.removesuffix(letter) + (f"e{power}" if power else "")


def binary(amount: int) -> str:
    """Return an amount of bytes with the largest binary suffix that leaves a whole number."""
    place = 0
    while amount and amount % 1024 == 0 and place < len(_BINARY) - 1:
        amount //= 1024
        place += 1
    return f"{amount}{_BINARY[place]}"


def milli(amount: int) -> str:
    """Return thousandths, as of a processor: ``500m``, ``2``."""
    return _decimal(Decimal(amount).scaleb(-3)) if amount else "0"
