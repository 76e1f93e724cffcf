"""Cassandra: a ring of peers, and each key on several of them."""
