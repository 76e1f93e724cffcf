"""statesim: watch storage, identity, session and cluster role when a node dies."""

from __future__ import annotations

__version__ = "0.1.0"
