"""Runs and comparisons: a scenario goes in, the records of its variants come out."""
