"""Patroni: PostgreSQL whose leader holds a lease."""
