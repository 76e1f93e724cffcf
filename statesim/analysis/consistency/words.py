"""Anomalies in plain words: what an audience calls what the literature gives a code."""

from __future__ import annotations

REALTIME = "-realtime"
# Adya, "Weak consistency" (MIT 1999); Berenson et al., "A critique of ANSI SQL isolation levels" (1995)
_WORDS = {
    "G0": "dirty write",
    "G1a": "aborted read",
    "G1b": "intermediate read",
    "G1c": "circular read",
    "G-single": "read skew",
    "G2-item": "write skew",
}


def plain(kind: str) -> str:
    """Return an anomaly in words, its code after them: ``write skew (G2-item)``; others as they are."""
    words = _WORDS.get(kind.removesuffix(REALTIME))
    return kind if words is None else f"{words} ({kind})"
