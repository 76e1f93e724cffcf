"""Servers that keep sessions: in memory, with several owners, in a store."""
