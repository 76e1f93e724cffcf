"""Replays of recordings: the same manifests and actions, under what chance decided there."""
