"""PostgreSQL sharded by Citus: a coordinator that knows where the rows are, and workers that hold them."""
