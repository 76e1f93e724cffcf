"""Recordings of real control planes, and what must agree between one and its replay."""
