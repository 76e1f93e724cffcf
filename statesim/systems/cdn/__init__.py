"""Caches before an origin."""
