"""The version of statesim."""

__version__ = "0.1.0"
