"""MySQL's own replication: a source, replicas with relay logs, acknowledgements, a tool that fails over."""
