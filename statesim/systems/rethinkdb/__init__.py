"""RethinkDB: a primary for each shard of a table, and a majority that says who."""
